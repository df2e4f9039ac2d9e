// What has become of an act whose job has ended: only evidence makes it pass. Pure.
import { renderExit } from '../jobs/exit'
import { currentAttempt, type Job } from '../jobs/job'
import { shorten } from '../jobs/jobWords'
import { type Claim, metBy } from './criteria'
import { isToolOutputKnown } from './evidence'
import { finishesMain } from './stepJob'
import type { ActOutcome, MetCriterion, StepItem, StepRunEvent } from './stepRunState'

/** What was read of an ended job. */
export interface ActOutput {
  /** The end of what it printed, sanitised, without secrets of known shapes; of an agent the end of its answer. */
  readonly tail: string
  /** Criteria that lines of its output have met; not looked for in what an agent writes. */
  readonly met: readonly MetCriterion[]
  /** What the answer of an agent claims: what it quotes was found in what its tools gave back or in files, or was not. */
  readonly claims: { readonly shown: readonly Claim[]; readonly unshown: readonly Claim[] }
  readonly notable: string
  /** Required files that are not there, or are older than the step; looked at where the job itself did not. */
  readonly missing: readonly string[]
}

type ActEnd = Omit<Extract<StepRunEvent, { type: 'act_ended' }>, 'type' | 'item' | 'act' | 'job'>

export function judgeAct(item: StepItem, act: number, job: Job, output: ActOutput): ActEnd {
  const { state } = job
  const attempt = currentAttempt(job)
  const ending = attempt?.ending ?? null
  const exit =
    ending?.exit.kind === 'code' ? ending.exit.code : ending?.exit.kind === 'signal' ? ending.exit.signal : null
  const atMs = ending?.atMs ?? (state.kind === 'ended' ? state.atMs : job.updatedAtMs)
  const durationMs = Math.max(0, atMs - (attempt?.startedAtMs ?? atMs))
  // What comes before the main phase, or in the midst of it, is no evidence of how that ends.
  const claims = finishesMain(item, act) ? output.claims.shown.map(metBy) : []
  const met = [...output.met, ...claims]
  const { outcome, detail } = judge(item, act, job, met, output)
  return { outcome, exit, durationMs, detail, output: output.tail, met, notable: output.notable }
}

function judge(
  item: StepItem,
  act: number,
  job: Job,
  met: readonly MetCriterion[],
  { missing: files, claims }: ActOutput,
): { readonly outcome: ActOutcome; readonly detail: string } {
  const planned = item.plan.acts[act]
  const { state } = job
  if (state.kind !== 'ended' || planned === undefined) return { outcome: 'lost', detail: 'It has not ended.' }
  const run = item.acts.find((one) => one.act === act)?.state
  const isTimedOut = run?.kind === 'running' && run.timedOut
  const { doing } = planned
  switch (state.outcome) {
    case 'stopped': {
      if (!isTimedOut) return { outcome: 'stopped', detail: state.reason }
      const missing = missingOf(item, met).map((one) => `“${one}”`)
      const what = missing.length === 0 ? '' : `: ${missing.join(', ')} was not printed`
      return { outcome: 'failed', detail: `It had not started up after ${planned.timeoutSec ?? 0} s${what}.` }
    }
    case 'lost':
      return { outcome: 'lost', detail: state.reason }
    case 'failed':
    case 'blocked':
      // A question that got no answer is not answered with no.
      if (doing.kind === 'agent' && doing.reads)
        return { outcome: 'not_checked', detail: reasonOfTurn(job, state.reason) }
      return {
        outcome: 'failed',
        detail: doing.kind === 'agent' ? reasonOfTurn(job, state.reason) : withoutFollowUp(state.reason),
      }
    case 'succeeded':
      break
  }
  if (doing.kind === 'agent' && state.answer !== 'done') {
    if (state.answer === 'blocked')
      return { outcome: 'failed', detail: doing.reads ? 'The agent says no.' : 'The agent could not go on.' }
    return doing.reads
      ? { outcome: 'not_checked', detail: 'The agent gave no clear answer.' }
      : { outcome: 'failed', detail: 'The agent did not say that it is done.' }
  }
  if (!finishesMain(item, act)) return { outcome: 'passed', detail: '' }
  if (files.length > 0)
    return { outcome: 'failed', detail: `Required files are not there, or older than the step: ${files.join(', ')}.` }
  const missing = missingOf(item, met)
  if (missing.length === 0) return { outcome: 'passed', detail: '' }
  const unshown = claims.unshown.find(({ criterion }) => missing.includes(criterion))
  if (unshown !== undefined) {
    const [quote, criterion] = [shorten(metBy(unshown).line, 100), shorten(unshown.criterion, 80)]
    const where = isToolOutputKnown(item.plan.worker)
      ? 'nowhere in what its tools gave back, nor in a file that it names and that was written since the step began'
      : 'in no file that it names and that was written since the step began (what your own command prints is its answer, and shows nothing)'
    return {
      outcome: 'failed',
      detail: `“${criterion}” is not shown: the line that is quoted for it is ${where}: “${quote}”.`,
    }
  }
  const list = missing.map((one) => `“${shorten(one, 80)}”`).join(', ')
  const where = doing.kind === 'agent' ? 'no line was quoted that shows' : 'nothing that it printed shows'
  return { outcome: 'failed', detail: `Success criteria are not met, for ${where} ${list}.` }
}

function missingOf(item: StepItem, met: readonly MetCriterion[]): readonly string[] {
  const known = new Set([...item.met, ...met].map(({ criterion }) => criterion))
  return item.plan.successCriteria.filter((one) => !known.has(one))
}

/** Steps have none. */
function withoutFollowUp(reason: string): string {
  return reason.replace(/ The follow-up is [^.]*\.$/, '')
}

/** A turn that failed says in its answer why; its exit is ours. */
function reasonOfTurn(job: Job, reason: string): string {
  const exit = currentAttempt(job)?.ending?.exit
  return exit?.kind === 'code' && exit.code === 1 && reason.toLowerCase() === `${renderExit(exit).toLowerCase()}.`
    ? 'The agent gave no answer.'
    : withoutFollowUp(reason)
}
