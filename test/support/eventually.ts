// Waiting for a result without sleeping for it.
import { setTimeout as delay } from 'node:timers/promises'

/** The first value of `check` that is not undefined or false; fails with the last error or value after `withinMs`. */
export async function eventually<T>(
  check: () => T | Promise<T>,
  withinMs = 15_000,
): Promise<Exclude<T, undefined | false | null>> {
  const deadline = performance.now() + withinMs
  for (;;) {
    let last: unknown
    try {
      const value = await check()
      if (value !== undefined && value !== false && value !== null) return value as Exclude<T, undefined | false | null>
      last = new Error(`still ${String(value)} after ${withinMs} ms`)
    } catch (error) {
      last = error
    }
    if (performance.now() > deadline) throw last
    await delay(20)
  }
}
