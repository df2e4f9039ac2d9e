// The Steps view: steps, below each its phases, below these their checks and acts, as its last run has them or as it would.
import * as vscode from 'vscode'
import type { JobId } from '../../core/jobs/jobId'
import { shorten } from '../../core/jobs/jobWords'
import { showInvisible } from '../../core/logs/plainText'
import { isLive } from '../../core/steps/goingOn'
import { type ActView, isOver, type PhaseView, renderCount } from '../../core/steps/stepView'
import { commands, rowWords, showMoreSteps } from '../contributions'
import { moreItem, problemItem } from '../treeRows'
import type { ShownFolder, ShownStep, StepsModel } from './stepsModel'
import {
  actIcon,
  actWord,
  phaseWord,
  spanOf,
  stepBrief,
  stepIcon,
  stepLine,
  stepState,
  stepTitle,
  stepWord,
} from './stepWords'

const labelChars = 60
/** How many steps a click on "more" adds. */
const pageSize = 200
/** What else has something to tell is found by its icon. */
const revealedAtOnce = 2
/** Times of what runs go on. */
const tickMs = 1_000

export type StepRow =
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'step'; readonly key: string }
  | { readonly kind: 'phase'; readonly key: string; readonly view: PhaseView }
  /** As the rows of jobs, for an act is one. */
  | { readonly kind: 'job'; readonly key: string; readonly id: JobId; readonly view: ActView }
  | { readonly kind: 'act'; readonly key: string; readonly view: ActView }
  | { readonly kind: 'more' }
  | { readonly kind: 'problem'; readonly text: string }

export class StepTree implements vscode.TreeDataProvider<StepRow>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<StepRow[] | undefined>()
  readonly onDidChangeTreeData = this.changed.event
  private readonly subscriptions: readonly { dispose(): void }[]
  /** The same object each time, for VS Code tells rows by it. */
  private readonly rows = new Map<string, StepRow>()
  private shape = ''
  /** What of each step was drawn. */
  private readonly drawn = new Map<string, string>()
  private told: ReadonlySet<string> = new Set()
  private shownSteps = pageSize
  private isStale = false

  constructor(
    private readonly model: StepsModel,
    /** What a step would do that has not run. */
    private readonly planned: (step: ShownStep) => Promise<readonly PhaseView[]>,
    /** Nothing is drawn that nobody sees. */
    private readonly isVisible: () => boolean,
  ) {
    const timer = setInterval(() => this.redrawLive(), tickMs)
    this.subscriptions = [
      this.changed,
      model.onDidChange(() => this.redraw()),
      new vscode.Disposable(() => clearInterval(timer)),
    ]
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose()
  }

  /** Draws what changed while nobody saw it. */
  becameVisible(): void {
    if (this.isStale) this.redraw()
  }

  showMore(): void {
    this.shownSteps += pageSize
    this.changed.fire(undefined)
  }

  /** Steps that have something to tell since this was asked last: their rows are to be unfolded. */
  takeTelling(): readonly StepRow[] {
    const telling = new Set(this.filled.flatMap(({ steps }) => steps.filter(isTelling).map(({ key }) => key)))
    const fresh = [...telling].filter((key) => !this.told.has(key))
    this.told = telling
    return fresh.slice(0, revealedAtOnce).map((key) => this.rowOf(key))
  }

  /** The row of a step, to be revealed. */
  rowOf(key: string): StepRow {
    const row = this.rows.get(key) ?? { kind: 'step', key }
    this.rows.set(key, row)
    return row
  }

  getParent(row: StepRow): StepRow | undefined {
    if (row.kind !== 'step' || this.filled.length < 2) return undefined
    const own = this.filled.find(({ steps }) => steps.some(({ key }) => key === row.key))
    return own === undefined ? undefined : this.folderRow(own)
  }

  async getChildren(row?: StepRow): Promise<StepRow[]> {
    switch (row?.kind) {
      case undefined: {
        await this.model.untilRead()
        const problems = this.model.shown.flatMap((one) => one.problems)
        const told = problems.map((text): StepRow => ({ kind: 'problem', text }))
        const [first, ...others] = this.filled
        if (first === undefined) return told
        return [...told, ...(others.length === 0 ? this.stepsOf(first) : this.filled.map((one) => this.folderRow(one)))]
      }
      case 'folder': {
        const own = this.filled.find(({ folder }) => folder === row.folder)
        return own === undefined ? [] : this.stepsOf(own)
      }
      case 'step': {
        const step = this.model.find(row.key)
        if (step === null) return []
        const phases = step.run !== null && step.run.phases.length > 0 ? step.run.phases : await this.planned(step)
        const problem = step.run?.logProblem ?? null
        return [
          ...(problem === null ? [] : [{ kind: 'problem', text: problem } as const]),
          ...phases.map((view) => this.keep({ kind: 'phase', key: `${row.key}/${view.phase}`, view })),
        ]
      }
      case 'phase':
        return row.view.acts.map((view) => {
          const key = `${row.key}/${view.name}`
          return this.keep(view.job === null ? { kind: 'act', key, view } : { kind: 'job', key, id: view.job, view })
        })
      default:
        return []
    }
  }

  getTreeItem(row: StepRow): vscode.TreeItem {
    switch (row.kind) {
      case 'folder': {
        const own = this.filled.find(({ folder }) => folder === row.folder)
        const item = new vscode.TreeItem(own?.name ?? row.folder, vscode.TreeItemCollapsibleState.Expanded)
        item.id = row.folder
        item.iconPath = new vscode.ThemeIcon('root-folder')
        return item
      }
      case 'step': {
        const step = this.model.find(row.key)
        return step === null ? new vscode.TreeItem('') : this.stepItem(step)
      }
      case 'phase':
        return phaseItem(row.key, row.view)
      case 'job':
      case 'act':
        return actItem(row.key, row.view)
      case 'more':
        return moreItem(showMoreSteps)
      case 'problem':
        return problemItem(row.text)
    }
  }

  private get filled(): readonly ShownFolder[] {
    return this.model.shown.filter(({ steps }) => steps.length > 0)
  }

  private folderRow({ folder }: ShownFolder): StepRow {
    const row = this.rows.get(folder) ?? { kind: 'folder', folder }
    this.rows.set(folder, row)
    return row
  }

  private stepsOf({ steps }: ShownFolder): StepRow[] {
    const rows = steps.slice(0, this.shownSteps).map(({ key }) => this.rowOf(key))
    return steps.length > this.shownSteps ? [...rows, { kind: 'more' }] : rows
  }

  /** The row with this key as it is now; the object that VS Code has of it, so that what is unfolded stays so. */
  private keep(row: Extract<StepRow, { key: string }>): StepRow {
    const known = this.rows.get(row.key)
    if (known === undefined || known.kind !== row.kind) {
      this.rows.set(row.key, row)
      return row
    }
    return Object.assign(known, row)
  }

  private redraw(): void {
    this.isStale = !this.isVisible()
    if (this.isStale) return
    // While all rows are made anew, VS Code does not know what a menu was opened on: only the rows that changed are, if it can be.
    const shape = JSON.stringify(
      this.model.shown.map(({ folder, problems, steps }) => [folder, problems, steps.map(({ key }) => key)]),
    )
    const isSame = shape === this.shape
    this.shape = shape
    if (isSame) {
      const rows = this.changedSteps()
      if (rows.length > 0) this.changed.fire(rows)
    } else {
      this.drawn.clear()
      this.changedSteps()
      this.changed.fire(undefined)
    }
  }

  private changedSteps(): StepRow[] {
    return this.filled.flatMap(({ steps }) =>
      steps.slice(0, this.shownSteps).flatMap((step) => {
        const text = JSON.stringify([step.status, step.run])
        if (this.drawn.get(step.key) === text) return []
        this.drawn.set(step.key, text)
        return this.rowOf(step.key)
      }),
    )
  }

  private redrawLive(): void {
    if (!this.isVisible()) return
    const { live } = this.model
    if (live.length > 0) this.changed.fire(live.map(({ key }) => this.rowOf(key)))
  }

  private stepItem(step: ShownStep): vscode.TreeItem {
    const { status, run } = step
    const state = stepState(step)
    const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState
    const hasParts = status.key !== null || run !== null
    const item = new vscode.TreeItem(
      shorten(showInvisible(`${status.step}  ${status.title}`), labelChars),
      hasParts ? (isTelling(step) ? Expanded : Collapsed) : None,
    )
    const line = stepLine(step, Date.now())
    const note = status.key === null ? vscode.l10n.t('not defined') : status.isValid ? '' : vscode.l10n.t('has errors')
    item.id = step.key
    item.iconPath = stepIcon(state)
    const unlogged = run === null || run.logProblem === null ? '' : vscode.l10n.t('not in the log')
    item.description = [stepBrief(step, Date.now()), unlogged, note].filter((text) => text !== '').join(' · ')
    item.contextValue = contextOf(step)
    item.tooltip = [
      stepTitle(step, 200),
      line,
      ...(run !== null && run.reason !== '' ? [showInvisible(run.reason)] : []),
      ...(note === '' ? [] : [note]),
      ...(taskIdOfStep(step) === null ? [] : [taskIdOfStep(step)]),
    ].join('\n')
    item.accessibilityInformation = {
      label: [stepTitle(step, 200), stepWord(state), line, note].filter((text) => text !== '').join(', '),
    }
    if (status.inSpec) item.command = { command: commands.openStepLine, title: '', arguments: [step.key] }
    return item
  }
}

/** It runs, or did not end well: what is below it is to be seen. */
function isTelling(step: ShownStep): boolean {
  const state = stepState(step)
  return state === 'running' || state === 'background' || state === 'failed' || state === 'blocked'
}

/** The task that its log is of: that of its last run. */
export function taskIdOfStep({ status, run }: ShownStep): string | null {
  return run?.taskId ?? status.taskId
}

function contextOf(step: ShownStep): string {
  const { status, run } = step
  const canStop = run !== null && isLive(run)
  const words: string[] = []
  if (status.isValid && (run === null || isOver(run))) words.push(rowWords.runnable)
  if (canStop) words.push(rowWords.live)
  if (run !== null && !canStop && run.retryFrom !== null && stepState(step) !== 'done') words.push(rowWords.retryable)
  if (run !== null && !canStop) words.push(rowWords.hasRun)
  if (taskIdOfStep(step) !== null) words.push(rowWords.hasTask)
  if (status.inSpec) words.push(rowWords.inSpec)
  if (status.key !== null) words.push(rowWords.defined)
  return words.join(' ')
}

function phaseItem(key: string, view: PhaseView): vscode.TreeItem {
  const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState
  const isTelling = view.state === 'running' || view.state === 'failed' || view.state === 'alert'
  const item = new vscode.TreeItem(phaseWord(view.phase), isTelling ? Expanded : Collapsed)
  // That the document could be marked is no news: as what is.
  const mark = view.phase === 'SPEC' && view.state === 'passed' ? view.acts[0] : undefined
  const said = [
    view.state === 'pending' ? '' : (mark?.name ?? actWord(view.state, view.phase)),
    spanOf(view, Date.now()),
    renderCount(view),
  ]
  // Another id while it tells something: what was folded because there was nothing to see unfolds.
  item.id = `${key}${isTelling ? '!' : ''}`
  item.iconPath = actIcon(view.state, view.phase)
  item.description = said.filter((text) => text !== '').join(' · ')
  item.accessibilityInformation = {
    label: [phaseWord(view.phase), actWord(view.state, view.phase), ...said.slice(1)].join(', '),
  }
  return item
}

function actItem(key: string, view: ActView): vscode.TreeItem {
  const item = new vscode.TreeItem(shorten(showInvisible(view.name), labelChars))
  const detail = showInvisible(shorten(view.detail, 120))
  const said = [
    view.state === 'passed' || view.state === 'pending' ? '' : actWord(view.state, view.phase),
    spanOf(view, Date.now()),
    view.attempt > 1 ? vscode.l10n.t('attempt {0}', view.attempt) : '',
    detail === '' && view.state === 'pending' ? showInvisible(view.what) : detail,
  ].filter((text) => text !== '')
  item.id = key
  item.iconPath = actIcon(view.state, view.phase)
  item.description = said.join(' · ')
  item.tooltip = showInvisible(
    [view.name, actWord(view.state, view.phase), view.what, view.detail].filter(Boolean).join('\n'),
  )
  item.accessibilityInformation = { label: [view.name, actWord(view.state, view.phase), ...said].join(', ') }
  if (view.job !== null) {
    item.contextValue = `${rowWords.job} ${rowWords.hasLog}`
    item.command = { command: commands.showLog, title: vscode.l10n.t('Show Log'), arguments: [view.job] }
  }
  return item
}
