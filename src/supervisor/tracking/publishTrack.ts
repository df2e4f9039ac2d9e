// Brings the results branch and its pull request to what is known of a track now; where there is no git, the text is kept alone.
import { renderBody } from '../../core/tracking/renderResults'
import { publicationAtMs, type Track } from '../../core/tracking/trackState'
import type { PublicationKey, TrackEvent } from '../../core/tracking/trackEvent'
import { trackFixes, trackPage } from '../../core/tracking/trackPage'
import { defaultBodyTemplate } from '../../core/tracking/resultsTemplate'
import { readIfExists, writeDurably } from '../../store/durableFile'
import { ResultsFiles } from '../../store/tracking/resultsFiles'
import type { ActTools } from '../undertakings/actor'
import { clean } from './examine'
import { publishResults, releaseResults } from './publishResults'

const maxPatchChars = 200_000

/** What cannot be done comes back in the event: it is tried again as often as the policy says. */
export async function publishTrack(
  track: Track,
  key: PublicationKey,
  { paths, env, signal, log }: ActTools,
): Promise<TrackEvent> {
  const { spec, state } = track
  const { pullRequest, document } = spec.plan
  const page = trackPage(
    track,
    key,
    (attempt) => readIfExists(paths.fixPatch(attempt))?.slice(0, maxPatchChars) ?? null,
  )
  const files = new ResultsFiles(paths.directory)
  if (pullRequest === null) {
    writeDurably(files.text, renderBody(page, defaultBodyTemplate))
    return { type: 'published', key, commit: null, pushed: false, url: null, problem: null, passing: false }
  }
  const tools = { env: env(), signal }
  const published = await publishResults(
    {
      folder: spec.folder,
      files,
      page,
      fixes: trackFixes(state),
      document,
      ...pullRequest,
      atMs: publicationAtMs(track, key),
    },
    tools,
  )
  // Nothing of it may be known when the supervisor ends in the middle: then it is done again.
  signal.throwIfAborted()
  for (const note of published.notes) log(`${spec.id}: ${note}`)
  const { branch, commit, pushed, url, problem, passing, notes } = published
  return {
    type: 'published',
    key,
    commit,
    pushed,
    url: url === null ? null : url.slice(0, 2000),
    problem: problem === null ? null : clean(problem, 2000),
    passing,
    ...(branch === null || branch === pullRequest.branch ? {} : { branch }),
    ...(notes.length === 0 ? {} : { notes: notes.slice(0, 20).map((note) => clean(note, 1000)) }),
  }
}

/** Nothing more is published: the worktree of the branch is given back, and the branch stays. */
export async function releaseTrack(track: Track, { paths, env, signal }: ActTools): Promise<void> {
  if (track.spec.plan.pullRequest === null) return
  await releaseResults(track.spec.folder, new ResultsFiles(paths.directory), { env: env(), signal })
}
