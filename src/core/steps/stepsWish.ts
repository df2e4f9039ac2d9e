// What the words behind `/steps` and `/do-tasks-v2` ask for: `--step 1-5`, `--continue`, `run 3`. Pure.
import { taskIdPattern } from './stepNote'

export interface StepRange {
  readonly from: number
  readonly to: number
}

export type StepsWish =
  | { readonly kind: 'list' }
  | { readonly kind: 'run'; readonly range: StepRange; readonly dryRun: boolean }
  /** From the last step that is done on. */
  | { readonly kind: 'continue' }
  /** How everything in the background stands. */
  | { readonly kind: 'monitor' }
  /** Null: whatever runs. */
  | { readonly kind: 'stop'; readonly step: number | null }
  /** Null: the one that failed last. */
  | { readonly kind: 'retry'; readonly step: number | null }
  | { readonly kind: 'log'; readonly taskId: string | null; readonly step: number | null }
  /** A sentence. */
  | { readonly kind: 'unclear'; readonly problem: string }

const verbs = ['list', 'run', 'dry-run', 'continue', 'monitor', 'stop', 'retry', 'log'] as const
type Verb = (typeof verbs)[number]

const examples = '--step 1, --step 1-5, --continue, --monitor, stop, retry, log task_1_a2b3c4d5'

/** Without words the list is meant. Verbs may have dashes before them, as in `--continue`. */
export function readStepsWish(prompt: string): StepsWish {
  const words = prompt
    .trim()
    .replace(/[`'"]/g, '')
    .replace(/[\u2013\u2014]/g, '-')
    .replace(/--?(steps?)[ =]+/gi, ' ')
    .replace(/\bsteps?\b/gi, ' ')
    .replace(/\bdry[ -]?run\b/gi, 'dry-run')
    .replace(/(\d)\s*(?:-|\.\.\.?|\bto\b)\s*(\d)/gi, '$1-$2')
    .split(/[\s,]+/)
    .map((word) => word.replace(/^--?(?=[a-z])/i, ''))
    .filter((word) => /[^-]/.test(word))
  const named = words.filter((word) => verbOf(word) !== null)
  const rest = words.filter((word) => verbOf(word) === null)
  // `run --dry-run 3`: the dry run is how, not another verb.
  const dryRun = named.some((word) => verbOf(word) === 'dry-run')
  const [verb = null, second = null] = [...new Set(named.map(verbOf))].filter(
    (one) => !(dryRun && (one === 'run' || one === 'list')),
  )
  if (second !== null) return unclear(`${verb ?? ''} and ${second} are two things`)
  const [operand, surplus] = rest
  if (surplus !== undefined)
    return unclear(
      readRange(operand ?? '') === null
        ? `${quoted(operand)} is nothing that I know`
        : `${quoted(surplus)} is too much`,
    )
  switch (verb) {
    case null:
      if (operand !== undefined) return readRun(operand, false)
      return /step/i.test(prompt) ? unclear('Say which step') : { kind: 'list' }
    case 'run':
    case 'dry-run':
      return operand === undefined ? unclear('Say which step') : readRun(operand, dryRun)
    case 'list':
    case 'continue':
    case 'monitor':
      return operand === undefined ? { kind: verb } : unclear(`${quoted(operand)} is too much`)
    case 'stop':
    case 'retry': {
      const step = operand === undefined ? null : readNumber(operand)
      return operand !== undefined && step === null
        ? unclear(`${quoted(operand)} is no number of a step`)
        : { kind: verb, step }
    }
    case 'log': {
      if (operand === undefined) return { kind: 'log', taskId: null, step: null }
      const step = readNumber(operand)
      if (step !== null) return { kind: 'log', taskId: null, step }
      return taskIdPattern.test(operand)
        ? { kind: 'log', taskId: operand, step: null }
        : unclear(`${quoted(operand)} is no task id`)
    }
  }
}

function readRun(operand: string, dryRun: boolean): StepsWish {
  const range = readRange(operand)
  if (range === null) return unclear(`${quoted(operand)} is no number of a step`)
  if (range.to < range.from) return unclear(`${quoted(operand)} ends before it begins`)
  return { kind: 'run', range, dryRun }
}

/** `3` or `1-5`; null if it is neither. */
export function readRange(word: string): StepRange | null {
  const [, first, last] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(word) ?? []
  return first === undefined ? null : { from: Number(first), to: Number(last ?? first) }
}

function readNumber(word: string): number | null {
  return /^\d{1,6}$/.test(word) ? Number(word) : null
}

function verbOf(word: string): Verb | null {
  const plain = word.toLowerCase()
  if (plain === 'monitors' || plain === 'status') return plain === 'status' ? 'list' : 'monitor'
  return verbs.find((verb) => verb === plain) ?? null
}

function quoted(word = ''): string {
  return `“${word.slice(0, 40)}”`
}

function unclear(why: string): StepsWish {
  return { kind: 'unclear', problem: `${why}. I understand ${examples}.` }
}
