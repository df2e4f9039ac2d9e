// Looks for the lines that an agent quotes: in what the tools of the step's turns gave back, in what its commands printed, and
// in files that it names. Its own words are not looked through. Bounded, whatever there is to be read.
import fs from 'node:fs'
import path from 'node:path'
import { type Claim, QuoteFinder, readClaims } from '../../core/steps/criteria'
import type { StepItem } from '../../core/steps/stepRunState'
import { openFile, readRange } from '../../store/logs/openFile'
import { realFileWithin } from '../../store/realFile'
import type { AttemptPaths } from '../../store/jobPaths'
import type { ActTools } from '../undertakings/actor'

/** Between the clock of a disk and ours. */
export const clockSlackMs = 1_000
/** Of one file its beginning and its end are read, so much of each. */
const partBytes = 8 * 1024 * 1024
/** The last of them: chunks may be many. */
const maxTurns = 8

export interface FoundClaims {
  readonly shown: readonly Claim[]
  readonly unshown: readonly Claim[]
}

/** `attempts`: those of the turn itself, whose answer this is. */
export async function findClaims(
  item: StepItem,
  act: number,
  answer: string,
  attempts: readonly AttemptPaths[],
  folder: string,
  { store }: ActTools,
): Promise<FoundClaims> {
  const finder = new QuoteFinder(readClaims(answer, item.plan.successCriteria))
  const look = async (file: string) => {
    if (!finder.isDone) await readThrough(file, finder)
  }
  for (const { toolOutput } of attempts) await look(toolOutput)
  // What a try before it has run needs not be run again by who puts it right.
  for (const { isAgent, paths } of earlierTurns(item, act, store)) await look(isAgent ? paths.toolOutput : paths.log)
  const files = [...new Set([...item.plan.requireFiles, ...finder.open.flatMap((claim) => claim.files)])]
  for (const file of files) {
    const real = freshFile(item, path.resolve(item.plan.cwd, file), folder)
    if (real !== null) await look(real)
  }
  return { shown: finder.found, unshown: finder.open }
}

/** Newest first. */
function earlierTurns(
  { plan, acts }: StepItem,
  act: number,
  store: ActTools['store'],
): readonly { readonly isAgent: boolean; readonly paths: AttemptPaths }[] {
  const before = acts.flatMap(({ act: at, state }) => {
    const planned = plan.acts[at]
    if (at === act || planned?.phase !== 'MAIN' || state.kind !== 'done' || state.job === null) return []
    const stored = store.tryRead(state.job)
    if (stored === null || !('job' in stored)) return []
    return [{ isAgent: planned.doing.kind === 'agent', paths: stored.paths.attempt(stored.job.attempt) }]
  })
  return before.slice(-maxTurns).reverse()
}

/** Null: it is no file of the workspace, or it was there before the step, or it is one that is about it. */
function freshFile({ plan, state }: StepItem, file: string, folder: string): string | null {
  const sinceMs = state.kind === 'waiting' ? 0 : state.sinceMs
  try {
    const real = realFileWithin(file, folder)
    const stats = fs.statSync(real)
    const ours = [plan.documents.spec, plan.documents.log].map((one) => path.resolve(folder, one))
    if (!stats.isFile() || stats.mtimeMs < sinceMs - clockSlackMs || ours.includes(file)) return null
    return real
  } catch {
    return null // Not there, or not to be read: nothing stands in it.
  }
}

async function readThrough(file: string, finder: QuoteFinder): Promise<void> {
  const opened = await openFile(file)
  if (opened.kind === 'problem') return
  const { handle, stats } = opened
  try {
    const take = async (from: number, to: number) => {
      const text = (await readRange(handle, from, to)).toString('utf8')
      // A progress bar draws over its own line.
      for (const line of text.split(/[\r\n]/)) finder.take(line)
    }
    await take(0, Math.min(partBytes, stats.size))
    if (stats.size > partBytes && !finder.isDone) await take(Math.max(partBytes, stats.size - partBytes), stats.size)
  } finally {
    await handle.close()
  }
}
