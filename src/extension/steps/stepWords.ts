// Steps, phases and acts in the person's language and in the editor's icons. No state is told by colour alone.
import * as vscode from 'vscode'
import { renderDuration, shorten } from '../../core/jobs/jobWords'
import { plainLabel, showInvisible } from '../../core/logs/plainText'
import type { PhaseName } from '../../core/steps/planStep'
import type { ActState, PhaseView, StepRunView } from '../../core/steps/stepView'
import type { ShownStep } from './stepsModel'

/** What is shown of a step: what its files say, unless its last run knows better. */
export type StepState =
  'open' | 'waiting' | 'running' | 'background' | 'done' | 'unproved' | 'failed' | 'stopped' | 'blocked'

const icons: Readonly<Record<StepState, readonly [icon: string, color: string | null]>> = {
  open: ['circle-outline', null],
  waiting: ['watch', null],
  running: ['play-circle', 'charts.blue'],
  background: ['server-process', 'charts.blue'],
  done: ['pass', 'testing.iconPassed'],
  unproved: ['question', 'charts.yellow'],
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
  unproved: '?',
  failed: '✗',
  stopped: '■',
  blocked: '!',
}

export function stepIcon(state: StepState): vscode.ThemeIcon {
  return iconOf(icons[state])
}

export function actIcon(state: ActState, phase: PhaseName): vscode.ThemeIcon {
  return state === 'running' && phase === 'BACKGROUND' ? new vscode.ThemeIcon('eye') : iconOf(actIcons[state])
}

function iconOf([icon, color]: readonly [string, string | null]): vscode.ThemeIcon {
  return new vscode.ThemeIcon(icon, color === null ? undefined : new vscode.ThemeColor(color))
}

/** How long after its end a tick is taken for granted that was written and not read yet. */
const tickReadMs = 10_000

export function stepState({ status, run, wasCompleted, notedTask }: ShownStep): StepState {
  if (run === null) return status.state
  switch (run.state) {
    case 'waiting':
    case 'running':
    case 'background':
      return run.state
    case 'completed': {
      if (status.state === 'done') return 'done'
      const mark = run.phases.find(({ phase }) => phase === 'SPEC')
      if (mark?.state === 'running') return 'running'
      // A person may have taken the tick away, which is the last word.
      const isUnread = mark?.state === 'passed' && notedTask !== run.taskId
      return isUnread && Date.now() - (run.endedAtMs ?? 0) < tickReadMs ? 'done' : 'open'
    }
    case 'unproved':
    case 'failed':
    case 'stopped':
    case 'blocked':
      // A tick that no run has given is a person's, and the last word on what is done.
      return status.state === 'done' && !wasCompleted ? 'done' : run.state
  }
}

/** It is not run again unasked, whether it could be ticked or not. */
export function isDone(step: ShownStep): boolean {
  const state = stepState(step)
  return state === 'done' || state === 'unproved'
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
    case 'unproved':
      return vscode.l10n.t('done, but unproved')
    case 'failed':
      return vscode.l10n.t('failed')
    case 'stopped':
      return vscode.l10n.t('stopped')
    case 'blocked':
      return vscode.l10n.t('blocked')
  }
}

export function actWord(state: ActState, phase: PhaseName): string {
  switch (state) {
    case 'pending':
      return vscode.l10n.t('not yet')
    case 'running':
      return phase === 'BACKGROUND' ? vscode.l10n.t('watching') : vscode.l10n.t('running')
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

/** Behind it are the lenses that do something about it. */
const lineReasonChars = 70

/** The whole reason is in the tooltip and in the notice. */
function onlyWord(): string {
  return vscode.l10n.t('only its agent says so')
}

/** `running 0:12 · Main`, `failed in Main 0:04 · exit 1`, `done in 5.5 s`. */
export function stepLine(step: ShownStep, nowMs: number): string {
  const { status, run } = step
  const state = stepState(step)
  const word = stepWord(state)
  if (run === null || run.state === 'waiting') return [word, shortTime(status.at)].filter(isSome).join(' ')
  const span = spanOf(run, nowMs)
  const phase = currentPhase(run)
  switch (state) {
    case 'running':
      return [`${word} ${span}`, phase === null ? '' : phaseWord(phase.phase)].filter(isSome).join(' · ')
    case 'background':
      return `${word} ${span}`
    case 'unproved':
      return [word, span, onlyWord()].filter(isSome).join(' · ')
    case 'failed':
    case 'blocked':
    case 'stopped': {
      const where = phase === null ? word : vscode.l10n.t('{0} in {1}', word, phaseWord(phase.phase))
      return [where, span, shorten(showInvisible(run.reason), lineReasonChars)].filter(isSome).join(' · ')
    }
    case 'done':
      return run.taskId === status.taskId && span !== '' ? vscode.l10n.t('{0} in {1}', word, span) : word
    default:
      return word
  }
}

/** The same beside an icon that tells the state, in little room: what is new comes first. */
export function stepBrief(step: ShownStep, nowMs: number): string {
  const { run, status } = step
  const state = stepState(step)
  const word = stepWord(state)
  if (run === null || run.state === 'waiting')
    return state === 'open' ? '' : [stepWord(state), shortTime(status.at)].filter(isSome).join(' · ')
  const span = spanOf(run, nowMs)
  const phase = currentPhase(run)
  switch (state) {
    case 'running':
      return [span, phase === null ? '' : phaseWord(phase.phase)].filter(isSome).join(' · ')
    case 'background':
      return `${span} · ${stepWord(state)}`
    case 'done':
      return [run.taskId === status.taskId ? span : '', shortTime(status.at)].filter(isSome).join(' · ')
    case 'open':
      return ''
    case 'unproved':
      return `${word} · ${onlyWord()}`
    default:
      return [
        phase === null ? stepWord(state) : vscode.l10n.t('{0} in {1}', stepWord(state), phaseWord(phase.phase)),
        shorten(showInvisible(run.reason), 100),
      ]
        .filter(isSome)
        .join(' · ')
  }
}

/** A time as it stands in the log or in SPEC.md, here: `13:04` if that is today, else the day; empty if it is none. */
export function shortTime(at: string): string {
  const when = new Date(at.replace(' ', 'T'))
  if (Number.isNaN(when.getTime())) return ''
  const two = (value: number) => String(value).padStart(2, '0')
  return when.toDateString() === new Date().toDateString()
    ? `${two(when.getHours())}:${two(when.getMinutes())}`
    : `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())}`
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
  const ms = Math.max(0, (one.endedAtMs ?? nowMs) - one.startedAtMs)
  return ms < 60_000 ? `${(ms / 1000).toFixed(ms < 50 ? 0 : 1)} s` : renderDuration(ms)
}

const isSome = (text: string): boolean => text !== ''
