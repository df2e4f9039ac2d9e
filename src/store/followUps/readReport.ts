// What a follow-up has answered.
import type { StoredJob } from '../jobs/jobFiles'
import { readEnd } from '../logs/readEnd'

/** Of a longer report the end is read; the whole of it is in the log. */
const reportBytes = 64 * 1024

/** The report of a follow-up's current attempt: Markdown, data. */
export function readReport({ job, paths }: Pick<StoredJob, 'job' | 'paths'>): string {
  return readEnd(paths.attempt(job.attempt).log, reportBytes).join('\n')
}
