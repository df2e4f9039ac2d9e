// When a limit is lifted, from the words that an agent tells a person: `try again at 8:52 AM`, `resets 3pm (Europe/London)`,
// `try again in 2 hours 5 minutes`, `limit reached|1795855957`.
import type { Now } from './turnOutcome'

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const dayMs = 86_400_000
const minuteMs = 60_000

const span =
  /\b(?:in|after)\s+((?:\d+(?:\.\d+)?\s*(?:days?|hours?|hrs?|minutes?|mins?|seconds?|secs?|[dhms])\b[\s,and]*)+)/i
const spanPart = /(\d+(?:\.\d+)?)\s*(d|h|m|s)/gi
const epoch = /\|(\d{10})\b/
const date =
  /\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?(?:\s+(\d{4}))?/i
const clock = /\b(?:at|resets?|until)\b[^.|]{0,40}?\b(\d{1,2})(?::(\d{2}))?\s*(am|pm)\b/i

/** Null if no time is told that can be read. A time of day that has just passed is that of tomorrow. */
export function readResetTime(text: string, { ms, offsetMin }: Now): number | null {
  const seconds = epoch.exec(text)?.[1]
  if (seconds !== undefined) return Number(seconds) * 1000
  const after = span.exec(text)?.[1]
  if (after !== undefined) {
    const parts = [...after.matchAll(spanPart)]
    return ms + parts.reduce((sum, [, count, unit = 's']) => sum + Number(count) * (unitMs[unit.toLowerCase()] ?? 0), 0)
  }
  const time = clock.exec(text)
  if (time === null) return null
  const [, hours, minutes = '0', half = ''] = time
  const hour = (Number(hours) % 12) + (half.toLowerCase() === 'pm' ? 12 : 0)
  // The agents say UTC where they mean it; every other zone that they name is taken for the one here.
  const aheadMs = /\(UTC\)/i.test(text) ? 0 : offsetMin * minuteMs
  const here = new Date(ms + aheadMs)
  const day = date.exec(text)
  const month = day === null ? here.getUTCMonth() : months.indexOf((day[1] ?? '').toLowerCase())
  const year = day?.[3] === undefined ? here.getUTCFullYear() : Number(day[3])
  const dayOfMonth = day === null ? here.getUTCDate() : Number(day[2])
  const atMs = Date.UTC(year, month, dayOfMonth, hour, Number(minutes)) - aheadMs
  // Told to the minute: one that is the present one is now.
  if (day !== null || atMs > ms - minuteMs) return atMs
  return atMs + dayMs
}
