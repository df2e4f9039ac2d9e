// From steps to a run of them, with everything shown and approved in between.
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import * as vscode from 'vscode'
import type { Approval } from '../../core/jobs/event'
import type { JobId } from '../../core/jobs/jobId'
import type { PlanFact } from '../../core/jobs/renderPlan'
import { environmentCaveat, planCaveat } from '../../core/jobs/renderPlan'
import { plainLabel } from '../../core/logs/plainText'
import { RelayError } from '../../core/relayError'
import type { StepDefinition } from '../../core/steps/definition'
import { taskIdOf } from '../../core/steps/executionLog'
import { endsWith } from '../../core/steps/goingOn'
import type { continueWords } from '../../core/steps/reduceStepRun'
import { planDryRun } from '../../core/steps/planDryRun'
import { type PlannedStep, planStep } from '../../core/steps/planStep'
import { renderStepPlan } from '../../core/steps/renderStepPlan'
import { runWarnings } from '../../core/steps/runWarnings'
import { maxStepsOfRun, type StepRunPlan } from '../../core/steps/stepRunPlan'
import { isOver, type PhaseView, phasesOf, plannedView } from '../../core/steps/stepView'
import { detachmentCaveats } from '../../store/detachment'
import { jobEnvironment } from '../../store/jobs/jobEnvironment'
import { folderKey } from '../../store/stateFolder'
import { isStepApprovalRemembered, rememberStepApproval, stepDigest } from '../../store/steps/stepApproval'
import type { UndertakingRequests } from '../../store/undertakings/undertakingRequests'
import { commands } from '../contributions'
import { openDocumentAt } from '../documents/openDocument'
import { askForApproval } from '../jobs/approvalPage'
import { readSetting } from '../settings'
import { stepContext } from './stepContext'
import type { StepFolders } from './stepFolders'
import { definitionsFileOf } from './stepPlaces'
import type { StepsHost } from './stepsGate'
import { endingLine, warningLine, whyNoRetry } from './stepSentences'
import type { ShownRun, ShownStep, StepsModel } from './stepsModel'
import type { StepTerminals } from './stepTerminals'
import { isDone, phaseWord, stepTitle } from './stepWords'

const titleChars = 80

/** A step with what it would do. */
interface Prepared extends PlannedStep {
  readonly step: ShownStep
  readonly definition: StepDefinition
}

export class StepStarter {
  /** Approvals that are being asked for: a double click is one question. */
  private readonly asking = new Set<string>()

  constructor(
    private readonly host: StepsHost,
    private readonly requests: UndertakingRequests,
    private readonly files: StepFolders,
    private readonly model: StepsModel,
    private readonly terminals: StepTerminals,
  ) {}

  /** What a step would do, phase by phase. */
  async phasesOf(step: ShownStep): Promise<readonly PhaseView[]> {
    const [definition] = await this.definitionsOf([step])
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
    const prepared = await this.prepare(steps)
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
    const how = await this.approve(prepared, folder, {
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
      .flatMap((one) => (one.folder === step.folder ? [one.status.step] : []))
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
    const how = await this.ask(run.id, {
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

  private async prepare(steps: readonly ShownStep[]): Promise<readonly Prepared[]> {
    const [first] = steps
    if (first === undefined) return []
    const definitions = await this.definitionsOf(steps)
    const context = stepContext(this.host.state, realFolder(first.folder))
    return steps.map((step, at) => {
      const definition = definitions[at] ?? null
      const name = stepTitle(step, titleChars)
      if (step.status.key === null)
        throw new RelayError(
          'not_defined',
          vscode.l10n.t(
            '{0} is not defined: {1} says what steps run.',
            name,
            path.relative(step.folder, definitionsFileOf(step.folder)),
          ),
        )
      if (definition === null)
        throw new RelayError(
          'step_has_errors',
          vscode.l10n.t('The definition of {0} has errors: see the Problems view.', name),
        )
      return { ...planStep(definition, titleOf(step), context), step, definition }
    })
  }

  private async definitionsOf(steps: readonly ShownStep[]): Promise<readonly (StepDefinition | null)[]> {
    const [first] = steps
    if (first === undefined) return []
    const { steps: parsed } = await this.files.definitionsOf(first.folder)
    return steps.map(({ status }) => parsed.find(({ number }) => number === status.step)?.definition ?? null)
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

  /** Null: not approved. What was approved with *always*, each step by itself, is not asked for again. */
  private async approve(
    prepared: readonly Prepared[],
    folder: string,
    { title, once, notes }: { readonly title: string; readonly once: string; readonly notes: readonly string[] },
  ): Promise<Approval['how'] | null> {
    const paths = this.host.state.folder(folderKey(folder))
    const done = prepared.flatMap(({ step }) => (isDone(step) ? [[step.status.step, step.status.taskId] as const] : []))
    const warnings = runWarnings(prepared, new Map(done)).map(warningLine)
    const live = prepared.filter(({ step }) => this.model.live.some(({ key }) => key === step.key))
    for (const { step } of live)
      warnings.push(
        step.run !== null && isOver(step.run)
          ? vscode.l10n.t('What {0} has left running is still alive and monitored.', stepTitle(step, titleChars))
          : vscode.l10n.t('{0} runs already.', stepTitle(step, titleChars)),
      )
    const isKnown = ({ plan }: Prepared) => isStepApprovalRemembered(paths, plan)
    const known = prepared.filter(isKnown)
    if (warnings.length === 0 && known.length === prepared.length) return 'remembered'
    // Where nothing is to be approved and only a warning is to be read, all of it is shown.
    const shown = known.length === prepared.length ? prepared : prepared.filter((one) => !isKnown(one))
    const numbers = known.map(({ plan }) => `STEP ${plan.step}`).join(', ')
    const answer = await this.ask(prepared.map(({ plan }) => stepDigest(plan)).join(), {
      title,
      warnings,
      facts: shown.flatMap(({ plan }) => factsOf(renderStepPlan(plan), prepared.length > 1)),
      notes: [
        ...(shown.length < prepared.length
          ? [
              vscode.l10n.t(
                'Exactly as they are, these were approved for good before, and are run as well: {0}.',
                numbers,
              ),
            ]
          : []),
        ...this.unsavedNotes(prepared),
        ...notes,
      ],
      once,
      always:
        prepared.length === 1 ? vscode.l10n.t('Always run exactly this') : vscode.l10n.t('Always run exactly these'),
    })
    if (answer === 'always') for (const { plan } of prepared) rememberStepApproval(paths, plan, Date.now())
    return answer === null ? null : 'asked'
  }

  private unsavedNotes([first]: readonly Prepared[]): readonly string[] {
    if (first === undefined) return []
    const file = definitionsFileOf(first.step.folder)
    return openDocumentAt(file)?.isDirty === true
      ? [vscode.l10n.t('{0} has changes that are not saved: they count here.', path.basename(file))]
      : []
  }

  private async ask(
    key: string,
    page: {
      readonly title: string
      readonly warnings: readonly string[]
      readonly facts: readonly PlanFact[]
      readonly notes: readonly string[]
      readonly once: string
      readonly always: string | null
    },
  ): Promise<'once' | 'always' | null> {
    if (this.asking.has(key)) return null
    this.asking.add(key)
    try {
      const answer = await askForApproval(this.host.extensionUri, {
        title: page.title,
        warnings: page.warnings,
        facts: page.facts,
        caveats: [
          ...page.notes,
          vscode.l10n.t(environmentCaveat),
          vscode.l10n.t(planCaveat),
          ...detachmentCaveats(process.env),
        ],
        approve: page.once,
        always: page.always,
      })
      return answer === 'cancel' ? null : answer
    } finally {
      this.asking.delete(key)
    }
  }
}

/** As they stand on the page: a part for each of several steps, and what is run below how it is run. */
function factsOf(facts: readonly PlanFact[], areSeveral: boolean): readonly PlanFact[] {
  return facts.map((fact, at): PlanFact => {
    if (at === 0 && areSeveral) return { label: fact.label, value: fact.value, isHead: true }
    const [first = '', ...rest] = fact.value.split('\n')
    return fact.isVerbatim === true || rest.length === 0 ? fact : { ...fact, value: first, below: rest.join('\n') }
  })
}

function titleOf({ status }: ShownStep): string | null {
  return status.inSpec ? status.title : null
}

function numbersOf(prepared: readonly Prepared[]): string {
  const numbers = prepared.map(({ plan }) => plan.step)
  const [least = 0, most = 0] = [numbers[0], numbers.at(-1)]
  const isWhole = numbers.length === most - least + 1
  return isWhole ? `${least}–${most}` : plainLabel(numbers.join(', '), titleChars)
}

/** Throws RelayError. */
function realFolder(folder: string): string {
  try {
    return fs.realpathSync(folder)
  } catch {
    throw new RelayError('no_folder', vscode.l10n.t('The folder {0} is not there.', folder))
  }
}
