// A job that nobody has a row of any more: whether that means that it is gone. Only a question that was answered says so.
import { goneAfterMs, type Judgement, type SlurmKnown } from './known'

/** squeue knows it no more, or could not be asked; and it has left no record. */
export function judgeMissing(known: SlurmKnown, started: { readonly atMs: number } | null): Judgement {
  const { queue, account, control } = known
  if (queue === null) return { seen: { kind: 'unknown', why: 'The scheduler could not be asked.' }, asks: false }
  const everybodyAnswered = account !== null && control !== null
  if (!everybodyAnswered || known.sinceEndMs < goneAfterMs[account === 'none' ? 'none' : 'database'])
    return {
      seen: { kind: 'unknown', why: 'It is not in the queue any more; how it ended is being asked.' },
      asks: true,
    }
  return judgeGone(
    known,
    started,
    account === 'none' ? 'there is no accounting here' : 'accounting (sacct) has no row of it',
  )
}

/** Everybody who must know of a job that goes on was asked, and does not. */
export function isForgotten({ queue, control, sinceEndMs }: SlurmKnown): boolean {
  return queue !== null && control?.length === 0 && sinceEndMs >= goneAfterMs.database
}

/** `accounting`: what that says of it, in words. */
export function judgeGone(known: SlurmKnown, started: { readonly atMs: number } | null, accounting: string): Judgement {
  const { handle } = known
  const evidence = `SLURM job ${handle.id} is gone: it is not in the queue, ${accounting}, the controller (scontrol) has forgotten it, and it left no record of its own`
  return {
    seen: {
      kind: 'over',
      exit: { kind: 'unknown', evidence },
      atMs: known.nowMs,
      started: { handle, atMs: started?.atMs ?? known.nowMs },
      service: { handle, seen: null },
    },
    asks: false,
  }
}
