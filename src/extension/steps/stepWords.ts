// Steps, phases and acts in the person's language and in the editor's icons. No state is told by colour alone.
import * as vscode from 'vscode'
import { renderDuration, shorten } from '../../core/jobs/jobWords'
import { plainLabel, showInvisible } from '../../core/logs/plainText'
import type { PhaseName } from '../../core/steps/planStep'
import { type ActState, isOver, type PhaseView, renderSpan, type StepRunView } from '../../core/steps/stepView'
import type { ShownStep } from './stepsModel'

/** What is shown of a step: what its files say, unless its last run knows better. */
export type StepState = 'open' | 'waiting' | 'running' | 'background' | 'done' | 'failed' | 'stopped' | 'blocked'

const icons: Readonly<Record<StepState, readonly [icon: string, color: string | null]>> = {
  open: ['circle-outline', null],
  waiting: ['watch', null],
  running: ['play-circle', 'charts.blue'],
  background: ['server-process', 'charts.blue'],
  done: ['pass', 'testing.iconPassed'],
  failed: ['error', 'testing.iconFailed'],
  stopped: ['circle-slash', null],
  blocked: ['warning', 'charts.yellow'],
}

const actIcons: Readonly<Record<ActState, readonly [icon: string, color: string | null]>> = {
  pending: ['circle-outline', null],
  running: ['loading~spin', 'charts.blue'],
  alert: ['warning', 'charts.yellow'],
  passed: ['pass', 'testing.iconPassed'],
  failed: ['error', 'testing.iconFailed'],
  notChecked: ['question', null],
  stopped: ['circle-slash', null],
  skipped: ['dash', null],
}

export const stepSigns: Readonly<Record<StepState, string>> = {
  open: '○',
  waiting: '◌',
  running: '●',
  background: '◕',
  done: '✓',
  failed: '✗',
  stopped: '■',
  blocked: '!',
}

export function stepIcon(state: StepState): vscode.ThemeIcon {
  return iconOf(icons[state])
}

export function actIcon(state: ActState): vscode.ThemeIcon {
  return iconOf(actIcons[state])
}

function iconOf([icon, color]: readonly [string, string | null]): vscode.ThemeIcon {
  return new vscode.ThemeIcon(icon, color === null ? undefined : new vscode.ThemeColor(color))
}

export function stepState({ status, run }: ShownStep): StepState {
  if (run !== null && !isOver(run)) return run.state === 'completed' ? 'done' : (run.state as StepState)
  // SPEC.md has the last word on what is done; a person may have ticked it, or taken the tick away.
  if (status.state === 'done') return 'done'
  return status.state === 'running' ? (run === null ? 'running' : overState(run)) : status.state
}

function overState({ state }: StepRunView): StepState {
  return state === 'completed' ? 'open' : state
}

export function stepWord(state: StepState): string {
  switch (state) {
    case 'open':
      return vscode.l10n.t('open')
    case 'waiting':
      return vscode.l10n.t('waiting')
    case 'running':
      return vscode.l10n.t('running')
    case 'background':
      return vscode.l10n.t('in the background')
    case 'done':
      return vscode.l10n.t('done')
    case 'failed':
      return vscode.l10n.t('failed')
    case 'stopped':
      return vscode.l10n.t('stopped')
    case 'blocked':
      return vscode.l10n.t('blocked')
  }
}

export function actWord(state: ActState): string {
  switch (state) {
    case 'pending':
      return vscode.l10n.t('not yet')
    case 'running':
      return vscode.l10n.t('running')
    case 'alert':
      return vscode.l10n.t('look at this')
    case 'passed':
      return vscode.l10n.t('passed')
    case 'failed':
      return vscode.l10n.t('failed')
    case 'notChecked':
      return vscode.l10n.t('not checked')
    case 'stopped':
      return vscode.l10n.t('stopped')
    case 'skipped':
      return vscode.l10n.t('skipped')
  }
}

export function phaseWord(phase: PhaseName): string {
  switch (phase) {
    case 'PRE-FLIGHT':
      return vscode.l10n.t('Checks before')
    case 'TEST':
      return vscode.l10n.t('Test first')
    case 'MAIN':
      return vscode.l10n.t('Main')
    case 'POST-VALIDATION':
      return vscode.l10n.t('Checks after')
    case 'BACKGROUND':
      return vscode.l10n.t('Monitors')
    case 'SPEC':
      return vscode.l10n.t('SPEC.md')
  }
}

/** The phase that a step is in, or failed in; null: none. */
export function currentPhase({ phases }: StepRunView): PhaseView | null {
  const own = phases.filter(({ phase }) => phase !== 'BACKGROUND')
  return own.find(({ state }) => state === 'failed') ?? own.find(({ state }) => state === 'running') ?? null
}

/** `running 0:12 · Main`, `failed in Main 0:04 · exit 1`, `done 2026-11-28 09:15`. */
export function stepLine(step: ShownStep, nowMs: number): string {
  const { status, run } = step
  const state = stepState(step)
  const word = stepWord(state)
  if (run === null || run.state === 'waiting') return [word, shortTime(status.at)].filter(isSome).join(' ')
  const span = renderSpan(run, nowMs)
  const phase = currentPhase(run)
  switch (state) {
    case 'running':
    case 'background':
      return [`${word} ${span}`, phase === null ? '' : phaseWord(phase.phase)].filter(isSome).join(' · ')
    case 'failed':
    case 'blocked':
    case 'stopped': {
      const where = phase === null ? word : vscode.l10n.t('{0} in {1}', word, phaseWord(phase.phase))
      return [where, span, shorten(showInvisible(run.reason), 100)].filter(isSome).join(' · ')
    }
    case 'done':
      return [word, shortTime(status.at), run.taskId === status.taskId ? span : ''].filter(isSome).join(' · ')
    default:
      return word
  }
}

/** Of a time as it stands in the log or in SPEC.md, to the minute. */
export function shortTime(at: string): string {
  return /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.exec(at)?.[0].replace('T', ' ') ?? ''
}

/** What a step is called: `STEP 3: Train the model`. */
export function stepTitle({ status }: ShownStep, chars = 80): string {
  return plainLabel(status.title === '' ? `STEP ${status.step}` : `STEP ${status.step}: ${status.title}`, chars)
}

/** How long it took, or takes; empty if it did not begin. */
export function spanOf(
  one: { readonly startedAtMs: number | null; readonly endedAtMs: number | null },
  nowMs: number,
): string {
  if (one.startedAtMs === null) return ''
  const ms = (one.endedAtMs ?? nowMs) - one.startedAtMs
  return ms < 60_000 ? `${(Math.max(0, ms) / 1000).toFixed(1)} s` : renderDuration(ms)
}

const isSome = (text: string): boolean => text !== ''
