// The entry of HANDOFF_LOG.md that tells of a track when it is over: what was tracked, what became of it, and the link.
import { endMarker, oneLine } from '../documents/handoffEntry'
import { endWord, isUnseen, whyWords } from './unseenEnd'
import {
  attemptJobId,
  outcomeOf,
  pullRequestUrl,
  resultsBranch,
  summarize,
  type Track,
  type TrackAttempt,
} from './trackState'
import type { TrackPlan } from './trackPlan'

export function trackEditId({ spec }: Track): string {
  return `track-${spec.id}`
}

/** `at`: ISO 8601 with the local offset. `kept`: worktrees of fixes that were not cleared away. */
export function renderTrackHandoff(track: Track, at: string, kept: readonly string[] = []): string {
  const { spec, state, approval } = track
  const { plan } = spec
  const outcome = track.stopRequestedAtMs === null ? outcomeOf(track) : 'stopped'
  const last = state.attempts.flatMap(({ examined }) => examined ?? []).at(-1)
  const meta = {
    type: 'track',
    run_id: spec.id,
    job_id: last === undefined ? null : attemptJobId(spec.id, last.attempt),
    task_id: null,
    commit: state.snapshot?.commit ?? null,
    dirty: null,
  }
  const stopped = state.attempts.find(({ decided }) => decided?.how === 'stop')?.decided
  const rows = (last?.metrics ?? []).slice(0, 8).map(({ name, best, last: value, path }) => {
    const more = best === null ? '' : `, best ${Number(best.toPrecision(6))}`
    return `- ${oneLine(name)}: last ${Number(value.toPrecision(6))}${more} (\`${oneLine(path)}\`)`
  })
  return [
    '',
    `## ${at}`,
    '',
    `<!-- ${JSON.stringify(meta)} -->`,
    '',
    '### Scope',
    '',
    `${oneLine(plan.experiment)} — tracked: ${oneLine(plan.tracked.name)}.`,
    '',
    '### Results (observed)',
    '',
    `- ${oneLine(summarize(track, outcome))}`,
    ...state.attempts.flatMap(({ number, examined, fix }) =>
      examined === null
        ? []
        : [
            `- attempt ${number}: ${tellAttempt(plan, examined)}${fix === null || fix.commit === null ? '' : ` — with a fix of ${fix.files.length} files`} (\`${attemptJobId(spec.id, number)}\`)`,
          ],
    ),
    ...rows,
    ...(last?.missing ?? []).map((name) => `- ${oneLine(name)}: not found`),
    ...kept.map(
      (folder) => `- kept, for something in it is nowhere else: the worktree of a fix in \`${oneLine(folder)}\``,
    ),
    '',
    '### Decision',
    '',
    stopped === undefined || stopped === null ? 'None is needed.' : oneLine(stopped.why),
    '',
    '### Next step',
    '',
    pullRequestUrl(state) === null
      ? plan.pullRequest === null
        ? `Read \`relay track show ${spec.id}\`.`
        : `Push the branch \`${resultsBranch(track) ?? plan.pullRequest.branch}\` and open its pull request; \`relay track show ${spec.id}\` has the text.`
      : `Review ${pullRequestUrl(state) ?? ''}`,
    '',
    ...(approval?.how === 'yes_flag' ? ['Approved by --yes.', ''] : []),
    endMarker(trackEditId(track)),
    '',
  ].join('\n')
}

function tellAttempt(plan: TrackPlan, examined: NonNullable<TrackAttempt['examined']>): string {
  const word = endWord(plan, examined)
  if (isUnseen(examined)) return `${word}, ${whyWords(plan, examined) ?? ''}`
  return examined.failure === null ? word : `${word}, ${oneLine(examined.failure.explanation)}`
}
