// relay track list, show, stop: what is tracked, and the end of it.
import { describeTrack, type TrackDescription } from '../core/tracking/describeTrack'
import { trackKind } from '../core/tracking/track'
import { type Track } from '../core/tracking/trackState'
import { showInvisible } from '../core/logs/plainText'
import { shorten, stateSigns } from '../core/jobs/jobWords'
import { RelayError } from '../core/relayError'
import { resolveFolder } from '../store/jobs/jobRequests'
import { folderKey } from '../store/stateFolder'
import { readResultsText } from '../store/tracking/resultsText'
import { UndertakingRequests } from '../store/undertakings/undertakingRequests'
import { UndertakingStore } from '../store/undertakings/undertakingStore'
import type { StoredUndertaking } from '../store/undertakings/undertakingFiles'
import type { TrackPlan } from '../core/tracking/trackPlan'
import type { TrackState } from '../core/tracking/trackState'
import type { Console } from './console'
import { keepSupervised } from './keepSupervised'
import { exitOk, type Options, type VerbContext } from './verb'

type StoredTrack = StoredUndertaking<TrackPlan, TrackState>

export function listTracks(context: VerbContext, _words: readonly string[], options: Options): Promise<number> {
  const { console, state, cwd, requests } = context
  const only = options['here'] === true ? state.folder(folderKey(resolveFolder(cwd))) : undefined
  const { found, problems } = new UndertakingStore(state).list(trackKind, only)
  const tracks = found.map(({ undertaking }) => describeTrack(undertaking))
  if (tracks.some((one) => one.state === 'running')) keepSupervised({ requests, console })
  for (const problem of problems) console.err(problem)
  if (options['json'] === true) console.out(JSON.stringify(tracks))
  else if (tracks.length === 0) console.out('Nothing is tracked. Begin: relay track -- python train.py')
  else for (const one of tracks) console.out(renderRow(one, console))
  return Promise.resolve(exitOk)
}

export function showTrack(context: VerbContext, [id = 'latest']: readonly string[], options: Options): Promise<number> {
  const { console } = context
  const { undertaking, paths } = find(context, id)
  const track = describeTrack(undertaking)
  if (track.state === 'running') keepSupervised({ requests: context.requests, console })
  const text = track.url === null ? readResultsText(paths) : null
  if (options['json'] === true) {
    console.out(JSON.stringify({ ...track, text }))
    return Promise.resolve(exitOk)
  }
  for (const [label, value] of rowsOf(track, undertaking, paths))
    console.out(`  ${console.paint('bold', label.padEnd(13))} ${showInvisible(value)}`)
  if (text !== null)
    console.out(`\n${console.paint('bold', 'The text of the pull request:')}\n\n${showInvisible(text)}`)
  return Promise.resolve(exitOk)
}

export async function stopTrack(context: VerbContext, [id = '']: readonly string[]): Promise<number> {
  const { console, state, requests, now } = context
  if (id === '') throw new RelayError('usage', 'stop wants the id of a track: relay track list')
  const { undertaking } = find(context, id)
  await new UndertakingRequests(state, requests, now).stop(undertaking.spec)
  console.out(`${undertaking.spec.id} was asked to stop. What it has launched is stopped; what it has adopted goes on.`)
  return exitOk
}

function find({ state }: VerbContext, text: string): StoredTrack {
  const store = new UndertakingStore(state)
  if (text === 'latest') {
    const { found } = store.list(trackKind)
    const last = [...found].sort((a, b) => a.undertaking.spec.createdAtMs - b.undertaking.spec.createdAtMs).at(-1)
    if (last === undefined) throw new RelayError('no_such_run', 'Nothing is tracked yet.')
    return last
  }
  const { spec } = store.find(text)
  const stored = store.read(spec.id, trackKind)
  if (stored === null) throw new RelayError('no_such_run', `${spec.id} is no track.`)
  return stored
}

function renderRow(track: TrackDescription, console: Console): string {
  const { id, state, stage, experiment, url } = track
  const style = state === 'succeeded' ? 'green' : state === 'failed' ? 'red' : state === 'lost' ? 'yellow' : 'cyan'
  const where = url === null ? '' : `  ${url}`
  return `${id.padEnd(22)}  ${console.paint(style, `${stateSigns[state]} ${stage}`)}  ${shorten(showInvisible(experiment), 40)}${where}`
}

function rowsOf(
  track: TrackDescription,
  { spec }: Track,
  paths: StoredTrack['paths'],
): readonly (readonly [string, string])[] {
  const {
    id,
    experiment,
    tracked,
    folder,
    stage,
    attempts,
    branch,
    url,
    problem,
    notes,
    unfetched,
    kept,
    summary,
    discussion,
  } = track
  return [
    ['Track', id],
    ['Experiment', experiment],
    ['Tracks', tracked],
    ['Folder', folder],
    ['Stands', stage],
    ...attempts.map(({ number, job, end, failure, why, fix }): [string, string] => [
      `Attempt ${number}`,
      [
        `${job}: ${end ?? 'under way'}${failure === null ? '' : ` (${failure})`}`,
        ...(fix === null ? [] : [`after a fix by ${fix}, ${paths.fixPatch(number)}`]),
        ...(why === null ? [] : [why]),
      ].join('; '),
    ]),
    ...(discussion === null ? [] : [['Discussion', discussion] as const]),
    ...(spec.plan.pullRequest === null
      ? []
      : [['Branch', branch ?? `${spec.plan.pullRequest.branch} (not made yet)`] as const]),
    ...(url === null ? [] : [['Pull request', url] as const]),
    ...(problem === null ? [] : [['Trouble', problem] as const]),
    ...notes.map((note) => ['Note', note] as const),
    ...unfetched.map((one) => ['Not fetched', one] as const),
    ...kept.map((folder) => ['Kept', `the worktree of a fix, for something in it is nowhere else: ${folder}`] as const),
    ...(summary === null ? [] : [['Summary', summary] as const]),
  ]
}
