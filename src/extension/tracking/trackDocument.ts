// A track as a document that a person can read: where it stands, its attempts, and the text of a pull request that could not be opened.
import { showInvisible } from '../../core/logs/plainText'
import { fence } from '../../core/documents/handoffEntry'
import { describeTrack } from '../../core/tracking/describeTrack'
import { readIfExists } from '../../store/durableFile'
import { readResultsText } from '../../store/tracking/resultsText'
import type { StoredTrack } from './tracksModel'

const maxPatchChars = 100_000

export function renderTrackDocument({ undertaking, paths }: StoredTrack): string {
  const track = describeTrack(undertaking)
  const text = track.url === null ? readResultsText(paths) : null
  const lines = [
    `# ${track.experiment}`,
    '',
    `- ${track.stage}; tracks ${track.tracked}`,
    ...(track.summary === null ? [] : [`- ${track.summary}`]),
    ...(track.branch === null ? [] : [`- branch ${track.branch}`]),
    ...(track.url === null ? [] : [`- ${track.url}`]),
    ...(track.problem === null ? [] : [`- trouble: ${track.problem}`]),
    ...track.notes.map((note) => `- ${note}`),
    ...track.attempts.map(
      ({ number, job, outcome, failure, why }) =>
        `- attempt ${number} (${job}): ${outcome ?? 'under way'}${failure === null ? '' : `, ${failure}`}${why === null ? '' : `. ${why}`}`,
    ),
    '',
    ...track.attempts.flatMap(({ number, fix }) => {
      const patch = fix === null ? null : readIfExists(paths.fixPatch(number))
      return patch === null
        ? []
        : [`## The fix before attempt ${number}`, '', fence(patch.slice(0, maxPatchChars), 'diff'), '']
    }),
    ...(text === null ? [] : ['## The text of the pull request', '', text]),
  ]
  return showInvisible(lines.join('\n'))
}
