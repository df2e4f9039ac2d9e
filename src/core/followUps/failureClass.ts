// Which kind of failure a job's exit and log show, with the very lines that show it. No line, no exit: no class.
import type { Exit } from '../jobs/exit'
import { renderExit } from '../jobs/exit'
import type { Outcome } from '../jobs/outcome'
import type { LogLine } from './evidence'
import { failurePatterns, errorLine, exceptionLine, interestingLine, warningLine } from './failurePatterns'
import { betterDirection, isCounterName, isMetricName } from './metricNames'
import type { MetricSeries } from './metricSeries'

/** The names of the contract's `error_type`. */
export const failureClasses = [
  'oom',
  'nan',
  'data_missing',
  'dependency_missing',
  'disk_full',
  'permission',
  'timeout',
  'interrupted',
  'config_error',
  'unknown',
] as const
export type FailureClass = (typeof failureClasses)[number]

export interface Failure {
  readonly class: FailureClass
  /** At most five lines of the log, in its order; empty when only the exit tells. */
  readonly lines: readonly LogLine[]
  /** One sentence. */
  readonly explanation: string
  /** One sentence. */
  readonly nextStep: string
  /** Equal for failures that are alike: the class and the first failing line without its numbers and directories. */
  readonly signature: string
}

export interface FailureInput {
  readonly outcome: Outcome
  readonly exit: Exit | null
  readonly lines: readonly LogLine[]
  /** Read from the same lines. */
  readonly series: readonly MetricSeries[]
}

interface Candidate {
  readonly class: FailureClass
  /** 3: can hardly mean anything else · 2: plausible · 1: better than nothing; below 1: weakened. */
  readonly strength: number
  /** Index of the line; -1 for the exit itself. */
  readonly index: number
}

/**
 * The failure of a job, or null when it succeeded and its loss stayed finite. The strongest sign wins, and the first
 * of equally strong ones, for later errors are often its consequences. A sign that is a warning, or after which the job
 * still reported metrics (it lived on), is weaker than any other, and does not explain a signal or an exception that came
 * later; a loss that is finite again after it was not is none.
 */
export function classifyFailure(input: FailureInput): Failure | null {
  const { outcome, exit, lines, series } = input
  const candidates = lineCandidates(lines, series)
  const nan = nonFiniteLoss(series)
  if (nan !== undefined) candidates.push(nan)
  if (outcome === 'succeeded') {
    const first = best(candidates.filter((candidate) => candidate.class === 'nan'))
    return first === undefined ? null : describe(first, input, candidates)
  }
  if (exit !== null) candidates.push(...exitCandidates(exit))
  if (outcome === 'stopped') candidates.push({ class: 'interrupted', strength: 4, index: -1 })
  return describe(
    best(candidates.filter((candidate) => candidate.strength >= 1 || mayExplain(candidate, input))),
    input,
    candidates,
  )
}

/** Whether a weak sign may be the reason: nothing else was heard of between it and an ordinary exit. */
function mayExplain({ index }: Candidate, { exit, lines }: FailureInput): boolean {
  if (exit?.kind === 'signal') return false
  return !lines.some(({ text }, at) => at > index && exceptionLine.test(text))
}

function best(candidates: readonly Candidate[]): Candidate | undefined {
  return [...candidates].sort((a, b) => b.strength - a.strength || a.index - b.index)[0]
}

function lineCandidates(lines: readonly LogLine[], series: readonly MetricSeries[]): Candidate[] {
  const alive = lastIndex(series.filter(({ key, count }) => count > 1 && (isCounterName(key) || isMetricName(key))))
  const finite = lastIndex(series.filter((one) => isLoss(one) && one.trend !== 'non_finite'))
  const found: Candidate[] = []
  lines.forEach(({ text }, index) => {
    if (!interestingLine.test(text)) return
    const rule = failurePatterns.find(({ pattern, unless }) => pattern.test(text) && unless?.test(text) !== true)
    if (rule === undefined) return
    if (rule.class === 'nan') {
      if (index > finite) found.push({ class: rule.class, strength: rule.strength, index })
      return
    }
    const isWeak = index < alive || warningLine.test(text)
    found.push({ class: rule.class, strength: isWeak ? rule.strength / 4 : rule.strength, index })
  })
  return found
}

/** A loss whose last value is not a number. One that recovered is no failure. */
function nonFiniteLoss(series: readonly MetricSeries[]): Candidate | undefined {
  const lost = series
    .filter((one) => isLoss(one) && one.trend === 'non_finite')
    .map(({ firstNonFinite }) => firstNonFinite?.index ?? -1)
    .filter((index) => index >= 0)
  return lost.length === 0 ? undefined : { class: 'nan', strength: 2, index: Math.min(...lost) }
}

function isLoss({ key, role }: MetricSeries): boolean {
  return role === 'metric' && betterDirection(key) === 'lower'
}

function lastIndex(series: readonly MetricSeries[]): number {
  return Math.max(-1, ...series.map(({ last }) => last.index))
}

/** What the exit alone says. SIGKILL says nothing of its reason, so it is not here. */
function exitCandidates(exit: Exit): Candidate[] {
  const of = (name: FailureClass, strength: number): Candidate[] => [{ class: name, strength, index: -1 }]
  switch (exit.kind) {
    case 'code':
      if (exit.code === 124) return of('timeout', 2)
      if (exit.code === 126) return of('permission', 3)
      if (exit.code === 127) return of('dependency_missing', 3)
      return []
    case 'signal':
      if (['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'].includes(exit.signal)) return of('interrupted', 2)
      if (['SIGALRM', 'SIGXCPU'].includes(exit.signal)) return of('timeout', 3)
      return []
    case 'unknown':
      return []
    case 'service':
      if (exit.state === 'OUT_OF_MEMORY') return of('oom', 3)
      if (['TIMEOUT', 'DEADLINE', 'timed_out'].includes(exit.state)) return of('timeout', 3)
      if (['CANCELLED', 'PREEMPTED', 'cancelled'].includes(exit.state)) return of('interrupted', 3)
      return []
  }
}

function describe(chosen: Candidate | undefined, input: FailureInput, candidates: readonly Candidate[]): Failure {
  const name = chosen?.class ?? 'unknown'
  const indices = name === 'unknown' ? lastErrorLine(input.lines) : evidenceLines(name, chosen, input, candidates)
  const lines = indices.flatMap((index) => input.lines[index] ?? [])
  const telling = chosen !== undefined && chosen.index >= 0 ? chosen.index : indices.at(-1)
  const failing = telling === undefined ? undefined : input.lines[telling]
  return {
    class: name,
    lines,
    explanation: explain(name, input, failing),
    nextStep: adviseNext(name, failing),
    signature: `${name}|${failing === undefined ? exitName(input) : normalizeLine(failing.text)}`,
  }
}

/** The chosen line, the place in the program before it, and other lines that show the same; at most five, each once. */
function evidenceLines(
  name: FailureClass,
  chosen: Candidate | undefined,
  { lines }: FailureInput,
  candidates: readonly Candidate[],
): number[] {
  const first = chosen !== undefined && chosen.index >= 0 ? [chosen.index] : []
  const place = first.flatMap((index) => placeBefore(lines, index))
  const alike = candidates.filter((other) => other.class === name && other.index >= 0).map(({ index }) => index)
  const texts = new Set<string>()
  const picked: number[] = []
  for (const index of [...first, ...place, ...alike]) {
    const text = lines[index]?.text.trim() ?? ''
    if (picked.length < 5 && !texts.has(text)) {
      texts.add(text)
      picked.push(index)
    }
  }
  return picked.sort((a, b) => a - b)
}

/** The innermost `File "…", line N` of a Python traceback that ends at `index`. */
function placeBefore(lines: readonly LogLine[], index: number): number[] {
  for (let at = index - 1; at >= Math.max(0, index - 5); at--) {
    if (/^\s{2,8}File "/.test(lines[at]?.text ?? '')) return [at]
  }
  return []
}

/** For a failure of no known class: the last exception, or else the last line that speaks of an error. */
function lastErrorLine(lines: readonly LogLine[]): number[] {
  const exception = lines.findLastIndex(({ text }) => exceptionLine.test(text))
  const index = exception >= 0 ? exception : lines.findLastIndex(({ text }) => errorLine.test(text))
  return index < 0 ? [] : [...placeBefore(lines, index), index]
}

const sentences: Readonly<Record<Exclude<FailureClass, 'unknown'>, { what: string; next: string }>> = {
  oom: {
    what: 'It ran out of memory',
    next: 'Make it need less memory at a time (a smaller batch, shorter sequences, fewer loader workers) or give it more, then start it again.',
  },
  nan: {
    what: 'Its numbers stopped being finite',
    next: 'Start again from before that point with a smaller learning rate or clipped gradients, and check the input for NaN.',
  },
  data_missing: {
    what: 'A file or directory it needs is not there',
    next: 'Create the missing path or correct it in the command, and add a path_exists preflight check for it.',
  },
  dependency_missing: {
    what: 'A program, module or library it needs is not installed',
    next: 'Install what is missing in the environment the job runs in, and add a cmd_exit_zero preflight check for it.',
  },
  disk_full: {
    what: 'The disk or the quota is full',
    next: 'Free space or write elsewhere, and add a min_free_disk_gb preflight check.',
  },
  permission: {
    what: 'It was not allowed to do something',
    next: 'Correct the permission, owner or login that the lines name, then start it again.',
  },
  timeout: {
    what: 'It ran into a time limit',
    next: 'Raise the limit, or continue from the last checkpoint in several shorter jobs.',
  },
  interrupted: {
    what: 'It was interrupted from outside',
    next: 'If that was not meant, start it again, from its last checkpoint if it has one.',
  },
  config_error: {
    what: 'Its arguments or configuration were not accepted',
    next: 'Correct the argument or key that the lines name, and try the command with a very short run first.',
  },
}

function explain(name: FailureClass, { outcome, exit }: FailureInput, failing: LogLine | undefined): string {
  const ending = exit === null ? '' : `; ${renderExit(exit)}`
  const where =
    failing === undefined
      ? ''
      : failing.number === null
        ? ', as its log says'
        : `, as line ${failing.number} of its log says`
  if (name === 'interrupted' && outcome === 'stopped') return `It was stopped on request${ending}.`
  if (name !== 'unknown') return `${sentences[name].what}${where}${ending}.`
  if (outcome === 'lost') return 'Its processes are gone and none of them recorded an exit.'
  if (outcome === 'blocked' && exit === null) return 'It never started.'
  if (outcome === 'blocked')
    return `It ended without all of its required files, and its log shows no failure of a known kind${ending}.`
  if (exit?.kind === 'signal' && exit.signal === 'SIGKILL')
    return 'It was killed by SIGKILL (status 137), and its log does not say why: the kernel short of memory, a scheduler and kill -9 look the same.'
  if (exit?.kind === 'signal') return `It crashed (${renderExit(exit)}), and its log shows no failure of a known kind.`
  return `It failed, and its log shows no failure of a known kind${ending}.`
}

function adviseNext(name: FailureClass, failing: LogLine | undefined): string {
  const missing = /No module named ['"]?([\w.]{1,80})/.exec(failing?.text ?? '')?.[1]
  if (name === 'dependency_missing' && missing !== undefined)
    return `Install the Python module ${missing} in the environment the job runs in, and add the preflight check python3 -c "import ${missing}".`
  if (name !== 'unknown') return sentences[name].next
  return failing === undefined
    ? 'Run the command again with more output, or in a terminal, to see where it ends.'
    : 'Read the log around the quoted line, and run the command with a very short run to see it again.'
}

/** A failure of unknown kind whose kind is told by a file of the job itself (`error_type`): said, not shown. */
export function declareFailure(name: FailureClass, unknown: Failure): Failure {
  if (name === 'unknown') return unknown
  return {
    class: name,
    lines: [],
    explanation: `Its metrics file gives ${name} as the error_type; no line of a log shows it.`,
    nextStep: sentences[name].next,
    signature: unknown.signature.replace(/^unknown/, name),
  }
}

function exitName({ exit, outcome }: FailureInput): string {
  if (exit === null || exit.kind === 'unknown') return outcome
  if (exit.kind === 'service') return exit.state
  return exit.kind === 'signal' ? exit.signal : `exit ${exit.code}`
}

/** The line without what differs between two runs of the same thing: numbers, addresses, directories, spacing. */
export function normalizeLine(text: string): string {
  return text
    .slice(0, 600)
    .replace(/(?<![\w.~/-])[\w.~-]{0,80}(?:\/[\w.@+-]{1,120})*\/(?=[\w.@+-])/g, '')
    .toLowerCase()
    .replace(/\b(?:0x[0-9a-f]+|[0-9a-f]{8}[0-9a-f-]*|\d[\d.,:]*)/g, '#')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 160)
}
