// How a job that is over ended, by the word of the scheduler.
import { renderBytes } from '../renderBytes'
import { type Exit, exitFromStatus } from '../../jobs/exit'
import type { SlurmKnown } from './known'
import { meaningOf, renderReason } from './states'
import type { SlurmRow } from './tables'

/** How a job that is over ended, by the scheduler's word. Its exit code lies for most states: 0:0 of a TIMEOUT is no success. */
export function endOf(row: SlurmRow, known: SlurmKnown): Exit {
  const { state, exit } = row
  const service = (words: string, verdict: 'failed' | 'stopped' = 'failed', as = state): Exit => ({
    kind: 'service',
    by: 'slurm',
    state: as,
    words,
    status: null,
    verdict,
  })
  if (state === 'COMPLETED') return { kind: 'code', code: 0 }
  if (state === 'FAILED' && neverBegan(row))
    return service(
      `SLURM did not begin it${row.reason === null ? '' : `: ${renderReason(row.reason).replace(/^for ever: /, '')} (${row.reason})`}`,
    )
  if (state === 'FAILED') {
    const { use } = known
    const asked = row.askedMemoryBytes
    const isOverMemory = exit?.signal === 9 && use !== null && asked !== null && use.memoryBytes > asked
    if (isOverMemory)
      return service(
        `SLURM killed it: it used ${renderBytes(use.memoryBytes)} of memory and had asked for ${renderBytes(asked)}`,
        'failed',
        'OUT_OF_MEMORY',
      )
    if (exit !== null && exit.signal > 0 && exit.signal < 65) return exitFromStatus(128 + exit.signal)
    if (exit !== null && exit.code > 0 && exit.code < 256) return exitFromStatus(exit.code)
    // `FAILED 0:0` was seen after an outage of the database; a reason says more than that.
    return service(`SLURM says FAILED${row.reason === null ? ', and not how' : ` (${row.reason})`}`)
  }
  if (state === 'CANCELLED') {
    const byOwner = row.cancelledBy !== null && row.cancelledBy === known.uid
    const who = byOwner
      ? 'by its owner (scancel)'
      : row.cancelledBy === null
        ? 'in SLURM'
        : `in SLURM by user ${row.cancelledBy}`
    return service(`cancelled ${who}${neverBegan(row) ? ' before it began' : ''}`, byOwner ? 'stopped' : 'failed')
  }
  if (state === 'TIMEOUT')
    return service(
      `SLURM ended it at its time limit${row.limitSec === null ? '' : ` of ${renderSeconds(row.limitSec)}`}`,
    )
  if (state === 'OUT_OF_MEMORY')
    return service(
      `SLURM killed it for it used more memory than the ${row.askedMemoryBytes === null ? '' : `${renderBytes(row.askedMemoryBytes)} `}it had asked for`,
    )
  return service(`SLURM says ${state}: it ${meaningOf(state).words}`)
}

export function neverBegan(row: SlurmRow): boolean {
  return row.state !== 'COMPLETED' && (row.startMs === null || row.elapsedSec === 0) && row.nodes === null
}

function renderSeconds(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
}
