// A track as a read-only document that follows it: where it stands, its attempts, and the text of a pull request that could not be opened.
import * as vscode from 'vscode'
import { fence } from '../../core/documents/handoffEntry'
import { jobIdSchema } from '../../core/jobs/jobId'
import { showInvisible } from '../../core/logs/plainText'
import { describeTrack } from '../../core/tracking/describeTrack'
import { readIfExists } from '../../store/durableFile'
import { readResultsText } from '../../store/tracking/resultsText'
import { registerFollowedDocuments } from '../followedDocuments'
import type { StoredTrack, TracksModel } from './tracksModel'

const scheme = 'relay-track'
const maxPatchChars = 100_000

export function registerTrackDocuments(model: TracksModel): vscode.Disposable {
  return registerFollowedDocuments(scheme, model.onDidChange, (query) => {
    const id = jobIdSchema.safeParse(query)
    const stored = id.success ? model.storedOf(id.data) : null
    return stored === null ? vscode.l10n.t('There is no such track.') : renderTrackDocument(stored)
  })
}

export async function showTrackDocument({ undertaking: { spec } }: StoredTrack): Promise<void> {
  const name = spec.plan.experiment.replace(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 80)
  const uri = vscode.Uri.from({ scheme, path: `/${name}.md`, query: spec.id })
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true })
}

function renderTrackDocument({ undertaking, paths }: StoredTrack): string {
  const track = describeTrack(undertaking)
  const text = track.url === null ? readResultsText(paths) : null
  const lines = [
    `# ${track.experiment}`,
    '',
    ...(track.summary === null ? [`- Stands: ${track.stage}`] : [`- ${track.summary}`]),
    `- Tracks: ${track.tracked}`,
    ...(track.url === null ? [] : [`- Pull request: ${track.url}`]),
    ...(track.branch === null ? [] : [`- Branch: ${track.branch}`]),
    ...track.unfetched.map((problem) => `- Not fetched: ${problem}`),
    ...(track.problem === null ? [] : [`- Trouble: ${track.problem}`]),
    ...track.notes.map((note) => `- ${note}`),
    ...track.kept.map((worktree) => `- Worktree kept: ${worktree}`),
    '',
    ...(track.attempts.length === 0 ? [] : ['## Attempts', '']),
    ...track.attempts.map(({ number, job, end: word, failure, why }) => {
      const end = [word ?? 'under way', ...(failure === null ? [] : [failure])].join(', ')
      return `${number}. ${end}${why === null ? '' : `. ${why}`} (${job})`
    }),
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
