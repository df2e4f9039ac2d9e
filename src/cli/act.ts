// relay stop, restart, remove: asking for something to happen to a job that is there.
import { planOf } from '../core/jobs/job'
import { jobIdSchema } from '../core/jobs/jobId'
import { RelayError } from '../core/relayError'
import { jobEnvironment } from '../store/jobs/jobEnvironment'
import { UndertakingRequests } from '../store/undertakings/undertakingRequests'
import { UndertakingStore } from '../store/undertakings/undertakingStore'
import { stopGraceMs } from '../core/jobs/decide'
import { renderPlanLines } from './approve'
import { editBlock } from './editBlock'
import { startFrom } from './start'
import { exitError, exitOk, type Verb } from './verb'
import { waitForEnd } from './wait'

export const stopVerb: Verb = {
  name: 'stop',
  operands: ['ID'],
  summary: 'Stop a job with all it has started (TERM, then KILL), and wait until all is dead',
  options: { 'no-wait': { type: 'boolean', summary: 'Only ask for it' } },
  run: async (context, [id = ''], options) => {
    const { job } = context.store.find(id)
    await context.requests.stop(job)
    if (options['no-wait'] === true) return exitOk
    const description = await waitForEnd(context, job.spec.id, stopGraceMs + 20_000, false)
    if (description === null)
      throw new RelayError(
        'still_alive',
        `Job ${job.spec.id} was asked to stop, and something of it is still alive: relay show ${job.spec.id}`,
      )
    context.console.out(description.reason ?? description.state)
    return exitOk
  },
}

export const restartVerb: Verb = {
  name: 'restart',
  operands: ['ID'],
  summary: 'Run an ended job once more, exactly as it was approved',
  options: {
    edit: { type: 'boolean', summary: 'Change its block in $EDITOR first: that is another job' },
    yes: { type: 'boolean', short: 'y', summary: 'Approve without being asked' },
  },
  run: async (context, [id = ''], { edit, yes }) => {
    const { store, requests, console, env } = context
    const { job } = store.find(id)
    if (edit === true) {
      const block = { text: editBlock(job, env), file: '-', line: null }
      return startFrom(context, block, job.spec.folder, { yes: yes === true, json: false, dryRun: false, again: false })
    }
    for (const line of renderPlanLines(planOf(job), console)) console.err(line)
    const answer = yes === true ? 'y' : await console.ask('Run it again? [y]es, [N]o: ')
    if (answer === null)
      throw new RelayError('needs_approval', 'Not restarted: nobody is there to approve it. Use --yes.')
    if (!/^y(es)?$/i.test(answer.trim())) return exitError
    await requests.restart(job, yes === true ? 'yes_flag' : 'asked', jobEnvironment(env))
    console.out(`${job.spec.id}: attempt ${job.attempt + 1}`)
    return exitOk
  },
}

export const removeVerb: Verb = {
  name: 'remove',
  operands: ['ID'],
  summary: 'Delete an ended job with its log and its follow-up, or a run of steps with all of its jobs',
  options: {},
  run: async ({ store, state, requests, console, now }, [id = '']) => {
    // The ids of its jobs begin with that of a run.
    const undertakings = new UndertakingStore(state)
    if (jobIdSchema.safeParse(id).success && undertakings.folderOf(jobIdSchema.parse(id)) !== null) {
      const { spec } = undertakings.find(id)
      await new UndertakingRequests(state, requests, now).remove(spec)
      console.out(`removed ${spec.id}`)
      return exitOk
    }
    const { job } = store.find(id)
    await requests.remove(job)
    console.out(`removed ${job.spec.id}`)
    return exitOk
  },
}
