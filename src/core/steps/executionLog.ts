// `.task_execution.log`: one JSON line for everything that happens in a run of a step, to be searched by its task id with
// grep. The file is shared with other tools: lines of theirs are kept, and skipped where they cannot be read.
import { maxLineChars } from '../logs/terminalText'
import { showInvisible } from '../logs/plainText'
import { taskIdPattern } from './stepNote'

export const executionLogPath = '.task_execution.log'

/**
 * - STARTED, COMPLETED, UNPROVED, FAILED, STOPPED, BLOCKED: of the whole step.
 * - PASSED, FAILED, NOT_CHECKED, RETRIED, ALERT: of one act, which `phase` and `name` say.
 * - REOPENED: a person says that the step is to be done once more.
 */
export const logStatuses = [
  'STARTED',
  'PASSED',
  'FAILED',
  'NOT_CHECKED',
  'RETRIED',
  'ALERT',
  'COMPLETED',
  'UNPROVED',
  'STOPPED',
  'BLOCKED',
  'REOPENED',
] as const
export type LogStatus = (typeof logStatuses)[number]

export interface LogEntry {
  readonly taskId: string
  readonly step: number
  /** ISO 8601. */
  readonly timestamp: string
  readonly status: LogStatus
  /** As `PhaseName`; absent for the whole step. */
  readonly phase?: string
  readonly name?: string
  readonly command?: string
  /** The exit status, or the name of a signal. */
  readonly exit?: number | string
  readonly durationSec?: number
  /** The end of what it printed. */
  readonly output?: string
}

const maxOutputChars = 2_000
const maxCommandChars = 1_000

/** `task_<step>_<8 hex>`; `random` are 32 bits. */
export function taskIdOf(step: number, random: number): string {
  return `task_${step}_${(random >>> 0).toString(16).padStart(8, '0')}`
}

/** The one line of an entry, with its end. Keys are in the order in which a person reads them. */
export function renderLogLine(entry: LogEntry): string {
  const { taskId, step, timestamp, status, phase, name, command, exit, durationSec, output } = entry
  return `${JSON.stringify({
    task_id: taskId,
    step,
    timestamp,
    status,
    phase,
    name: name?.slice(0, 200),
    command: command === undefined ? undefined : cut(command, maxCommandChars),
    exit,
    duration: durationSec,
    output: output === undefined ? undefined : cutStart(showInvisible(output), maxOutputChars),
  })}\n`
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)} … ${text.length - most} more characters`
}

/** The end is what tells how something ended. */
function cutStart(text: string, most: number): string {
  return text.length <= most ? text : `… ${text.slice(-most)}`
}

export interface ReadEntry {
  readonly taskId: string
  readonly step: number
  readonly timestamp: string
  /** As it is written: other tools have words of their own. */
  readonly status: string
  readonly phase: string | null
}

/** A line that is longer is nobody's entry. */
export const maxLogLineChars = Math.max(64 * 1024, maxLineChars)

/** What a line says; null if it is no entry. Other tools may leave the step out, which the id has, or say the status as `phase`. */
export function parseLogLine(line: string): ReadEntry | null {
  if (line.length > maxLogLineChars || !line.includes('"task_id"')) return null
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return null // A foreign line, or one that is still being written.
  }
  if (typeof value !== 'object' || value === null) return null
  const field = (name: string): unknown => (Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined)
  const text = (name: string) => {
    const found = field(name)
    return typeof found === 'string' ? found : null
  }
  const taskId = text('task_id')
  const digits = taskId === null ? undefined : taskIdPattern.exec(taskId)?.[1]
  if (taskId === null || digits === undefined) return null
  const phase = text('phase')
  const status = text('status') ?? (phase !== null && isStatus(phase) ? phase : null)
  if (status === null) return null
  const said = field('step')
  const step =
    typeof said === 'number' ? said : typeof said === 'string' && /^\d{1,6}$/.test(said) ? Number(said) : Number(digits)
  return { taskId, step, timestamp: text('timestamp') ?? '', status, phase: phase === status ? null : phase }
}

const isStatus = (word: string): boolean => logStatuses.some((one) => one === word)

/** What the log says of one step. */
export interface StepHistory {
  /** The run that is spoken of last. */
  readonly taskId: string
  readonly state: 'running' | 'completed' | 'unproved' | 'failed' | 'stopped' | 'blocked' | 'reopened'
  /** When that was; empty if the line does not say. */
  readonly at: string
  /** The last run that completed, if the step was not reopened after it. */
  readonly completed: { readonly taskId: string; readonly at: string } | null
}

/** By number. */
export type LogHistory = ReadonlyMap<number, StepHistory>

/** Takes the next line's entry into `history`, which is changed. */
export function addToHistory(history: Map<number, StepHistory>, entry: ReadEntry): void {
  // An act of a run says nothing of the whole step, whatever became of it.
  if (entry.phase !== null) return
  const { step, taskId, timestamp: at, status } = entry
  const before = history.get(step)
  const completed = before?.completed ?? null
  switch (status) {
    case 'STARTED':
      return void history.set(step, { taskId, at, state: 'running', completed })
    case 'COMPLETED':
      return void history.set(step, { taskId, at, state: 'completed', completed: { taskId, at } })
    case 'UNPROVED':
    case 'FAILED':
    case 'STOPPED':
    case 'BLOCKED':
      return void history.set(step, { taskId, at, state: stateWords[status], completed })
    case 'REOPENED':
      return void history.set(step, { taskId, at, state: 'reopened', completed: null })
    default:
      return
  }
}

const stateWords = { UNPROVED: 'unproved', FAILED: 'failed', STOPPED: 'stopped', BLOCKED: 'blocked' } as const

/** Whether a line, in bytes of Latin-1, may change the history; most lines are of acts, and need not be parsed. */
export function mayChangeHistory(line: string): boolean {
  return /"(?:STARTED|COMPLETED|UNPROVED|FAILED|STOPPED|BLOCKED|REOPENED)"/.test(line)
}
