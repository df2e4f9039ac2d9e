// From steps to a run of them, with everything shown and approved in between.
import { randomBytes } from 'node:crypto'
import * as vscode from 'vscode'
import type { JobId } from '../../core/jobs/jobId'
import { plainLabel } from '../../core/logs/plainText'
import { RelayError } from '../../core/relayError'
import { taskIdOf } from '../../core/steps/executionLog'
import { endsWith } from '../../core/steps/goingOn'
import type { continueWords } from '../../core/steps/reduceStepRun'
import { planDryRun } from '../../core/steps/planDryRun'
import { planStep } from '../../core/steps/planStep'
import { renderStepPlan } from '../../core/steps/renderStepPlan'
import { maxStepsOfRun, type StepRunPlan } from '../../core/steps/stepRunPlan'
import { type PhaseView, phasesOf, plannedView } from '../../core/steps/stepView'
import { jobEnvironment } from '../../store/jobs/jobEnvironment'
import { folderKey } from '../../store/stateFolder'
import type { UndertakingRequests } from '../../store/undertakings/undertakingRequests'
import { commands } from '../contributions'
import { requireTrust } from '../requireTrust'
import { readSetting } from '../settings'
import { factsOf, StepApprovals } from './stepApprovals'
import { stepContext } from './stepContext'
import type { StepFolders } from './stepFolders'
import { definitionsFileOf } from './stepPlaces'
import { definitionsOf, type Prepared, prepareSteps, realFolder, titleOf } from './stepPreparation'
import type { StepsHost } from './stepsGate'
import { endingLine, whyNoRetry } from './stepSentences'
import type { ShownRun, ShownStep, StepsModel } from './stepsModel'
import type { StepTerminals } from './stepTerminals'
import { phaseWord, stepTitle } from './stepWords'

const titleChars = 80

export class StepStarter {
  private readonly approvals: StepApprovals

  constructor(
    private readonly host: StepsHost,
    private readonly requests: UndertakingRequests,
    private readonly files: StepFolders,
    private readonly model: StepsModel,
    private readonly terminals: StepTerminals,
  ) {
    this.approvals = new StepApprovals(host, model)
  }

  /** What a step would do, phase by phase. */
  async phasesOf(step: ShownStep): Promise<readonly PhaseView[]> {
    const [definition] = await definitionsOf(this.files, [step])
    if (definition === undefined || definition === null) return []
    const { plan } = planStep(definition, titleOf(step), stepContext(this.host.state, realFolder(step.folder)))
    return phasesOf(plan.acts.filter(({ onFailure }) => onFailure !== true).map(plannedView))
  }

  /** Shows what these steps of one folder would do, asks, and starts them in order. Throws RelayError. */
  async run(
    steps: readonly ShownStep[],
    { dryRun, notes = [] }: { readonly dryRun: boolean; readonly notes?: readonly string[] },
  ): Promise<void> {
    if (steps.length > maxStepsOfRun)
      throw new RelayError(
        'too_many',
        vscode.l10n.t('These are {0} steps, and at most {1} are run at once.', steps.length, maxStepsOfRun),
      )
    const prepared = await prepareSteps(this.host.state, this.files, steps)
    const [first] = prepared
    if (first === undefined) return
    if (dryRun) return this.dryRun(first)
    if (first.blocked.length > 0)
      throw new RelayError(
        'blocked',
        vscode.l10n.t('{0} cannot run as things are: {1}', stepTitle(first.step, titleChars), first.blocked.join(' ')),
      )
    const folder = realFolder(first.step.folder)
    const plan: StepRunPlan = {
      kind: 'step',
      steps: prepared.map(({ plan: own, blocked, step }) => ({
        plan: own,
        taskId: taskIdOf(step.status.step, randomBytes(4).readUInt32BE()),
        blocked,
      })),
    }
    const how = await this.approvals.approve(prepared, folder, {
      title:
        prepared.length === 1
          ? vscode.l10n.t('Run “{0}”?', stepTitle(first.step, titleChars))
          : vscode.l10n.t('Run {0} steps, {1}?', prepared.length, numbersOf(prepared)),
      once: prepared.length === 1 ? vscode.l10n.t('Run once') : vscode.l10n.t('Run these once'),
      notes: [
        ...notes,
        ...(prepared.length > 1
          ? [
              vscode.l10n.t(
                'They run in this order and stop at a failure. One in the background is not waited for once it is up.',
              ),
            ]
          : []),
      ],
    })
    if (how === null) return
    const id = await this.requests.start({ plan, folder, how, env: jobEnvironment(process.env) })
    await this.model.refresh()
    if (readSetting('relay.terminal.openOnStart')) this.showTranscript(first.step, id, folder)
  }

  /** The terminal of the last run of a step. Throws RelayError if there is none. */
  showRun(step: ShownStep): void {
    const run = this.model.runOf(step)
    if (run === null) throw new RelayError('no_run', vscode.l10n.t('{0} has not run yet.', stepTitle(step, titleChars)))
    this.showTranscript(step, run.id, realFolder(step.folder))
  }

  private showTranscript(step: ShownStep, id: JobId, folder: string): void {
    const run = this.model.runs.find((one) => one.id === id)
    const [first] = run?.plan.steps ?? []
    const isOne = run === undefined || run.plan.steps.length === 1
    const numbers = this.model.all
      .flatMap((one) => (one.folder === step.folder && one.status.key !== null ? [one.status.step] : []))
      .sort((a, b) => a - b)
    this.terminals.show({
      id,
      folder: this.host.state.folder(folderKey(folder)),
      title: isOne
        ? stepTitle(step, titleChars)
        : vscode.l10n.t('Steps {0}–{1}', first?.plan.step ?? '', run.plan.steps.at(-1)?.plan.step ?? ''),
      next: (number) => numbers.find((one) => one > number) ?? null,
      onDidChange: this.model.onDidChange,
      stop: () => {
        const live = this.model.live.find((one) => one.run?.run === id)
        if (live !== undefined) void vscode.commands.executeCommand(commands.stopStep, live.key)
      },
    })
  }

  /**
   * Has a run that stands still go on, and the steps behind it: `continue` with the first thing that is not done, `retry` with
   * the whole phase that failed. Throws RelayError.
   */
  async goOn(step: ShownStep, word: (typeof continueWords)[number]): Promise<void> {
    const run = this.model.runOf(step)
    const from = step.run?.retryFrom ?? null
    if (run === null || from === null) throw new RelayError('no_retry', whyNoRetry(step, run))
    const name = stepTitle(step, titleChars)
    const since = run.plan.steps.find(({ plan }) => this.wasRunSince(step, run, plan.step))
    if (since !== undefined)
      throw new RelayError(
        'run_since',
        vscode.l10n.t(
          'The run of {0} would do STEP {1}, too, which has been run since: run the step anew.',
          name,
          since.plan.step,
        ),
      )
    const isRetry = word === 'retry'
    const how = await this.approvals.ask(run.id, {
      title: isRetry
        ? vscode.l10n.t('Retry “{0}” from {1}?', name, phaseWord(from))
        : vscode.l10n.t('Continue “{0}” in {1}?', name, phaseWord(from)),
      warnings: [
        isRetry
          ? vscode.l10n.t(
              'What was done before this phase stays done. The phase begins anew, so that what it has done already may be done twice.',
            )
          : vscode.l10n.t(
              'What is done stays done. What was cut off begins anew, so that what it has done already may be done twice.',
            ),
      ],
      facts: run.plan.steps.flatMap(({ plan }) => factsOf(renderStepPlan(plan), run.plan.steps.length > 1)),
      notes: [vscode.l10n.t('It goes on as it was approved: changes of its definition since count for the next run.')],
      once: isRetry ? vscode.l10n.t('Retry') : vscode.l10n.t('Continue'),
      always: null,
    })
    if (how === null) return
    await this.requests.continue(run.spec, word, 'asked', jobEnvironment(process.env))
    await this.model.refresh()
  }

  /** A step that the run has not done, and a later one has, or is at. */
  private wasRunSince({ folder }: ShownStep, run: ShownRun, number: number): boolean {
    const own = run.steps.find(({ step }) => step === number)
    const newest = this.model.all.find((one) => one.folder === folder && one.status.step === number)?.run ?? null
    if (own?.state === 'completed' || own?.state === 'unproved' || newest === null || newest.run === run.id)
      return false
    const other = this.model.runs.find(({ id }) => id === newest.run)
    return other !== undefined && other.spec.createdAtMs > run.spec.createdAtMs
  }

  /** Asks, and ends all that the run of this step has started. */
  async stop(step: ShownStep): Promise<void> {
    const run = this.model.runOf(step)
    if (run === null)
      throw new RelayError('not_running', vscode.l10n.t('{0} does not run.', stepTitle(step, titleChars)))
    const stop = vscode.l10n.t('Stop')
    // A run is stopped as a whole.
    const { also, notBegun } = endsWith(run.steps, step.status.step)
    const detail = [
      vscode.l10n.t('All that it has started ends with it.'),
      ...(also.length === 0
        ? []
        : [vscode.l10n.t('These are of the same run, and end with it, too:'), ...also.map(endingLine)]),
      ...(notBegun.length === 0
        ? []
        : [vscode.l10n.t('Not begun then: {0}.', notBegun.map((one) => `STEP ${one}`).join(', '))]),
    ].join('\n')
    const question = vscode.l10n.t('Stop “{0}”?', stepTitle(step, titleChars))
    if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, stop)) !== stop) return
    await this.requests.stop(run.spec)
    await this.model.refresh()
  }

  /** Deletes the last run of a step with its jobs and their logs; what stands in files of the workspace stays. Throws RelayError. */
  async removeRun(step: ShownStep): Promise<void> {
    requireTrust()
    const run = this.model.runOf(step)
    if (run === null) throw new RelayError('no_run', vscode.l10n.t('{0} has not run yet.', stepTitle(step, titleChars)))
    if (!run.isAtRest)
      throw new RelayError('not_ended', vscode.l10n.t('This run still goes on: stop it before you remove it.'))
    const remove = vscode.l10n.t('Remove')
    const numbers = run.plan.steps.map(({ plan }) => `STEP ${plan.step}`).join(', ')
    const detail = vscode.l10n.t(
      'The run of {0} is deleted with all of its jobs, their logs and what they answered. SPEC.md, the log of steps and all other files of your workspace stay.',
      numbers,
    )
    const question = vscode.l10n.t('Remove the last run of “{0}”?', stepTitle(step, titleChars))
    if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, remove)) !== remove) return
    await this.requests.remove(run.spec)
    await this.model.refresh()
  }

  private async dryRun({ step, definition, plan, blocked }: Prepared): Promise<void> {
    const folder = realFolder(step.folder)
    const planned = planDryRun(definition, plan)
    const how = await this.host.starter.approve({
      plan: planned,
      folder,
      dryRun: true,
      title: vscode.l10n.t('Dry run: run the checks of “{0}”?', stepTitle(step, titleChars)),
      warnings: blocked,
      notes: [
        vscode.l10n.t('These are the checks before {0}. Nothing else of it is run.', stepTitle(step, titleChars)),
      ],
      approve: vscode.l10n.t('Run the checks once'),
    })
    if (how === null) return
    const id = await this.host.requests.start({
      plan: planned,
      description: stepTitle(step, titleChars),
      folder,
      origin: { kind: 'block', file: definitionsFileOf(step.folder), line: 1 },
      how,
      env: jobEnvironment(process.env),
      dryRun: true,
    })
    this.host.model.touch(id)
  }
}

function numbersOf(prepared: readonly Prepared[]): string {
  const numbers = prepared.map(({ plan }) => plan.step)
  const [least = 0, most = 0] = [numbers[0], numbers.at(-1)]
  const isWhole = numbers.length === most - least + 1
  return isWhole ? `${least}–${most}` : plainLabel(numbers.join(', '), titleChars)
}
