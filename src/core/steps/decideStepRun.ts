// The policy of a run of steps: what should happen next, given what its journal says and what is seen of its jobs. Pure. An
// effect may be asked for again: after a crash the same journal and the same world give the same answer.
import { type JobId } from '../jobs/jobId'
import { childJobId, type UndertakingEffect, type UndertakingSeen } from '../undertakings/undertaking'
import { checksAtOnce } from './definition'
import type { PhaseName, PlannedAct } from './planStep'
import { whyUnproved } from './evidence'
import { goesOnBehind, stepJob } from './stepJob'
import {
  type ActRun,
  type Mark,
  type MonitorRun,
  notAnswered,
  type StepItem,
  type StepOutcome,
  type StepRun,
  type StepRunEvent,
} from './stepRunState'

/** What a run can do besides jobs. All of them look whether they were done. */
export type StepRunAct =
  /** Looks how a job of an act has ended, and what it has printed. */
  | { readonly kind: 'collect'; readonly item: number; readonly act: number; readonly job: JobId }
  /** Looks whether a job in the background has printed what it should by now. */
  | { readonly kind: 'look_up'; readonly item: number; readonly act: number; readonly job: JobId }
  /** Appends what is not in the log. */
  | { readonly kind: 'log' }
  | { readonly kind: 'mark'; readonly item: number; readonly mark: Mark; readonly atMs: number }
  | { readonly kind: 'look'; readonly item: number; readonly monitor: number }
  /** Looks what the turn of an agent has answered that was a look of a monitor. */
  | { readonly kind: 'hear_look'; readonly item: number; readonly monitor: number; readonly job: JobId }
  /** Looks whether anything of the step is still alive; if not, there is nothing to look at any more. */
  | { readonly kind: 'look_left'; readonly item: number; readonly jobs: readonly JobId[] }

export type StepRunEffect = UndertakingEffect<StepRunEvent, StepRunAct>

/** How often the output of what is to start up is looked at. */
const lookUpMs = 1_000
/** How often it is looked whether anything of a step that is over lives on. */
const lookLeftMs = 15_000
/** A job that cannot be read is looked at again. */
const unreadableMs = 10_000

export function decideStepRun(run: StepRun, seen: UndertakingSeen): readonly StepRunEffect[] {
  const { items, unlogged } = run.state
  const effects: StepRunEffect[] = unlogged.length === 0 ? [] : [{ kind: 'act', key: 'log', act: { kind: 'log' } }]
  let mayBegin = run.stopRequestedAtMs === null
  for (const [index, item] of items.entries()) {
    effects.push(...decideItem(run, index, item, mayBegin, seen))
    effects.push(...decideMonitors(run, index, item, seen))
    mayBegin &&= goesOn(item)
  }
  const events = effects.filter(({ kind }) => kind === 'record')
  // Decided one by one, several steps would be begun on what is true of none of them any more.
  return events.length > 0 ? events : effects
}

/** The steps behind it may begin. */
export function goesOn({ state, acts, mark, isLetPass }: StepItem): boolean {
  if (mark?.done !== true) return false
  if (state.kind === 'ended') return state.outcome === 'completed' || (state.outcome === 'unproved' && isLetPass)
  return state.kind === 'running' && acts.some((run) => run.state.kind === 'running' && run.state.up !== null)
}

/** It has not begun, or is to go on, and will when it is its turn. */
export function isToBegin({ state, again }: StepItem): boolean {
  return state.kind === 'waiting' || (state.kind === 'ended' && again !== null)
}

export function isStepRunAtRest({ state: { items, unlogged }, stopRequestedAtMs }: StepRun): boolean {
  if (unlogged.length > 0) return false
  let mayBegin = stopRequestedAtMs === null
  for (const item of items) {
    if (item.state.kind === 'running' || (isToBegin(item) && mayBegin)) return false
    if (item.mark !== null && !item.mark.done) return false
    if (item.monitors.some(({ state, turn }) => state === 'watching' || turn !== null)) return false
    mayBegin &&= goesOn(item)
  }
  return true
}

function decideItem(
  run: StepRun,
  index: number,
  item: StepItem,
  mayBegin: boolean,
  seen: UndertakingSeen,
): readonly StepRunEffect[] {
  const { state } = item
  if (mayBegin && isToBegin(item)) return [record({ type: 'step_begun', item: index })]
  if (state.kind === 'waiting') return []
  const marked = decideMark(run, index, item)
  if (state.kind === 'ended') return marked
  if (item.blocked.length > 0) return [end(index, 'blocked', null, item.blocked.join(' '))]
  return [...marked, ...decideRunning(run, index, item, seen)]
}

/** After the log, which is to say it first: so the two never differ the other way round. */
function decideMark({ state: { unlogged } }: StepRun, index: number, { mark }: StepItem): readonly StepRunEffect[] {
  if (mark === null || mark.done || unlogged.length > 0) return []
  return [{ kind: 'act', key: `mark-${index}`, act: { kind: 'mark', item: index, mark: mark.want, atMs: mark.atMs } }]
}

function decideRunning(run: StepRun, index: number, item: StepItem, seen: UndertakingSeen): readonly StepRunEffect[] {
  const isStopping = run.stopRequestedAtMs !== null
  const running = item.acts.filter(({ state }) => state.kind === 'running')
  const phase = currentPhase(item)
  const failed = phase === null ? null : failureIn(item, phase)
  // A failure before ends what runs beside it; all that is to be validated is, and elsewhere nothing runs beside anything.
  const isToEnd = isStopping || (failed !== null && phase === 'PRE-FLIGHT')
  if (running.length > 0) {
    const own = running.flatMap((one) => decideAct(run, index, item, one, isToEnd, seen))
    const isFull = isToEnd || running.length >= atOnce(phase)
    return isFull ? own : [...own, ...beginNext(run, index, item, phase)]
  }
  if (isStopping) return [end(index, 'stopped', phase, 'Stopped.')]
  if (phase === null) {
    const why = whyUnproved(item)
    return [end(index, why === null ? 'completed' : 'unproved', null, why ?? '')]
  }
  const next = beginNext(run, index, item, phase)
  if (failed === null || (phase === 'POST-VALIDATION' && next.length > 0)) return next
  return afterFailure(run, index, item, phase, failed)
}

/** The first phase that is not done, or in which something failed; null: all is done. */
function currentPhase(item: StepItem): PhaseName | null {
  for (const phase of ['PRE-FLIGHT', 'TEST', 'MAIN', 'POST-VALIDATION'] as const) {
    const own = actsOf(item, phase).filter(({ planned }) => planned.onFailure !== true)
    if (own.some(({ run }) => run.state.kind !== 'done') || failureIn(item, phase) !== null) return phase
  }
  return null
}

interface OwnAct {
  readonly run: ActRun
  readonly planned: PlannedAct
}

function actsOf({ plan, acts }: StepItem, phase: PhaseName): readonly OwnAct[] {
  return acts.flatMap((run) => {
    const planned = plan.acts[run.act]
    return planned?.phase === phase ? [{ run, planned }] : []
  })
}

/** The act of the phase that has ended and not passed; one that failed before those that were stopped for it. */
function failureIn(item: StepItem, phase: PhaseName): OwnAct | null {
  const own = actsOf(item, phase)
  const has = (outcomes: readonly string[]) =>
    own.find(({ run: { state } }) => state.kind === 'done' && outcomes.includes(state.outcome)) ?? null
  return has(['failed', 'lost']) ?? has(['stopped'])
}

function atOnce(phase: PhaseName | null): number {
  return phase === 'PRE-FLIGHT' || phase === 'POST-VALIDATION' ? checksAtOnce : 1
}

/** The next act of the phase whose turn it is; one at a time, for each is recorded first. */
function beginNext(run: StepRun, index: number, item: StepItem, phase: PhaseName | null): readonly StepRunEffect[] {
  if (phase === null) return []
  const own = actsOf(item, phase).filter(({ planned }) => planned.onFailure !== true)
  const open = own.filter(({ run: { state } }) => state.kind !== 'done')
  const group = Math.min(...open.map(({ planned }) => planned.group))
  const next = open.find(({ run: { state }, planned }) => state.kind === 'waiting' && planned.group === group)
  return next === undefined ? [] : [begin(run, index, next)]
}

function begin(run: StepRun, index: number, { run: own, planned }: OwnAct, again?: string): StepRunEffect {
  const { act, tries, triesNow } = own
  if (planned.doing.kind === 'nothing') {
    const { why } = planned.doing
    const told = { exit: null, durationMs: 0, detail: why, output: '', met: [], notable: '' }
    return record({ type: 'act_ended', item: index, act, job: null, outcome: 'not_checked', ...told })
  }
  // Nothing that may have left traces is done twice without a word.
  const later =
    tries > 0 && triesNow === 0 ? `done again, as try ${tries + 1}: it was stopped, or did not pass, before` : null
  const job = childJobId(run.spec.id, `s${index + 1}a${act}t${tries + 1}`)
  return record({ type: 'act_begun', item: index, act, try: tries + 1, job, again: again ?? later })
}

/** Retries, then the agent, then the end of the step. What is lost or was stopped is a person's to decide. */
function afterFailure(
  run: StepRun,
  index: number,
  item: StepItem,
  phase: PhaseName,
  failed: OwnAct,
): readonly StepRunEffect[] {
  const { state, triesNow } = failed.run
  if (state.kind !== 'done') return []
  const { planned } = failed
  if (state.outcome === 'failed' && planned.onFailure !== true) {
    if (triesNow > 0 && triesNow <= planned.retries)
      return [begin(run, index, failed, `try ${triesNow + 1} of ${planned.retries + 1}: ${state.detail}`)]
    const recovery = actsOf(item, phase).find(
      ({ run: one, planned: { onFailure } }) => onFailure === true && one.state.kind === 'waiting',
    )
    if (recovery !== undefined && triesNow > 0)
      return [begin(run, index, recovery, `to put right what has failed: ${state.detail}`)]
  }
  const others = actsOf(item, phase).filter(
    ({ run: one }) => one.state.kind === 'done' && one.state.outcome === 'failed',
  )
  const reason =
    phase === 'POST-VALIDATION' || phase === 'PRE-FLIGHT'
      ? others
          .map(({ run: one, planned: { name } }) => `${name}: ${one.state.kind === 'done' ? one.state.detail : ''}`)
          .join('; ')
      : ''
  const told = reason !== '' ? reason : planned.name === 'main' ? state.detail : `${planned.name}: ${state.detail}`
  return [end(index, state.outcome === 'stopped' ? 'stopped' : 'failed', phase, told)]
}

function decideAct(
  run: StepRun,
  index: number,
  item: StepItem,
  own: ActRun,
  isToEnd: boolean,
  seen: UndertakingSeen,
): readonly StepRunEffect[] {
  const { act, state } = own
  const planned = item.plan.acts[act]
  if (state.kind !== 'running' || planned === undefined) return []
  const { job } = state
  const jobSeen = seen.job(job)
  const over = (outcome: 'stopped' | 'lost', detail: string) => {
    const told = { exit: null, durationMs: 0, detail, output: '', met: [], notable: '' }
    return [record({ type: 'act_ended', item: index, act, job, outcome, ...told })]
  }
  switch (jobSeen.kind) {
    case 'absent': {
      if (isToEnd) return over('stopped', 'Not begun.')
      return [{ kind: 'start_job', id: job, ...stepJob(run, item, act, planned) }]
    }
    case 'removed':
      return over('lost', `Its job ${job} was removed.`)
    case 'unreadable':
      return [{ kind: 'look_again', afterMs: unreadableMs }]
    case 'known':
      break
  }
  if (jobSeen.job.state.kind === 'ended')
    return [{ kind: 'act', key: `collect-${job}`, act: { kind: 'collect', item: index, act, job } }]
  if (isToEnd || state.timedOut) return [{ kind: 'stop_job', id: job }]
  if (goesOnBehind(item, act) && state.up === null)
    return awaitUp(
      index,
      own,
      job,
      planned,
      jobSeen.job.state.kind === 'running' ? jobSeen.job.state.sinceMs : null,
      seen,
    )
  return []
}

/** Since when it runs; null: it does not yet. */
function awaitUp(
  index: number,
  { act }: ActRun,
  job: JobId,
  { timeoutSec }: PlannedAct,
  sinceMs: number | null,
  seen: UndertakingSeen,
): readonly StepRunEffect[] {
  if (sinceMs === null) return []
  const key = `up-${job}`
  const lookedAgoMs = seen.sinceActMs(key)
  const limitMs = (timeoutSec ?? Infinity) * 1000
  // It is looked at once more after its time, for it may have been up in time while nobody looked.
  if (seen.nowMs - sinceMs > limitMs + lookUpMs && lookedAgoMs !== null && lookedAgoMs < lookUpMs)
    return [record({ type: 'start_up_timed_out', item: index, act })]
  if (lookedAgoMs === null || lookedAgoMs >= lookUpMs)
    return [
      { kind: 'act', key, act: { kind: 'look_up', item: index, act, job } },
      { kind: 'look_again', afterMs: lookUpMs },
    ]
  return [{ kind: 'look_again', afterMs: lookUpMs - lookedAgoMs }]
}

function decideMonitors(run: StepRun, index: number, item: StepItem, seen: UndertakingSeen): readonly StepRunEffect[] {
  const watching = item.monitors.filter(({ state }) => state === 'watching')
  const turns = item.monitors.flatMap((one) => decideTurn(run, index, item, one, seen))
  if (watching.length === 0) return turns
  if (item.state.kind !== 'running' && run.stopRequestedAtMs !== null)
    return [record({ type: 'monitors_over', item: index, why: 'stopped' })]
  const looks = [...turns, ...watching.flatMap((one) => decideLook(run, index, item, one, seen))]
  if (item.state.kind !== 'ended') return looks
  const jobs = actsOf(item, 'MAIN').flatMap(({ run: { state } }) =>
    state.kind === 'done' && state.job !== null ? [state.job] : [],
  )
  const key = `left-${index}`
  const agoMs = seen.sinceActMs(key)
  const left: StepRunEffect =
    agoMs === null || agoMs >= lookLeftMs
      ? { kind: 'act', key, act: { kind: 'look_left', item: index, jobs } }
      : { kind: 'look_again', afterMs: lookLeftMs - agoMs }
  return [...looks, left]
}

/** The turn of an agent that a look is: one at a time, and none of a monitor that does not look any more. */
function decideTurn(
  run: StepRun,
  index: number,
  item: StepItem,
  { act, state, turn }: MonitorRun,
  seen: UndertakingSeen,
): readonly StepRunEffect[] {
  const planned = item.plan.acts[act]
  if (turn === null || planned === undefined) return []
  const jobSeen = seen.job(turn)
  const isToEnd = state !== 'watching' || run.stopRequestedAtMs !== null
  const unheard = (line: string) =>
    record({ type: 'monitor_looked', item: index, monitor: act, exit: notAnswered, line, job: turn })
  switch (jobSeen.kind) {
    case 'absent':
      return isToEnd ? [unheard('not begun')] : [{ kind: 'start_job', id: turn, ...stepJob(run, item, act, planned) }]
    case 'removed':
      return [unheard(`its job ${turn} was removed`)]
    case 'unreadable':
      return [{ kind: 'look_again', afterMs: unreadableMs }]
    case 'known':
      if (jobSeen.job.state.kind === 'ended')
        return [{ kind: 'act', key: `hear-${turn}`, act: { kind: 'hear_look', item: index, monitor: act, job: turn } }]
      return isToEnd ? [{ kind: 'stop_job', id: turn }] : []
  }
}

function decideLook(
  run: StepRun,
  index: number,
  { plan }: StepItem,
  { act, turn, turns, look }: MonitorRun,
  seen: UndertakingSeen,
): readonly StepRunEffect[] {
  const intervalMs = (plan.acts[act]?.monitor?.intervalSec ?? 60) * 1000
  if (plan.acts[act]?.doing.kind === 'agent') {
    if (turn !== null || run.stopRequestedAtMs !== null) return []
    // By the journal, so that no supervisor that begins anew pays for another.
    const leftMs = look === null ? 0 : Math.min(intervalMs, look.atMs + intervalMs - seen.nowMs)
    if (leftMs > 0) return [{ kind: 'look_again', afterMs: leftMs }]
    const job = childJobId(run.spec.id, `s${index + 1}m${act}l${turns + 1}`)
    return [record({ type: 'look_begun', item: index, monitor: act, look: turns + 1, job })]
  }
  const key = `look-${index}-${act}`
  const agoMs = seen.sinceActMs(key)
  if (agoMs !== null && agoMs < intervalMs) return [{ kind: 'look_again', afterMs: intervalMs - agoMs }]
  return [{ kind: 'act', key, act: { kind: 'look', item: index, monitor: act } }]
}

function record(event: StepRunEvent): StepRunEffect {
  return { kind: 'record', event }
}

function end(item: number, outcome: StepOutcome, phase: PhaseName | null, reason: string): StepRunEffect {
  return record({ type: 'step_ended', item, outcome, phase, reason })
}
