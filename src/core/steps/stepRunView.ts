// The steps of a run as views show them. Pure.
import type { JobId } from '../jobs/jobId'
import type { PlannedAct } from './planStep'
import { type ActRun, type MonitorRun, notAnswered, type StepItem, type StepRun } from './stepRunState'
import {
  type ActState,
  type ActView,
  besideName,
  type MonitorAlert,
  phasesOf,
  plannedView,
  type StepRunView,
} from './stepView'

/** In the order of the run. Of a run that is at rest those whose turn never came are left out: nothing is to be said of them. */
export function viewsOfRun(run: StepRun, isAtRest: boolean): readonly StepRunView[] {
  return run.state.items.flatMap((item, index) =>
    isAtRest && item.state.kind === 'waiting' ? [] : viewOf(run, item, index, isAtRest),
  )
}

function viewOf(run: StepRun, item: StepItem, index: number, isAtRest: boolean): StepRunView {
  const { plan, taskId, state } = item
  const byAct = new Map(item.acts.map((one) => [one.act, one]))
  const byMonitor = new Map(item.monitors.map((one) => [one.act, one]))
  const isOver = state.kind === 'ended'
  const acts = plan.acts.flatMap((planned, at): ActView[] => {
    const monitor = byMonitor.get(at)
    if (monitor !== undefined) return [monitorView(planned, monitor, isOver)]
    const own = byAct.get(at)
    const isBegun = own !== undefined && own.state.kind !== 'waiting'
    // What is done only after a failure is nothing to be waited for.
    return planned.onFailure === true && !isBegun ? [] : [actView(planned, own, isOver)]
  })
  // What was blocked stays so in this run: it was found when the run was planned.
  const isOpen = state.kind === 'ended' && (state.outcome === 'failed' || state.outcome === 'stopped')
  const failed = isOpen ? state : null
  return {
    run: run.spec.id,
    step: plan.step,
    taskId: state.kind === 'waiting' ? null : taskId,
    title: plan.title,
    state: stateOf(item),
    startedAtMs: state.kind === 'waiting' ? null : state.sinceMs,
    endedAtMs: state.kind === 'ended' ? state.atMs : null,
    reason: state.kind === 'ended' ? state.reason : '',
    phases: phasesOf([...acts, ...markView(item)]),
    retryFrom: failed === null || !isAtRest ? null : (failed.phase ?? 'PRE-FLIGHT'),
    alerts: item.monitors.flatMap((monitor) => alertOf(item, index, monitor)),
    logProblem: run.state.logProblem,
  }
}

function stateOf({ state, acts }: StepItem): StepRunView['state'] {
  if (state.kind !== 'running') return state.kind === 'ended' ? state.outcome : 'waiting'
  const going = acts.flatMap((act) => (act.state.kind === 'running' ? [act.state] : []))
  return going.length > 0 && going.every(({ up }) => up !== null) ? 'background' : 'running'
}

function actView(planned: PlannedAct, own: ActRun | undefined, isOver: boolean): ActView {
  const view = plannedView(planned)
  if (own === undefined || own.state.kind === 'waiting') return { ...view, state: isOver ? 'skipped' : 'pending' }
  const { state, tries } = own
  if (state.kind === 'running')
    return { ...view, state: 'running', startedAtMs: state.sinceMs, attempt: tries, job: state.job }
  const { outcome, job, endedAtMs, durationMs, detail, said, recovered } = state
  return {
    ...view,
    state: recovered ? 'passed' : outcomes[outcome],
    startedAtMs: job === null && durationMs === 0 ? null : endedAtMs - durationMs,
    endedAtMs,
    attempt: tries,
    detail: besideName(detail === '' ? said : detail, planned.name),
    job,
  }
}

const outcomes = {
  passed: 'passed',
  failed: 'failed',
  not_checked: 'notChecked',
  stopped: 'stopped',
  lost: 'failed',
} as const

function monitorView(planned: PlannedAct, { state, look, alert, turn }: MonitorRun, isOver: boolean): ActView {
  const isAlert = alert !== null && !alert.ignored && state === 'watching'
  const states = {
    waiting: isOver ? 'skipped' : 'pending',
    watching: 'running',
    over: look === null ? 'skipped' : look.exit === notAnswered ? 'notChecked' : 'passed',
  } as const
  const { doing, name } = planned
  // Nobody is there who could look.
  if (doing.kind === 'nothing')
    return { ...plannedView(planned), state: 'notChecked', detail: besideName(doing.why, name) }
  const shown: ActState = isAlert ? 'alert' : states[state]
  return { ...plannedView(planned), state: shown, detail: isAlert ? alert.text : (look?.line ?? ''), job: turn }
}

/** What stands in SPEC.md of it. */
function markView({ mark, state, plan }: StepItem): readonly ActView[] {
  if (mark === null) return []
  const { want, done, problem, atMs } = mark
  const isOpen = !done && problem === null
  return [
    {
      phase: 'SPEC',
      name: markNames[want],
      state: problem !== null ? 'failed' : isOpen ? (state.kind === 'ended' ? 'running' : 'pending') : 'passed',
      startedAtMs: null,
      endedAtMs: isOpen ? null : atMs,
      attempt: 0,
      detail: problem ?? '',
      job: null,
      what: plan.documents.spec,
    },
  ]
}

const markNames = {
  started: 'marked as started',
  failed: 'marked as failed',
  unproved: 'marked as unproved',
  ticked: 'ticked',
} as const

function alertOf(item: StepItem, index: number, { act, alert, state }: MonitorRun): readonly MonitorAlert[] {
  if (alert === null || alert.ignored || state === 'over') return []
  const { text, atMs } = alert
  const monitor = item.plan.acts[act]?.name ?? ''
  return [{ item: index, act, monitor, text, atMs, job: mainJobOf(item) }]
}

/** The work that monitors watch: what of the main phase goes on. What its job has left running is no job any more. */
function mainJobOf({ plan, acts }: StepItem): JobId | null {
  const going = acts.findLast(({ act, state }) => plan.acts[act]?.phase === 'MAIN' && state.kind === 'running')
  return going?.state.kind === 'running' ? going.state.job : null
}
