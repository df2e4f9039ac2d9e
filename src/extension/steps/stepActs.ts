// What a person can do about steps, the same from the tree, the lenses, the chat and the palette.
import fs from 'node:fs'
import path from 'node:path'
import * as vscode from 'vscode'
import { plainLabel } from '../../core/logs/plainText'
import { RelayError } from '../../core/relayError'
import { stepSnippetFor } from '../../core/steps/completeDefinitions'
import { readRange, type StepRange } from '../../core/steps/stepsWish'
import { isLive } from '../../core/steps/goingOn'
import { isOver } from '../../core/steps/stepView'
import { untilUndefined } from '../../core/steps/untilUndefined'
import { maxStepsOfRun } from '../../core/steps/stepRunPlan'
import { readSpec } from '../../core/steps/specDocument'
import { openDocumentAt } from '../documents/openDocument'
import { requireTrust } from '../requireTrust'
import { views } from '../contributions'
import type { Handler } from '../registerCommands'
import type { StepFolders } from './stepFolders'
import { definitionsFileOf, specFileOf, stepPlaceOf } from './stepPlaces'
import type { StepCommand, StepsHost } from './stepsGate'
import type { ShownFolder, ShownStep, StepsModel } from './stepsModel'
import type { StepStarter } from './stepStarter'
import { taskIdOfStep, type StepTree } from './stepTree'
import { isDone, stepLine, stepState, stepTitle } from './stepWords'
import { TaskLogs } from './taskLogs'

const labelChars = 80

export class StepActs implements vscode.Disposable {
  readonly handlers: Readonly<Record<StepCommand, Handler>>
  private readonly logs: TaskLogs

  constructor(
    private readonly host: StepsHost,
    private readonly files: StepFolders,
    private readonly model: StepsModel,
    private readonly starter: StepStarter,
    private readonly tree: StepTree,
  ) {
    this.logs = new TaskLogs(files)
    const runnable = (step: ShownStep) => step.status.isValid && (step.run === null || isOver(step.run))
    const canStop = ({ run }: ShownStep) => run !== null && isLive(run)
    const hasTask = (step: ShownStep) => taskIdOfStep(step) !== null
    const canRetry = (step: ShownStep) => !canStop(step) && step.run !== null && step.run.retryFrom !== null
    this.handlers = {
      runStep: this.about(runnable, (step) => this.run([step], false)),
      dryRunStep: this.about(runnable, (step) => this.run([step], true)),
      runSteps: async (from, to, folder) => this.runSteps(from, to, folder),
      continueSteps: async (word) => this.continueSteps(word),
      stopStep: this.about(canStop, (step) => this.starter.stop(step)),
      // What a person has stopped goes on where it was.
      retryStep: this.about(canRetry, (step) =>
        this.starter.goOn(step, step.run?.state === 'stopped' ? 'continue' : 'retry'),
      ),
      showStepRun: this.about(
        ({ run }) => run !== null,
        (step) => this.starter.showRun(step),
      ),
      showTaskLog: this.about(hasTask, async (step) => {
        const taskId = taskIdOfStep(step)
        if (taskId === null)
          throw new RelayError('no_task', vscode.l10n.t('{0} has not run yet.', stepTitle(step, labelChars)))
        await this.logs.show(step.folder, taskId)
      }),
      openStepLine: this.about(
        ({ status }) => status.inSpec,
        (step) => this.openLine(step),
      ),
      openStepDefinition: this.about(
        () => true,
        (step) => this.openDefinition(step),
      ),
      copyTaskId: this.about(hasTask, async (step) => {
        await vscode.env.clipboard.writeText(taskIdOfStep(step) ?? '')
      }),
      removeStepRun: this.about(
        (step) => step.run !== null && !canStop(step),
        (step) => this.starter.removeRun(step),
      ),
      showSteps: async (word) => {
        const step = typeof word === 'string' ? this.model.find(word) : null
        if (step === null) await vscode.commands.executeCommand(`${views.steps}.focus`)
        else await this.host.view.reveal(this.tree.rowOf(step.key), { select: true, focus: false, expand: 2 })
      },
    }
  }

  dispose(): void {
    this.logs.dispose()
  }

  /** A command about one step: that of the argument, that at the cursor, or one that is picked among those that it makes sense for. */
  private about(fits: (step: ShownStep) => boolean, act: (step: ShownStep) => Promise<void> | void): Handler {
    return async (word) => {
      await this.model.untilRead()
      await this.model.refresh()
      const step = this.stepOf(word) ?? (await this.atCursor(fits)) ?? (await this.pick(fits))
      if (step !== null) await act(step)
    }
  }

  private stepOf(word: unknown): ShownStep | null {
    const key = isStepRow(word) ? word.key : word
    if (typeof key !== 'string') return null
    const step = this.model.find(key)
    if (step === null) throw new RelayError('no_such_step', vscode.l10n.t('This step is not there any more.'))
    return step
  }

  /** The step of the line that the cursor is on, if that is about steps. */
  private async atCursor(fits: (step: ShownStep) => boolean): Promise<ShownStep | null> {
    const editor = vscode.window.activeTextEditor
    const place = editor === undefined ? null : stepPlaceOf(editor.document)
    if (editor === undefined || place === null) return null
    const at = editor.document.offsetAt(editor.selection.active)
    const text = editor.document.getText()
    const steps =
      place.kind === 'spec'
        ? this.files.readSpec(editor.document.uri.fsPath, text)
        : (await this.files.parse(editor.document.uri.fsPath, text)).steps
    const own = steps.find(({ start, end }) => start <= at && at <= end)
    const step = this.model.all.find(({ folder, status }) => folder === place.folder && status.step === own?.number)
    return step !== undefined && fits(step) ? step : null
  }

  private async pick(fits: (step: ShownStep) => boolean): Promise<ShownStep | null> {
    const items = this.model.all.filter(fits).map((step) => ({
      label: stepTitle(step, labelChars),
      description: stepLine(step, Date.now()),
      detail: this.model.shown.length > 1 ? plainLabel(path.basename(step.folder), labelChars) : undefined,
      step,
    }))
    if (items.length === 0)
      throw new RelayError(
        'no_step',
        this.model.all.length === 0
          ? vscode.l10n.t('There are no steps in this window: neither SPEC.md nor definitions of steps are there.')
          : vscode.l10n.t('There is no step for which this can be done.'),
      )
    const picked = await vscode.window.showQuickPick(
      items.map(({ detail, ...item }) => (detail === undefined ? item : { ...item, detail })),
      { matchOnDescription: true, matchOnDetail: true },
    )
    return picked?.step ?? null
  }

  private async run(steps: readonly ShownStep[], dryRun: boolean): Promise<void> {
    requireTrust()
    await this.starter.run(steps, { dryRun })
  }

  private async runSteps(from: unknown, to: unknown, folder: unknown): Promise<void> {
    requireTrust()
    await this.model.untilRead()
    const shown = await this.chooseFolder(folder)
    if (shown === null) return
    const range =
      typeof from === 'number' && typeof to === 'number' ? { from, to } : await askForRange(shown, this.model.all)
    if (range === null) return
    await this.starter.run(stepsIn(shown, range), { dryRun: false })
  }

  /** From a step on, or from the first that is not done behind the last that is: what is done stays as it is. */
  private async continueSteps(word: unknown): Promise<void> {
    requireTrust()
    await this.model.untilRead()
    await this.model.refresh()
    const named = this.stepOf(word)
    const shown =
      named === null ? await this.chooseFolder(undefined) : this.model.shown.find((one) => one.folder === named.folder)
    if (shown === null || shown === undefined) return
    const retryable = shown.steps.find(
      (step) => step.run !== null && step.run.retryFrom !== null && isOver(step.run) && stepState(step) !== 'done',
    )
    if (named === null && retryable !== undefined) return this.starter.goOn(retryable, 'continue')
    const { steps, undefinedStep } = untilUndefined(stepsToContinue(shown, named), ({ status }) => status.key !== null)
    if (steps.length === 0)
      throw new RelayError('all_done', vscode.l10n.t('All steps are done: there is nothing to continue.'))
    // Each of them is read before it is approved: the rest is for the next time.
    const next = steps.slice(0, maxStepsOfRun)
    const isCut = next.length < steps.length
    const end = undefinedStep === null ? null : stepTitle(undefinedStep, labelChars)
    const notes = [
      ...(isCut
        ? [
            vscode.l10n.t(
              'These are the next {0} of {1} steps that are open. Continue then.',
              next.length,
              steps.length,
            ),
          ]
        : []),
      ...(end === null || isCut ? [] : [vscode.l10n.t('{0} is not defined yet: these end before it.', end)]),
    ]
    await this.starter.run(next, { dryRun: false, notes })
  }

  /** The folder that is meant, the only one with steps, or one that is picked. */
  private async chooseFolder(wanted: unknown): Promise<ShownFolder | null> {
    const filled = this.model.shown.filter(({ steps }) => steps.length > 0)
    const named = filled.find(({ folder }) => folder === wanted)
    const [first, ...others] = filled
    if (first === undefined)
      throw new RelayError(
        'no_step',
        vscode.l10n.t('There are no steps in this window: neither SPEC.md nor definitions of steps are there.'),
      )
    if (named !== undefined || others.length === 0) return named ?? first
    const editor = vscode.window.activeTextEditor
    const own = editor === undefined ? undefined : vscode.workspace.getWorkspaceFolder(editor.document.uri)
    const active = filled.find(({ folder }) => folder === own?.uri.fsPath)
    if (active !== undefined) return active
    const picked = await vscode.window.showQuickPick(
      filled.map((shown) => ({ label: plainLabel(shown.name, labelChars), description: shown.folder, shown })),
      { placeHolder: vscode.l10n.t('The folder whose steps are to run') },
    )
    return picked?.shown ?? null
  }

  private async openLine({ folder, status }: ShownStep): Promise<void> {
    const document = await vscode.workspace.openTextDocument(specFileOf(folder))
    const own = readSpec(document.getText()).find(({ number }) => number === status.step)
    await showAt(document, own?.start ?? 0)
  }

  private async openDefinition({ folder, status }: ShownStep): Promise<void> {
    const file = definitionsFileOf(folder)
    const { steps, findings } = await this.files.definitionsOf(folder)
    const own = steps.find(({ number }) => number === status.step)
    // What is not there yet is begun, and is a file once the person saves it.
    const isThere = openDocumentAt(file) !== null || fs.existsSync(file)
    const document = await vscode.workspace.openTextDocument(
      vscode.Uri.file(file).with({ scheme: isThere ? 'file' : 'untitled' }),
    )
    const editor = await showAt(document, own?.start ?? document.getText().length)
    // Where the file cannot be read as a whole it may well be there.
    if (own !== undefined || findings.some(({ code }) => /^(?:yaml|steps)-/.test(code))) return
    const text = document.getText()
    const lead = text === '' ? '' : text.endsWith('\n') ? '\n' : '\n\n'
    await editor.insertSnippet(new vscode.SnippetString(lead + stepSnippetFor(status.step, status.title)))
  }
}

/** Those of a range that there are, in order. Throws RelayError if one of them cannot be run. */
function stepsIn({ steps }: ShownFolder, { from, to }: StepRange): readonly ShownStep[] {
  const wanted = steps
    .filter(({ status }) => status.step >= from && status.step <= to)
    .toSorted((a, b) => a.status.step - b.status.step)
  if (wanted.length === 0)
    throw new RelayError(
      'no_such_step',
      from === to
        ? vscode.l10n.t('There is no step {0}.', from)
        : vscode.l10n.t('There are no steps {0}-{1}.', from, to),
    )
  return wanted
}

function stepsToContinue({ steps }: ShownFolder, named: ShownStep | null): readonly ShownStep[] {
  const ordered = steps.toSorted((a, b) => a.status.step - b.status.step)
  const lastDone = ordered.findLastIndex(isDone)
  const begin = named === null ? lastDone + 1 : ordered.findIndex(({ key }) => key === named.key)
  return ordered.slice(begin).filter((step) => !isDone(step))
}

async function askForRange({ steps }: ShownFolder, all: readonly ShownStep[]): Promise<StepRange | null> {
  const open = (steps.length > 0 ? steps : all).filter((step) => !isDone(step))
  const numbers = (open.length > 0 ? open : steps).map(({ status }) => status.step)
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)]
  const said = await vscode.window.showInputBox({
    prompt: vscode.l10n.t('Which steps? One, or a range such as 1-5. They run in order and stop at a failure.'),
    value: least === most ? String(least) : `${least}-${most}`,
    validateInput: (text) =>
      readRange(text.trim()) === null ? vscode.l10n.t('Write a number, or two with a dash between them.') : null,
  })
  return said === undefined ? null : readRange(said.trim())
}

async function showAt(document: vscode.TextDocument, offset: number): Promise<vscode.TextEditor> {
  const position = document.positionAt(offset)
  const editor = await vscode.window.showTextDocument(document, { preview: true })
  editor.selection = new vscode.Selection(position, position)
  editor.revealRange(new vscode.Range(position, position), vscode.TextEditorRevealType.InCenterIfOutsideViewport)
  return editor
}

function isStepRow(word: unknown): word is { readonly kind: 'step'; readonly key: string } {
  return (
    typeof word === 'object' &&
    word !== null &&
    'kind' in word &&
    word.kind === 'step' &&
    'key' in word &&
    typeof word.key === 'string'
  )
}
