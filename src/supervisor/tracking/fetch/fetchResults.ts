// The files that an attempt has left elsewhere, brought to a folder beside the track. What is there already is not fetched again, so that it
// may be cut off and done again.
import path from 'node:path'
import { currentAttempt } from '../../../core/jobs/job'
import { isPassing, RelayError } from '../../../core/relayError'
import { attemptJobId, type Track } from '../../../core/tracking/trackState'
import type { TrackEvent } from '../../../core/tracking/trackEvent'
import type { ActTools } from '../../undertakings/actor'
import { clean } from '../examine'
import { fetchArtifacts } from './fetchArtifacts'
import { failed, type Fetched, nothing } from './fetched'
import { dropTwins, fetchChained } from './fetchChained'
import { fetchOverSsh } from './fetchOverSsh'

export async function fetchResults(track: Track, attempt: number, tools: ActTools): Promise<TrackEvent> {
  const { files, bytes, complete, passing, problems } = await fetchFrom(track, attempt, tools).catch(told)
  // A half of it is no answer: whoever supervises next fetches it.
  tools.signal.throwIfAborted()
  const texts = problems.map((problem) => clean(problem, 1000)).slice(0, 20)
  return { type: 'results_fetched', attempt, files, bytes, complete, passing, problems: texts }
}

/** A full disk passes, perhaps; a program that is not there does not. Neither keeps the track from its end. */
function told(error: unknown): Fetched {
  if (error instanceof RelayError) return failed(error.message, isPassing(error))
  throw error
}

async function fetchFrom({ spec }: Track, number: number, tools: ActTools): Promise<Fetched> {
  const { fetch, folder, globs } = spec.plan.results
  const job = tools.store.read(attemptJobId(spec.id, number))?.job ?? null
  if (fetch === undefined || job === null || job.state.kind !== 'ended') return nothing
  const sinceMs = currentAttempt(job)?.startedAtMs ?? null
  // One that never began has left nothing.
  if (sinceMs === null && job.state.outcome !== 'succeeded') return nothing
  const { signal } = tools
  const env = tools.env()
  const all = tools.paths.fetched(number)
  const target = folder === null || path.isAbsolute(folder) || folder.includes('..') ? all : path.join(all, folder)
  if (fetch.from === 'ssh') return fetchOverSsh({ fetch, folder: folder ?? '.', globs, sinceMs, target, env, signal })
  const handle = job.remote?.handle
  if (handle?.kind !== 'github') return failed('Nothing was fetched: it is not known which run it was.', false)
  const uploaded = await fetchArtifacts({ run: handle, folder, globs, target: all, env, signal })
  const { also } = handle
  if (fetch.chain === undefined || also === undefined || folder === null) return uploaded
  const own = path.join(all, `slurm-${also.id}`)
  const wish = {
    job: also,
    runBeganMs: sinceMs,
    folder,
    globs,
    target: path.join(own, path.basename(folder)),
    env,
    signal,
  }
  const chained = await fetchChained(wish)
  return both(uploaded, chained, await dropTwins(all, own))
}

/** A run that has uploaded nothing lacks nothing where its SLURM job has its files. */
function both(uploaded: Fetched, chained: Fetched, twins: number): Fetched {
  if (uploaded.isEmpty === true && chained.files > 0) return chained
  return {
    files: uploaded.files + chained.files - twins,
    bytes: uploaded.bytes + chained.bytes,
    complete: uploaded.complete && chained.complete,
    passing: uploaded.passing || chained.passing,
    problems: [...chained.problems, ...uploaded.problems],
  }
}
