// Asking for an undertaking, and for something to happen to one: what the CLI and the editor call.
import { createHash } from 'node:crypto'
import type { Approval } from '../../core/jobs/event'
import { type JobId, newJobId } from '../../core/jobs/jobId'
import { canonicalUndertaking, type UndertakingPlan, type UndertakingSpec } from '../../core/undertakings/undertaking'
import type { JobRequests } from '../jobs/jobRequests'
import type { StateFolder } from '../stateFolder'

/** SHA-256 over everything that the plan can make happen, in hex. */
export function undertakingDigest(plan: UndertakingPlan): string {
  return createHash('sha256').update(canonicalUndertaking(plan)).digest('hex')
}

export interface UndertakingOrder<P extends UndertakingPlan> {
  readonly plan: P
  /** A real path. */
  readonly folder: string
  readonly how: Approval['how']
  readonly env: Readonly<Record<string, string>>
}

/** Every method throws RelayError if it is refused, or `not_taken` if nobody takes it yet. */
export class UndertakingRequests {
  constructor(
    private readonly state: StateFolder,
    private readonly requests: Pick<JobRequests, 'send'>,
    private readonly now: () => number,
  ) {}

  /** Resolves with its id when it is durable. An `id` that has been asked for before is that undertaking. */
  async start<P extends UndertakingPlan>(
    { plan, folder, how, env }: UndertakingOrder<P>,
    id: JobId = newJobId(this.now(), Math.random()),
  ): Promise<JobId> {
    const spec = { v: 1 as const, id, createdAtMs: this.now(), host: this.state.host, folder, plan: { ...plan } }
    const approval = { digest: undertakingDigest(plan), how }
    await this.requests.send({ v: 1, kind: 'start_undertaking', id, spec, approval, env: { ...env } })
    return id
  }

  async stop(spec: UndertakingSpec): Promise<void> {
    await this.requests.send(
      { v: 1, kind: 'stop_undertaking', id: this.requestId('stop'), undertaking: spec.id },
      spec.host,
    )
  }

  /** What is at rest goes on; `word` says how, if its kind knows several ways. */
  async continue(
    spec: UndertakingSpec,
    word: string,
    how: Approval['how'],
    env: Readonly<Record<string, string>>,
  ): Promise<void> {
    const approval = { digest: undertakingDigest(spec.plan), how }
    const id = this.requestId('continue')
    await this.requests.send(
      { v: 1, kind: 'continue_undertaking', id, undertaking: spec.id, word, approval, env: { ...env } },
      spec.host,
    )
  }

  async tell(spec: UndertakingSpec, word: string, detail: string): Promise<void> {
    const id = this.requestId('tell')
    await this.requests.send({ v: 1, kind: 'tell_undertaking', id, undertaking: spec.id, word, detail }, spec.host)
  }

  /** Deletes one that is at rest, with its jobs and their logs. */
  async remove(spec: UndertakingSpec): Promise<void> {
    await this.requests.send(
      { v: 1, kind: 'remove_undertaking', id: this.requestId('remove'), undertaking: spec.id },
      spec.host,
    )
  }

  private requestId(verb: string): string {
    return `${verb}-${newJobId(this.now(), Math.random())}`
  }
}
