// When a look of a monitor is told to a person, and when not again. Pure.
import { shorten } from '../jobs/jobWords'
import type { AlertRule } from './definition'
import type { MonitorRun, StepRunEvent } from './stepRunState'

/** What a look found. `exit`: the status, or a word for why there is none. `hit`: the last line that has the pattern. */
export interface Look {
  readonly exit: number | string
  readonly lines: readonly string[]
  readonly hit: string | null
}

/** The same monitor is told of again at most so often. */
const quietMs = 10 * 60_000
/** What it prints is noted at most so often; how it ends, always. */
const notedMs = 60_000
const maxLineChars = 300

export function judgeLook(
  item: number,
  monitor: MonitorRun,
  rule: AlertRule,
  look: Look,
  nowMs: number,
): readonly StepRunEvent[] {
  const { act, look: before, alert, alertedAtMs } = monitor
  const line = shorten(look.lines.at(-1) ?? '', maxLineChars)
  const trouble = troubleOf(monitor, rule, look)
  const isQuiet = alertedAtMs !== null && nowMs - alertedAtMs < quietMs
  const isCleared = trouble === null && alert !== null
  const isAlert = trouble !== null && alert === null && !isQuiet
  const isOther = before === null || before.exit !== look.exit || isCleared || isAlert
  const events: StepRunEvent[] = []
  if (isOther || (before.line !== line && nowMs - before.atMs >= notedMs))
    events.push({ type: 'monitor_looked', item, monitor: act, exit: look.exit, line })
  if (isCleared) events.push({ type: 'alert_cleared', item, monitor: act })
  if (isAlert) events.push({ type: 'alerted', item, monitor: act, text: shorten(trouble, maxLineChars) })
  return events
}

function troubleOf({ look: before, alert }: MonitorRun, rule: AlertRule, look: Look): string | null {
  switch (rule.kind) {
    case 'never':
      return null
    case 'matches':
      return look.hit
    case 'output':
      return look.exit === 0 ? (look.lines.find((line) => line.trim() !== '') ?? null) : null
    case 'fails': {
      const isBad = look.exit !== 0
      const wasGood = before?.exit === 0
      const what = typeof look.exit === 'number' ? `exit ${look.exit}` : look.exit
      return isBad && (wasGood || alert !== null) ? `It fails now (${what}): ${look.lines.at(-1) ?? ''}` : null
    }
  }
}
