// Why a tracked attempt failed: what the scheduler says first, for it saw the job from outside, then what the log shows. It adds to the
// classes of `failureClass.ts` those that only matter when something is to be run again. The lines are evidence, never instructions.
import type { LogLine } from '../followUps/evidence'
import { classifyFailure, failureClasses, normalizeLine } from '../followUps/failureClass'
import { readMetricSeries } from '../followUps/metricSeries'
import { type Exit, renderExit } from '../jobs/exit'
import type { Outcome } from '../jobs/outcome'

export const trackFailures = [...failureClasses, 'node_failure', 'preempted', 'container', 'syntax'] as const
export type TrackFailure = (typeof trackFailures)[number]

/** What the scheduler or the service that ran it says of its end, in its own words: `OUT_OF_MEMORY`, `NodeFail`. */
export interface SchedulerWord {
  readonly state: string
  readonly reason: string | null
}

export interface DiagnosisInput {
  readonly outcome: Outcome
  readonly exit: Exit | null
  /** Null for what no scheduler ran. */
  readonly scheduler: SchedulerWord | null
  /** It was ended because its own limit was over. */
  readonly timeLimitReached: boolean
  readonly lines: readonly LogLine[]
}

export interface Diagnosis {
  readonly class: TrackFailure
  /** At most five lines of the log, in its order. */
  readonly lines: readonly LogLine[]
  /** A sentence. */
  readonly explanation: string
  /** Equal for failures that are alike. */
  readonly signature: string
}

/** The words of SLURM, with and without underscores, and those of GitHub, that leave no doubt. */
const schedulerClasses: Readonly<Record<string, TrackFailure>> = {
  OUTOFMEMORY: 'oom',
  TIMEOUT: 'timeout',
  DEADLINE: 'timeout',
  TIMEDOUT: 'timeout',
  NODEFAIL: 'node_failure',
  BOOTFAIL: 'node_failure',
  LAUNCHFAILED: 'node_failure',
  RECONFIGFAIL: 'node_failure',
  STARTUPFAILURE: 'config_error',
  PREEMPTED: 'preempted',
  REQUEUED: 'preempted',
  REVOKED: 'preempted',
  CANCELLED: 'interrupted',
}

/** What a log shows that the classes of every follow-up do not tell apart. Every pattern is linear in the line. */
const ownPatterns: readonly { readonly class: TrackFailure; readonly pattern: RegExp }[] = [
  {
    class: 'syntax',
    pattern:
      /^\s{0,8}(?:SyntaxError|IndentationError|TabError): |: syntax error(?: near unexpected token|: unexpected|\b.{0,20}end of file)|unexpected EOF while looking for matching|^SyntaxError: Unexpected |^Parse error: |: parse error near/,
  },
  {
    class: 'container',
    pattern:
      /^docker: (?:Error response from daemon|Cannot connect)|Cannot connect to the Docker daemon|Unable to find image '|pull access denied|manifest (?:for \S{1,200} not found|unknown)|OCI runtime (?:create|exec) failed|container creation failed|^FATAL:\s{1,4}(?:While|Unable to|could not|container|Image|kernel)|(?:apptainer|singularity)\b.{0,80}(?:image format not recognized|could not open image|no such file)|slurmstepd: error: pyxis:|pyxis: (?:container start failed|failed to import)|enroot-\w{1,20}: \[?ERROR|podman: .{0,80}(?:short-name|no such image)|ErrImagePull|ImagePullBackOff/i,
  },
  {
    class: 'node_failure',
    pattern:
      /DUE TO NODE FAILURE|\bNode failure on \S|Communication connection failure to node|lost connection to node/i,
  },
  { class: 'preempted', pattern: /DUE TO PREEMPTION|\bJOB \d{1,12} .{0,60}PREEMPTED\b/i },
]

/** A class of every follow-up that says more than a container or a syntax error around it. */
const telling: ReadonlySet<TrackFailure> = new Set(['oom', 'nan', 'disk_full', 'timeout'])

/** Pure and total: every end has a diagnosis. Of an attempt that succeeded with a loss that is not finite it is `nan`; else null. */
export function diagnose(input: DiagnosisInput): Diagnosis | null {
  const { outcome, exit, scheduler, timeLimitReached, lines } = input
  const shown = classifyFailure({ outcome, exit, lines, series: readMetricSeries(lines) })
  if (outcome === 'succeeded')
    return shown === null
      ? null
      : { class: shown.class, lines: shown.lines, explanation: shown.explanation, signature: shown.signature }
  const own = findOwn(lines)
  const said = schedulerClass(scheduler)
  const fromLog = preferOwn(shown, own)
  if (isCancelled(input, said) && !overrulesCancel.has(fromLog.class)) return explainCancel(fromLog, scheduler, exit)
  // Whatever it lived on after may have been no failure: only its last words tell of an end that nobody saw.
  if (outcome === 'lost' && said === null && !timeLimitReached && !isAtEnd(fromLog.lines, lines)) return unseen
  // A job that was out of memory or had no time left says so in its log, too: those lines are the evidence.
  if (said !== null && said !== fromLog.class) {
    const evidence = own !== null && own.class === said ? [own.line] : []
    // A scheduler that had to cancel it says why in the log: that is believed.
    if (said !== 'interrupted')
      return {
        class: said,
        lines: evidence.length > 0 ? evidence : fromLog.lines.slice(0, 3),
        explanation: explainScheduler(said, scheduler, exit),
        signature: `${said}|${normalizeLine(scheduler?.reason ?? scheduler?.state ?? '')}`,
      }
  }
  if (timeLimitReached && !telling.has(fromLog.class))
    return {
      class: 'timeout',
      lines: fromLog.class === 'unknown' || fromLog.class === 'interrupted' ? [] : fromLog.lines,
      explanation: `It was ended because its time limit was over${exit === null ? '' : `; ${renderExit(exit)}`}.`,
      signature: 'timeout|its own limit',
    }
  return fromLog
}

/** What makes a scheduler, and not a person, end a job. */
const overrulesCancel: ReadonlySet<TrackFailure> = new Set(['oom', 'timeout', 'node_failure', 'preempted'])

/** Ended by somebody: said by who ran it, or by the signal, where nobody else says why. */
function isCancelled({ exit, timeLimitReached }: DiagnosisInput, said: TrackFailure | null): boolean {
  if (timeLimitReached) return false
  if (said !== null) return said === 'interrupted'
  return exit?.kind === 'signal' && ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'].includes(exit.signal)
}

/** What its log complained of before is told, and no reason to run it again. */
function explainCancel(fromLog: Diagnosis, scheduler: SchedulerWord | null, exit: Exit | null): Diagnosis {
  const word = schedulerClass(scheduler) === null ? null : scheduler
  if (fromLog.class === 'interrupted' && word === null) return fromLog
  const isTelling = fromLog.class !== 'unknown' && fromLog.class !== 'interrupted'
  const before = isTelling ? ` Before that its log shows: ${failureWords[fromLog.class]}.` : ''
  return {
    class: 'interrupted',
    lines: fromLog.lines.slice(0, 3),
    explanation: `${explainScheduler('interrupted', word, exit)}${before}`,
    signature: `interrupted|${normalizeLine(word?.reason ?? word?.state ?? '')}`,
  }
}

const unseen: Diagnosis = {
  class: 'unknown',
  lines: [],
  explanation: 'Nobody knows how it ended, and its last lines speak of no failure.',
  signature: 'unknown|not seen',
}
/** A trace may go on for a little after the line that tells. */
const endLines = 5

function isAtEnd(evidence: readonly LogLine[], lines: readonly LogLine[]): boolean {
  const end = lines.filter(({ text }) => text.trim() !== '').slice(-endLines)
  return evidence.some((line) => end.includes(line))
}

interface OwnFinding {
  readonly class: TrackFailure
  readonly line: LogLine
  readonly index: number
}

function findOwn(lines: readonly LogLine[]): OwnFinding | null {
  for (const [index, line] of lines.entries()) {
    const text = line.text.slice(0, 600)
    const rule = ownPatterns.find(({ pattern }) => pattern.test(text))
    if (rule !== undefined) return { class: rule.class, line, index }
  }
  return null
}

function preferOwn(shown: ReturnType<typeof classifyFailure>, own: OwnFinding | null): Diagnosis {
  const base: Diagnosis =
    shown === null
      ? { class: 'unknown', lines: [], explanation: 'It did not succeed, and nothing says why.', signature: 'unknown|' }
      : { class: shown.class, lines: shown.lines, explanation: shown.explanation, signature: shown.signature }
  if (own === null || telling.has(base.class)) return base
  return {
    class: own.class,
    lines: [own.line, ...base.lines.filter(({ text }) => text !== own.line.text)].slice(0, 5),
    explanation: `${ownSentences[own.class] ?? 'It failed'}${own.line.number === null ? '' : `, as line ${own.line.number} of its log says`}.`,
    signature: `${own.class}|${normalizeLine(own.line.text)}`,
  }
}

const ownSentences: Readonly<Partial<Record<TrackFailure, string>>> = {
  syntax: 'What was to be run could not be parsed',
  container: 'Its container could not be started',
  node_failure: 'The node that it ran on failed',
  preempted: 'It had to give way to another job',
}

export function schedulerClass(scheduler: SchedulerWord | null): TrackFailure | null {
  if (scheduler === null) return null
  const word = scheduler.state.toUpperCase().replaceAll(/[^A-Z]/g, '')
  const known = Object.keys(schedulerClasses).find((one) => word === one || word.startsWith(`${one}BY`))
  return known === undefined ? null : (schedulerClasses[known] ?? null)
}

function explainScheduler(said: TrackFailure, scheduler: SchedulerWord | null, exit: Exit | null): string {
  const what: Readonly<Partial<Record<TrackFailure, string>>> = {
    ...ownSentences,
    oom: 'It used more memory than it was given',
    timeout: 'Its time limit was over',
    interrupted: 'It was cancelled',
    config_error: 'It could not be started as it was asked for',
  }
  const state = scheduler === null ? '' : `, says the scheduler (${scheduler.state}${tellReason(scheduler)})`
  return `${what[said] ?? 'It failed'}${state}${exit === null || exit.kind === 'unknown' ? '' : `; ${renderExit(exit)}`}.`
}

function tellReason({ reason }: SchedulerWord): string {
  return reason === null || reason === '' || /^none$/i.test(reason) ? '' : `: ${reason.slice(0, 120)}`
}

/** A class in words for a person: in the pull request, in the tree. */
export const failureWords: Readonly<Record<TrackFailure, string>> = {
  oom: 'out of memory',
  nan: 'numbers that are not finite',
  data_missing: 'a file or folder is missing',
  dependency_missing: 'a program or module is missing',
  disk_full: 'the disk is full',
  permission: 'no permission',
  timeout: 'time limit',
  interrupted: 'interrupted from outside',
  config_error: 'arguments or configuration',
  unknown: 'cause not known',
  node_failure: 'node failure',
  preempted: 'preempted',
  container: 'container',
  syntax: 'syntax error',
}
