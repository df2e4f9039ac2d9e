// relay show: everything that is known of one job, and how.
import { readReport, reportFile } from '../store/followUps/readReport'
import { type JobDescription, standingAlerts } from '../core/jobs/describeJob'
import { renderRemote } from '../core/backends/remoteWords'
import { renderJobStart } from '../core/blocks/renderJobStart'
import { RelayError } from '../core/relayError'
import type { StoredJob } from '../store/jobs/jobFiles'
import { keepSupervised } from './keepSupervised'
import { alertSign, renderDescribedExit, renderElapsed, renderStage } from '../core/jobs/jobWords'
import { renderUsage } from '../core/jobs/usage'
import { renderState } from './renderState'
import { exitOk, exitUsage, type Verb } from './verb'

/** What `--only` can print. */
const parts = ['id', 'command', 'folder', 'log', 'block'] as const

export const showVerb: Verb = {
  name: 'show',
  operands: ['ID'],
  summary: 'Show what is known of a job, and how it is known',
  options: {
    report: { type: 'boolean', summary: "Print the follow-up's report only" },
    only: { type: 'string', value: parts.join('|'), summary: 'Print this one only' },
    json: { type: 'boolean', summary: 'Print JSON' },
  },
  run: ({ console, store, state, requests, now }, [id = 'latest'], { report, only, json }) => {
    const stored = store.find(id)
    const job = store.describe(stored, now())
    if (only !== undefined) {
      const part = parts.find((one) => one === only)
      if (part === undefined) {
        console.err(`--only wants one of ${parts.join(', ')}, not ${String(only)}`)
        return Promise.resolve(exitUsage)
      }
      console.out(partOf(stored, job, part))
      return Promise.resolve(exitOk)
    }
    if (!store.isDelivered(stored) && job.host === state.host) keepSupervised({ requests, console })
    const followUp = job.followUp === null ? null : store.tryRead(job.followUp.id)
    const reportPath =
      followUp === null || !('job' in followUp) ? null : reportFile(followUp.paths.attempt(followUp.job.attempt))
    if (report === true) {
      const text = followUp === null || !('job' in followUp) ? null : readReport(followUp)
      console.out(
        text ??
          `Job ${job.id} has no report${job.followUp === null ? '' : `: its follow-up is ${job.followUp.state}`}.`,
      )
    } else if (json === true) console.out(JSON.stringify(job))
    else
      for (const [label, value] of renderFacts(job, reportPath))
        console.out(`${console.paint('bold', label.padEnd(12))} ${value}`)
    return Promise.resolve(exitOk)

    function renderFacts(one: JobDescription, path: string | null): [string, string][] {
      const rows: [string, string | null][] = [
        ['Job', one.id],
        ['State', `${renderState(one.state, console)}  ${renderElapsed(one, now())}`],
        ['Known by', `${one.known.by} (${one.known.at})`],
        ...renderRemote(one, now()).map(([label, value]): [string, string] => [label, value]),
        ['Stage', renderStage(one)],
        ...standingAlerts(one).map(({ text }): [string, string] => ['Alert', `${alertSign} ${text}`]),
        ['Reason', one.reason],
        ['Waits', one.waitsFor],
        ['Dry run', one.dryRun ? 'only its checks: the command is not started' : null],
        ['About', one.description],
        ['Command', one.command],
        ['Directory', one.cwd],
        ['Attempt', one.attempt > 1 ? String(one.attempt) : null],
        ['Started', one.startedAt],
        ['Ended', one.endedAt],
        ['Exit', one.exit === null ? null : renderDescribedExit(one.exit)],
        ['Log', one.log],
        ['Last line', one.lastLine],
        ['Uses', one.usage === null || one.endedAt !== null ? null : renderUsage(one.usage)],
        ['Commit', renderCommit(one)],
        ...one.checks.map((check): [string, string] => [
          'Check',
          `${check.passed ? '✓' : '✗'} ${check.name}: ${check.detail}`,
        ]),
        ...one.requiredFiles.map((file): [string, string] => [
          'File',
          `${file.state === 'ready' ? '✓' : '✗'} ${file.path}: ${file.state} (${file.detail})`,
        ]),
        ...one.leftBehind.map((process): [string, string] => ['Left running', process]),
        ['Follow-up', one.followUp === null ? null : `${one.followUp.id} (${one.followUp.state})`],
        ['Report', path],
        ...one.problems.map((problem): [string, string] => ['Problem', problem]),
      ]
      return rows.flatMap(([label, value]) =>
        value === null || value === '' ? [] : [[label, value] as [string, string]],
      )
    }
  },
}

/** One thing of a job, for scripts and to copy. Throws RelayError if it has none. */
function partOf({ job, paths }: StoredJob, described: JobDescription, part: (typeof parts)[number]): string {
  switch (part) {
    case 'id':
      return described.id
    case 'command':
      return described.command
    case 'folder':
      return paths.directory
    case 'log':
      return described.log ?? missing('log')
    case 'block':
      return renderJobStart(job.spec.plan, job.spec.description, job.spec.folder)?.trimEnd() ?? missing('block')
  }
  function missing(what: string): never {
    throw new RelayError('no_such_part', `Job ${described.id} has no ${what}.`)
  }
}

function renderCommit({ source }: JobDescription): string | null {
  if (source === null || source.commit === null) return source?.problem ?? null
  return `${source.commit}${source.dirty === true ? ' (dirty)' : ''}`
}
