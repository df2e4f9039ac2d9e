// When a person is told of a running job: it has stood still, it never began, or its log says something. Nothing is ever
// stopped because of it.
import type { JobEvent } from './event'
import { type Alert, type Job, planOf } from './job'
import { renderDuration, shorten } from './jobWords'
import type { WatchPlan } from './plan'

/** Without output and work for so long, where nothing else is said. */
export const defaultStaleSec = 1800
const longStaleSec = 6 * 3600
/** A job that has done nothing at all by then was perhaps never begun. */
const silentStartSec = 120
const longSilentStartSec = 900
/** The same pattern is told again at most so often. */
export const patternQuietMs = 10 * 60_000
/** Below that nobody has worked: a shell and its profile take as much to start. */
const startedCpuMs = 2_000

/** What was found out about a running job at a look. */
export interface Watched {
  /** How long nothing of it has worked or written; 0: it does. */
  readonly idleForMs: number
  /** Nothing is in its log, and so much time of a processor was spent. Null: something is, or nothing is known. */
  readonly silent: { readonly cpuMs: number } | null
  readonly hits: readonly PatternHit[]
}

/** Lines of the log that one of the patterns was found in since the look before. */
export interface PatternHit {
  /** Which of the plan's patterns; the defaults if it has none. */
  readonly pattern: number
  readonly count: number
  /** The last of them, sanitised. */
  readonly line: string
  /** The pattern took too long, and is not looked for any more. */
  readonly gaveUp?: true
}

/** After so many seconds without output and work it is told; 0: never. */
export function staleLimitSec({ staleSec, long }: Pick<WatchPlan, 'staleSec' | 'long'>): number {
  return staleSec ?? (long === true ? longStaleSec : defaultStaleSec)
}

/** How long a job may be silent at its start; 0: for ever. */
export function silentLimitSec(watch: Pick<WatchPlan, 'staleSec' | 'long'>): number {
  if (watch.staleSec === 0) return 0
  const limit = watch.long === true ? longSilentStartSec : silentStartSec
  return Math.max(limit, Math.min(watch.staleSec ?? 0, longSilentStartSec))
}

/** A person was told of it, and it still holds. */
export function hasAlert({ alerts }: Job, key: string): boolean {
  return alerts.some((one) => one.key === key && one.clearedAtMs === null)
}

/** What tells one telling from another: a pattern is told of once an attempt, what comes and goes each time. */
export function noticeName({ key, kind, atMs }: Pick<Alert, 'key' | 'kind' | 'atMs'>): string {
  const name = key.replace(/[^a-z0-9_]+/g, '-')
  return kind === 'pattern' ? name : `${name}-${atMs}`
}

/** What is to be told, or is no longer so. `ranForMs` is how long the stage has run, `nowMs` the time of the wall clock. */
export function decideAlerts(job: Job, watched: Watched, ranForMs: number, nowMs: number): readonly JobEvent[] {
  const plan = planOf(job)
  const standing = (key: string) => hasAlert(job, key)
  const clear = (key: string): JobEvent[] => (standing(key) ? [{ type: 'alert_cleared', key }] : [])
  const events: JobEvent[] = []
  const staleMs = staleLimitSec(plan.watch) * 1000
  const isStale = staleMs > 0 && watched.idleForMs >= staleMs
  if (isStale && !standing('stale')) {
    const text = `It has neither written nor worked for ${renderDuration(watched.idleForMs)}. It is left alone.`
    events.push({ type: 'alerted', key: 'stale', kind: 'stale', text })
  }
  if (watched.idleForMs === 0) events.push(...clear('stale'))

  const silentMs = silentLimitSec(plan.watch) * 1000
  const isSilent = watched.silent !== null && watched.silent.cpuMs < startedCpuMs
  if (!isSilent || isStale) events.push(...clear('silent_start'))
  else if (plan.work.kind === 'command' && silentMs > 0 && ranForMs >= silentMs && !standing('silent_start')) {
    const text = `It started ${renderDuration(ranForMs)} ago, and has neither written nor worked. Does it wait for something?`
    events.push({ type: 'alerted', key: 'silent_start', kind: 'silent_start', text })
  }

  if (plan.work.kind === 'command')
    for (const hit of watched.hits) {
      const key = `pattern:${hit.pattern}`
      const last = job.alerts.find((one) => one.key === key)
      if (last === undefined || nowMs - last.atMs >= patternQuietMs || nowMs < last.atMs)
        events.push({ type: 'alerted', key, kind: 'pattern', text: renderHit(hit) })
    }
  return events
}

function renderHit({ line, count, gaveUp }: PatternHit): string {
  if (gaveUp === true)
    return `A pattern took too long on its log, and is not looked for any more: ${shorten(line, 200)}`
  return count === 1
    ? `Its log says: ${shorten(line, 200)}`
    : `${count} lines of its log, the last: ${shorten(line, 200)}`
}
