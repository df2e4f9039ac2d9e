// What a person is told before steps run, go on or are stopped, in their language.
import * as vscode from 'vscode'
import { plainLabel } from '../../core/logs/plainText'
import { type AlsoEnds, type GoingOn, goingOn } from '../../core/steps/goingOn'
import type { RunWarning } from '../../core/steps/runWarnings'
import type { ShownRun, ShownStep } from './stepsModel'
import { stepTitle } from './stepWords'

const titleChars = 80

export function warningLine(warning: RunWarning): string {
  const name = `STEP ${warning.step}`
  if (warning.kind === 'again')
    return warning.taskId === null
      ? vscode.l10n.t('{0} is done already: it runs again.', name)
      : vscode.l10n.t('{0} is done already ({1}): it runs again.', name, warning.taskId)
  const { why, notBegun } = warning
  return notBegun.length === 0
    ? vscode.l10n.t('{0} cannot run as things are: {1}', name, why)
    : vscode.l10n.t(
        '{0} cannot run as things are: {1} The run ends there, and these are not begun: {2}.',
        name,
        why,
        notBegun.map((step) => `STEP ${step}`).join(', '),
      )
}

/** `• STEP 1: Train: in the background` */
export function endingLine({ step: { step, title }, how }: AlsoEnds): string {
  const words: Readonly<Record<GoingOn, string>> = {
    running: vscode.l10n.t('running'),
    background: vscode.l10n.t('in the background'),
    watched: vscode.l10n.t('ended, and still monitored'),
  }
  return `• ${plainLabel(`STEP ${step}: ${title}`, titleChars)}: ${words[how]}`
}

/** Why it cannot be taken up where it failed, and what to do instead. */
export function whyNoRetry(step: ShownStep, run: ShownRun | null): string {
  const name = stepTitle(step, titleChars)
  switch (step.run?.state) {
    case 'unproved':
      return vscode.l10n.t('{0} has not failed: it is done, but unproved. {1}', name, step.run.reason)
    case 'blocked':
      return vscode.l10n.t('{0} could not run: {1} Run it anew once that is put right.', name, step.run.reason)
    case 'failed':
    case 'stopped': {
      if (run === null || run.isAtRest) break
      // What goes on beside it need not be stopped for this.
      const others = run.steps.filter((one) => goingOn(one) !== null).map((one) => `STEP ${one.step}`)
      return vscode.l10n.t('The run of {0} still goes on ({1}): run the step anew.', name, others.join(', '))
    }
    default:
  }
  return vscode.l10n.t('{0} has not failed.', name)
}
