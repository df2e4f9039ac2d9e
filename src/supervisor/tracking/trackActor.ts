// What a track does in the world besides jobs. Each act looks whether it was done, so that a supervisor that died in the middle of one does no
// harm by doing it again; what cannot be done comes back as an event that says so.
import fs from 'node:fs/promises'
import path from 'node:path'
import { handoffHeader, endMarker } from '../../core/documents/handoffEntry'
import { agentKindNames } from '../../core/followUps/agent'
import type { Job } from '../../core/jobs/job'
import type { JobId } from '../../core/jobs/jobId'
import type { Plan } from '../../core/jobs/plan'
import { isPassing, RelayError } from '../../core/relayError'
import { trackKind } from '../../core/tracking/track'
import type { TrackAct } from '../../core/tracking/trackAct'
import { placesIn, whyUnfixed } from '../../core/tracking/seesFix'
import { discussionJobId, fixJobId, hasAnswered, type Track, type TrackState } from '../../core/tracking/trackState'
import type { TrackEvent } from '../../core/tracking/trackEvent'
import { renderTrackHandoff, trackEditId } from '../../core/tracking/trackHandoff'
import type { TrackPlan } from '../../core/tracking/trackPlan'
import { renderPlainDiscussion } from '../../core/tracking/plainDiscussion'
import { readReport } from '../../store/followUps/readReport'
import { readTurn } from '../../store/followUps/turnFiles'
import { localIsoTime } from '../documents/handoff'
import { lookPatiently } from '../jobs/patientLook'
import type { ActTools, UndertakingActor } from '../undertakings/actor'
import { clean, examineAttempt } from './examine'
import { clearFixTrees } from './clearFixTrees'
import { fetchResults } from './fetch/fetchResults'
import { makeFixTree, takeFix } from './fixTree'
import { publishTrack, releaseTrack } from './publishTrack'
import { takeSnapshot } from './snapshot'
import { askGit, runGit } from './treeGit'

export const trackActor: UndertakingActor<TrackPlan, TrackEvent, TrackState, TrackAct> = {
  kind: trackKind,
  act: async (track, act, tools) => [await doAct(track, act, tools)],
  editsOf: (track) => [trackEditId(track)],
}

async function doAct(track: Track, act: TrackAct, tools: ActTools): Promise<TrackEvent> {
  switch (act.kind) {
    case 'take_snapshot':
      return keepTree(track, tools)
    case 'publish':
      return publishTrack(track, act.key, tools)
    case 'fetch_results':
      return fetchResults(track, act.attempt, tools)
    case 'examine':
      return examineAttempt(track, act.attempt, tools.store, tools.paths.fetched(act.attempt))
    case 'make_worktree':
      return makeWorktree(track, act.attempt, tools)
    case 'take_fix':
      return takeAgentsFix(track, act.attempt, tools)
    case 'take_discussion':
      return takeDiscussion(track, tools)
    case 'hand_over':
      return handOver(track, tools)
  }
}

const refOf = (track: Track, name: string) => `refs/relay/${track.spec.id}/${name}`

async function keepTree(track: Track, tools: ActTools): Promise<TrackEvent> {
  const { folder } = track.spec
  const git = { env: tools.env(), signal: tools.signal }
  try {
    // Nothing is launched yet: one that was kept by a supervisor that died is kept anew, as the tree is now.
    const { commit, leftOut } = await takeSnapshot(folder, refOf(track, 'start'), tools.paths.snapshotIndex, git)
    return {
      type: 'snapshot_taken',
      commit,
      leftOut: leftOut.map((file) => clean(file, 1000)).slice(0, 50),
      problem: null,
    }
  } catch (error) {
    return { type: 'snapshot_taken', commit: null, leftOut: [], problem: clean(lastingTrouble(error), 1000) }
  }
}

async function makeWorktree(track: Track, attempt: number, tools: ActTools): Promise<TrackEvent> {
  const { spec, state } = track
  const fail = (problem: string): TrackEvent => ({
    type: 'worktree_made',
    attempt,
    folder: null,
    problem: clean(problem, 1000),
  })
  const base = baseOf(state, attempt)
  if (base === null)
    return fail(
      state.snapshot?.problem ?? 'The files it ran with were not kept, for this folder is in no git repository.',
    )
  const git = { env: tools.env(), signal: tools.signal }
  const { links } = spec.plan.relaunch
  try {
    const directory = tools.paths.fixTree(attempt)
    const folder = await makeFixTree({ folder: spec.folder, directory, base, links, git })
    return { type: 'worktree_made', attempt, folder, problem: null }
  } catch (error) {
    return fail(lastingTrouble(error))
  }
}

/** What the worktree of that attempt begins with: the last fix, or the tree as it was before the first launch. */
function baseOf({ attempts, snapshot }: TrackState, attempt: number): string | null {
  const fixes = attempts.flatMap(({ number, fix }) => (number < attempt && fix !== null ? (fix.commit ?? []) : []))
  return fixes.at(-1) ?? snapshot?.commit ?? null
}

async function takeAgentsFix(track: Track, attempt: number, tools: ActTools): Promise<TrackEvent> {
  const { spec, state } = track
  const none = { type: 'fix_taken' as const, attempt, commit: null, files: [], added: 0, removed: 0 }
  const folder = state.attempts.find(({ number }) => number === attempt)?.worktree?.folder ?? null
  const base = baseOf(state, attempt)
  if (folder === null || base === null) return { ...none, problem: 'There is no worktree for its fix.' }
  const git = { env: tools.env(), signal: tools.signal }
  const { links, again } = spec.plan.relaunch
  try {
    const top = await runGit(['rev-parse', '--show-toplevel'], { ...git, cwd: folder })
    const inside = path.relative(top, folder)
    const options = {
      base,
      links: links.map((link) => path.join(inside, link)),
      ref: refOf(track, `fix-${attempt}`),
      patch: tools.paths.fixPatch(attempt),
      git,
    }
    const { commit, files, added, removed } = await takeFix(top, options)
    const taken = { ...none, commit, files: files.map((file) => clean(file, 1000)).slice(0, 200), added, removed }
    const job = readJob(tools, fixJobId(spec.id, attempt))
    const problem = problemOfFix(job, commit, again) ?? (again === null ? null : await unfixed(track, again, git.env))
    return { ...taken, problem: problem === null ? null : clean(problem, 1000) }
  } catch (error) {
    return { ...none, problem: clean(lastingTrouble(error), 1000) }
  }
}

/** Why nothing can be run of it; null: the next attempt can be made. */
function problemOfFix(job: Job | null, commit: string | null, again: Plan | null): string | null {
  if (!hasAnswered(job)) {
    const said = job?.state.kind === 'ended' && job.state.answer === 'blocked'
    return said ? 'The agent says that a person is needed.' : 'The agent did not come to an end of its fix.'
  }
  // The same thing again would be no attempt with a fix, whatever may have been installed into what is linked.
  if (commit === null) return 'The agent changed no file of the repository, so it is not run again.'
  return again !== null && !runsHere(again)
    ? 'It runs elsewhere, where the fix is not: it is on the results branch, to be taken there by a person.'
    : null
}

/** Why it would run the person's own files all the same; null: it would not. */
async function unfixed(track: Track, again: Plan, env: Readonly<Record<string, string>>): Promise<string | null> {
  const home = env['HOME'] ?? null
  const text = again.work.kind === 'command' ? again.work.command : ''
  const real = new Map<string, string>()
  for (const place of placesIn(text, home)) {
    // Not there: it leads nowhere.
    const answer = await lookPatiently(`real ${place}`, () => fs.realpath(place).catch(() => place))
    if (answer.kind === 'answer') real.set(place, answer.value)
  }
  const { folder, plan } = track.spec
  return whyUnfixed(again, { folder, links: plan.relaunch.links, home, realOf: (place) => real.get(place) ?? place })
}

/** Whether it sees the worktree. */
function runsHere({ backend }: Plan): boolean {
  switch (backend.kind) {
    case 'local':
      return true
    case 'slurm':
      return backend.host === undefined && backend.ask.act === 'submit'
    case 'process':
    case 'github':
      return false
  }
}

function takeDiscussion(track: Track, tools: ActTools): TrackEvent {
  const agent = track.spec.plan.discussion
  const by = agent === null ? '' : agentKindNames[agent.kind]
  const stored = tools.store.read(discussionJobId(track.spec.id))
  if (stored === null || !hasAnswered(stored.job))
    return {
      type: 'discussed',
      by,
      text: null,
      problem: 'No discussion was written: the agent did not come to an end.',
    }
  // Another than the planned one has written a report for the person, with lines of the log: it stays here.
  const fellBack = readTurn(stored.paths.attempt(stored.job.attempt))?.fellBack ?? null
  if (fellBack !== null) {
    const plain = renderPlainDiscussion(track).slice(0, 20_000)
    return { type: 'discussed', by: agentKindNames.builtin, text: plain, problem: clean(fellBack, 1000) }
  }
  const text = clean(
    readReport(stored)
      .replace(/\n?\s*\[\[task:(?:done|blocked)\]\]\s*$/i, '')
      .trim(),
    20_000,
  )
  return {
    type: 'discussed',
    by,
    text: text === '' ? null : text,
    problem: text === '' ? 'The discussion is empty.' : null,
  }
}

async function handOver(track: Track, tools: ActTools): Promise<TrackEvent> {
  const { editor, folder } = tools
  const kept = await giveBack(track, tools)
  const edit = trackEditId(track)
  const file = path.join(track.spec.folder, 'HANDOFF_LOG.md')
  const text = renderTrackHandoff(track, localIsoTime(track.updatedAtMs), kept)
  const more = kept.length === 0 ? {} : { kept }
  try {
    const append = { kind: 'append_once', header: handoffHeader, text, marker: endMarker(edit) } as const
    const problem = await editor.edit(folder, { id: edit, file, within: track.spec.folder, edit: append })
    return { type: 'handed_over', problem: problem === null ? null : problem.slice(0, 1000), ...more }
  } catch (error) {
    return { type: 'handed_over', problem: clean(lastingTrouble(error), 1000), ...more }
  }
}

/**
 * What is not needed any more goes from the person's repository; the results branch stays, and worktrees of fixes with something of their
 * own: these are told. What cannot be cleared away, for the workspace was moved or a disk does not answer, is left and logged: the track ends
 * all the same.
 */
async function giveBack(track: Track, tools: ActTools): Promise<readonly string[]> {
  const { folder } = track.spec
  const git = { env: tools.env(), signal: tools.signal, cwd: folder }
  let kept: readonly string[] = []
  try {
    kept = await clearFixTrees(track, tools)
    await releaseTrack(track, tools)
    const refs = await askGit(['for-each-ref', '--format=%(refname)', `refs/relay/${track.spec.id}/`], git)
    for (const ref of refs.stdout.split('\n')) if (ref !== '') await askGit(['update-ref', '-d', ref], git)
  } catch (error) {
    // Whoever supervises next does it.
    tools.signal.throwIfAborted()
    tools.log(`${track.spec.id} left something in ${folder}: ${error instanceof Error ? error.message : String(error)}`)
  }
  return kept
}

function readJob({ store }: ActTools, id: JobId): Job | null {
  return store.read(id)?.job ?? null
}

/** What is wrong, if trying again will not help; else it is thrown, and tried again. */
function lastingTrouble(error: unknown): string {
  if (error instanceof RelayError && isPassing(error)) throw error
  if (error instanceof RelayError) return error.message
  if (error instanceof Error && 'code' in error) return error.message
  throw error
}
