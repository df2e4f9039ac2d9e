// What a step is, with everything filled in that its definition leaves out: the thing that an executor is built on. It holds
// data only, and says nothing about what has happened.
//
// The phases of a step, in order; a phase that fails ends the step, unless it is said otherwise:
// 1. `preflight`: all checks; those that may run in parallel three at a time, the first failure stops the rest.
// 2. `test`: the main phase with as little data as possible.
// 3. `main`: one thing at a time.
// 4. `post`: as `preflight`, but all are tried.
// 5. `background`: looked at again and again from the start of the main phase, in the way of nothing.

export interface StepDefinition {
  readonly number: number
  /** As it is written: `step_1_setup_api`. */
  readonly key: string
  readonly preflight: readonly StepCheck[]
  readonly test: StepTest
  readonly main: MainPhase
  readonly post: readonly StepCheck[]
  readonly background: readonly Monitor[]
}

/** The longest that any check or look of a monitor may take, whatever its definition says. */
export const maxCheckSec = 30
/**
 * A monitor that is a question is a turn of an agent each time, which costs money and takes longer than a command: no more often
 * than that, and no longer.
 */
export const agentLook = { leastIntervalSec: 600, timeoutSec: 120 } as const
/** More than that is no time limit of anybody. */
export const longestSec = 30 * 24 * 3600
/** How many checks of one phase run at a time. */
export const checksAtOnce = 3

export interface StepCheck {
  readonly name: string
  readonly work: CheckWork
  /** At most `maxCheckSec`. */
  readonly timeoutSec: number
  /** False: it waits for the checks above it, and those below wait for it. */
  readonly parallel: boolean
}

/**
 * A `question` is a sentence and no command: an agent that can only read answers it. Where there is no agent it is *not
 * checked*, which is told as such and is never *passed*.
 */
export type CheckWork =
  { readonly kind: 'command'; readonly command: string } | { readonly kind: 'question'; readonly question: string }

/**
 * How the main phase is tried with little data first.
 * - `command`: by a command of its own.
 * - `agent`: the agent of the main phase is told to begin with it.
 * - `script`: the script is run with `RELAY_TEST_FIRST=1`, which the definition says that it understands.
 * - `none`: not at all, which is told.
 */
export type StepTest =
  | { readonly kind: 'command'; readonly command: string; readonly timeoutSec: number }
  | { readonly kind: 'agent' }
  | { readonly kind: 'script'; readonly timeoutSec: number }
  | { readonly kind: 'none' }

export interface MainPhase {
  readonly work: MainWork
  /** Null: the title of the step in SPEC.md. */
  readonly objective: string | null
  /** Of the whole phase; of the start-up if the mode is `background`, of each chunk if it is `chunked`. Null: no limit. */
  readonly timeoutSec: number | null
  /** How often it is tried again after a failure. */
  readonly retries: number
  /** Met by a line of the output that holds the text, or by an agent's claim with the line it quotes; never evidence alone. */
  readonly successCriteria: readonly string[]
  /** Paths in the workspace that must be there, and newer than the start, before the step counts as done. */
  readonly requireFiles: readonly string[]
  readonly mode: MainMode
}

export type MainWork =
  /** `agent` null: the one that is chosen for all. `script` is what it is to run, as it is written. */
  | {
      readonly kind: 'agent'
      readonly agent: string | null
      readonly skills: readonly string[]
      readonly script: string | null
    }
  /** `command` runs `script`; both are kept, because a file can be looked for and a command cannot. */
  | { readonly kind: 'script'; readonly script: string; readonly command: string }

export type MainMode =
  | { readonly kind: 'foreground' }
  /** The step goes on once it has started up; SPEC.md is ticked when it ends. */
  | { readonly kind: 'background' }
  /**
   * The work is done once for each size, in order, with the variables of `chunkVariables`. `quality` must succeed after
   * each before the next is begun.
   */
  | {
      readonly kind: 'chunked'
      readonly sizes: readonly number[]
      readonly quality: string | null
      readonly checkpointEvery: number | null
    }

export interface Monitor {
  readonly name: string
  readonly work: CheckWork
  /** Null: as a person has set it for all. */
  readonly intervalSec: number | null
  /** Of one look; at most `maxCheckSec`. */
  readonly timeoutSec: number
  readonly alert: AlertRule
}

/**
 * When a monitor tells a person.
 * - `never`: what it prints is shown, and that is all.
 * - `matches`: a line that it prints has the pattern, in any case (`compileAlert`).
 * - `output`: it exits with 0 and prints something, as `grep ERROR` does.
 * - `fails`: it has exited with 0 before, and does not any more.
 */
export type AlertRule =
  | { readonly kind: 'never' }
  | { readonly kind: 'matches'; readonly pattern: string }
  | { readonly kind: 'output' }
  | { readonly kind: 'fails' }

/** Variables that the script of a chunk is given. */
export const chunkVariables = {
  /** How many of whatever it makes this chunk is to make. */
  size: 'RELAY_CHUNK_SIZE',
  /** From 1. */
  index: 'RELAY_CHUNK_INDEX',
  count: 'RELAY_CHUNK_COUNT',
  /** The sizes of the chunks before it, added up. */
  offset: 'RELAY_CHUNK_OFFSET',
  /** Only if the definition has `checkpoint_every`. */
  checkpointEvery: 'RELAY_CHECKPOINT_EVERY',
} as const

/** Set to 1 when a script that understands it is to run with as little data as possible. */
export const testFirstVariable = 'RELAY_TEST_FIRST'

/** The pattern of an `alert_on`; a sentence's part that says why it cannot be one otherwise. Lines must be cut before they are matched. */
export function compileAlert(pattern: string): RegExp | string {
  try {
    return new RegExp(pattern, 'i')
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^.*\/: /, '') : String(error)
  }
}

const interpreters: Readonly<Record<string, string>> = {
  py: 'python',
  sh: 'bash',
  bash: 'bash',
  js: 'node',
  mjs: 'node',
  R: 'Rscript',
  jl: 'julia',
  pl: 'perl',
  rb: 'ruby',
}

/** The file that a `script` begins with; null if it begins with a program and is a command already. */
export function scriptFile(script: string): string | null {
  const [first = ''] = script.trim().split(/\s/)
  if (!/^[\w@%+=:,./~-]+$/.test(first)) return null
  return Object.hasOwn(interpreters, endingOf(first)) || first.startsWith('./') ? first : null
}

/** How a `script` is run by a shell: `06_train.py --fast` by Python, what is a command already as it stands. */
export function scriptCommand(script: string): string {
  const file = scriptFile(script)
  const interpreter = file === null ? undefined : interpreters[endingOf(file)]
  return interpreter === undefined ? script.trim() : `${interpreter} ${script.trim()}`
}

function endingOf(file: string): string {
  return /\.(\w+)$/.exec(file)?.[1] ?? ''
}
