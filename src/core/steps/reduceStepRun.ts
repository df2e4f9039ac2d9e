// What each event makes of a run of steps, and the entries of the log that it leads to. Pure; any order of events is accepted.
import type { CommonEvent, UndertakingSpec } from '../undertakings/undertaking'
import type { LogEntry, LogStatus } from './executionLog'
import type { PhaseName } from './planStep'
import { isQualityOfChunk } from './qualityOfChunk'
import type { StepRunPlan } from './stepRunPlan'
import type {
  ActOutcome,
  ActRun,
  ActRunState,
  Mark,
  MetCriterion,
  MonitorRun,
  StepItem,
  StepOutcome,
  StepRunEvent,
  StepRunState,
} from './stepRunState'

/** How a run that is at rest goes on: where it was, or from the start of the phase that failed. */
export const continueWords = ['continue', 'retry'] as const

export function initialStepRun({ plan }: UndertakingSpec<StepRunPlan>): StepRunState {
  const items = plan.steps.map(({ plan: step, taskId, blocked }): StepItem => {
    const indexes = step.acts.map((_, index) => index)
    const isMonitor = (act: number) => step.acts[act]?.phase === 'BACKGROUND'
    return {
      plan: step,
      taskId,
      blocked,
      state: { kind: 'waiting' },
      acts: indexes
        .filter((act) => !isMonitor(act))
        .map((act) => ({ act, state: { kind: 'waiting' }, tries: 0, triesNow: 0 })),
      monitors: indexes
        .filter(isMonitor)
        .map((act) => ({ act, state: 'waiting', look: null, alert: null, alertedAtMs: null, turns: 0, turn: null })),
      met: [],
      notable: '',
      mark: null,
      run: 0,
      again: null,
      isLetPass: false,
    }
  })
  return { items, unlogged: [], logProblem: null }
}

export function reduceStepRun(state: StepRunState, atMs: number, event: CommonEvent | StepRunEvent): StepRunState {
  switch (event.type) {
    case 'approved':
    case 'job_started':
    case 'stop_requested':
      return state
    case 'told':
      return event.word === ignoreAlertWord ? ignoreAlert(state, event.detail) : state
    case 'continue_requested':
      return continueRun(state, event.word)
    case 'logged': {
      const { count, problem } = event
      return { ...state, unlogged: state.unlogged.slice(count), logProblem: problem ?? state.logProblem }
    }
    default: {
      const before = state.items[event.item]
      if (before === undefined) return state
      const { item, entries } = reduceItem(before, atMs, event)
      return {
        ...state,
        items: state.items.map((one, index) => (index === event.item ? item : one)),
        unlogged: [...state.unlogged, ...entries],
      }
    }
  }
}

/** The word by which a person wants to hear no more of an alert; the detail is `alertKey`. */
export const ignoreAlertWord = 'ignore_alert'

/** What names an alert of a run. */
export function alertKey(item: number, monitor: number): string {
  return `${item}:${monitor}`
}

type ItemEvent = Exclude<StepRunEvent, { type: 'logged' }>
interface Reduced {
  readonly item: StepItem
  readonly entries: readonly LogEntry[]
}

function reduceItem(item: StepItem, atMs: number, event: ItemEvent): Reduced {
  switch (event.type) {
    case 'step_begun':
      if (item.again !== null) return goOn(item, atMs, item.again)
      return {
        item: { ...item, state: { kind: 'running', sinceMs: atMs }, run: item.run + 1 },
        entries: [entryOf(item, atMs, 'STARTED')],
      }
    case 'act_begun': {
      const { act, job, again } = event
      const state: ActRunState = { kind: 'running', job, sinceMs: atMs, up: null, timedOut: false }
      const begun = withAct(item, act, (run) => ({
        state,
        tries: Math.max(run.tries, event.try),
        triesNow: run.triesNow + 1,
      }))
      const isMain = item.plan.acts[act]?.phase === 'MAIN'
      const fresh = { ...begun, met: metWithout(item.met, act) }
      const entries = again === null ? [] : [actEntry(item, act, atMs, 'RETRIED', { output: again })]
      return { item: isMain ? watching(fresh) : fresh, entries }
    }
    case 'act_up': {
      const up = withAct(item, event.act, ({ state }) =>
        state.kind === 'running' ? { state: { ...state, up: { atMs } } } : {},
      )
      const output = event.met.map(({ line }) => line).join('\n') || 'it has been started'
      return {
        item: { ...up, met: addMet(item.met, event.act, event.met), mark: wantMark(item, 'started', atMs) },
        entries: [actEntry(item, event.act, atMs, 'PASSED', { name: 'start-up', output })],
      }
    }
    case 'start_up_timed_out':
      return {
        item: withAct(item, event.act, ({ state }) =>
          state.kind === 'running' ? { state: { ...state, timedOut: true } } : {},
        ),
        entries: [],
      }
    case 'act_ended': {
      const { act, job, outcome, exit, durationMs, detail, output } = event
      const said = output.trimEnd().split('\n').at(-1)?.trim() ?? ''
      const common = { kind: 'done', outcome, job, exit, endedAtMs: atMs, durationMs, detail, said } as const
      const ended = withAct(item, act, () => ({ state: { ...common, recovered: false } }))
      const met = outcome === 'passed' ? addMet(item.met, act, event.met) : metWithout(item.met, act)
      const after = { ...ended, met, notable: event.notable || item.notable }
      const text = [detail, output].filter(Boolean).join('\n')
      return {
        item: outcome === 'passed' && item.plan.acts[act]?.onFailure === true ? recovered(after, act) : after,
        entries: [
          actEntry(item, act, atMs, actStatuses[outcome], {
            ...(exit === null ? {} : { exit }),
            ...(job === null ? {} : { durationSec: Math.round(durationMs / 100) / 10 }),
            ...(text === '' ? {} : { output: text }),
          }),
        ],
      }
    }
    case 'step_ended': {
      const { outcome, phase, reason } = event
      const sinceMs = item.state.kind === 'waiting' ? atMs : item.state.sinceMs
      const durationSec = Math.round((atMs - sinceMs) / 100) / 10
      const output = phase === null || outcome === 'completed' ? reason : `${phase}: ${reason}`
      return {
        item: {
          ...item,
          state: { kind: 'ended', sinceMs, outcome, phase, reason, atMs },
          mark: wantMark(item, outcomeMarks[outcome], atMs),
        },
        entries: [{ ...entryOf(item, atMs, stepStatuses[outcome]), durationSec, ...(output === '' ? {} : { output }) }],
      }
    }
    case 'spec_marked': {
      const { mark, problem } = event
      const isWanted = item.mark?.want === mark
      const entry = entryOf(item, atMs, problem === null ? 'PASSED' : 'FAILED')
      return {
        item: isWanted ? { ...item, mark: { ...item.mark, done: true, problem } } : item,
        entries: [
          {
            ...entry,
            phase: 'SPEC',
            name: `${item.plan.documents.spec} ${mark}`,
            ...(problem === null ? {} : { output: problem }),
          },
        ],
      }
    }
    case 'look_begun': {
      const { monitor, look, job } = event
      return {
        item: withMonitor(item, monitor, ({ turns }) => ({ turns: Math.max(turns, look), turn: job })),
        entries: [],
      }
    }
    case 'monitor_looked': {
      const { monitor, exit, line, job } = event
      const ended = job === undefined ? {} : { turn: null }
      return { item: withMonitor(item, monitor, () => ({ look: { atMs, exit, line }, ...ended })), entries: [] }
    }
    case 'alerted': {
      const { monitor, text } = event
      const alert = { text, atMs, ignored: false }
      return {
        item: withMonitor(item, monitor, () => ({ alert, alertedAtMs: atMs })),
        entries: [actEntry(item, monitor, atMs, 'ALERT', { output: text })],
      }
    }
    case 'alert_cleared':
      return { item: withMonitor(item, event.monitor, () => ({ alert: null })), entries: [] }
    case 'monitors_over':
      return { item: { ...item, monitors: item.monitors.map((one) => ({ ...one, state: 'over' })) }, entries: [] }
  }
}

const actStatuses: Readonly<Record<ActOutcome, LogStatus>> = {
  passed: 'PASSED',
  failed: 'FAILED',
  not_checked: 'NOT_CHECKED',
  stopped: 'STOPPED',
  lost: 'FAILED',
}
const outcomeMarks: Readonly<Record<StepOutcome, Mark>> = {
  completed: 'ticked',
  unproved: 'unproved',
  failed: 'failed',
  stopped: 'failed',
  blocked: 'failed',
}
const stepStatuses: Readonly<Record<StepOutcome, LogStatus>> = {
  completed: 'COMPLETED',
  unproved: 'UNPROVED',
  failed: 'FAILED',
  stopped: 'STOPPED',
  blocked: 'BLOCKED',
}

function entryOf({ taskId, plan }: StepItem, atMs: number, status: LogStatus): LogEntry {
  return { taskId, step: plan.step, timestamp: new Date(atMs).toISOString(), status }
}

function actEntry(
  item: StepItem,
  act: number,
  atMs: number,
  status: LogStatus,
  more: Partial<Pick<LogEntry, 'name' | 'exit' | 'durationSec' | 'output'>>,
): LogEntry {
  const planned = item.plan.acts[act]
  const doing = planned?.doing
  const { name = '' } = planned ?? {}
  return {
    ...entryOf(item, atMs, status),
    ...(planned === undefined ? {} : { phase: planned.phase, name }),
    ...(doing?.kind === 'command' ? { command: doing.command } : {}),
    ...more,
  }
}

function withAct(item: StepItem, act: number, change: (run: ActRun) => Partial<ActRun>): StepItem {
  return { ...item, acts: item.acts.map((run) => (run.act === act ? { ...run, ...change(run) } : run)) }
}

function withMonitor(item: StepItem, act: number, change: (run: MonitorRun) => Partial<MonitorRun>): StepItem {
  return { ...item, monitors: item.monitors.map((run) => (run.act === act ? { ...run, ...change(run) } : run)) }
}

/** Monitors look from the start of the main phase on. */
function watching(item: StepItem): StepItem {
  const isLookedAt = ({ act }: MonitorRun) => item.plan.acts[act]?.doing.kind !== 'nothing'
  return {
    ...item,
    monitors: item.monitors.map((one) => ({ ...one, state: isLookedAt(one) ? 'watching' : 'over' })),
  }
}

/** What the act before it did not reach is reached now. */
function recovered(item: StepItem, by: number): StepItem {
  const name = item.plan.acts[by]?.name ?? ''
  return {
    ...item,
    acts: item.acts.map((run) => {
      const { state } = run
      const isMeant = state.kind === 'done' && state.outcome === 'failed' && item.plan.acts[run.act]?.phase === 'MAIN'
      if (!isMeant || run.act === by) return run
      // Whether the chunk is good now is not for whoever mended it to say: it is looked at again.
      if (isQualityOfChunk(item.plan.acts[run.act]?.name ?? ''))
        return { ...run, state: { kind: 'waiting' }, triesNow: 0 }
      return {
        ...run,
        state: { ...state, outcome: 'passed', recovered: true, detail: `${state.detail} Put right by: ${name}.` },
      }
    }),
  }
}

function addMet(before: StepItem['met'], act: number, met: readonly MetCriterion[]): StepItem['met'] {
  const isNew = ({ criterion }: MetCriterion) => before.every((one) => one.criterion !== criterion)
  return [...before, ...met.filter(isNew).map((one) => ({ ...one, act }))]
}

function metWithout(met: StepItem['met'], act: number): StepItem['met'] {
  return met.filter((one) => one.act !== act)
}

function wantMark(item: StepItem, want: Mark, atMs: number): StepItem['mark'] {
  // What was begun before the end came is overtaken by it.
  return item.mark?.want === want && !item.mark.done ? item.mark : { want, atMs, done: false, problem: null }
}

function ignoreAlert(state: StepRunState, key: string): StepRunState {
  return {
    ...state,
    items: state.items.map((item, index) => ({
      ...item,
      monitors: item.monitors.map((one) =>
        one.alert !== null && alertKey(index, one.act) === key
          ? { ...one, alert: { ...one.alert, ignored: true } }
          : one,
      ),
    })),
  }
}

/** Every step that did not complete goes on, in order: each when those before it are done. What is done is not done again. */
function continueRun(state: StepRunState, word: string): StepRunState {
  const items = state.items.map((item) => {
    if (item.state.kind !== 'ended' || item.state.outcome === 'completed') return item
    return item.state.outcome === 'unproved' ? { ...item, isLetPass: true } : { ...item, again: word }
  })
  return { ...state, items }
}

/** What has passed has passed. */
function goOn(item: StepItem, atMs: number, word: string): Reduced {
  const phase = item.state.kind === 'ended' ? item.state.phase : null
  const unchecked = word === 'retry' ? chunkNotGood(item) : null
  const isAgain = (run: ActRun) => {
    if (run.state.kind !== 'done' || run.act === unchecked) return true
    const { outcome } = run.state
    if (outcome !== 'passed' && outcome !== 'not_checked') return true
    const own = item.plan.acts[run.act]?.phase
    // Of the main phase what is good stays good: chunks go on behind the last of them.
    return word === 'retry' && own === phase && own !== 'MAIN'
  }
  const acts = item.acts.map((run): ActRun =>
    isAgain(run) ? { ...run, state: { kind: 'waiting' }, triesNow: 0 } : { ...run, triesNow: 0 },
  )
  const at = firstWaiting({ ...item, acts })
  const output = at === null ? 'goes on' : `goes on at ${at}`
  return {
    item: { ...item, acts, state: { kind: 'running', sinceMs: atMs }, mark: null, run: item.run + 1, again: null },
    entries: [{ ...entryOf(item, atMs, 'STARTED'), output }],
  }
}

/** The chunk whose quality was found wanting; null: there is none. */
function chunkNotGood({ acts, plan }: StepItem): number | null {
  const bad = acts.find(({ act, state }) => {
    const name = plan.acts[act]?.name ?? ''
    return state.kind === 'done' && state.outcome === 'failed' && isQualityOfChunk(name)
  })
  return bad === undefined ? null : bad.act - 1
}

/** The phase that is not done; null: all are. What is only for a failure is no part of it. */
export function firstWaiting({ acts, plan }: Pick<StepItem, 'acts' | 'plan'>): PhaseName | null {
  for (const { act, state } of acts) {
    const planned = plan.acts[act]
    if (planned !== undefined && planned.onFailure !== true && state.kind !== 'done') return planned.phase
  }
  return null
}
