// All that reads a job for its page: numbers, timeline, report. Loaded with the first page, in a file of its own.
import { JobPageFeed, type JobPageFeedInput } from '../../store/jobs/jobPageFeed'

export function openPageFeed(input: JobPageFeedInput): JobPageFeed {
  return new JobPageFeed(input)
}
