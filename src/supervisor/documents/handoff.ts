// The handoff entry of a follow-up, or of a task, that ended.
import path from 'node:path'
import { endMarker, handoffHeader, renderHandoffEntry } from '../../core/documents/handoffEntry'
import { taskStateOf } from '../../core/followUps/taskState'
import type { Job } from '../../core/jobs/job'
import { redactSecrets } from '../../core/logs/redactSecrets'
import { isPassing, RelayError } from '../../core/relayError'
import type { StoredJob } from '../../store/jobs/jobFiles'
import type { JobStore } from '../../store/jobs/jobStore'
import { readReport } from '../../store/followUps/readReport'
import type { FolderPaths } from '../../store/stateFolder'
import type { DocumentEditor } from './documentEditor'

const fileName = 'HANDOFF_LOG.md'

/**
 * Writes the entry for `followUp`, exactly once for each `edit`. A document that can never be written (no permission, a
 * link out of the workspace) comes back as a `problem`; a full disk is thrown, to be tried again.
 */
export async function writeHandoff(
  { store, editor, folder }: { store: JobStore; editor: DocumentEditor; folder: FolderPaths },
  followUp: Job,
  edit: string,
): Promise<{ path: string; problem: string | null }> {
  const file = path.join(followUp.spec.folder, fileName)
  const { work } = followUp.spec.plan
  const about = work.kind === 'agent' ? work.about : null
  let parent: StoredJob | null
  let own: StoredJob | null
  try {
    parent = about === null ? null : store.read(about.jobId, about.attempt)
    own = store.read(followUp.spec.id)
  } catch (error) {
    return { path: file, problem: lastingProblem(error) }
  }
  if ((parent === null && about !== null) || own === null)
    return { path: file, problem: 'The job it is about has been removed.' }

  const endedAtMs = followUp.state.kind === 'ended' ? followUp.state.atMs : followUp.updatedAtMs
  const text = renderHandoffEntry({
    edit,
    at: localIsoTime(endedAtMs),
    job: parent === null ? null : store.describe(parent, endedAtMs),
    followUp: store.describe({ ...own, job: followUp }, endedAtMs),
    state: taskStateOf(followUp),
    next: followUp.next,
    // A file of the project, which others will read.
    report: redactSecrets(readReport({ job: followUp, paths: own.paths })),
  })
  try {
    const append = { kind: 'append_once', header: handoffHeader, text, marker: endMarker(edit) } as const
    const problem = await editor.edit(folder, { id: edit, file, within: followUp.spec.folder, edit: append })
    return { path: file, problem }
  } catch (error) {
    return { path: file, problem: lastingProblem(error) }
  }
}

/** What is wrong, if trying again will not help; else it is thrown. */
export function lastingProblem(error: unknown): string {
  if (!(error instanceof RelayError) || isPassing(error)) throw error
  return error.message
}

/** ISO 8601 to the second with the offset of this machine: `2026-11-20T14:03:00+01:00`. */
export function localIsoTime(ms: number): string {
  const offsetMin = -new Date(ms).getTimezoneOffset()
  const local = new Date(ms + offsetMin * 60_000).toISOString().slice(0, 19)
  const part = (minutes: number) => String(Math.floor(minutes)).padStart(2, '0')
  const distance = Math.abs(offsetMin)
  return `${local}${offsetMin < 0 ? '-' : '+'}${part(distance / 60)}:${part(distance % 60)}`
}
