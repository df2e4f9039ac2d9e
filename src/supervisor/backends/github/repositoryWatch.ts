// All jobs of one repository of GitHub, looked at together: one `gh run list` for all runs; one run alone is asked for where that list
// does not reach. A question that fails ages what is known and never changes it.
import { type Chained, isCancelledWith, judgeRun } from '../../../core/backends/github/judgeRun'
import { hasRunBegun, isRunOver, type WorkflowRun } from '../../../core/backends/github/runs'
import type { GithubHandle } from '../../../core/jobs/handle'
import { canonicalJson } from '../../../core/jobs/plan'
import { problemOfGh } from '../../../store/backends/gh'
import type { Logger } from '../../logger'
import { type Poll, Poller } from '../poller'
import type { Chain } from './chain'
import { Dispatcher } from './dispatcher'
import { type Entry, isToEnd } from './entry'
import type { Repository } from './repository'
import { RunLogs } from './runLogs'

/** Runs that one list has. */
const listed = 100
/** So soon after news of a SLURM job its run is looked at, too. */
const newsWithinMs = 1_000

export class RepositoryWatch {
  readonly entries = new Map<string, Entry>()
  readonly poller: Poller
  readonly dispatcher: Dispatcher
  private readonly logs: RunLogs

  constructor(
    private readonly repository: Repository,
    private readonly tools: { readonly chain: Chain; readonly log: Logger },
  ) {
    const { name } = repository
    this.poller = new Poller(
      () => this.poll(),
      // Each question counts against a limit of GitHub's, which a cluster has not.
      () => Math.max(1, this.entries.size) * 800,
      (error) =>
        tools.log(`${name} could not be looked at: ${error instanceof Error ? (error.stack ?? '') : String(error)}`),
    )
    this.dispatcher = new Dispatcher(repository, {
      entries: this.entries,
      found: (entry, runId) => {
        this.found(entry, runId)
      },
      log: tools.log,
    })
    this.logs = new RunLogs(repository)
  }

  found(entry: Entry, runId: string): void {
    const { name: repo, host } = this.repository
    entry.handle = { kind: 'github', repo, runId, ...(host === undefined ? {} : { host }) }
    entry.seen = { kind: 'submitted', service: { handle: entry.handle, seen: null } }
    this.poller.hurry(50)
  }

  async cancel(entry: Entry): Promise<void> {
    const { handle } = entry
    if (handle === null || (entry.run !== null && isRunOver(entry.run))) return
    entry.isCancelled = true
    const ran = await this.repository.ask(['run', 'cancel', handle.runId, '--repo', this.repository.name])
    const problem = problemOfGh(ran, this.repository.host)
    // One that is over since it was looked at cannot be cancelled, and is seen to be over.
    if (problem !== null) {
      this.tools.log(`run ${handle.runId} of ${this.repository.name} could not be cancelled: ${problem}`)
      setTimeout(() => (entry.isCancelled = false), 10_000)
    }
    this.poller.hurry(1_000)
  }

  /** What it has handed its work to ends with it. Safe to repeat. */
  stopChained({ ref, also, run }: Entry): void {
    if (also?.isOver === false && isCancelledWith(also, run?.createdMs ?? null) === 'yes') this.tools.chain.stop(ref)
  }

  private lookAtChained({ ref }: Entry, { also }: GithubHandle): Chained | null {
    if (also === undefined) return null
    return this.tools.chain.look(ref, also, () => {
      this.poller.within(newsWithinMs)
    })
  }

  private async poll(): Promise<Poll> {
    const watched = [...this.entries.values()].filter(({ handle }) => handle !== null)
    if (watched.length === 0) return { hasChanged: false, isAnswered: true }
    const list = await this.repository.runs(listed)
    if (list === null) return { hasChanged: false, isAnswered: false }
    const runs = new Map(list.map((run) => [run.id, run]))
    let hasChanged = false
    for (const entry of watched) {
      const id = entry.handle?.runId ?? ''
      // One alone is asked for if it is too old for the list.
      const run = runs.get(id) ?? (await this.repository.run(id))
      if (run !== null) hasChanged = (await this.show(entry, run)) || hasChanged
    }
    return { hasChanged, isAnswered: true }
  }

  private async show(entry: Entry, run: WorkflowRun): Promise<boolean> {
    const { handle } = entry
    if (handle === null) return false
    entry.run = run
    // Whether it has handed its work on is asked until it is known: without it, it might be taken for over.
    const { chain } = entry.plan
    if (chain !== undefined && hasRunBegun(run) && !(await this.logs.follow(entry, run, chain.host))) return true
    const known = entry.handle ?? handle
    entry.also = this.lookAtChained(entry, known)
    const isToStop = isToEnd(entry)
    if (isToStop) this.stopChained(entry)
    const next = judgeRun({ handle: known, run, also: entry.also, isToStop, nowMs: Date.now() })
    if (next.kind === 'over' && !entry.hasLog && !(await this.logs.fetch(entry, run))) return true
    if (canonicalJson(next) === canonicalJson(entry.seen)) return false
    entry.seen = next
    entry.ref.wake()
    return true
  }
}
