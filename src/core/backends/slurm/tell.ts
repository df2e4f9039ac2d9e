// What is told of a job that is watched: its state in words, and the facts beside it.
import type { RemoteFacts, RemoteSeen } from '../../jobs/remote'
import { type SlurmKnown, taskOf } from './known'
import { meaningOf, renderReason } from './states'
import type { SlurmRow } from './tables'

/** What is told of a job in one state. */
export function tell(row: SlurmRow, known: SlurmKnown): RemoteSeen {
  const { kind, words } = meaningOf(row.state)
  const why = kind === 'waiting' && row.reason !== null ? ` ${renderReason(row.reason)}` : ''
  return { state: row.state, words: `${words}${why}`.trimEnd(), facts: factsOf(row, known) }
}

export function factsOf(row: SlurmRow, { use, records, handle }: SlurmKnown): RemoteFacts {
  const { kind } = meaningOf(row.state)
  const began = records.started.get(taskOf(handle))?.atMs ?? (kind === 'waiting' ? null : row.startMs)
  const facts: Record<keyof RemoteFacts, unknown> = {
    name: row.name,
    partition: row.partition,
    nodes: row.nodes,
    limitSec: row.limitSec,
    beganAtMs: began,
    expectedAtMs: kind === 'waiting' ? row.startMs : null,
    // While it runs that is told by the clock.
    elapsedSec: kind === 'over' ? row.elapsedSec : null,
    cpus: row.cpus,
    cpuSec: use?.cpuSec ?? null,
    memoryBytes: use === null || use.memoryBytes === 0 ? null : use.memoryBytes,
    askedMemoryBytes: row.askedMemoryBytes,
    restarts: records.started.get(taskOf(handle))?.restarts || row.restarts || null,
    tasks: null,
    url: null,
  }
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null))
}
