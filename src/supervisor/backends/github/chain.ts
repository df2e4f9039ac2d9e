// A SLURM job that a workflow run has handed its work to, looked at together with the run: one row for both. Its number comes from a
// log, so it is watched and nothing more; it is cancelled with the run only if it was submitted after that was made.
import type { Chained } from '../../../core/backends/github/judgeRun'
import type { SlurmHandle } from '../../../core/jobs/handle'
import type { AttemptRef } from '../backend'
import type { SlurmBackend } from '../slurm/slurmBackend'

export class Chain {
  private readonly refs = new Map<string, AttemptRef>()

  constructor(private readonly slurm: SlurmBackend) {}

  /** What is known of it; null: nothing yet. `onNews`: something of it is other than it was. */
  look(ref: AttemptRef, handle: SlurmHandle, onNews: () => void): Chained | null {
    const own = { ...asSlurm(ref, handle), wake: onNews }
    this.refs.set(keyOf(ref), own)
    const seen = this.slurm.observe(own)
    const { service } = { service: undefined, ...seen }
    const said = service?.seen ?? null
    if (said === null) return null
    return {
      ...said,
      isOver: seen.kind === 'over',
      exit: seen.kind === 'over' ? seen.exit : null,
      submittedMs: this.slurm.submittedMs(own),
    }
  }

  /** Cancels it, whether it waits or runs. Whether that may be is for the caller to know. */
  stop(ref: AttemptRef): void {
    const own = this.refs.get(keyOf(ref))
    if (own !== undefined) this.slurm.stop(own)
  }

  forget(ref: AttemptRef): void {
    const own = this.refs.get(keyOf(ref))
    if (own !== undefined) this.slurm.forget(own)
    this.refs.delete(keyOf(ref))
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
