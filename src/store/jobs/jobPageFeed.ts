// What the page about one job is to be told next: reads the job, its journal, its log and its result files, and gives only
// what has changed since the last time. Reads only; long files are read in slices over several calls.
import { isTask, taskStateOf } from '../../core/followUps/taskState'
import { currentAttempt, type Job, planOf } from '../../core/jobs/job'
import {
  describeElapsed,
  describeFacts,
  describeFiles,
  describeFollowUp,
  describeHead,
} from '../../core/jobs/describePage'
import type { JobDescription } from '../../core/jobs/describeJob'
import type { JobId } from '../../core/jobs/jobId'
import type { ToPage } from '../../core/jobs/jobPage'
import type { JobPageWords } from '../../core/jobs/jobPageWords'
import { tellTimeline } from '../../core/jobs/jobTimeline'
import { renderDryRun } from '../../core/jobs/dryRun'
import { type PlanFact, renderPlan } from '../../core/jobs/renderPlan'
import { showInvisible } from '../../core/logs/plainText'
import { tailChange } from '../../core/logs/tailChange'
import { reportFile } from '../followUps/readReport'
import { readTail } from '../logs/readTail'
import type { StoredJob } from './jobFiles'
import type { JobStore } from './jobStore'
import { PageNumbers } from './pageNumbers'
import { TimelineReader } from './timelineReader'

const maxReportBytes = 64 * 1024
const maxReportLines = 4_000

export interface JobPageFeedInput {
  readonly id: JobId
  readonly store: JobStore
  /** The job as it is known now; null: it was removed. */
  readonly read: (id: JobId) => StoredJob | null
  readonly words: JobPageWords
  /** Of the labels of a plan. */
  readonly translate: (english: string) => string
  readonly now: () => number
}

export interface PageNews {
  readonly messages: readonly ToPage[]
  /** There is more to read at once. */
  readonly more: boolean
  /** Its log and files may change with no change of the job. */
  readonly live: boolean
  /** What stands on the panel's tab; null: unknown. */
  readonly title: string | null
}

interface Report {
  readonly key: string
  readonly markdown: string
  readonly cut: boolean
}

export class JobPageFeed {
  private readonly sent = new Map<ToPage['kind'], string>()
  private timeline: TimelineReader | null = null
  private followUpTimeline: { readonly id: JobId; readonly reader: TimelineReader } | null = null
  private numbers: { readonly attempt: number; readonly reader: PageNumbers } | null = null
  private report: Report | null = null
  private tail: readonly string[] = []

  constructor(private readonly input: JobPageFeedInput) {}

  /** The page was loaded anew and knows nothing. */
  forgetSent(): void {
    this.sent.clear()
    this.numbers?.reader.forgetSent()
    this.tail = []
  }

  /** Reads and gives the news. One call at a time. */
  async next(signal: AbortSignal): Promise<PageNews> {
    const { id, store, words, now } = this.input
    const stored = this.input.read(id)
    if (stored === null) return { messages: this.changed([{ kind: 'gone' }]), more: false, live: false, title: null }
    const { job } = stored
    const shown = store.describe(stored, now())
    const head = describeHead(job, shown, stored.newer, words)
    const report = await this.readReport(job, shown)
    const followUp = shown.followUp === null ? null : store.tryRead(shown.followUp.id)
    const followed = followUp !== null && 'job' in followUp ? followUp.job : null
    const messages: ToPage[] = this.changed([
      { kind: 'head', ...head },
      { kind: 'elapsed', ...describeElapsed(shown, now()) },
      { kind: 'facts', facts: describeFacts(job, shown, words, followed), plan: this.describePlan(job) },
      { kind: 'timeline', entries: await this.readTimeline(stored, shown) },
      { kind: 'files', files: describeFiles(job, shown, words) },
      { kind: 'followUp', followUp: describeFollowUp(job, shown, report, words) },
    ])
    messages.push(...(await this.readLog(job, shown)))
    const numbers = await this.readNumbers(stored, signal)
    const live =
      job.state.kind !== 'ended' || shown.followUp?.state === 'pending' || shown.followUp?.state === 'running'
    return { messages: [...messages, ...numbers.messages], more: numbers.more, live, title: head.title }
  }

  /** The messages that differ from the last of their kind. */
  private changed(messages: readonly ToPage[]): ToPage[] {
    return messages.filter((message) => {
      const text = JSON.stringify(message)
      if (this.sent.get(message.kind) === text) return false
      this.sent.set(message.kind, text)
      return true
    })
  }

  private describePlan(job: Job): readonly PlanFact[] {
    const { plan, dryRun } = job.spec
    const facts = [...(dryRun === true ? [renderDryRun(plan)] : []), ...renderPlan(plan)]
    return facts.map(({ label, value }) => ({ label: this.input.translate(label), value }))
  }

  private async readTimeline({ paths }: StoredJob, shown: JobDescription) {
    this.timeline ??= new TimelineReader(paths.journal)
    const events = await this.timeline.read()
    return tellTimeline(events, await this.readFollowUpEvents(shown), this.input.words)
  }

  private async readFollowUpEvents({ followUp }: JobDescription) {
    if (followUp === null) return []
    if (this.followUpTimeline?.id !== followUp.id) {
      const journal = this.input.store.folderOf(followUp.id)?.job(followUp.id).journal
      if (journal === undefined) return []
      this.followUpTimeline = { id: followUp.id, reader: new TimelineReader(journal) }
    }
    return this.followUpTimeline.reader.read()
  }

  /** The answer of a task, or of the follow-up; null until that has ended. */
  private async readReport(job: Job, shown: JobDescription): Promise<Report | null> {
    const { id, state } = isTask(job) ? { id: shown.id, state: taskStateOf(job) } : (shown.followUp ?? noFollowUp)
    if (id === null || !['done', 'blocked', 'failed'].includes(state)) return null
    const read = this.input.store.tryRead(id)
    if (read === null || !('job' in read)) return null
    const attempt = currentAttempt(read.job)
    if (attempt === null) return null
    const key = `${id} ${attempt.number} ${state}`
    if (this.report?.key === key) return this.report
    const paths = read.paths.attempt(attempt.number)
    const tail = await readTail(reportFile(paths), maxReportLines, maxReportBytes)
    if (tail.lines.length === 0) return null
    const markdown = tail.lines.join('\n').replace(/\n?\s*\[\[task:(?:done|blocked)\]\]\s*$/i, '')
    this.report = { key, markdown, cut: tail.from > 0 }
    return this.report
  }

  private async readLog(job: Job, { log }: JobDescription): Promise<ToPage[]> {
    const { words } = this.input
    if (log === null) return this.changed([emptyLog(null, words.log.none)])
    const tail = await readTail(log, planOf(job).watch.tailLines)
    const change = tailChange(this.tail, tail.lines)
    this.tail = tail.lines
    if (tail.lines.length === 0)
      return this.changed([emptyLog(log, tail.problem === null ? words.log.empty : words.log.none)])
    if (change === null) return []
    this.sent.delete('log')
    return [{ kind: 'log', path: showInvisible(log), change, note: tail.truncated ? words.log.cut : null }]
  }

  private async readNumbers(
    { job, paths }: StoredJob,
    signal: AbortSignal,
  ): Promise<{ messages: ToPage[]; more: boolean }> {
    if (currentAttempt(job) === null) return { messages: [], more: false }
    if (this.numbers?.attempt !== job.attempt) {
      const reader = new PageNumbers(job, paths.attempt(job.attempt).log, this.input.words)
      this.numbers = { attempt: job.attempt, reader }
    }
    const { reader } = this.numbers
    const results = await reader.readResults()
    const { more } = await reader.read(job.state.kind === 'ended', signal)
    return { messages: [...this.changed([{ kind: 'results', results }]), ...reader.takeChanges(more)], more }
  }
}

const noFollowUp = { id: null, state: 'canceled' } as const

function emptyLog(path: string | null, note: string): ToPage {
  return { kind: 'log', path: path === null ? null : showInvisible(path), change: { keep: 0, drop: 0, add: [] }, note }
}
