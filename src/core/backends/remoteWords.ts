// What a service tells of a job, as rows for people: where it runs, how long it may still, how much of what it asked for it has used.
import type { DescribedRemote, JobDescription } from '../jobs/describeJob'
import { renderDuration } from '../jobs/jobWords'
import { renderBytes } from './renderBytes'

/** Labels and values, in the order in which they matter. */
export function renderRemote(
  { remote, endedAt }: Pick<JobDescription, 'remote' | 'endedAt'>,
  nowMs: number,
): readonly (readonly [string, string])[] {
  if (remote === null) return []
  const { name, state, words, facts } = remote
  const { partition, nodes, limitSec, beganAtMs, expectedAtMs, restarts, url } = facts
  const rows: (readonly [string, string | null])[] = [
    ['Runs as', name],
    ['Says', state === null ? null : `${state}${words === null ? '' : `: ${words}`}`],
    ['Where', [partition, nodes].filter((part) => part !== undefined).join(', ')],
    ['Begins', expectedAtMs === undefined ? null : `expected ${new Date(expectedAtMs).toISOString()}`],
    [
      'Time left',
      endedAt !== null || limitSec === undefined || beganAtMs === undefined
        ? null
        : `${renderDuration(Math.max(0, beganAtMs + limitSec * 1000 - nowMs))} of ${renderDuration(limitSec * 1000)}`,
    ],
    ['Used', renderEfficiency(facts)],
    ['Begun anew', restarts === undefined || restarts === 0 ? null : `${restarts} times`],
    ['Page', url ?? null],
  ]
  return rows.flatMap(([label, value]) => (value === null || value === '' ? [] : [[label, value] as const]))
}

/** `0:42 of 1:00:00; 1.9 of 4 processors; 3.1 GB of 8 GB`, as far as it is known; null: nothing is. */
export function renderEfficiency(facts: DescribedRemote['facts']): string | null {
  const { elapsedSec, limitSec, cpus, cpuSec, memoryBytes, askedMemoryBytes } = facts
  const parts: string[] = []
  if (elapsedSec !== undefined && limitSec !== undefined)
    parts.push(`${renderDuration(elapsedSec * 1000)} of ${renderDuration(limitSec * 1000)}`)
  if (cpus !== undefined && cpuSec !== undefined && elapsedSec !== undefined && elapsedSec > 0)
    parts.push(`${(cpuSec / elapsedSec).toFixed(1)} of ${cpus} processors`)
  if (memoryBytes !== undefined)
    parts.push(
      `${renderBytes(memoryBytes)}${askedMemoryBytes === undefined ? '' : ` of ${renderBytes(askedMemoryBytes)}`} of memory`,
    )
  return parts.length === 0 ? null : parts.join('; ')
}
