// When a look of a monitor is told to a person, and when not again. Pure.
import { shorten } from '../jobs/jobWords'
import type { AlertRule } from './definition'
import type { JobId } from '../jobs/jobId'
import { type MonitorRun, notAnswered, type StepRunEvent } from './stepRunState'

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
  const { act, look: before } = monitor
  const line = shorten(look.lines.at(-1) ?? '', maxLineChars)
  const told = tell(item, monitor, troubleOf(monitor, rule, look), nowMs)
  const isOther = before === null || before.exit !== look.exit || told.length > 0
  const isNoted = isOther || (before.line !== line && nowMs - before.atMs >= notedMs)
  return [...(isNoted ? [looked(item, act, look.exit, line)] : []), ...told]
}

/** What an agent that was asked has answered; `isSo` null: it has not, or not clearly. */
export interface AnsweredLook {
  readonly isSo: boolean | null
  readonly lines: readonly string[]
  readonly hit: string | null
}

/** The same of a turn: each is noted, for it was paid for. What nobody has answered neither tells anything nor takes it back. */
export function judgeAnswer(
  item: number,
  monitor: MonitorRun,
  rule: AlertRule,
  { isSo, lines, hit }: AnsweredLook,
  job: JobId,
  nowMs: number,
): readonly StepRunEvent[] {
  const last = lines.at(-1) ?? ''
  const exit = isSo === null ? notAnswered : isSo ? 0 : 1
  const noted = { ...looked(item, monitor.act, exit, shorten(last, maxLineChars)), job }
  if (isSo === null) return [noted]
  const said = last === '' ? (isSo ? 'It is so.' : 'It is not so.') : last
  const isTrouble = rule.kind === 'output' ? isSo : rule.kind === 'fails' && !isSo
  return [noted, ...tell(item, monitor, rule.kind === 'matches' ? hit : isTrouble ? said : null, nowMs)]
}

function looked(item: number, monitor: number, exit: number | string, line: string) {
  return { type: 'monitor_looked', item, monitor, exit, line } as const
}

/** `trouble`: what a person should know; null: nothing. */
function tell(
  item: number,
  { act, alert, alertedAtMs }: MonitorRun,
  trouble: string | null,
  nowMs: number,
): readonly StepRunEvent[] {
  if (trouble === null) return alert === null ? [] : [{ type: 'alert_cleared', item, monitor: act }]
  const isQuiet = alertedAtMs !== null && nowMs - alertedAtMs < quietMs
  if (alert !== null || isQuiet) return []
  return [{ type: 'alerted', item, monitor: act, text: shorten(trouble, maxLineChars) }]
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
