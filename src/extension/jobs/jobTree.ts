// The Jobs view: running, waiting, finished today, earlier; below each job what is known of it.
import fs from 'node:fs'
import path from 'node:path'
import * as vscode from 'vscode'
import { hasReport, type JobDescription } from '../../core/jobs/describeJob'
import type { JobId } from '../../core/jobs/jobId'
import { renderDescribedExit, renderElapsed, shorten } from '../../core/jobs/jobWords'
import { showInvisible } from '../../core/logs/plainText'
import type { StoredJob } from '../../store/jobs/jobFiles'
import { commands, rowWords, showMoreJobs } from '../contributions'
import type { JobModel } from './jobModel'
import { followUpWord, jobTitle, reasonBeyondExit, stateIcon, stateLine, stateText, stateWord } from './stateWords'

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
        return stored === null ? [] : this.facts(stored)
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
      case 'more': {
        const item = new vscode.TreeItem(vscode.l10n.t('More…'))
        item.command = { command: showMoreJobs, title: vscode.l10n.t('More…') }
        return item
      }
      case 'problem': {
        const item = new vscode.TreeItem(row.text)
        item.iconPath = new vscode.ThemeIcon('warning')
        item.tooltip = row.text
        return item
      }
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
    const isLive = group === 'running' || group === 'waiting'
    // One that has ended is live until what it promised is done.
    const jobs = isLive ? this.model.live : [...this.model.live, ...this.model.ended(0, this.shownEnded)]
    const own = jobs.filter((stored) => groupOf(stored, today) === group).map(({ job }) => this.rowOf(job.spec.id))
    const hasMore = group === 'earlier' && this.model.endedCount > this.shownEnded
    return hasMore ? [...own, { kind: 'more' }] : own
  }

  private jobItem(id: JobId): vscode.TreeItem {
    const stored = this.model.get(id)
    if (stored === null) return new vscode.TreeItem(id)
    this.drawn.set(id, stored)
    const job = this.model.describe(stored)
    const now = Date.now()
    const last = showInvisible(job.state === 'running' ? this.model.lastLine(stored) : reasonBeyondExit(job))
    const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState
    const label = showInvisible(shorten(jobTitle(job), labelChars))
    const item = new vscode.TreeItem(label, this.unfolded.has(id) ? Expanded : Collapsed)
    item.id = id
    item.iconPath = stateIcon(job.state)
    item.description = [stateText(job, now), shorten(last, 100)].filter((text) => text !== '').join(' · ')
    item.contextValue = rowContext(job)
    item.tooltip = [
      jobTitle(job),
      stateLine(job, now),
      vscode.l10n.t('Known by {0} ({1})', job.known.by, new Date(job.known.at).toLocaleString()),
      ...(job.reason === null ? [] : [job.reason]),
      job.id,
    ].join('\n')
    item.accessibilityInformation = {
      label: [jobTitle(job), stateWord(job.state), renderElapsed(job, now), last]
        .filter((text) => text !== '')
        .join(', '),
    }
    return item
  }

  private facts(stored: StoredJob): Row[] {
    const job = this.model.describe(stored)
    const showLogOf = (id: JobId) => ({ command: commands.showLog, title: vscode.l10n.t('Show Log'), arguments: [id] })
    const details = { command: commands.showJob, title: vscode.l10n.t('Show Job Details'), arguments: [job.id] }
    const facts: vscode.TreeItem[] = [
      fact(vscode.l10n.t('Command'), shorten(job.command, 200), 'terminal', details),
      fact(vscode.l10n.t('Directory'), job.cwd, 'folder'),
      fact(vscode.l10n.t('Known by'), job.known.by, 'eye'),
    ]
    const last = this.model.lastLine(stored)
    if (job.state === 'running' && last !== '') facts.unshift(fact(vscode.l10n.t('Last line'), last, 'pulse'))
    if (job.exit !== null) facts.push(fact(vscode.l10n.t('Exit'), renderDescribedExit(job.exit), 'sign-out'))
    if (job.log !== null) facts.push(fact(vscode.l10n.t('Log'), logSize(job.log), 'output', showLogOf(job.id)))
    for (const check of job.checks)
      facts.push(
        fact(
          check.name,
          check.detail,
          check.passed ? 'pass' : 'warning',
          undefined,
          check.passed ? vscode.l10n.t('passed') : vscode.l10n.t('not passed'),
        ),
      )
    facts.push(...requiredFileFacts(stored, job))
    if (job.attempt > 1)
      for (const { number, outcome } of stored.job.attempts) {
        const word = outcome === null ? stateWord(job.state) : stateWord(outcome)
        facts.push(fact(vscode.l10n.t('Attempt {0}', number), word, 'history'))
      }
    for (const process of job.leftBehind) facts.push(fact(vscode.l10n.t('Left running'), process, 'server-process'))
    for (const problem of job.problems) facts.push(fact(vscode.l10n.t('Problem'), problem, 'warning'))
    const promised = stored.job.spec.plan.followUp
    if (job.followUp !== null)
      facts.push(
        fact(vscode.l10n.t('Follow-up'), followUpWord(job.followUp.state), 'comment-discussion', {
          command: commands.showReport,
          title: vscode.l10n.t('Show Report'),
          arguments: [job.id],
        }),
      )
    else if (promised !== null && job.endedAt === null)
      facts.push(
        fact(vscode.l10n.t('Follow-up'), vscode.l10n.t('when it ends: {0}', shorten(promised.task, 80)), 'comment'),
      )
    return facts.map((item): Row => ({ kind: 'fact', item }))
  }
}

function groupOf({ job }: StoredJob, todayMs: number): GroupName {
  switch (job.state.kind) {
    case 'requested':
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

function rowContext(job: JobDescription): string {
  const words: string[] = [rowWords.job, job.endedAt === null ? rowWords.live : rowWords.ended]
  if (job.log !== null) words.push(rowWords.hasLog)
  if (hasReport(job)) words.push(rowWords.hasReport)
  return words.join(' ')
}

function requiredFileFacts({ job }: StoredJob, described: JobDescription): vscode.TreeItem[] {
  const { cwd, watch } = job.spec.plan
  const found = new Map(described.requiredFiles.map((finding) => [finding.path, finding]))
  return watch.requireFiles.map((file) => {
    const full = path.resolve(cwd, file)
    const finding = found.get(file)
    const isThere = finding === undefined ? fs.existsSync(full) : finding.state === 'ready'
    const word =
      finding === undefined
        ? isThere
          ? vscode.l10n.t('there, looked at when the job ends')
          : vscode.l10n.t('not there yet')
        : `${isThere ? vscode.l10n.t('found') : vscode.l10n.t('missing')}: ${finding.detail}`
    const open = { command: 'vscode.open', title: vscode.l10n.t('Open'), arguments: [vscode.Uri.file(full)] }
    return fact(file, word, isThere ? 'file' : 'circle-slash', fs.existsSync(full) ? open : undefined)
  })
}

function logSize(log: string): string {
  const bytes = fs.statSync(log, { throwIfNoEntry: false })?.size ?? 0
  return bytes < 10_000 ? vscode.l10n.t('{0} bytes', bytes) : vscode.l10n.t('{0} MB', (bytes / 1e6).toFixed(2))
}

function fact(label: string, value: string, icon: string, command?: vscode.Command, spoken?: string): vscode.TreeItem {
  const item = new vscode.TreeItem(showInvisible(label))
  item.description = showInvisible(value).replaceAll('\n', ' ')
  item.iconPath = new vscode.ThemeIcon(icon)
  item.tooltip = `${label}\n${value}`
  item.accessibilityInformation = { label: [label, value, spoken].filter((text) => text !== undefined).join(', ') }
  if (command !== undefined) item.command = command
  return item
}
