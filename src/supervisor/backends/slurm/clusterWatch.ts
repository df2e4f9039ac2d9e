// All jobs of one cluster, looked at together: one squeue for all of them, then sacct for those that have left the queue, then scontrol
// for those that it does not know. A question that fails ages what is known and never changes it.
import fs from 'node:fs'
import type { Judgement } from '../../../core/backends/slurm/known'
import type { AttemptSeen } from '../../../core/jobs/seen'
import {
  fillOutput,
  outputFields,
  parseOutputs,
  parseScontrol,
  parseSacct,
  parseSqueue,
  parseUse,
  sacctFields,
  type SlurmRow,
  squeueFormat,
} from '../../../core/backends/slurm/tables'
import { canonicalJson } from '../../../core/jobs/plan'
import type { Logger } from '../../logger'
import { linkLog } from '../linkedLog'
import { type Poll, Poller } from '../poller'
import { problemOfRun } from '../../../store/backends/runProgram'
import type { Cluster } from '../../../store/backends/cluster'
import { Cancels, isForgotten } from './cancels'
import type { Entry } from './entry'
import { noRecords, readRecords } from './records'
import { type RemoteFile, renderLook, takeLook } from './remoteFiles'

/** Of one sacct; the words of a command have a limit. */
const maxIds = 200
/** Questions about single jobs in one look. */
const maxSingle = 20
const retryCancelMs = 10_000
const queueWords = ['squeue', '-h', '-t', 'all', '--me', '-o', squeueFormat]

export interface ClusterNews {
  /** It has answered (null), or what was wrong. */
  heard(problem: string | null): void
  readonly log: Logger
}

export class ClusterWatch {
  private readonly entries = new Map<string, Entry>()
  private readonly poller: Poller
  private readonly cancels = new Cancels()
  private uid: string | null
  private turn = 0
  /** Of the last answer of squeue, by the number of the job; null: it did not answer. */
  private rows: ReadonlyMap<string, readonly SlurmRow[]> | null = null
  private settling: NodeJS.Timeout | null = null

  constructor(
    public cluster: Cluster,
    private readonly news: ClusterNews,
  ) {
    this.uid = cluster.host === null ? String(process.getuid?.() ?? '') : null
    this.poller = new Poller(
      () => this.poll(),
      () => this.entries.size,
      (error) =>
        news.log(`a cluster could not be looked at: ${error instanceof Error ? (error.stack ?? '') : String(error)}`),
    )
  }

  get(key: string): Entry | undefined {
    return this.entries.get(key)
  }

  add(key: string, entry: Entry): void {
    this.entries.set(key, entry)
    this.poller.hurry(entry.handle === null ? 1_000 : 50)
  }

  remove(key: string): void {
    const entry = this.entries.get(key)
    // What the scheduler would begin once more is cancelled all the same.
    if (entry !== undefined && entry.handle !== null && !entry.isLeftOverCancelled) this.cancels.forget(entry.handle.id)
    this.entries.delete(key)
  }

  get isEmpty(): boolean {
    return this.entries.size === 0
  }

  /** Something has happened to one of its jobs. */
  hurry(ms?: number): void {
    this.poller.hurry(ms)
  }

  /** Cancels a job of ours, together with others that are to be cancelled in the same moment. */
  cancel(id: string): void {
    if (this.cancels.want(id, performance.now())) this.poller.hurry(20)
  }

  close(): void {
    if (this.settling !== null) clearTimeout(this.settling)
    this.poller.close()
  }

  private async poll(): Promise<Poll> {
    await this.cancelAll()
    const watched = [...this.entries.values()].filter(({ handle }) => handle !== null)
    if (watched.length === 0) return { hasChanged: false, isAnswered: true }
    const queue = await this.look(watched)
    this.rows = queue === null ? null : byBaseOf(queue)
    const judge = (entry: Entry) => this.judge(entry)
    const asking = watched.filter((entry) => judge(entry)?.asks === true && entry.mayAsk())
    await this.askAccounting(asking)
    // A controller that does not answer one question takes as long not to answer the next.
    if (queue !== null) await this.askController(asking.filter((entry) => !hasEnd(entry)).slice(0, maxSingle))
    if (queue !== null) await this.askOutputs(watched.filter((entry) => this.wantsOutput(entry)))
    this.linkLogs()
    // One that is asked about for long is no reason to hurry.
    let hasChanged = asking.some(({ isAskedNewly }) => isAskedNewly)
    for (const entry of watched) hasChanged = this.show(entry) || hasChanged
    this.settleSoon()
    await this.cancelAll()
    return { hasChanged, isAnswered: queue !== null }
  }

  private judge(entry: Entry): Judgement | null {
    return entry.judge(this.rows === null ? null : (this.rows.get(entry.base) ?? []), this.uid)
  }

  /** Whether it is another now. */
  private show(entry: Entry): boolean {
    const judgement = this.judge(entry)
    if (judgement === null) return false
    if (judgement.isLeftOver === true && !entry.isLeftOverCancelled) {
      entry.isLeftOverCancelled = true
      this.cancel(entry.base)
    }
    if (isSame(judgement.seen, entry.seen)) return false
    // What it has written last is copied before anybody is told that it is over.
    if (judgement.seen.kind === 'over' && this.cluster.host !== null && entry.awaitLog()) {
      this.poller.hurry(1_000)
      return true
    }
    entry.seen = judgement.seen
    entry.ref.wake()
    return true
  }

  /** Those that have ended do not wait for the scheduler's word for ever, nor until it is asked next. */
  private settleSoon(): void {
    const ending = [...this.entries.values()].filter(
      ({ records, seen, isEnding }) => (records.exits.size > 0 || isEnding) && seen.kind !== 'over',
    )
    if (ending.length === 0) return
    this.settling ??= setTimeout(() => {
      this.settling = null
      for (const entry of ending) if (this.entries.get(entry.key) === entry) this.show(entry)
      this.settleSoon()
    }, 1_000)
  }

  /** The queue, and with it the records of the jobs; null: it did not answer. */
  private async look(watched: readonly Entry[]): Promise<readonly SlurmRow[] | null> {
    if (this.cluster.host !== null) return this.lookRemotely(watched)
    const [ran] = await Promise.all([
      this.cluster.ask(queueWords),
      ...watched.map(async (entry) => {
        const records = entry.plan.ask.act === 'adopt' ? noRecords : await readRecords(entry.ref.paths.directory)
        // What does not answer leaves what was read before.
        if (records !== null) entry.records = records
      }),
    ])
    const problem = problemOfRun('squeue', ran)
    this.news.heard(problem)
    return ran.kind === 'ended' && problem === null ? parseSqueue(ran.stdout) : null
  }

  private async lookRemotely(watched: readonly Entry[]): Promise<readonly SlurmRow[] | null> {
    const files = watched.map(({ name, ref, output, isLogAwaited }): RemoteFile => ({
      name,
      paths: ref.paths,
      output: output === '' ? null : output,
      isAwaited: isLogAwaited,
    }))
    for (const entry of watched) entry.isLogRead = false
    const ran = await this.cluster.script(renderLook(queueWords, files, this.turn++))
    if (ran.kind !== 'ended') {
      this.news.heard(ran.why)
      return null
    }
    const look = takeLook(ran.stdout, files, Date.now())
    this.uid = look.uid ?? this.uid
    for (const entry of watched) {
      entry.records = look.records.get(entry.name) ?? entry.records
      entry.isLogRead = look.logsRead.has(entry.name)
    }
    const problem =
      look.queueCode === null
        ? (problemOfRun('ssh', ran) ?? 'ssh: the answer was cut off')
        : problemOfRun('squeue', { ...ran, code: look.queueCode })
    this.news.heard(problem)
    return problem === null ? parseSqueue(ran.stdout) : null
  }

  private async askAccounting(asking: readonly Entry[]): Promise<void> {
    for (let from = 0; from < asking.length; from += maxIds) {
      const some = asking.slice(from, from + maxIds)
      const ids = some.map(({ base }) => base).join(',')
      const ran = await this.cluster.ask(['sacct', '-X', '-D', '-P', '-n', '-j', ids, '-o', sacctFields])
      if (ran.kind === 'ended' && ran.code === 0) {
        const rows = byBaseOf(parseSacct(ran.stdout))
        for (const entry of some) entry.account = rows.get(entry.base) ?? []
        await this.askUse(some.filter((entry) => hasEnd(entry) && entry.use === null))
        continue
      }
      const isNone =
        ran.kind === 'absent' || (ran.kind === 'ended' && /accounting storage is disabled/i.test(ran.stderr))
      for (const entry of some) entry.account = isNone ? 'none' : entry.account
      if (!isNone) this.news.log(`accounting could not be asked: ${problemOfRun('sacct', ran) ?? ''}`)
    }
  }

  /** What a job has used is told by its batch step. */
  private async askUse(ended: readonly Entry[]): Promise<void> {
    if (ended.length === 0) return
    const ids = ended.map(({ handle }) => `${handle?.id ?? ''}.batch`).join(',')
    const ran = await this.cluster.ask(['sacct', '-D', '-P', '-n', '-j', ids, '-o', 'JobID,MaxRSS,TotalCPU'])
    if (ran.kind !== 'ended' || ran.code !== 0) return
    const use = parseUse(ran.stdout)
    for (const entry of ended) {
      entry.use = use.get(entry.handle?.id ?? '') ?? null
    }
  }

  private async askController(asking: readonly Entry[]): Promise<void> {
    for (const entry of asking) {
      const ran = await this.cluster.ask(['scontrol', '-o', 'show', 'job', entry.base])
      if (ran.kind !== 'ended') continue
      if (ran.code === 0) entry.control = parseScontrol(ran.stdout)
      else if (/Invalid job id/i.test(ran.stderr)) entry.control = []
    }
  }

  /** Its log is elsewhere: one of somebody else's, or its own #SBATCH line says so. */
  private wantsOutput(entry: Entry): boolean {
    if (entry.output !== null || entry.hasOwnLog || entry.seen.kind === 'over') return false
    // It was found before. The link alone is looked at: what it leads to may not answer.
    if (this.cluster.host === null && fs.lstatSync(entry.ref.paths.log, { throwIfNoEntry: false }) !== undefined)
      entry.output = ''
    return entry.output === null
  }

  /** For all of them at once; one by one only for those whose name the queue does not tell whole. */
  private async askOutputs(asking: readonly Entry[]): Promise<void> {
    if (asking.length === 0) return
    const ran = await this.cluster.ask(['squeue', '-h', '-t', 'all', '--me', '-O', outputFields])
    const patterns = ran.kind === 'ended' && ran.code === 0 ? parseOutputs(ran.stdout) : null
    const open: Entry[] = []
    for (const entry of asking) {
      const pattern = patterns?.get(entry.base)
      // Of one that is over the queue does not tell it.
      entry.output = pattern === undefined ? null : fillOutput(pattern, entry.base)
      if (entry.output === null) open.push(entry)
    }
    for (const entry of open.slice(0, maxSingle)) {
      const shown = await this.cluster.ask(['scontrol', '-o', 'show', 'job', entry.base])
      if (shown.kind === 'ended') entry.output = shown.code === 0 ? (parseScontrol(shown.stdout)[0]?.output ?? '') : ''
    }
  }

  /** As soon as it is there. A disk that does not answer keeps nobody waiting. */
  private linkLogs(): void {
    if (this.cluster.host !== null) return
    for (const entry of this.entries.values()) {
      if (entry.output === null || entry.output === '' || entry.isLinking) continue
      entry.isLinking = true
      void linkLog(entry.ref.paths, entry.output)
        .then((isLinked) => {
          if (isLinked) entry.output = ''
        })
        .catch((error: unknown) => {
          this.news.log(`a log could not be linked: ${error instanceof Error ? error.message : String(error)}`)
        })
        .finally(() => (entry.isLinking = false))
    }
  }

  private async cancelAll(): Promise<void> {
    for (;;) {
      const ids = this.cancels.due(performance.now()).slice(0, maxIds)
      if (ids.length === 0) return
      this.cancels.asked(ids, performance.now())
      const problem = problemOfRun('scancel', await this.cluster.ask(['scancel', ...ids]))
      if (problem === null || isForgotten(problem)) {
        this.cancels.done(ids)
        continue
      }
      // It is asked for again, and ever more rarely, until it was taken.
      this.news.log(`jobs could not be cancelled: ${problem}`)
      this.poller.within(retryCancelMs)
      return
    }
  }
}

function byBaseOf(rows: readonly SlurmRow[]): ReadonlyMap<string, readonly SlurmRow[]> {
  const found = new Map<string, SlurmRow[]>()
  for (const row of rows) {
    const known = found.get(row.base)
    if (known === undefined) found.set(row.base, [row])
    else known.push(row)
  }
  return found
}

/** Somebody has told how it ended. */
function hasEnd({ account, control }: Entry): boolean {
  return [account, control].some(
    (rows) => Array.isArray(rows) && rows.some((row: SlurmRow) => row.endMs !== null && row.exit !== null),
  )
}

function isSame(a: AttemptSeen, b: AttemptSeen): boolean {
  return canonicalJson(a) === canonicalJson(b)
}
