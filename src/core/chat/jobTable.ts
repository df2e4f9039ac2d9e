// The jobs of a window as a table in the chat. What comes from a job is escaped: it is data.
import type { JobDescription } from '../jobs/describeJob'
import { renderTitle, shorten } from '../jobs/jobWords'
import { sanitizeLine } from '../logs/terminalText'
import { escapeMarkdown } from './chatMarkdown'

export interface JobTableRow {
  readonly job: JobDescription
  /** State, elapsed time and exit, with a sign. */
  readonly state: string
  readonly lastLine: string
}

const titleChars = 48
const lineChars = 72

/** What a job is called by in the chat: the end of its id, which finds it. */
export function shortId(id: string): string {
  return /^\d{8}-\d{6}-(\w{6}.*)$/.exec(id)?.[1] ?? id
}

export function renderJobTable(rows: readonly JobTableRow[]): string {
  const lines = rows.map(({ job, state, lastLine }) => {
    const title = shorten(sanitizeLine(renderTitle(job)), titleChars)
    const cells = [state, shortId(job.id), title, shorten(sanitizeLine(lastLine), lineChars)]
    return `| ${cells.map(escapeMarkdown).join(' | ')} |`
  })
  return ['| State | Id | Job | Last line |', '| :-- | :-- | :-- | :-- |', ...lines].join('\n')
}
