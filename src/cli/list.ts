// relay list: all jobs, each follow-up below its job.
import { resolveFolder } from '../store/jobs/jobRequests'
import { folderKey } from '../store/stateFolder'
import { isAtRest } from '../core/jobs/job'
import type { JobDescription } from '../core/jobs/describeJob'
import { keepSupervised } from './keepSupervised'
import { renderElapsed, renderShortExit, renderTitle, shorten } from '../core/jobs/jobWords'
import { renderState } from './renderState'
import { exitOk, type Verb } from './verb'

/** The length of an id. */
const idWidth = 22
/** How many finished jobs are shown without --all. */
const recent = 20

export const listVerb: Verb = {
  name: 'list',
  operands: [],
  summary: 'List jobs: all that are live, and the last that ended',
  options: {
    all: { type: 'boolean', short: 'a', summary: 'All that ended, too' },
    here: { type: 'boolean', summary: 'Only jobs of this folder' },
    json: { type: 'boolean', summary: 'Print all of them as JSON' },
  },
  run: ({ console, store, state, requests, cwd, now }, _operands, { all, here, json }) => {
    const list = here === true ? store.list(state.folder(folderKey(resolveFolder(cwd)))) : store.list()
    const nowMs = now()
    if (list.jobs.some(({ job }) => !isAtRest(job) && job.spec.host === state.host))
      keepSupervised({ requests, console })
    for (const { id, problem } of list.unreadable) console.err(`${id}: ${problem}`)
    if (json === true) {
      console.out(JSON.stringify(store.describeAll(list.jobs, nowMs)))
      return Promise.resolve(exitOk)
    }
    const top = list.jobs.filter(({ job }) => job.spec.origin.kind !== 'follow_up')
    const live = top.filter(({ job }) => job.state.kind !== 'ended')
    const ended = top.filter(({ job }) => job.state.kind === 'ended')
    const chosen = [...(all === true ? ended : ended.slice(-recent)), ...live]
    const shown = chosen.map((stored) => store.describe(stored, nowMs))
    const byId = new Map(list.jobs.map((stored) => [stored.job.spec.id, stored]))
    if (shown.length === 0) console.out('No jobs yet. Start one: relay start FILE, or try: relay sample')
    for (const job of shown) {
      console.out(renderRow(job, job.id))
      const followUp = job.followUp === null ? undefined : byId.get(job.followUp.id)
      if (followUp !== undefined)
        console.out(
          renderRow(store.describe(followUp, nowMs), `↳ ${followUp.job.spec.id.slice(job.id.length)} follow-up`),
        )
    }
    if (shown.length < top.length)
      console.out(console.paint('dim', `${top.length - shown.length} older: relay list --all`))
    return Promise.resolve(exitOk)

    function renderRow(job: JobDescription, name: string): string {
      const state = renderState(job.state, console) + ' '.repeat(Math.max(0, 10 - job.state.length))
      const facts = `${name.padEnd(idWidth)}  ${state} ${renderElapsed(job, nowMs).padStart(8)}  ${renderShortExit(job.exit).padEnd(8)}`
      const title = job.waitsFor === null ? renderTitle(job) : `${shorten(renderTitle(job), 30)} — ${job.waitsFor}`
      return `${facts}  ${shorten(title, Math.max(20, console.columns - idWidth - 38))}`
    }
  },
}
