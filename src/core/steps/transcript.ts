// What a person reads of a run of steps in a terminal, line by line as it happens. Made of its events alone, so that what was
// printed once is never printed differently. Pure.
import { showInvisible } from '../logs/plainText'
import { shorten } from '../jobs/jobWords'
import type { CommonEvent, UndertakingSpec } from '../undertakings/undertaking'
import type { PhaseName, PlannedAct } from './planStep'
import { besideName } from './stepView'
import { initialStepRun, reduceStepRun } from './reduceStepRun'
import { finishesMain } from './stepJob'
import type { StepRunPlan } from './stepRunPlan'
import type { StepItem, StepRunEvent, StepRunState } from './stepRunState'

const tags: Readonly<Record<PhaseName, string>> = {
  'PRE-FLIGHT': 'PRE',
  TEST: 'TEST',
  MAIN: 'MAIN',
  'POST-VALIDATION': 'POST',
  BACKGROUND: 'MONITOR',
  SPEC: 'SPEC',
}
const maxChars = 300

export interface RecordedStepEvent {
  readonly atMs: number
  readonly event: CommonEvent | StepRunEvent
}

/** All lines so far; with more events there are more lines, and none is another. `next`: the step behind a step, if it is known. */
export function renderTranscript(
  spec: UndertakingSpec<StepRunPlan>,
  events: readonly RecordedStepEvent[],
  next: (step: number) => number | null = (step) => step + 1,
): readonly string[] {
  const transcript = new StepTranscript(spec, next)
  transcript.follow(events)
  return transcript.lines
}

/** The same while a run goes on: each event is taken once, however many there are. */
export class StepTranscript {
  private readonly written = new Lines()
  private state: StepRunState
  private taken = 0

  constructor(
    spec: UndertakingSpec<StepRunPlan>,
    private readonly next: (step: number) => number | null,
  ) {
    this.state = initialStepRun(spec)
  }

  /** All so far. */
  get lines(): readonly string[] {
    return this.written.all
  }

  /** `events`: all from the first on; what this gives is the lines that are new. */
  follow(events: readonly RecordedStepEvent[]): readonly string[] {
    const before = this.lines.length
    for (const { atMs, event } of events.slice(this.taken)) this.take(atMs, event)
    this.taken = Math.max(this.taken, events.length)
    return this.lines.slice(before)
  }

  private take(atMs: number, event: RecordedStepEvent['event']): void {
    const before = this.state
    this.state = reduceStepRun(before, atMs, event)
    if (event.type === 'logged' && event.problem !== null && event.problem !== before.logProblem)
      this.written.begin(`[LOG] ✗ ${logOf(before)} lacks what happened: ${event.problem}`)
    if (!('item' in event)) return
    const item = before.items[event.item]
    const after = this.state.items[event.item]
    if (item === undefined || after === undefined) return
    const following = this.state.items[event.item + 1]
    this.written.of(item.plan.step)
    const isLogged = before.logProblem === null
    // What came after one in the background has begun meanwhile.
    const isNext = following === undefined || following.state.kind === 'waiting'
    const next = isNext ? (following?.plan.step ?? this.next(item.plan.step)) : null
    renderEvent(this.written, { item, after, isLogged }, event, next)
  }
}

function logOf({ items: [first] }: StepRunState): string {
  return first?.plan.documents.log ?? 'The log'
}

/** Lines with a blank one between those of different parts. */
class Lines {
  readonly all: string[] = []
  private part: string | null = null
  /** Of which step the last line is, and of which the next will be. */
  private last: number | null = null
  private step: number | null = null

  of(step: number): void {
    this.step = step
  }

  add(part: string, ...lines: readonly string[]): void {
    // One may go on in the background, and speak in between.
    const isOther = this.last !== null && this.last !== this.step
    this.put(isOther ? `${part} of another` : part, ...(isOther ? [`Step ${this.step ?? ''}:`] : []), ...lines)
    this.part = part
  }

  /** The first that is said of a step, or of what belongs to none. */
  begin(...lines: readonly string[]): void {
    this.put('', ...lines)
  }

  private put(part: string, ...lines: readonly string[]): void {
    if (this.part !== null && (this.part !== part || part === '')) this.all.push('')
    this.part = part
    this.last = this.step
    this.all.push(...lines.map((line) => showInvisible(line)))
  }
}

type ItemEvent = Extract<StepRunEvent, { item: number }>

/** A step before and after an event; `isLogged`: the log can be written, as far as it is known. */
interface Turn {
  readonly item: StepItem
  readonly after: StepItem
  readonly isLogged: boolean
}

function renderEvent(lines: Lines, turn: Turn, event: ItemEvent, next: number | null): void {
  const { item, after, isLogged } = turn
  const { plan, taskId } = item
  switch (event.type) {
    case 'step_begun':
      return lines.begin(`[TASK ID] ${item.again === null ? 'Generated' : 'Goes on'}: ${taskId}`)
    case 'act_begun': {
      const act = plan.acts[event.act]
      if (act === undefined) return
      const tag = tags[act.phase]
      if (event.again !== null) lines.add(tag, `[${tag}] ↻ ${nameOf(act)}: ${shorten(event.again, maxChars)}`)
      else if (act.phase === 'TEST') lines.add(tag, '[TEST] Running minimal test first...')
      else if (act.phase === 'MAIN') lines.add(tag, ...renderMainBegin(item, act))
      return
    }
    case 'act_up': {
      const shown = event.met.at(-1)?.criterion ?? 'Started'
      return lines.add(
        'MAIN',
        `[MAIN] ✓ ${shown}; it goes on in the background`,
        ...(isLogged ? [`[MAIN] All outputs logged with ID: ${taskId}`] : []),
      )
    }
    case 'act_ended': {
      const act = plan.acts[event.act]
      return act === undefined ? undefined : renderActEnd(lines, turn, act, event)
    }
    case 'spec_marked': {
      const { mark, problem } = event
      const file = plan.documents.spec
      const done = {
        started: 'marked started',
        failed: 'noted as failed, not ticked',
        unproved: 'noted as unproved, not ticked',
        ticked: 'marked complete',
      }[mark]
      if (problem === null)
        lines.add(
          'SPEC',
          `[SPEC] ✓ Updated ${file} - Step ${plan.step} ${done}`,
          `       Added task_id: ${taskId} for log searching`,
        )
      else lines.add('SPEC', `[SPEC] ✗ ${file} was not changed: ${problem}`)
      return renderEnd(lines, after, next)
    }
    case 'alerted': {
      const act = plan.acts[event.monitor]
      return lines.add(
        'ALERT',
        `[ALERT] Step ${plan.step}, ${act === undefined ? 'monitor' : nameOf(act)}: ${event.text}`,
      )
    }
    case 'start_up_timed_out':
    case 'step_ended':
    case 'look_begun':
    case 'monitor_looked':
    case 'alert_cleared':
    case 'monitors_over':
      return
  }
}

function renderMainBegin({ plan }: StepItem, act: PlannedAct): readonly string[] {
  const isWhole = act.name === 'main'
  const what = isWhole ? plan.objective : nameOf(act)
  const skills = act.doing.kind === 'agent' ? act.doing.skills : []
  const isFirst = plan.acts.find(({ phase }) => phase === 'MAIN') === act
  return [
    `[MAIN] Executing: ${shorten(what, maxChars).replace(/[.…]+$/, '')}...`,
    ...(isFirst ? skills : []).map(
      (name) => `[MAIN] Using: ${name} skill${plan.mandatorySkills.includes(name) ? ' (MANDATORY)' : ''}`,
    ),
  ]
}

function renderActEnd(
  lines: Lines,
  { item, isLogged }: Turn,
  act: PlannedAct,
  event: Extract<StepRunEvent, { type: 'act_ended' }>,
): void {
  const { phase } = act
  const tag = tags[phase]
  const took = event.job === null ? '' : ` (${renderSeconds(event.durationMs)})`
  const isCheck = phase === 'PRE-FLIGHT' || phase === 'POST-VALIDATION'
  const logged = isCheck && isLogged ? ' - logged' : ''
  const last = event.output.trimEnd().split('\n').at(-1)?.trim() ?? ''
  switch (event.outcome) {
    case 'passed': {
      // What an agent has answered is longer than its question.
      const sentence = act.doing.kind === 'command' ? sentenceIn(last) : null
      const said = phase === 'MAIN' ? saidByMain(item, act, event, sentence) : sentence
      const shown = said ?? (phase === 'TEST' ? 'Test passed' : nameOf(act))
      lines.add(tag, `[${tag}] ✓ ${shown}${phase === 'TEST' ? '' : took}${logged}`)
      if (phase === 'MAIN' && isLogged && finishesMain(item, event.act))
        lines.add(tag, `[MAIN] All outputs logged with ID: ${item.taskId}`)
      return
    }
    case 'not_checked':
      return lines.add(
        tag,
        phase === 'TEST'
          ? `[TEST] – ${event.detail}`
          : `[${tag}] ? ${nameOf(act)}: ${besideName(event.detail, act.name)}${logged}`,
      )
    case 'failed':
    case 'lost':
      lines.add(tag, `[${tag}] ✗ ${nameOf(act)}: ${shorten(event.detail, maxChars)}${took}${logged}`)
      if (last !== '' && !event.detail.includes(last)) lines.add(tag, `       ${shorten(last, maxChars)}`)
      return
    case 'stopped':
      return lines.add(tag, `[${tag}] ■ ${nameOf(act)}: stopped${took}${logged}`)
  }
}

function saidByMain(
  item: StepItem,
  act: PlannedAct,
  { act: index, met }: Extract<StepRunEvent, { type: 'act_ended' }>,
  sentence: string | null,
): string | null {
  if (act.name !== 'main') return null
  const shown = [...item.met, ...met]
  // In the order in which they were asked for: the last says most.
  const criterion = item.plan.successCriteria.findLast((one) => shown.some((each) => each.criterion === one))
  return criterion ?? (finishesMain(item, index) ? sentence : null) ?? 'Done'
}

function renderEnd(lines: Lines, { plan, state, taskId }: StepItem, next: number | null): void {
  const find = [`To view logs: grep "${taskId}" ${plan.documents.log}`]
  if (state.kind === 'running') return lines.add('', `Step ${plan.step} goes on in the background.`, '', ...find)
  if (state.kind !== 'ended') return
  const took = renderSeconds(state.atMs - state.sinceMs)
  if (state.outcome === 'completed') {
    const ready = next === null ? '' : ` Ready for step ${next}.`
    return lines.add('', `Step ${plan.step} complete in ${took}.${ready}`, '', ...find)
  }
  if (state.outcome === 'unproved')
    return lines.add(
      '',
      `Step ${plan.step} is done after ${took}, but unproved. ${shorten(state.reason, maxChars)}`,
      '',
      ...find,
    )
  const where = state.phase === null ? '' : ` in ${state.phase}`
  const why = state.outcome === 'stopped' ? '' : ` ${shorten(state.reason, maxChars)}`
  return lines.add('', `Step ${plan.step} ${state.outcome}${where} after ${took}.${why}`, '', ...find)
}

/** What a check printed last, if it is a short sentence: `Tinker imported`. */
function sentenceIn(line: string): string | null {
  return /^[A-Z][a-z]+(?: [\w.,'%/()-]+)+$/.test(line) && line.length <= 60 ? line.replace(/\.$/, '') : null
}

function nameOf({ name }: PlannedAct): string {
  return /\s/.test(name) ? name : name.replace(/[_-]+/g, ' ')
}

/** `3s`, `1m 20s`, `2h 5m`. */
export function renderSeconds(ms: number): string {
  const all = Math.round(ms / 1000)
  const [hours, minutes, seconds] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60]
  if (hours > 0) return `${hours}h ${minutes}m`
  return minutes > 0 ? `${minutes}m ${seconds}s` : `${seconds}s`
}
