// The Jobs view: running, waiting, finished today, earlier; below each job what is known of it.
import * as vscode from 'vscode'
import { hasReport, type JobDescription, standingAlerts } from '../../core/jobs/describeJob'
import type { JobId } from '../../core/jobs/jobId'
import { alertSign, renderElapsed, shorten } from '../../core/jobs/jobWords'
import { groupKeyOf } from '../../core/jobs/turn'
import { showInvisible } from '../../core/logs/plainText'
import type { StoredJob } from '../../store/jobs/jobFiles'
import { rowWords, showMoreJobs } from '../contributions'
import { moreItem, problemItem } from '../treeRows'
import { jobFacts } from './jobFacts'
import type { JobModel } from './jobModel'
import { isHeld } from './queueCommands'
import { alertText, jobTitle, reasonBeyondExit, stateIcon, stateLine, stateText, stateWord } from './stateWords'

/** How many ended jobs a click on "more" adds. */
const pageSize = 100

/** A longer name would leave no room for the state in a narrow side bar; the tooltip has all of it. */
const labelChars = 24

const groups = ['running', 'waiting', 'today', 'earlier'] as const
type GroupName = (typeof groups)[number]

export type Row =
  | { readonly kind: 'group'; readonly group: GroupName }
  | { readonly kind: 'job'; readonly id: JobId }
  | { readonly kind: 'fact'; readonly item: vscode.TreeItem }
  | { readonly kind: 'more' }
  | { readonly kind: 'problem'; readonly text: string }

export class JobTree implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Row | Row[] | undefined>()
  readonly onDidChangeTreeData = this.changed.event
  private readonly subscriptions: readonly { dispose(): void }[]
  private readonly rows = new Map<JobId, Row & { kind: 'job' }>()
  /** Rows that the person has unfolded: they stay so when a job goes from one group to another. */
  private readonly unfolded = new Set<JobId>()
  private shownEnded = pageSize
  private isStale = false
  /** Which jobs stood where when it was drawn, and what of each. */
  private shape = ''
  private readonly drawn = new Map<JobId, StoredJob>()
  private lastLive: ReadonlySet<JobId> = new Set()

  constructor(
    private readonly model: JobModel,
    /** Nothing is drawn that nobody sees. */
    private readonly isVisible: () => boolean,
  ) {
    this.subscriptions = [
      this.changed,
      model.onDidChange(() => this.redraw()),
      model.onDidTick(() => this.redrawRunning()),
    ]
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose()
  }

  /** Draws what changed while nobody saw it. */
  becameVisible(): void {
    if (this.isStale) this.redraw()
  }

  unfoldedChanged(row: Row, isUnfolded: boolean): void {
    if (row.kind !== 'job') return
    if (isUnfolded) this.unfolded.add(row.id)
    else this.unfolded.delete(row.id)
  }

  showMore(): void {
    this.shownEnded += pageSize
    this.redraw()
  }

  /** The row of a job: the same object each time, for VS Code tells rows by it. */
  private rowOf(id: JobId): Row {
    const row = this.rows.get(id) ?? { kind: 'job', id }
    this.rows.set(id, row)
    return row
  }

  getChildren(row?: Row): Row[] {
    if (row === undefined) return this.roots()
    switch (row.kind) {
      case 'group':
        return this.jobsIn(row.group)
      case 'job': {
        const stored = this.model.get(row.id)
        return stored === null ? [] : this.factsOf(stored)
      }
      default:
        return []
    }
  }

  getTreeItem(row: Row): vscode.TreeItem {
    switch (row.kind) {
      case 'group':
        return groupItem(row.group)
      case 'job':
        return this.jobItem(row.id)
      case 'fact':
        return row.item
      case 'more':
        return moreItem(showMoreJobs)
      case 'problem':
        return problemItem(row.text)
    }
  }

  private redraw(): void {
    this.isStale = !this.isVisible()
    if (this.isStale) return
    // While all rows are made anew, VS Code does not know what a menu was opened on: only the rows that changed are, if it can be.
    const shape = JSON.stringify([this.model.problems, groups.map((group) => this.jobsIn(group))])
    const rows = shape === this.shape ? this.changedRows() : null
    this.shape = shape
    this.lastLive = new Set(this.model.live.map(({ job }) => job.spec.id))
    if (rows === null) {
      this.drawn.clear()
      this.changed.fire(undefined)
    } else if (rows.length > 0) this.changed.fire(rows)
  }

  /** The rows of jobs that are not as they were drawn: live ones always, for their follow-ups change without them. */
  private changedRows(): Row[] {
    const ended = this.model.ended(0, this.shownEnded).filter((stored) => {
      const { id } = stored.job.spec
      return this.lastLive.has(id) || this.drawn.get(id) !== stored
    })
    return [...this.model.live, ...ended].map(({ job }) => this.rowOf(job.spec.id))
  }

  private redrawRunning(): void {
    if (!this.isVisible()) return
    const running = this.model.live.filter(({ job }) => job.state.kind === 'running')
    if (running.length > 0) this.changed.fire(running.map(({ job }) => this.rowOf(job.spec.id)))
  }

  private roots(): Row[] {
    const problems = this.model.problems.map((text): Row => ({ kind: 'problem', text }))
    const filled = groups.filter((group) => this.jobsIn(group).length > 0)
    return [...problems, ...filled.map((group): Row => ({ kind: 'group', group }))]
  }

  private jobsIn(group: GroupName): Row[] {
    const today = startOfToday()
    const own = this.tops().filter((stored) => this.groupOf(stored, today) === group)
    const rows = own.map(({ job }) => this.rowOf(job.spec.id))
    const hasMore = group === 'earlier' && this.model.endedCount > this.shownEnded
    return hasMore ? [...rows, { kind: 'more' }] : rows
  }

  /** Newest first: the jobs of the list, each chain by the job that began it. One that has ended is live until what it promised is done. */
  private tops(): readonly StoredJob[] {
    const tops = [...this.model.live, ...this.model.ended(0, this.shownEnded)].map((stored) => {
      const { origin } = stored.job.spec
      return (origin.kind === 'answer' ? this.model.get(origin.root) : null) ?? stored
    })
    return [...new Map(tops.map((stored) => [stored.job.spec.id, stored])).values()]
  }

  /** A thread stands where the liveliest of its jobs does. */
  private groupOf(stored: StoredJob, todayMs: number): GroupName {
    const thread = [stored, ...this.model.chainOf(stored.job.spec.id)].map((one) => groupOf(one, todayMs))
    return groups.find((group) => thread.includes(group)) ?? 'earlier'
  }

  private jobItem(id: JobId): vscode.TreeItem {
    const stored = this.model.get(id)
    if (stored === null) return new vscode.TreeItem(id)
    this.drawn.set(id, stored)
    const job = this.model.describe(stored)
    const now = Date.now()
    const alert = showInvisible(alertText(job)).replace(`${alertSign} `, '')
    const last = showInvisible(
      job.state === 'running' ? this.model.lastLine(stored) : (job.waitsFor ?? reasonBeyondExit(job)),
    )
    const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState
    const { origin } = stored.job.spec
    const place = origin.kind === 'answer' ? vscode.l10n.t('Next {0}: ', origin.depth) : ''
    const label = place + showInvisible(shorten(jobTitle(job), labelChars))
    const item = new vscode.TreeItem(label, this.unfolded.has(id) ? Expanded : Collapsed)
    item.id = id
    item.iconPath = stateIcon(job.state)
    item.description = [
      `${alert === '' ? '' : `${alertSign} `}${stateText(job, now)}`,
      shorten(alert, 100),
      shorten(last, 100),
    ]
      .filter((text) => text !== '')
      .join(' · ')
    item.contextValue = rowContext(job, groupKeyOf(stored.job.spec) !== null)
    item.tooltip = [
      jobTitle(job),
      stateLine(job, now),
      ...standingAlerts(job).map(({ text }) => `${alertSign} ${showInvisible(text)}`),
      vscode.l10n.t('Known by {0} ({1})', job.known.by, new Date(job.known.at).toLocaleString()),
      ...(job.reason === null ? [] : [job.reason]),
      ...(job.waitsFor === null ? [] : [vscode.l10n.t('Waiting {0}', job.waitsFor)]),
      job.id,
    ].join('\n')
    item.accessibilityInformation = {
      label: [jobTitle(job), stateWord(job.state), renderElapsed(job, now), alert, last]
        .filter((text) => text !== '')
        .join(', '),
    }
    return item
  }

  private factsOf(stored: StoredJob): Row[] {
    const facts = jobFacts(stored, this.model.describe(stored), this.model.lastLine(stored))
    // A chain is one thread: what it has led to stands below the job that began it.
    const chain = this.model.chainOf(stored.job.spec.id).map(({ job }) => this.rowOf(job.spec.id))
    return [...facts.map((item): Row => ({ kind: 'fact', item })), ...chain]
  }
}

function groupOf({ job }: StoredJob, todayMs: number): GroupName {
  switch (job.state.kind) {
    case 'requested':
    case 'queued':
    case 'checking':
    case 'launching':
      return 'waiting'
    case 'running':
    case 'settling':
      return 'running'
    case 'ended':
      return job.state.atMs >= todayMs ? 'today' : 'earlier'
  }
}

function startOfToday(): number {
  return new Date().setHours(0, 0, 0, 0)
}

function groupItem(group: GroupName): vscode.TreeItem {
  const labels: Readonly<Record<GroupName, string>> = {
    running: vscode.l10n.t('Running'),
    waiting: vscode.l10n.t('Waiting'),
    today: vscode.l10n.t('Finished Today'),
    earlier: vscode.l10n.t('Earlier'),
  }
  const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState
  const item = new vscode.TreeItem(labels[group], group === 'earlier' ? Collapsed : Expanded)
  item.id = group
  return item
}

function rowContext(job: JobDescription, isGrouped: boolean): string {
  const words: string[] = [rowWords.job, job.endedAt === null ? rowWords.live : rowWords.ended]
  if (job.state === 'queued' && !job.held) words.push(rowWords.waiting)
  if (isHeld(job)) words.push(rowWords.heldBack)
  if (isGrouped && job.endedAt === null) words.push(rowWords.grouped)
  if (job.log !== null) words.push(rowWords.hasLog)
  if (hasReport(job)) words.push(rowWords.hasReport)
  return words.join(' ')
}
