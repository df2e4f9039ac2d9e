// The line of a step in SPEC.md at its end: by a window that has the folder open, or in the file.
import path from 'node:path'
import { shorten } from '../../core/jobs/jobWords'
import { redactSecrets } from '../../core/logs/redactSecrets'
import { unprovedNote } from '../../core/steps/evidence'
import type { Mark, StepItem, StepRun, StepRunEvent } from '../../core/steps/stepRunState'
import { lastingProblem, localIsoTime } from '../documents/handoff'
import type { ActTools } from '../undertakings/actor'

const maxNoteChars = 160

/** What tells that the edit has been made, and whose offer is whose. */
export function markEditId(run: StepRun, index: number, mark: Mark): string {
  return `step-${run.spec.id}-${index + 1}-${mark}-${run.state.items[index]?.run ?? 0}`
}

/** Marks the step, exactly once for each mark. Throws RelayError for what passes. */
export async function markSpec(
  run: StepRun,
  item: StepItem,
  index: number,
  mark: Mark,
  atMs: number,
  { editor, folder }: ActTools,
): Promise<readonly StepRunEvent[]> {
  const { plan, taskId } = item
  const { folder: within } = run.spec
  const id = markEditId(run, index, mark)
  const at = localIsoTime(atMs).slice(0, 19).replace('T', ' ')
  const edit = {
    ...({ kind: 'mark_step', step: plan.step, title: plan.title, outcome: mark, taskId, at } as const),
    // The document is for others to read.
    text: redactSecrets(shorten(noteOf(item), maxNoteChars)),
  }
  let problem: string | null
  try {
    problem = await editor.edit(folder, { id, file: path.resolve(within, plan.documents.spec), within, edit })
  } catch (error) {
    problem = lastingProblem(error)
  }
  editor.forget(folder, id)
  return [{ type: 'spec_marked', item: index, mark, problem }]
}

function noteOf({ state, notable }: StepItem): string {
  if (state.kind !== 'ended' || state.outcome === 'completed') return notable
  if (state.outcome === 'unproved') return unprovedNote
  const where = state.phase === null ? '' : ` in ${state.phase}`
  return state.outcome === 'stopped' ? `stopped${where}` : `${state.outcome}${where}: ${state.reason}`
}
