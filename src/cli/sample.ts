// relay sample: the main job on real input, from a block in a Markdown file to its handoff entry, in one command.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseBlocks } from '../core/blocks/parseBlocks'
import { planJob } from '../core/jobs/plan'
import { RelayError } from '../core/relayError'
import { readIfExists } from '../store/durableFile'
import { readReport } from '../store/followUps/readReport'
import { jobEnvironment } from '../store/jobs/jobEnvironment'
import { resolveFolder } from '../store/jobs/jobRequests'
import { printUntilEnd } from './logs'
import { renderDescribedExit } from '../core/jobs/jobWords'
import { renderState } from './renderState'
import { renderPlanLines } from './approve'
import { exitUsage, type Verb } from './verb'
import { exitStatus, waitForEnd } from './wait'

const failures = ['oom', 'missing-module', 'nan']

export const sampleVerb: Verb = {
  name: 'sample',
  operands: [],
  summary: 'Try it: run a small training from a block to its report, in a folder of its own',
  options: {
    fail: { type: 'string', value: failures.join('|'), summary: 'Let it fail, and see what the report says' },
    steps: { type: 'boolean', summary: 'Put down the sample of five steps instead, and say what to do with it' },
    dir: { type: 'string', value: 'DIR', summary: 'Where to put the sample workspace (default: a temporary folder)' },
  },
  run: async (context, _operands, { fail, dir, steps }) => {
    const { console, store, requests, now } = context
    if (typeof fail === 'string' && !failures.includes(fail)) {
      console.err(`--fail wants one of ${failures.join(', ')}, not ${fail}`)
      return exitUsage
    }
    const heading = (text: string) => console.out(`\n${console.paint('bold', `── ${text}`)}`)
    const target = typeof dir === 'string' ? dir : fs.mkdtempSync(path.join(os.tmpdir(), 'relay-sample-'))
    if (fs.existsSync(target) && fs.readdirSync(target).length > 0)
      throw new RelayError(
        'not_empty',
        `${target} is not empty, and nothing in it is to be overwritten. Choose a new folder.`,
      )
    if (steps === true) {
      fs.cpSync(path.join(path.dirname(context.sample), 'steps-sample'), target, { recursive: true })
      console.out(`The sample of five steps is in ${resolveFolder(target)}. There:`)
      console.out('  relay steps list        where they stand')
      console.out('  relay steps show 2      everything that step 2 would run')
      console.out('  relay steps run 1-5     shows all of it, asks, and runs it; SPEC.md is ticked as they are done')
      return 0
    }
    fs.cpSync(context.sample, target, { recursive: true })
    const folder = resolveFolder(target)
    const file = path.join(folder, 'experiment.md')

    const action = parseBlocks(readIfExists(file) ?? '').blocks[0]?.actions[0]
    if (action?.type !== 'job_start' || 'supervisor' in action)
      throw new RelayError('sample_broken', `There is no job_start in ${file}.`)
    const command = typeof fail === 'string' ? `${action.command} --fail ${fail}` : action.command
    const planned = planJob({ ...action, command }, folder)
    if ('refusals' in planned) throw new RelayError('sample_broken', planned.refusals.join(' '))

    heading(`The block in ${file} asks for this (approved by running the sample)`)
    for (const line of renderPlanLines(planned.plan, console)) console.out(line)
    const id = await requests.start({
      ...planned,
      folder,
      origin: { kind: 'block', file, line: 1 },
      how: 'yes_flag',
      env: jobEnvironment(context.env),
    })

    heading(`Job ${id} runs by itself; this is only a view of its log (Ctrl+C leaves it running)`)
    await printUntilEnd(context, id, store.find(id).paths.attempt(1).log, 0)
    const ended = await waitForEnd(context, id, Infinity, true)
    if (ended === null) return exitStatus(store.describe(store.find(id), now()))

    heading('How it ended')
    console.out(`${renderState(ended.state, console)}  ${renderDescribedExit(ended.exit)}  known by ${ended.known.by}`)
    for (const { path: name, state, detail } of ended.requiredFiles)
      console.out(`  ${state === 'ready' ? '✓' : '✗'} ${name}: ${detail}`)

    const followUp = ended.followUp === null ? null : store.read(ended.followUp.id)
    if (followUp !== null) {
      heading(`The follow-up's report (${followUp.job.spec.id})`)
      console.out(readReport(followUp))
      heading(`Appended to ${path.join(folder, 'HANDOFF_LOG.md')}`)
      console.out((readIfExists(path.join(folder, 'HANDOFF_LOG.md')) ?? '').trimEnd())
    }
    heading(`Look around: relay show ${id} · relay list · the workspace is ${folder}`)
    return typeof fail === 'string' ? 0 : exitStatus(ended)
  },
}
