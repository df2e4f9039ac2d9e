// Lines for `.task_execution.log`: each once, although the supervisor may be killed between writing one and noting that it has.
import path from 'node:path'
import { renderLogLine } from '../../core/steps/executionLog'
import type { StepRun, StepRunEvent } from '../../core/steps/stepRunState'
import { RelayError } from '../../core/relayError'
import { openFile, readRange } from '../../store/logs/openFile'
import { appendLogEntry } from '../../store/steps/executionLogFile'
import { lastingProblem } from '../documents/handoff'

/** Others may have appended so much between our line and its note. */
const lookedThroughBytes = 512 * 1024

/** Appends what is not known to be in the log. Throws RelayError for what passes. */
export async function writeStepLog({ spec, state }: StepRun): Promise<readonly StepRunEvent[]> {
  const entries = state.unlogged
  const documents = spec.plan.steps[0]?.plan.documents
  if (entries.length === 0 || documents === undefined) return []
  const file = path.resolve(spec.folder, documents.log)
  let problem: string | null = null
  try {
    const before = await readEnd(file)
    for (const entry of entries) {
      const line = renderLogLine(entry)
      if (!before.includes(line)) appendLogEntry(file, spec.folder, entry)
    }
  } catch (error) {
    problem = lastingProblem(error)
  }
  return [{ type: 'logged', count: entries.length, problem }]
}

async function readEnd(file: string): Promise<string> {
  const opened = await openFile(file)
  if (opened.kind === 'problem') {
    if (opened.code === 'ENOENT') return ''
    throw new RelayError(opened.code === 'EIO' || opened.code === 'ESTALE' ? 'io' : 'unreadable', opened.problem)
  }
  const { handle, stats } = opened
  try {
    return (await readRange(handle, Math.max(0, stats.size - lookedThroughBytes), stats.size)).toString('utf8')
  } finally {
    await handle.close()
  }
}
