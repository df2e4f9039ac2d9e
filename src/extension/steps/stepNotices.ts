// Tells a person what the monitors of a step want looked at, and how a run of steps has ended: once over all windows for each.
import * as vscode from 'vscode'
import { alertSign } from '../../core/jobs/jobWords'
import { plainNotice } from '../../core/logs/plainText'
import { renderAlertTask } from '../../core/steps/alertTask'
import { alertKey, ignoreAlertWord } from '../../core/steps/reduceStepRun'
import type { MonitorAlert, StepRunView } from '../../core/steps/stepView'
import { claimUndertakingNotice } from '../../store/jobs/claimNotice'
import type { UndertakingRequests } from '../../store/undertakings/undertakingRequests'
import { commands } from '../contributions'
import { readSetting } from '../settings'
import { Telling } from '../telling'
import type { ShownRun, StepsModel } from './stepsModel'
import { isDone, phaseWord, spanOf, stepSigns } from './stepWords'

/** Runs that ended longer ago than this are nobody's news, whoever opens a window now. */
const recentMs = 24 * 3600 * 1000
const titleChars = 60

export class StepNotices implements vscode.Disposable {
  private readonly telling: Telling
  /** Runs that were there when this window came to know of them: what ended before is no news. */
  private isFirstLook = true

  constructor(
    private readonly model: StepsModel,
    private readonly requests: UndertakingRequests,
    log: vscode.LogOutputChannel,
  ) {
    this.telling = new Telling(model.onDidChange, () => this.look(), log)
  }

  dispose(): void {
    this.telling.dispose()
  }

  private look(): void {
    for (const run of this.model.runs) {
      for (const step of run.steps)
        for (const alert of step.alerts)
          this.once(run, `alert-${alert.item}-${alert.act}-${alert.atMs}`, () => this.tellAlert(run, step, alert))
      for (const step of run.steps) {
        const problem = problemOfMark(step)
        if (problem !== '') this.once(run, `mark-${step.step}`, () => this.tellMark(step, problem))
      }
      const [{ logProblem } = { logProblem: null }] = run.steps
      if (logProblem !== null)
        this.once(run, 'log', async () => {
          await vscode.window.showWarningMessage(plainNotice(`${alertSign} ${logProblem}`))
        })
      if (!run.isAtRest) continue
      const isNews = !this.isFirstLook || Date.now() - run.updatedAtMs < recentMs
      if (isNews) this.once(run, `end-${run.updatedAtMs}`, () => this.tellEnd(run))
    }
    this.isFirstLook = false
  }

  private once(run: ShownRun, name: string, tell: () => Promise<void>): void {
    const claim = () => claimUndertakingNotice(run.paths, name) && readSetting('relay.notifications') !== 'never'
    this.telling.once({ key: `${run.id}/${name}`, claim, tell })
  }

  private async tellAlert(run: ShownRun, step: StepRunView, alert: MonitorAlert): Promise<void> {
    // What is over by now is nobody's news.
    const now = this.model.runs.find(({ id }) => id === run.id)?.steps.find((one) => one.step === step.step)
    if (now?.alerts.some(({ act, atMs }) => act === alert.act && atMs === alert.atMs) !== true) return
    const { job, monitor, text } = alert
    const key = this.model.all.find(({ run: own }) => own?.run === run.id && own.step === step.step)?.key
    // Of a job that has ended only what it has left running is there to be ended, with its run.
    const stop = job === null ? vscode.l10n.t('Stop') : vscode.l10n.t('Stop Job')
    const ignore = vscode.l10n.t('Ignore')
    const ask = vscode.l10n.t('Ask Agent')
    const told = `${alertSign} ${titleOf(step)}: ${monitor}: ${text}`
    const choices = [...(job === null && key === undefined ? [] : [stop]), ignore, ask]
    switch (await vscode.window.showWarningMessage(plainNotice(told), ...choices)) {
      case stop:
        if (job !== null) await vscode.commands.executeCommand(commands.stopJob, job)
        else await vscode.commands.executeCommand(commands.stopStep, key)
        return
      case ignore:
        await this.requests.tell(run.spec, ignoreAlertWord, alertKey(alert.item, alert.act))
        return
      case ask:
        await vscode.commands.executeCommand(commands.addTask, renderAlertTask(step, alert))
        return
      default:
        return
    }
  }

  /** A conflict in SPEC.md is shown, never forced. */
  private async tellMark(step: StepRunView, problem: string): Promise<void> {
    const showLog = vscode.l10n.t('Show Log of This Task')
    const key = this.model.all.find(({ run }) => run?.run === step.run && run.step === step.step)?.key
    const chosen = await vscode.window.showWarningMessage(
      plainNotice(`${alertSign} ${problem}`),
      ...(key === undefined ? [] : [showLog]),
    )
    if (chosen === showLog) await vscode.commands.executeCommand(commands.showTaskLog, key)
  }

  private async tellEnd({ steps }: ShownRun): Promise<void> {
    const last = steps.findLast(({ state }) => state !== 'completed') ?? steps.at(-1)
    if (last === undefined || last.state === 'stopped') return // Whoever stopped it knows.
    const hasFailed = last.state !== 'completed'
    const choice = readSetting('relay.notifications')
    const isSeen = vscode.window.state.focused
    if (choice === 'onFailure' && !hasFailed) return
    if (choice === 'whenAway' && !hasFailed && isSeen) return
    const own = this.model.all.find(({ run }) => run?.run === last.run && run.step === last.step)
    const key = own?.key
    const showLog = vscode.l10n.t('Show Log of This Task')
    const retry = vscode.l10n.t('Retry…')
    const goOn = vscode.l10n.t('Continue…')
    const about = (command: string) => vscode.commands.executeCommand(command, ...(key === undefined ? [] : [key]))
    if (hasFailed) {
      const isLeft = this.model.all.some(
        (one) => one.folder === own?.folder && one.status.step > last.step && !isDone(one),
      )
      const choices = [
        showLog,
        ...(last.retryFrom === null ? [] : [retry]),
        ...(last.state === 'unproved' && isLeft ? [goOn] : []),
      ]
      const chosen = await vscode.window.showWarningMessage(plainNotice(endOf(last)), ...choices)
      if (chosen === showLog) await about(commands.showTaskLog)
      if (chosen === retry) await about(commands.retryStep)
      // Behind it: what is unproved is left as it is.
      if (chosen === goOn) await vscode.commands.executeCommand(commands.continueSteps)
      return
    }
    const span = spanOf({ startedAtMs: steps[0]?.startedAtMs ?? null, endedAtMs: last.endedAtMs }, Date.now())
    const text =
      steps.length === 1
        ? vscode.l10n.t('{0} {1} is done ({2}).', stepSigns.done, titleOf(last), span)
        : vscode.l10n.t('{0} {1} steps are done ({2}).', stepSigns.done, steps.length, span)
    if ((await vscode.window.showInformationMessage(plainNotice(text), showLog)) === showLog)
      await about(commands.showTaskLog)
  }
}

/** Why its line in SPEC.md could not be marked, a sentence; empty if it could, or nobody has tried yet. */
function problemOfMark({ phases }: StepRunView): string {
  const mark = phases.find(({ phase }) => phase === 'SPEC')?.acts[0]
  return mark?.state === 'failed' ? mark.detail : ''
}

/** How a step has ended that is not done, or not shown to be. */
function endOf(step: StepRunView): string {
  const title = `${signOf(step)} ${titleOf(step)}`
  if (step.state === 'unproved') return vscode.l10n.t('{0} is done, but unproved. {1}', title, step.reason)
  return `${title}${step.retryFrom === null ? '' : ` (${phaseWord(step.retryFrom)})`}: ${step.reason}`
}

function signOf({ state }: StepRunView): string {
  return stepSigns[state === 'blocked' || state === 'unproved' ? state : 'failed']
}

function titleOf({ step, title }: StepRunView): string {
  return `STEP ${step}: ${title}`.slice(0, titleChars)
}
