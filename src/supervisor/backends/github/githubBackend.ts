// Jobs that GitHub Actions runs: dispatched by us, or adopted. One `gh run list` for all runs of a repository; one run alone is asked
// for where that list does not reach. A question that fails ages what is known and never changes it.
import fs from 'node:fs'
import type { GithubPlan } from '../../../core/backends/backendPlan'
import {
  exitOfRun,
  findDispatched,
  findSlurmId,
  hasRunBegun,
  isMarked,
  isRunOver,
  meaningOfDispatch,
  parseEndedJobs,
  parseRuns,
  runListFields,
  seenOfRun,
  type WorkflowRun,
} from '../../../core/backends/github/runs'
import type { AttemptSeen } from '../../../core/jobs/seen'
import type { GithubHandle, SlurmHandle } from '../../../core/jobs/handle'
import { canonicalJson } from '../../../core/jobs/plan'
import { makeDirectory, readIfExists, writeDurably } from '../../../store/durableFile'
import { problemOfGh, runGh } from '../../../store/backends/gh'
import type { Ran } from '../../../store/backends/runProgram'
import type { Logger } from '../../logger'
import type { AttemptRef, Backend, Launch } from '../backend'
import { type Poll, Poller } from '../poller'
import type { Chain } from './chain'

export interface GithubTools {
  environment(ref: AttemptRef): Readonly<Record<string, string>>
  heard(service: string, problem: string | null): void
  readonly chain: Chain
  readonly log: Logger
}

/** Runs that one list has. */
const listed = 100
/** Of the log of a failed step so much is kept: its end. */
const maxLogBytes = 4 * 1024 * 1024
/** So long a run that was dispatched may take to be there. */
const findWithinMs = 120_000
/** A run that does not show whose it is must be the only one for so long. */
const alonePeriodMs = 5_000
const logTries = 5
/** So soon after news of a SLURM job its run is looked at, too. */
const newsWithinMs = 1_000
/** So long after the end of its run, a SLURM job that it named is asked for. */
const chainWithinMs = 10 * 60_000

type DispatchAsk = Extract<GithubPlan['ask'], { act: 'dispatch' }>

interface Entry {
  ref: AttemptRef
  readonly plan: GithubPlan
  handle: GithubHandle | null
  seen: AttemptSeen
  /** It waits for its turn or for GitHub; it is under way; its run is being looked for. */
  dispatch: 'none' | 'waits' | 'open' | 'sent' | 'refused'
  logTries: number
  hasLog: boolean
  /** Jobs of its run whose logs were searched for the SLURM job. */
  readonly searched: Set<string>
  chainTries: number
  isCancelled: boolean
  /** When its run was made, of the clock of GitHub. */
  createdMs: number
}

export class GithubBackend implements Backend {
  private readonly repositories = new Map<string, RepositoryWatch>()

  constructor(private readonly tools: GithubTools) {}

  launch(launch: Launch, onProblem: (why: string) => void): void {
    const entry = this.entryOf(launch)
    if (entry.handle !== null || isUnderWay(entry)) return
    const { ask } = entry.plan
    if (ask.act === 'adopt') {
      this.watchOf(launch).found(entry, ask.runId)
      return launch.wake()
    }
    void this.watchOf(launch).dispatch(entry, launch, onProblem)
  }

  revoke(ref: AttemptRef): boolean {
    const entry = this.entryOf(ref)
    const { handle, dispatch } = entry
    if (handle !== null || dispatch === 'open' || dispatch === 'sent') return false
    if (dispatch === 'refused' || readIntent(ref)?.isSent !== true) {
      entry.dispatch = 'refused'
      return true
    }
    if (dispatch === 'waits') return false
    // An earlier supervisor may have asked for it: its run is looked for, to be cancelled.
    const launch = { ...ref, script: '', cwd: '', env: {} }
    void this.watchOf(ref).dispatch(entry, launch, () => ref.wake())
    return false
  }

  observe(ref: AttemptRef): AttemptSeen {
    const entry = this.entryOf(ref)
    entry.ref = ref
    if (entry.handle !== null || isUnderWay(entry)) return entry.seen
    return { kind: 'absent' }
  }

  listAlive(): readonly string[] {
    return []
  }

  sample(): null {
    return null
  }

  stop(ref: AttemptRef): void {
    const entry = this.entryOf(ref)
    if (entry.handle !== null && !entry.isCancelled) void this.watchOf(ref).cancel(entry)
  }

  nudge(): void {
    // GitHub tells nobody.
  }

  forget(ref: AttemptRef): void {
    for (const [name, watch] of this.repositories) {
      watch.entries.delete(keyOf(ref))
      if (watch.entries.size > 0) continue
      watch.poller.close()
      this.repositories.delete(name)
    }
    this.tools.chain.forget(ref)
  }

  private entryOf(ref: AttemptRef): Entry {
    const watch = this.watchOf(ref)
    const known = watch.entries.get(keyOf(ref))
    if (known !== undefined) return known
    const { handle } = ref.job.remote ?? { handle: null }
    const entry: Entry = {
      ref,
      plan: planOf(ref),
      handle: handle?.kind === 'github' ? handle : null,
      seen: { kind: 'unknown', why: 'It was not looked at yet.' },
      dispatch: 'none',
      logTries: 0,
      hasLog: false,
      searched: new Set(),
      chainTries: 0,
      isCancelled: false,
      createdMs: Infinity,
    }
    watch.entries.set(keyOf(ref), entry)
    watch.poller.hurry(entry.handle === null ? 2_000 : 50)
    return entry
  }

  private watchOf(ref: AttemptRef): RepositoryWatch {
    const { repo, host } = planOf(ref)
    const name = `${host ?? ''} ${repo}`
    const known = this.repositories.get(name)
    if (known !== undefined) return known
    const watch = new RepositoryWatch(repo, host, this.tools.environment(ref), this.tools)
    this.repositories.set(name, watch)
    return watch
  }
}

class RepositoryWatch {
  readonly entries = new Map<string, Entry>()
  readonly poller: Poller
  /** The last dispatch of each workflow whose runs do not show whose they are. */
  private readonly turns = new Map<string, Promise<void>>()
  /** Who we are on GitHub; null: it does not tell. */
  private login: string | null | undefined

  constructor(
    private readonly repo: string,
    private readonly host: string | undefined,
    private readonly env: Readonly<Record<string, string>>,
    private readonly tools: GithubTools,
  ) {
    this.poller = new Poller(
      () => this.poll(),
      // Each question counts against a limit of GitHub's, which a cluster has not.
      () => Math.max(1, this.entries.size) * 800,
      (error) =>
        tools.log(`${repo} could not be looked at: ${error instanceof Error ? (error.stack ?? '') : String(error)}`),
    )
  }

  found(entry: Entry, runId: string): void {
    const { host } = this
    entry.handle = { kind: 'github', repo: this.repo, runId, ...(host === undefined ? {} : { host }) }
    entry.seen = { kind: 'submitted', service: { handle: entry.handle, seen: null } }
    this.poller.hurry(50)
  }

  /**
   * Dispatches it, and finds its run. What was there before is noted first, durably: whoever takes over after a crash looks
   * for the run, and dispatches only if it was certainly not asked for.
   */
  async dispatch(entry: Entry, launch: Launch, onProblem: (why: string) => void): Promise<void> {
    const { ask } = entry.plan
    if (ask.act !== 'dispatch') return
    entry.dispatch = 'waits'
    entry.seen = { kind: 'unknown', why: 'It is being dispatched.' }
    const act = () => this.dispatchNow(entry, ask, launch, onProblem)
    // Of two that begin at once and show no id, neither could be told from the other.
    const turn = ask.idInput === undefined ? (this.turns.get(ask.workflow) ?? Promise.resolve()).then(act, act) : act()
    if (ask.idInput === undefined) this.turns.set(ask.workflow, turn)
    await turn
  }

  private async dispatchNow(
    entry: Entry,
    ask: DispatchAsk,
    launch: Launch,
    onProblem: (why: string) => void,
  ): Promise<void> {
    if (entry.dispatch !== 'waits' || !this.entries.has(keyOf(launch))) return
    entry.dispatch = 'open'
    try {
      const intent = readIntent(launch) ?? (await this.intend(entry, launch))
      if (intent === null) {
        this.later(entry, launch, onProblem)
        return
      }
      if (!intent.isSent) {
        const failure = await this.send(launch, ask)
        if (failure !== null) {
          fs.rmSync(intentFile(launch), { force: true })
          if (failure.isPassing) {
            this.tools.heard(`github ${this.repo}`, failure.why)
            this.later(entry, launch, onProblem)
            return
          }
          entry.dispatch = 'refused'
          onProblem(`GitHub has refused it: ${failure.why}`)
          return
        }
      }
      entry.dispatch = 'sent'
      await this.find(entry, launch, intent, onProblem)
    } catch (error) {
      this.tools.log(
        `${launch.jobId} could not be dispatched: ${error instanceof Error ? error.message : String(error)}`,
      )
      this.later(entry, launch, onProblem)
    } finally {
      entry.ref.wake()
    }
  }

  private later(entry: Entry, launch: Launch, onProblem: (why: string) => void): void {
    entry.seen = { kind: 'unknown', why: 'GitHub does not answer; it is dispatched when it does.' }
    entry.dispatch = 'waits'
    setTimeout(() => {
      if (this.entries.has(keyOf(launch)) && entry.dispatch === 'waits') void this.dispatch(entry, launch, onProblem)
    }, 15_000)
  }

  private async intend(entry: Entry, launch: Launch): Promise<Intent | null> {
    const runs = await this.list(entry)
    if (runs === null) return null
    const newestMs = Math.max(0, ...runs.map(({ createdMs }) => createdMs ?? 0))
    // Of the clock of GitHub, as far as its runs tell; ours may be wrong.
    const intent = { isSent: false, before: runs.map(({ id }) => id), notBeforeMs: newestMs }
    makeDirectory(launch.paths.directory)
    writeDurably(intentFile(launch), JSON.stringify(intent))
    return intent
  }

  /** Null: it was sent, as far as can be told. `isPassing`: it was not, and may be later. */
  private async send(
    launch: Launch,
    ask: DispatchAsk,
  ): Promise<{ readonly why: string; readonly isPassing: boolean } | null> {
    const { workflow, ref, inputs, idInput } = ask
    const all = { ...inputs, ...(idInput === undefined ? {} : { [idInput]: markerOf(launch) }) }
    // From here on it may be there, whatever becomes of us.
    const intent = readIntent(launch)
    if (intent !== null) writeDurably(intentFile(launch), JSON.stringify({ ...intent, isSent: true }))
    const words = ['workflow', 'run', workflow, '--repo', this.repo, '--ref', ref, '--json']
    const ran = await runGh(words, { env: this.env, host: this.host, stdin: JSON.stringify(all) })
    const problem = problemOfGh(ran)
    if (problem === null || ran.kind === 'silent') return null
    const meaning = ran.kind === 'absent' || ran.code === 4 ? 'refused' : meaningOfDispatch(ran.stderr)
    // Where it may have been taken all the same, its run is looked for.
    return meaning === 'unsure' ? null : { why: problem, isPassing: meaning === 'unsent' }
  }

  /** A run that shows our id, or is the only one that can be ours. */
  private async find(entry: Entry, launch: Launch, intent: Intent, onProblem: (why: string) => void): Promise<void> {
    const { ask } = entry.plan
    if (ask.act !== 'dispatch') return
    const untilMs = performance.now() + findWithinMs
    entry.seen = { kind: 'unknown', why: 'It was dispatched; its run is being looked for.' }
    const marker = markerOf(launch)
    let candidate = { id: '', sinceMs: 0 }
    for (let waitMs = 1_000; ; waitMs = Math.min(10_000, waitMs * 1.5)) {
      const runs = await this.list(entry)
      const held = [...this.entries.values()].flatMap(({ handle }) => (handle === null ? [] : [handle.runId]))
      const run =
        runs === null
          ? null
          : findDispatched(runs, {
              marker,
              ref: ask.ref,
              before: intent.before,
              held,
              notBeforeMs: intent.notBeforeMs,
            })
      // One that does not show our id may be that of somebody else, and ours come a moment later.
      if (run !== null && run !== 'several') {
        if (run.id !== candidate.id) candidate = { id: run.id, sinceMs: performance.now() }
        if (isMarked(run, marker) || performance.now() - candidate.sinceMs >= alonePeriodMs) {
          this.found(entry, run.id)
          return
        }
      }
      if (!this.entries.has(keyOf(launch))) return
      if (runs !== null && (run === 'several' || (run === null && performance.now() > untilMs))) {
        entry.dispatch = 'refused'
        const why =
          run === 'several'
            ? 'several runs have begun since, and none of them shows which is ours'
            : 'no run of it has appeared'
        onProblem(
          `it was dispatched, but ${why}. Look at https://${this.host ?? 'github.com'}/${this.repo}/actions, adopt it with \`relay runs adopt\`, and give the workflow an input for the id (--id-input).`,
        )
        return
      }
      await new Promise((resolve) => setTimeout(resolve, waitMs))
    }
  }

  private async list(entry: Entry): Promise<readonly WorkflowRun[] | null> {
    const { ask } = entry.plan
    // Where runs show no id, those of others are no candidates.
    const login = ask.act === 'dispatch' && ask.idInput === undefined ? await this.whoWeAre() : null
    const ours = login === null ? [] : ['--user', login]
    const only = ask.act === 'dispatch' ? ['--workflow', ask.workflow, ...ours] : []
    const ran = await runGh(['run', 'list', '--repo', this.repo, ...only, '--limit', '50', '--json', runListFields], {
      env: this.env,
      host: this.host,
    })
    return this.heard(ran) ? parseRuns(ran.stdout) : null
  }

  private async whoWeAre(): Promise<string | null> {
    if (this.login !== undefined) return this.login
    const ran = await runGh(['api', 'user', '--jq', '.login'], { env: this.env, host: this.host })
    if (ran.kind !== 'ended') return null
    const login = ran.code === 0 ? /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.exec(ran.stdout.trim())?.[0] : undefined
    // A token that is no person's is not told; any other failure may pass.
    if (login !== undefined || /HTTP 40[34]/.test(ran.stderr)) this.login = login ?? null
    return login ?? null
  }

  async cancel(entry: Entry): Promise<void> {
    const { handle } = entry
    if (handle === null) return
    entry.isCancelled = true
    const ran = await runGh(['run', 'cancel', handle.runId, '--repo', this.repo], { env: this.env, host: this.host })
    const problem = problemOfGh(ran)
    // One that is over already cannot be cancelled, and is seen to be over.
    if (problem !== null) {
      this.tools.log(`run ${handle.runId} of ${this.repo} could not be cancelled: ${problem}`)
      setTimeout(() => (entry.isCancelled = false), 10_000)
    }
    if (handle.also !== undefined) this.tools.chain.stop(entry.ref, entry.createdMs)
    this.poller.hurry(1_000)
  }

  private async poll(): Promise<Poll> {
    const watched = [...this.entries.values()].filter(({ handle }) => handle !== null)
    if (watched.length === 0) return { hasChanged: false, isAnswered: true }
    const ran = await runGh(['run', 'list', '--repo', this.repo, '--limit', String(listed), '--json', runListFields], {
      env: this.env,
      host: this.host,
    })
    if (!this.heard(ran)) return { hasChanged: false, isAnswered: false }
    const runs = new Map(parseRuns(ran.stdout).map((run) => [run.id, run]))
    let hasChanged = false
    for (const entry of watched) {
      const run = runs.get(entry.handle?.runId ?? '') ?? (await this.view(entry))
      if (run !== null) hasChanged = (await this.show(entry, run)) || hasChanged
    }
    return { hasChanged, isAnswered: true }
  }

  /** One that is too old for the list. */
  private async view({ handle }: Entry): Promise<WorkflowRun | null> {
    if (handle === null) return null
    const ran = await runGh(['run', 'view', handle.runId, '--repo', this.repo, '--json', runListFields], {
      env: this.env,
      host: this.host,
    })
    return ran.kind === 'ended' && ran.code === 0 ? (parseRuns(ran.stdout)[0] ?? null) : null
  }

  private async show(entry: Entry, run: WorkflowRun): Promise<boolean> {
    const { handle } = entry
    if (handle === null) return false
    entry.createdMs = run.createdMs ?? Infinity
    // Whether it has handed its work on is asked until it is known: without it, it might be taken for over.
    if (entry.plan.chain !== undefined && hasRunBegun(run) && !(await this.follow(entry, run, entry.plan.chain.host)))
      return true
    const known = entry.handle ?? handle
    const hurry = () => {
      this.poller.within(newsWithinMs)
    }
    const also = known.also === undefined ? null : this.tools.chain.look(entry.ref, known.also, hurry)
    const said = seenOfRun(run)
    const seen =
      also === null
        ? said
        : {
            ...said,
            words: `${said.words}; SLURM job ${known.also?.id ?? ''} ${also.words}`,
            facts: { ...also.facts, ...said.facts },
          }
    const service = { handle: known, seen }
    const startMs = run.startedMs ?? run.createdMs ?? Date.now()
    const endMs = run.updatedMs ?? Date.now()
    const next = ((): AttemptSeen => {
      if (!hasRunBegun(run)) return { kind: 'submitted', service }
      const started = { handle: known, atMs: startMs }
      if (!isRunOver(run)) return { kind: 'alive', started, service }
      // What it has handed its work to goes on.
      const isSuccess = run.conclusion === 'success'
      const isAwaited = also === null ? Date.now() - endMs < chainWithinMs : !also.isOver
      if (isSuccess && known.also !== undefined && isAwaited) return { kind: 'alive', started, service }
      const exit = (isSuccess ? also?.exit : null) ?? exitOfRun(run)
      return { kind: 'over', exit, atMs: run.updatedMs ?? Date.now(), started, service }
    })()
    if (next.kind === 'over' && !entry.hasLog && !(await this.fetchLog(entry, run))) return true
    if (canonicalJson(next) === canonicalJson(entry.seen)) return false
    entry.seen = next
    entry.ref.wake()
    return true
  }

  /** Its log becomes that of the job: of a failed run that of the failed steps. True when there is nothing more to wait for. */
  private async fetchLog(entry: Entry, run: WorkflowRun): Promise<boolean> {
    entry.logTries += 1
    const which = run.conclusion === 'success' ? '--log' : '--log-failed'
    const text = await this.logOf(run.id, which)
    if (text === null && entry.logTries < logTries) return false
    entry.hasLog = true
    writeLog(entry.ref, text ?? 'relay: GitHub has no log of this run\n')
    return true
  }

  private async logOf(runId: string, which: string): Promise<string | null> {
    const ran = await runGh(['run', 'view', runId, '--repo', this.repo, which], { env: this.env, host: this.host })
    return ran.kind === 'ended' && ran.code === 0 ? ran.stdout : null
  }

  /** Looks in its logs for the SLURM job that it has submitted; false: the run is over, and they could not be had yet. */
  private async follow(entry: Entry, run: WorkflowRun, host: string | undefined): Promise<boolean> {
    const { handle } = entry
    if (handle === null || handle.also !== undefined) return true
    const id = isRunOver(run) ? await this.findInRun(entry, run) : await this.findInJobs(entry, run)
    if (id === undefined) return false
    if (id !== null) {
      const also: SlurmHandle = { kind: 'slurm', id, ...(host === undefined ? {} : { host }) }
      entry.handle = { ...handle, also }
    }
    return true
  }

  /** Undefined: its log cannot be had yet. */
  private async findInRun(entry: Entry, run: WorkflowRun): Promise<string | null | undefined> {
    const text = await this.logOf(run.id, '--log')
    entry.chainTries += 1
    if (text === null) return entry.chainTries < logTries ? undefined : null
    return findSlurmId(text)
  }

  /** gh has the log of a run only when all of it is over; GitHub has that of each job when that is. */
  private async findInJobs(entry: Entry, run: WorkflowRun): Promise<string | null> {
    const at = `repos/${this.repo}/actions`
    const call = { env: this.env, host: this.host }
    const listed = await runGh(['api', `${at}/runs/${run.id}/jobs?per_page=100`], call)
    if (listed.kind !== 'ended' || listed.code !== 0) return null
    for (const job of parseEndedJobs(listed.stdout).filter((one) => !entry.searched.has(one))) {
      const ran = await runGh(['api', `${at}/jobs/${job}/logs`], call)
      if (ran.kind !== 'ended' || ran.code !== 0) continue
      entry.searched.add(job)
      const id = findSlurmId(ran.stdout)
      if (id !== null) return id
    }
    return null
  }

  private heard(ran: Ran): ran is Extract<Ran, { kind: 'ended' }> {
    const problem = problemOfGh(ran)
    this.tools.heard(`github ${this.repo}`, problem)
    return ran.kind === 'ended' && problem === null
  }
}

/** What was true before a run was asked for. `isSent`: it may have been asked for since. */
interface Intent {
  readonly isSent: boolean
  readonly before: readonly string[]
  readonly notBeforeMs: number
}

function intentFile({ paths }: Pick<AttemptRef, 'paths'>): string {
  return `${paths.directory}/dispatch.json`
}

function readIntent(ref: Pick<AttemptRef, 'paths'>): Intent | null {
  const text = readIfExists(intentFile(ref))
  // Of our own making, and whole: it was renamed into its place.
  return text === null ? null : (JSON.parse(text) as Intent)
}

/** Where the log is a link to that of a SLURM job, it stays that. */
function writeLog({ paths }: AttemptRef, text: string): void {
  const bytes = Buffer.from(text)
  const end = bytes.subarray(Math.max(0, bytes.length - maxLogBytes))
  makeDirectory(paths.directory)
  const isLink = fs.lstatSync(paths.log, { throwIfNoEntry: false })?.isSymbolicLink() === true
  fs.writeFileSync(isLink ? `${paths.directory}/workflow.log` : paths.log, end, { mode: 0o600 })
}

/** By which a run is known again, in its title. */
function markerOf({ jobId, attempt }: Pick<AttemptRef, 'jobId' | 'attempt'>): string {
  return attempt === 1 ? jobId : `${jobId}-${attempt}`
}

function isUnderWay({ dispatch }: Entry): boolean {
  return dispatch === 'waits' || dispatch === 'open' || dispatch === 'sent'
}

function keyOf({ jobId, attempt }: Pick<AttemptRef, 'jobId' | 'attempt'>): string {
  return `${jobId} ${attempt}`
}

function planOf({ job }: AttemptRef): GithubPlan {
  const { backend } = job.spec.plan
  if (backend.kind !== 'github') throw new Error(`${job.spec.id} is no workflow run`)
  return backend
}
