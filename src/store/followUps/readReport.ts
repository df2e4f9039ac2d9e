// What a follow-up has answered: its answer file, and where there is none (it runs yet, or ran before there were such
// files) the end of its log.
import fs from 'node:fs'
import { markerOfAnswer, readAnswerMarker } from '../../core/followUps/answer'
import type { AnswerMarker } from '../../core/jobs/job'
import { renderTerminalLines } from '../../core/logs/terminalText'
import type { StoredJob } from '../jobs/jobFiles'
import { readEnd } from '../logs/readEnd'
import type { AttemptPaths } from '../jobPaths'
import { readAnswer } from './turnFiles'

/** Of a longer report the end is read; the whole of it is in the file. */
const reportBytes = 64 * 1024
const maxLineChars = 20_000

/** The report of a follow-up's current attempt: Markdown, data, with nothing in it that cannot be seen. */
export function readReport({ job, paths }: Pick<StoredJob, 'job' | 'paths'>): string {
  const attempt = paths.attempt(job.attempt)
  const answer = readAnswer(attempt)
  if (answer === null) return readEnd(attempt.log, reportBytes).join('\n')
  return renderTerminalLines(answer.slice(-reportBytes), maxLineChars).join('\n')
}

/** Where the report of an attempt stands. */
export function reportFile({ answer, log }: AttemptPaths): string {
  return fs.existsSync(answer) ? answer : log
}

/** How the answer of an attempt ends. */
export function readMarker(attempt: AttemptPaths): AnswerMarker {
  const answer = readAnswer(attempt)
  return answer === null ? readAnswerMarker(readEnd(attempt.log, 4096)) : markerOfAnswer(answer)
}
