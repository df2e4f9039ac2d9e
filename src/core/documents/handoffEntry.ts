// One entry of HANDOFF_LOG.md. The file is append-only: an entry is written once, after a follow-up or a task has ended.
// Format: the experiment hand-off log of the relay contract (heading with ISO time, meta comment, fixed sections).
import { readMissing, type TaskState } from '../followUps/taskState'
import type { JobDescription } from '../jobs/describeJob'
import type { Next } from '../jobs/job'

export interface HandoffInput {
  /** Id of the edit; it makes the entry recognisable, so that it is never written twice. */
  readonly edit: string
  /** ISO 8601 with the local offset. */
  readonly at: string
  /** What it is about; null: a task of its own. */
  readonly job: JobDescription | null
  readonly followUp: JobDescription
  readonly state: TaskState
  /** What was decided about the job that its answer asks for; null: it asks for none. */
  readonly next: Next | null
  /** The answer of the follow-up: Markdown, data. */
  readonly report: string
}

/** What a new log begins with. */
export const handoffHeader = '# Handoff log\n\nAppend only: one entry for every follow-up and task that ended.\n'

/** How much of a report an entry carries; the whole of it stays in the follow-up's log. */
const reportLimit = 12_000

/** The whole entry, beginning with an empty line and ending with a comment that carries the id of the edit. */
export function renderHandoffEntry({ edit, at, job, followUp, state, next, report }: HandoffInput): string {
  const meta = {
    type: job === null ? 'task' : 'job',
    run_id: job?.run?.id ?? null,
    job_id: job?.id ?? null,
    task_id: followUp.id,
    commit: job?.source?.commit ?? null,
    dirty: job?.source?.dirty ?? null,
  }
  const whose = job === null ? 'task' : 'follow-up'
  return [
    '',
    `## ${at}`,
    '',
    `<!-- ${JSON.stringify(meta)} -->`,
    '',
    ...(job === null ? renderTaskFacts(followUp) : renderJobFacts(job)),
    '### Interpretation',
    '',
    `By the ${whose} ${followUp.id} (${renderTaskState(followUp, state)}):`,
    '',
    boundReport(report),
    '',
    '### Decision',
    '',
    renderDecision(next, state, whose),
    '',
    '### Next step',
    '',
    renderNextStep(next, state, followUp, report),
    '',
    endMarker(edit),
    '',
  ].join('\n')
}

function renderTaskFacts(task: JobDescription): readonly string[] {
  return [
    '### Scope',
    '',
    `${oneLine(task.description ?? 'A task')} — attempt ${task.attempt}, in \`${oneLine(task.cwd)}\`.`,
    '',
    '### Task',
    '',
    // Without the name of its agent, which the interpretation tells.
    fence(task.command.replace(/^[a-z]+: /, ''), 'text'),
    '',
  ]
}

function renderJobFacts(job: JobDescription): readonly string[] {
  return [
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
  ]
}

/** What did not come to a good end is said in words. */
function renderTaskState(followUp: JobDescription, state: TaskState): string {
  switch (state) {
    case 'failed':
      return `failed, ${followUp.state}: ${oneLine(followUp.reason ?? 'nothing more is known')}`
    case 'blocked':
      return 'blocked: something is missing'
    case 'done':
    case 'canceled':
    case 'pending':
    case 'running':
      return `${followUp.state}${followUp.answer === null ? '' : `, ${followUp.answer}`}`
  }
}

function renderDecision(next: Next | null, state: TaskState, whose: string): string {
  if (state === 'failed') return `None: the ${whose} failed.`
  if (state === 'blocked') return `None: the ${whose} cannot go on without an answer.`
  switch (next?.kind) {
    case 'started':
      return `The next job was started by itself, as approved before: ${next.jobId}.`
    case 'requested':
      return `The answer asks for a next job; it was left to a person. ${oneLine(next.why)}`
    case 'refused':
      return `The answer asks for a next job; it was not started. ${oneLine(next.why)}`
    case 'none':
    case undefined:
      return 'None was taken automatically.'
  }
}

function renderNextStep(next: Next | null, state: TaskState, { id }: JobDescription, report: string): string {
  if (state === 'failed') return `Look at the reason above, then: \`relay task retry ${id}\``
  if (state === 'blocked')
    return `Answer what is missing: \`relay task answer ${id} -\`\n\n${quoteLines(readMissing(report))}`
  switch (next?.kind) {
    case 'started':
      return `Job ${next.jobId} runs; \`relay show ${next.jobId}\` tells how it is.`
    case 'requested':
      return 'Start or dismiss it under Requests.'
    case 'refused':
    case 'none':
    case undefined:
      return 'See the interpretation above.'
  }
}

/** As a quote of Markdown, in which nothing can begin a section of ours. */
function quoteLines(text: string): string {
  return text
    .split('\n')
    .map((line) => `> ${line.replaceAll('<!--', '<!-')}`)
    .join('\n')
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
