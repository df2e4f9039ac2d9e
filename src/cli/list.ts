// relay list: all jobs, each follow-up below its job, and below that what its answer led to.
import { resolveFolder } from '../store/jobs/jobRequests'
import type { StoredJob } from '../store/jobs/jobFiles'
import { folderKey } from '../store/stateFolder'
import { isAtRest } from '../core/jobs/owed'
import { isCheckOfStep } from '../core/jobs/spec'
import { type JobDescription, standingAlerts } from '../core/jobs/describeJob'
import { keepSupervised } from './keepSupervised'
import { alertSign, renderElapsed, renderShortExit, renderStage, renderTitle, shorten } from '../core/jobs/jobWords'
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
    const byId = new Map(list.jobs.map((stored) => [stored.job.spec.id, stored]))
    const chains = chainsOf(list.jobs)
    const top = list.jobs.filter(({ job: { spec, state: own } }) => {
      if (spec.origin.kind === 'follow_up') return false
      if (isCheckOfStep(spec.origin) && own.kind === 'ended' && all !== true) return false
      return spec.origin.kind !== 'answer' || !byId.has(spec.origin.root)
    })
    // A chain is one thread: it is live while any of it is.
    const isLive = ({ job }: StoredJob): boolean =>
      job.state.kind !== 'ended' || (chains.get(job.spec.id) ?? []).some((next) => next.job.state.kind !== 'ended')
    const live = top.filter(isLive)
    const ended = top.filter((stored) => !isLive(stored))
    const chosen = [...(all === true ? ended : ended.slice(-recent)), ...live]
    const shown = chosen.map((stored) => store.describe(stored, nowMs))
    if (shown.length === 0) console.out('No jobs yet. Start one: relay start FILE, or try: relay sample')
    for (const job of shown) {
      tell(job, job.id, '')
      for (const next of chains.get(job.id) ?? []) {
        const { origin } = next.job.spec
        tell(store.describe(next, nowMs), `↳ ${origin.kind === 'answer' ? origin.depth : ''} in its chain`, '  ')
      }
    }
    if (shown.length < top.length)
      console.out(console.paint('dim', `${top.length - shown.length} older: relay list --all`))
    return Promise.resolve(exitOk)

    function tell(job: JobDescription, name: string, indent: string): void {
      console.out(renderRow(job, `${indent}${name}`))
      for (const { text } of standingAlerts(job))
        console.out(
          console.paint('yellow', shorten(`${indent}  ${alertSign} ${text}`, Math.max(40, console.columns - 1))),
        )
      const followUp = job.followUp === null ? undefined : byId.get(job.followUp.id)
      if (followUp !== undefined)
        console.out(
          renderRow(
            store.describe(followUp, nowMs),
            `${indent}↳ ${followUp.job.spec.id.slice(job.id.length)} follow-up`,
          ),
        )
    }

    function renderRow(job: JobDescription, id: string): string {
      const state = renderState(job.state, console) + ' '.repeat(Math.max(0, 10 - job.state.length))
      const facts = `${id.padEnd(idWidth)}  ${state} ${renderElapsed(job, nowMs).padStart(8)}  ${renderShortExit(job.exit).padEnd(8)}`
      const name = `${renderStage(job)} ${renderTitle(job)}`.trimStart()
      const title = job.waitsFor === null ? name : `${shorten(name, 30)} — ${job.waitsFor}`
      return `${facts}  ${shorten(title, Math.max(20, console.columns - idWidth - 38))}`
    }
  },
}

/** What chains have led to, by the job that began them, in order. */
function chainsOf(jobs: readonly StoredJob[]): ReadonlyMap<string, readonly StoredJob[]> {
  const chains = new Map<string, StoredJob[]>()
  for (const stored of jobs) {
    const { origin } = stored.job.spec
    if (origin.kind === 'answer') chains.set(origin.root, [...(chains.get(origin.root) ?? []), stored])
  }
  return chains
}
