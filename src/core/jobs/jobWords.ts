// A job in short words and signs, as the command line and the editor both say them. No state is told by colour alone.
import type { DescribedExit, JobDescription, ShownState } from './describeJob'

/** One character a state, each of another shape. */
export const stateSigns: Readonly<Record<ShownState, string>> = {
  requested: '○',
  queued: '◌',
  checking: '◔',
  running: '●',
  settling: '◕',
  succeeded: '✓',
  failed: '✗',
  stopped: '■',
  lost: '?',
  blocked: '!',
}

export function renderDescribedExit(exit: DescribedExit | null): string {
  if (exit !== null && 'words' in exit) return exit.words
  return exit !== null && 'signal' in exit ? `${exit.signal} (status ${exit.status})` : renderShortExit(exit)
}

/** What a job is called in a list: its description, or its command. A dry run says what it is. */
export function renderTitle({
  dryRun,
  description,
  command,
}: Pick<JobDescription, 'dryRun' | 'description' | 'command'>): string {
  const title = description ?? command
  return dryRun ? `Dry run: ${title}` : title
}

/** `[smoke 1/2]`, or an empty text. */
export function renderStage({ stage }: Pick<JobDescription, 'stage'>): string {
  return stage === null ? '' : `[${stage.name} ${stage.number}/${stage.count}]`
}

/** Stands before what a person should look at. */
export const alertSign = '⚠'

/** For a narrow column. */
export function renderShortExit(exit: DescribedExit | null): string {
  if (exit === null) return ''
  if ('code' in exit) return `exit ${exit.code}`
  if ('service' in exit) return exit.state
  return 'signal' in exit ? exit.signal : 'unknown'
}

/** `0:42`, `1:02:03`, `2d 03:04`. */
export function renderDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const two = (value: number) => String(value).padStart(2, '0')
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ]
  if (days > 0) return `${days}d ${two(hours)}:${two(minutes)}`
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}

/** How long it has run or ran, or an empty text. */
export function renderElapsed({ startedAt, endedAt }: JobDescription, nowMs: number): string {
  return startedAt === null
    ? ''
    : renderDuration((endedAt === null ? nowMs : Date.parse(endedAt)) - Date.parse(startedAt))
}

export function shorten(text: string, width: number): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`
}
