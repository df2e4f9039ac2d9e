// What a verb of the `relay` command is: its words, its options, what it does.
import type { ParseArgsConfig } from 'node:util'
import type { JobRequests } from '../store/jobs/jobRequests'
import type { JobStore } from '../store/jobs/jobStore'
import type { StateFolder } from '../store/stateFolder'
import type { Console } from './console'

export const exitOk = 0
export const exitError = 1
export const exitUsage = 2

export type Options = Readonly<Record<string, string | boolean | readonly string[] | undefined>>

export function textOf(options: Options, name: string): string | null {
  const value = options[name]
  return typeof value === 'string' ? value : null
}

/** Of an option that may be given several times. */
export function listOf(options: Options, name: string): readonly string[] {
  const value = options[name]
  return Array.isArray(value) ? (value as readonly string[]) : []
}

/** Everything a verb may use. */
export interface VerbContext {
  readonly console: Console
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  readonly state: StateFolder
  readonly store: JobStore
  readonly requests: JobRequests
  /** dist/supervisor.js. */
  readonly supervisorBundle: string
  /** The folder of the sample workspace. */
  readonly sample: string
  /** The folder of the skills that ship with relay. */
  readonly skills: string
  /** The folder of what a workspace needs for experiments. */
  readonly experiments: string
  readonly now: () => number
}

export interface VerbOption {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  /** For help: the placeholder of the value. */
  readonly value?: string
  readonly summary: string
  /** It may be given several times: its value is the list. */
  readonly many?: true
}

export interface Verb {
  readonly name: string
  /** Positional arguments, as in usage: `FILE`, `ID`, `[ID]`; the last may stand for any number: `[WORD…]`. */
  readonly operands: readonly string[]
  readonly summary: string
  readonly options: Readonly<Record<string, VerbOption>>
  /** Words after `--` are its own, options of something else among them; `--` stands among the operands then. */
  readonly takesRest?: true
  /** Resolves with the exit status. An expected failure is a RelayError. */
  run(context: VerbContext, operands: readonly string[], options: Options): Promise<number>
}

/** The options of a verb as node:util parseArgs wants them. */
export function parseArgsOptions(verb: Verb): NonNullable<ParseArgsConfig['options']> {
  return Object.fromEntries(
    Object.entries(verb.options).map(([name, { type, short, many = false }]) => [
      name,
      { type, multiple: many, ...(short === undefined ? {} : { short }) },
    ]),
  )
}
