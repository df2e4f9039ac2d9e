// A step as views show it: its phases and acts, those of its last run or else those that it would have. Pure.
import { shorten } from '../jobs/jobWords'
import type { JobId } from '../jobs/jobId'
import type { PhaseName, PlannedAct } from './planStep'
import type { StepOutcome } from './stepRunState'

/**
 * `notChecked`: nobody could look, which is never *passed*. `skipped`: it was not its turn any more. `alert`: a monitor that has
 * something to tell.
 */
export type ActState = 'pending' | 'running' | 'alert' | 'passed' | 'failed' | 'notChecked' | 'stopped' | 'skipped'

export interface ActView {
  readonly phase: PhaseName
  readonly name: string
  readonly state: ActState
  readonly startedAtMs: number | null
  readonly endedAtMs: number | null
  /** Of several, which attempt this is; 0 if none was made. */
  readonly attempt: number
  /** Why, or what it last said; empty if there is nothing to say. */
  readonly detail: string
  /** Null: it is no job, or not yet. */
  readonly job: JobId | null
  /** What it runs or asks, in one line. */
  readonly what: string
}

/** Several of `ActView`, of one phase. */
export interface PhaseView {
  readonly phase: PhaseName
  readonly state: ActState
  readonly startedAtMs: number | null
  readonly endedAtMs: number | null
  readonly acts: readonly ActView[]
}

/** The last run of one step. */
export interface StepRunView {
  /** The undertaking that it is a part of. */
  readonly run: JobId
  readonly step: number
  /** Null: it was not its turn yet. */
  readonly taskId: string | null
  readonly title: string
  /** `background`: the step has started up, and its job goes on. `unproved`: it is done, and only its agent says so. */
  readonly state: 'waiting' | 'running' | 'background' | StepOutcome
  readonly startedAtMs: number | null
  readonly endedAtMs: number | null
  /** Why it ended as it did; empty if there is nothing to say. */
  readonly reason: string
  readonly phases: readonly PhaseView[]
  /** Where it would be taken up; null: it cannot be. */
  readonly retryFrom: PhaseName | null
  readonly alerts: readonly MonitorAlert[]
  /** Why the log lacks what has happened in the run, a sentence; null: it lacks nothing. */
  readonly logProblem: string | null
}

/** What a monitor wants a person to see. */
export interface MonitorAlert {
  /** Which step of the run, and which act of that, from 0. */
  readonly item: number
  readonly act: number
  readonly monitor: string
  readonly text: string
  readonly atMs: number
  /** The work that it watches; null: its job has ended, and what it has left running is watched. */
  readonly job: JobId | null
}

export function isOver({ state }: StepRunView): boolean {
  return state !== 'waiting' && state !== 'running' && state !== 'background'
}

const whatChars = 200

/** An act of which nothing has happened. */
export function plannedView({ phase, name, doing }: PlannedAct): ActView {
  const what = doing.kind === 'command' ? doing.command : doing.kind === 'agent' ? firstLine(doing.prompt) : doing.why
  return {
    phase,
    name,
    state: 'pending',
    startedAtMs: null,
    endedAtMs: null,
    attempt: 0,
    detail: '',
    job: null,
    what: shorten(what, whatChars),
  }
}

/** By phase, in the order of the acts. */
export function phasesOf(acts: readonly ActView[]): readonly PhaseView[] {
  const byPhase = new Map<PhaseName, ActView[]>()
  for (const act of acts) byPhase.set(act.phase, [...(byPhase.get(act.phase) ?? []), act])
  return [...byPhase].map(([phase, own]) => ({
    phase,
    state: stateOfAll(own.map(({ state }) => state)),
    startedAtMs: least(own.map(({ startedAtMs }) => startedAtMs)),
    endedAtMs: own.some(({ state }) => state === 'running' || state === 'alert' || state === 'pending')
      ? null
      : most(own.map(({ endedAtMs }) => endedAtMs)),
    acts: own,
  }))
}

/** One state for several acts: the one that a person should see. */
export function stateOfAll(states: readonly ActState[]): ActState {
  for (const state of ['failed', 'alert', 'running', 'stopped'] as const) if (states.includes(state)) return state
  const isBegun = states.some((state) => state === 'passed' || state === 'notChecked')
  if (states.includes('pending')) return isBegun ? 'running' : 'pending'
  if (states.length > 0 && states.every((state) => state === 'skipped')) return 'skipped'
  return states.some((state) => state === 'passed' || state === 'skipped') ? 'passed' : 'notChecked'
}

/** `3 of 4`, of those that have passed; how many there are before that; empty where there is one alone. */
export function renderCount({ acts, phase }: PhaseView): string {
  if (acts.length < 2) return ''
  const isBegun = phase !== 'BACKGROUND' && acts.some(({ state }) => state !== 'pending' && state !== 'skipped')
  const done = acts.filter(({ state }) => state === 'passed').length
  return isBegun ? `${done} of ${acts.length}` : String(acts.length)
}

/** What is said of an act beside its name: a question that is its own name is not said twice. */
export function besideName(detail: string, name: string): string {
  return detail.endsWith(`: ${name}`) ? detail.slice(0, -name.length - 2) : detail
}

function firstLine(text: string): string {
  return /^[^\r\n]*/.exec(text)?.[0] ?? ''
}

function least(times: readonly (number | null)[]): number | null {
  const known = times.flatMap((time) => time ?? [])
  return known.length === 0 ? null : Math.min(...known)
}

function most(times: readonly (number | null)[]): number | null {
  const known = times.flatMap((time) => time ?? [])
  return known.length === 0 ? null : Math.max(...known)
}
