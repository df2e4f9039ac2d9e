// One entry of HANDOFF_LOG.md. The file is append-only: an entry is written once, after the follow-up of a job has ended.
// Format: the experiment hand-off log of the relay contract (heading with ISO time, meta comment, fixed sections).
import type { JobDescription } from '../jobs/describeJob'

export interface HandoffInput {
  /** Id of the edit; it makes the entry recognisable, so that it is never written twice. */
  readonly edit: string
  /** ISO 8601 with the local offset. */
  readonly at: string
  readonly job: JobDescription
  readonly followUp: JobDescription
  /** The answer of the follow-up: Markdown, data. */
  readonly report: string
}

/** What a new log begins with. */
export const handoffHeader = '# Handoff log\n\nAppend only: one entry for every job that ended with a follow-up.\n'

/** How much of a report an entry carries; the whole of it stays in the follow-up's log. */
const reportLimit = 12_000

/** The whole entry, beginning with an empty line and ending with a comment that carries the id of the edit. */
export function renderHandoffEntry({ edit, at, job, followUp, report }: HandoffInput): string {
  const meta = {
    type: 'job',
    run_id: null,
    job_id: job.id,
    task_id: followUp.id,
    commit: job.source?.commit ?? null,
    dirty: job.source?.dirty ?? null,
  }
  return [
    '',
    `## ${at}`,
    '',
    `<!-- ${JSON.stringify(meta)} -->`,
    '',
    '### Scope',
    '',
    `${oneLine(job.description ?? 'A job without a description')} — attempt ${job.attempt}, in \`${oneLine(job.cwd)}\`.`,
    '',
    '### Exact commands',
    '',
    fence(job.command, 'sh'),
    '',
    '### Output artifacts',
    '',
    ...(job.log === null ? [] : [`- log: \`${oneLine(job.log)}\``]),
    ...job.requiredFiles.map((file) => `- \`${oneLine(file.path)}\`: ${file.state} (${oneLine(file.detail)})`),
    '',
    '### Results (observed)',
    '',
    `- ${job.state}: ${oneLine(job.reason ?? '')}`,
    `- started ${job.startedAt ?? 'never'}, ended ${job.endedAt ?? 'not known'}`,
    ...job.checks
      .filter(({ passed }) => !passed)
      .map(({ name, detail }) => `- check failed: ${oneLine(`${name}: ${detail}`)}`),
    ...job.leftBehind.map((process) => `- left running: \`${oneLine(process)}\``),
    '',
    '### Interpretation',
    '',
    `By the follow-up ${followUp.id} (${followUp.state}${followUp.answer === null ? '' : `, ${followUp.answer}`}):`,
    '',
    boundReport(report),
    '',
    '### Decision',
    '',
    'None was taken automatically.',
    '',
    '### Next step',
    '',
    'See the interpretation above.',
    '',
    endMarker(edit),
    '',
  ].join('\n')
}

/** The last line of the entry of one edit. */
export function endMarker(edit: string): string {
  return `<!-- relay end ${edit} -->`
}

/** Cut to a length, headings moved below those of the entry, without the marker that ended the answer. */
function boundReport(report: string): string {
  const body = report.replace(/\n?\s*\[\[task:(?:done|blocked)\]\]\s*$/i, '').trim()
  const cut =
    body.length > reportLimit ? `${body.slice(0, reportLimit)}\n\n… (cut; the whole report is in the log)` : body
  const lines: string[] = []
  let fenced: string | null = null
  for (const line of cut.split('\n')) {
    const ticks = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1] ?? null
    if (fenced === null) lines.push(line.replace(/^#{1,3}(?= )/, '####'))
    else lines.push(line)
    if (ticks !== null) fenced = fenced === null ? ticks : ticks.startsWith(fenced) ? null : fenced
  }
  if (fenced !== null) lines.push(fenced)
  return lines.join('\n').replaceAll('<!--', '<!-')
}

/** A fenced block that its own content cannot close. */
export function fence(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const ticks = '`'.repeat(longest + 1)
  return `${ticks}${language}\n${text}\n${ticks}`
}

/** Text of anybody's inside of a line of ours. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('`', "'").replaceAll('<!--', '<!-').trim()
}
