// What a person is told of jobs that do the same as what is about to be started.
import * as vscode from 'vscode'
import { showInvisible } from '../../core/logs/plainText'
import type { StoredJob } from '../../store/jobs/jobFiles'
import { describeStored } from '../../store/jobs/jobStore'
import type { SameJobs } from '../../store/jobs/sameJobs'
import { stateLine } from './stateWords'

/** One sentence for each that is running; empty if none is. */
export function tellRunning({ running }: SameJobs): readonly string[] {
  return running.map((stored) => vscode.l10n.t('The same block is running already: {0}.', tellJob(stored)))
}

/** When it ran last and how that ended, in a sentence; empty if it has not. */
export function tellBefore({ before }: SameJobs): readonly string[] {
  return before === null ? [] : [vscode.l10n.t('The same ran before: {0}.', tellJob(before))]
}

function tellJob(stored: StoredJob): string {
  const job = describeStored(stored, null, Date.now())
  const { origin, endedAt } = job
  const facts = [stateLine(job, Date.now())]
  if (endedAt !== null) facts.push(vscode.l10n.t('ended {0}', new Date(endedAt).toLocaleString()))
  if (origin.kind === 'block' && origin.file !== null)
    facts.push(vscode.l10n.t('from {0}, line {1}', showInvisible(origin.file), origin.line))
  return `${facts.join(', ')} (${job.id})`
}
