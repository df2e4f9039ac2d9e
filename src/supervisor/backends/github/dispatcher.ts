// Dispatches workflows of one repository, and finds the run that a dispatch has made: GitHub does not say which it is.
import { findDispatched, isMarked, meaningOfDispatch, type WorkflowRun } from '../../../core/backends/github/runs'
import type { GithubPlan } from '../../../core/backends/backendPlan'
import { problemOfGh } from '../../../store/backends/gh'
import type { Logger } from '../../logger'
import type { AttemptRef, Launch } from '../backend'
import { type Entry, keyOf } from './entry'
import { dropIntent, type Intent, readIntent, writeIntent } from './intent'
import type { Repository } from './repository'

/** So long a run that was dispatched may take to be there. */
const findWithinMs = 120_000
/** A run that does not show whose it is must be the only one for so long. */
const alonePeriodMs = 5_000

type DispatchAsk = Extract<GithubPlan['ask'], { act: 'dispatch' }>

export interface DispatchTools {
  /** All that are watched of the repository, by their keys. */
  readonly entries: ReadonlyMap<string, Entry>
  found(entry: Entry, runId: string): void
  readonly log: Logger
}

export class Dispatcher {
  /** The last dispatch of each workflow whose runs do not show whose they are. */
  private readonly turns = new Map<string, Promise<void>>()
  /** Who we are on GitHub; null: it does not tell. */
  private login: string | null | undefined

  constructor(
    private readonly repository: Repository,
    private readonly tools: DispatchTools,
  ) {}

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
    if (entry.dispatch !== 'waits' || !this.tools.entries.has(keyOf(launch))) return
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
          dropIntent(launch)
          if (failure.isPassing) {
            this.repository.tell(failure.why)
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
      if (this.tools.entries.has(keyOf(launch)) && entry.dispatch === 'waits')
        void this.dispatch(entry, launch, onProblem)
    }, 15_000)
  }

  private async intend(entry: Entry, launch: Launch): Promise<Intent | null> {
    const runs = await this.list(entry)
    if (runs === null) return null
    const newestMs = Math.max(0, ...runs.map(({ createdMs }) => createdMs ?? 0))
    // Of the clock of GitHub, as far as its runs tell; ours may be wrong.
    const intent = { isSent: false, before: runs.map(({ id }) => id), notBeforeMs: newestMs }
    writeIntent(launch, intent)
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
    if (intent !== null) writeIntent(launch, { ...intent, isSent: true })
    const words = ['workflow', 'run', workflow, '--repo', this.repository.name, '--ref', ref, '--json']
    const ran = await this.repository.ask(words, JSON.stringify(all))
    const problem = problemOfGh(ran, this.repository.host)
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
      const held = [...this.tools.entries.values()].flatMap(({ handle }) => (handle === null ? [] : [handle.runId]))
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
          this.tools.found(entry, run.id)
          return
        }
      }
      if (!this.tools.entries.has(keyOf(launch))) return
      if (runs !== null && (run === 'several' || (run === null && performance.now() > untilMs))) {
        entry.dispatch = 'refused'
        const why =
          run === 'several'
            ? 'several runs have begun since, and none of them shows which is ours'
            : 'no run of it has appeared'
        onProblem(
          `it was dispatched, but ${why}. Look at https://${this.repository.host ?? 'github.com'}/${this.repository.name}/actions, adopt it with \`relay runs adopt\`, and give the workflow an input for the id (--id-input).`,
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
    return this.repository.runs(50, only)
  }

  private async whoWeAre(): Promise<string | null> {
    if (this.login !== undefined) return this.login
    const ran = await this.repository.ask(['api', 'user', '--jq', '.login'])
    if (ran.kind !== 'ended') return null
    const login = ran.code === 0 ? /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.exec(ran.stdout.trim())?.[0] : undefined
    // A token that is no person's is not told; any other failure may pass.
    if (login !== undefined || /HTTP 40[34]/.test(ran.stderr)) this.login = login ?? null
    return login ?? null
  }
}

/** By which a run is known again, in its title. */
function markerOf({ jobId, attempt }: Pick<AttemptRef, 'jobId' | 'attempt'>): string {
  return attempt === 1 ? jobId : `${jobId}-${attempt}`
}
