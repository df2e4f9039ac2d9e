// What stands above the steps of SPEC.md and above their definitions: how a step stands, and what can be done about it.
import * as vscode from 'vscode'
import { plainLabel } from '../../core/logs/plainText'
import { isLive } from '../../core/steps/goingOn'
import { isOver } from '../../core/steps/stepView'
import { commands } from '../contributions'
import { DrawnLens, LensRefresh } from '../blocks/lensRefresh'
import type { StepFolders } from './stepFolders'
import { stepPlaceOf } from './stepPlaces'
import type { ShownStep, StepsModel } from './stepsModel'
import { taskIdOfStep } from './stepTree'
import { isDone, phaseWord, stepLine, stepSigns, stepState } from './stepWords'

const lensChars = 140
const tickMs = 1_000
/** Of so many steps all have their lenses; of more those in sight, and this many lines around, for VS Code draws no others. */
const wholeSteps = 300
const marginLines = 150

export class StepLenses implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly refresh = new LensRefresh()
  readonly onDidChangeCodeLenses = this.refresh.event
  private readonly subscriptions: readonly { dispose(): void }[]
  /** Documents of which not all steps have lenses. */
  private readonly cutDocuments = new WeakSet<vscode.TextDocument>()

  constructor(
    private readonly model: StepsModel,
    private readonly files: StepFolders,
  ) {
    const changed = () => this.refresh.request()
    const tick = setInterval(() => {
      if (model.live.length > 0) changed()
    }, tickMs)
    this.subscriptions = [
      this.refresh,
      model.onDidChange(changed),
      vscode.window.onDidChangeTextEditorVisibleRanges(({ textEditor }) => {
        if (this.cutDocuments.has(textEditor.document)) changed()
      }),
      new vscode.Disposable(() => clearInterval(tick)),
    ]
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose()
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<DrawnLens[]> {
    const place = stepPlaceOf(document)
    if (place === null) return []
    await this.model.untilRead()
    const { version } = document
    const lines: { readonly step: number; readonly start: number }[] =
      place.kind === 'spec'
        ? this.files
            .readSpec(document.uri.fsPath, document.getText())
            .map(({ number, start }) => ({ step: number, start }))
        : (await this.files.parse(document.uri.fsPath, document.getText())).steps.map(({ number, start }) => ({
            step: number,
            start,
          }))
    if (document.version !== version) return []
    const steps = new Map(
      this.model.all.filter(({ folder }) => folder === place.folder).map((step) => [step.status.step, step]),
    )
    if (lines.length > wholeSteps) this.cutDocuments.add(document)
    const inSight = lines.length > wholeSteps ? offsetsInSight(document) : null
    const lenses = lines.flatMap(({ step, start }) => {
      const shown = steps.get(step)
      if (shown === undefined) return []
      if (inSight !== null && !inSight.some(([from, to]) => start >= from && start <= to)) return []
      const position = document.positionAt(start)
      const range = new vscode.Range(position, position)
      return commandsFor(shown, place.kind).map((command) => new DrawnLens(range, document, command))
    })
    this.refresh.asked(document, lenses)
    return lenses
  }

  resolveCodeLens(lens: DrawnLens): DrawnLens {
    return this.refresh.draw(lens)
  }
}

function offsetsInSight(document: vscode.TextDocument): readonly (readonly [from: number, to: number])[] {
  const startOf = (line: number) => document.offsetAt(new vscode.Position(Math.max(0, line), 0))
  return vscode.window.visibleTextEditors
    .filter((editor) => editor.document === document)
    .flatMap(({ visibleRanges }) => visibleRanges)
    .map(({ start, end }) => [startOf(start.line - marginLines), startOf(end.line + marginLines)] as const)
}

function commandsFor(step: ShownStep, kind: 'spec' | 'definitions'): vscode.Command[] {
  const { key, status, run } = step
  const about = (title: string, command: string): vscode.Command => ({ title, command, arguments: [key] })
  const definition = about(vscode.l10n.t('Not defined'), commands.openStepDefinition)
  if (status.key === null) return kind === 'spec' ? [definition] : []
  const state = stepState(step)
  const taskId = taskIdOfStep(step)
  const word = plainLabel(`${stepSigns[state]} ${stepLine(step, Date.now())}`, lensChars)
  // In SPEC.md the task id stands on the line itself, where it was noted.
  const told = state === 'open' && taskId === null ? [] : [about(word, commands.showSteps)]
  const log = taskId === null ? [] : [about(vscode.l10n.t('Log of {0}', taskId), commands.showTaskLog)]
  if (!vscode.workspace.isTrusted)
    return [
      ...told,
      ...log,
      { title: vscode.l10n.t('Run step: only in a trusted workspace'), command: 'workbench.trust.manage' },
    ]
  const stop = run !== null && isLive(run) ? [about(vscode.l10n.t('Stop'), commands.stopStep)] : []
  if (run !== null && !isOver(run)) return [...told, ...log, ...stop]
  if (!status.isValid)
    return [...told, about(`✗ ${vscode.l10n.t('Its definition has errors')}`, commands.openStepDefinition)]
  const retry =
    run !== null && run.retryFrom !== null && state !== 'done'
      ? [
          about(
            run.state === 'stopped'
              ? vscode.l10n.t('Continue in {0}', phaseWord(run.retryFrom))
              : vscode.l10n.t('Retry from {0}', phaseWord(run.retryFrom)),
            commands.retryStep,
          ),
        ]
      : []
  const again = isDone(step) ? vscode.l10n.t('Run again') : vscode.l10n.t('Run step')
  const further = kind === 'spec' ? vscode.l10n.t('Continue from here') : vscode.l10n.t('Run from here')
  return [
    ...told,
    ...log,
    ...stop,
    ...retry,
    about(`▶ ${again}`, commands.runStep),
    about(further, commands.continueSteps),
    ...(kind === 'definitions' ? [about(vscode.l10n.t('Dry run'), commands.dryRunStep)] : []),
  ]
}
