// A SLURM job that a workflow run has handed its work to, looked at together with the run: one row for both. Its number comes from a
// log, so it is watched and nothing more; it is cancelled with the run only if it began after the run.
import type { Exit } from '../../../core/jobs/exit'
import type { SlurmHandle } from '../../../core/jobs/handle'
import type { RemoteSeen } from '../../../core/jobs/remote'
import type { AttemptRef } from '../backend'
import type { SlurmBackend } from '../slurm/slurmBackend'

export interface Chained extends RemoteSeen {
  readonly isOver: boolean
  readonly exit: Exit | null
}

export class Chain {
  private readonly refs = new Map<string, AttemptRef>()
  private readonly began = new Map<string, number>()

  constructor(private readonly slurm: SlurmBackend) {}

  /** What is known of it; null: nothing yet. */
  look(ref: AttemptRef, handle: SlurmHandle): Chained | null {
    const own = asSlurm(ref, handle)
    this.refs.set(keyOf(ref), own)
    const seen = this.slurm.observe(own)
    const { service } = { service: undefined, ...seen }
    const said = service?.seen ?? null
    if (said === null) return null
    if (said.facts.beganAtMs !== undefined) this.began.set(keyOf(ref), said.facts.beganAtMs)
    return { ...said, isOver: seen.kind === 'over', exit: seen.kind === 'over' ? seen.exit : null }
  }

  /** `sinceMs`: when the run was made, of its own clock. */
  stop(ref: AttemptRef, sinceMs: number): void {
    const own = this.refs.get(keyOf(ref))
    const beganMs = this.began.get(keyOf(ref))
    if (own !== undefined && beganMs !== undefined && beganMs >= sinceMs) this.slurm.stop(own)
  }

  forget(ref: AttemptRef): void {
    const own = this.refs.get(keyOf(ref))
    if (own !== undefined) this.slurm.forget(own)
    this.refs.delete(keyOf(ref))
    this.began.delete(keyOf(ref))
  }
}

/** The same attempt, as if it had adopted that job. */
function asSlurm(ref: AttemptRef, handle: SlurmHandle): AttemptRef {
  const { spec } = ref.job
  const { host, id } = handle
  const backend = { kind: 'slurm', ...(host === undefined ? {} : { host }), ask: { act: 'adopt', id } } as const
  return {
    ...ref,
    job: { ...ref.job, spec: { ...spec, plan: { ...spec.plan, backend } }, remote: { handle, seen: null } },
  }
}

function keyOf({ jobId, attempt }: AttemptRef): string {
  return `${jobId} ${attempt}`
}
