// Jobs that GitHub Actions runs: dispatched by us, or adopted. What this knows is a cache: thrown away, it is made again from the
// journal and from GitHub.
import type { AttemptSeen } from '../../../core/jobs/seen'
import type { Logger } from '../../logger'
import type { AttemptRef, Backend, Launch } from '../backend'
import type { Chain } from './chain'
import { type Entry, isUnderWay, keyOf, newEntry, planOf } from './entry'
import { readIntent } from './intent'
import { Repository } from './repository'
import { RepositoryWatch } from './repositoryWatch'

export interface GithubTools {
  environment(ref: AttemptRef): Readonly<Record<string, string>>
  heard(service: string, problem: string | null): void
  readonly chain: Chain
  readonly log: Logger
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
    void this.watchOf(launch).dispatcher.dispatch(entry, launch, onProblem)
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
    void this.watchOf(ref).dispatcher.dispatch(entry, launch, () => ref.wake())
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
    if (entry.handle === null) return
    this.watchOf(ref).stopChained(entry)
    if (!entry.isCancelled) void this.watchOf(ref).cancel(entry)
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
    const entry = newEntry(ref)
    watch.entries.set(keyOf(ref), entry)
    watch.poller.hurry(entry.handle === null ? 2_000 : 50)
    return entry
  }

  private watchOf(ref: AttemptRef): RepositoryWatch {
    const { repo, host } = planOf(ref)
    const name = `${host ?? ''} ${repo}`
    const known = this.repositories.get(name)
    if (known !== undefined) return known
    const repository = new Repository(repo, host, this.tools.environment(ref), (problem) => {
      this.tools.heard(`github ${repo}`, problem)
    })
    const watch = new RepositoryWatch(repository, this.tools)
    this.repositories.set(name, watch)
    return watch
  }
}
