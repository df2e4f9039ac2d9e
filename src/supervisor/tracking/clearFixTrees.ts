// The worktrees of fixes are cleared away when a track is over, as far as everything in them is also elsewhere: the fix on the branch that
// was published, the linked folders with the person. One with results or changes of its own is kept, and that is said.
import fs from 'node:fs/promises'
import path from 'node:path'
import type { Track, TrackAttempt } from '../../core/tracking/trackState'
import { readResultsRecord, ResultsFiles } from '../../store/tracking/resultsFiles'
import type { ActTools } from '../undertakings/actor'
import { ResultsRepository } from './resultsRepository'
import { askGit, type GitOptions, runGit } from './treeGit'

/** What programs keep for themselves, and make anew. */
const caches = /(?:^|\/)(?:__pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache)\//

/** The folders that are kept. One that was cleared away before is none. */
export async function clearFixTrees(track: Track, tools: ActTools): Promise<readonly string[]> {
  const made = track.state.attempts.filter(({ worktree }) => worktree !== null)
  if (made.length === 0) return []
  const shown = await shownFixes(track, tools)
  const kept: string[] = []
  for (const attempt of made) {
    const directory = tools.paths.fixTree(attempt.number)
    if (!(await isThere(directory))) continue
    const isShown = attempt.fix?.commit === undefined || attempt.fix.commit === null || shown.has(attempt.number)
    const git = { env: tools.env(), signal: tools.signal }
    if (!isShown || !(await holdsNothingElse(track, attempt, directory, git))) {
      kept.push(directory)
      continue
    }
    // Not forced: what was written in this moment is kept.
    const call = { ...git, cwd: track.spec.folder }
    for (const link of linksIn(track, attempt, directory)) await fs.unlink(path.join(directory, link)).catch(() => null)
    await runGit(['reset', '--quiet', '--hard', attempt.fix?.commit ?? 'HEAD'], { ...git, cwd: directory })
    await clearCaches(directory, git)
    const { exitCode } = await askGit(['worktree', 'remove', '--', directory], call)
    if (exitCode === 0) await fs.rm(`${directory}.ready`, { force: true })
    else kept.push(directory)
  }
  return kept
}

/** Fixes on the branch that is published; where nothing is pushed, on the one that is kept here. */
async function shownFixes({ spec }: Track, { paths, env, signal }: ActTools): Promise<ReadonlySet<number>> {
  const record = readResultsRecord(new ResultsFiles(paths.directory))
  const { pullRequest } = spec.plan
  if (record === null || record.commit === null || pullRequest === null) return new Set()
  if (pullRequest.remote !== null && record.pushed !== record.commit) return new Set()
  const repository = await ResultsRepository.open(spec.folder, { env: env(), signal, atMs: 0 })
  const fixes = await repository?.listTrailers(record.base, record.commit, 'Relay-Fix')
  return new Set((fixes ?? []).map(Number))
}

/** Besides what the fix has, links, and caches. */
async function holdsNothingElse(
  track: Track,
  attempt: TrackAttempt,
  directory: string,
  git: Pick<GitOptions, 'env' | 'signal'>,
): Promise<boolean> {
  const at = { ...git, cwd: directory }
  const wanted = `${attempt.fix?.commit ?? 'HEAD'}^{tree}`
  const index = await askGit(['write-tree'], at)
  if (index.exitCode !== 0 || index.stdout.trim() !== (await runGit(['rev-parse', '--verify', wanted], at)))
    return false
  if ((await askGit(['diff', '--quiet', '--no-ext-diff'], at)).exitCode !== 0) return false
  const links = new Set(linksIn(track, attempt, directory))
  // With those that git ignores: results are among them.
  const others = (await runGit(['ls-files', '--others', '-z'], at)).split('\0')
  return others.every((file) => file === '' || links.has(file) || caches.test(file))
}

/** From the top of the worktree on. */
function linksIn({ spec }: Track, { worktree }: TrackAttempt, directory: string): readonly string[] {
  const inside = path.relative(directory, worktree?.folder ?? directory)
  return spec.plan.relaunch.links.map((link) => path.join(inside, link))
}

async function clearCaches(directory: string, git: Pick<GitOptions, 'env' | 'signal'>): Promise<void> {
  const others = (await runGit(['ls-files', '--others', '-z'], { ...git, cwd: directory })).split('\0')
  const tops = new Set(others.flatMap((file) => /^.*?(?:__pycache__|\.\w+_cache)(?=\/)/.exec(file)?.[0] ?? []))
  for (const top of tops)
    if (caches.test(`${top}/`)) await fs.rm(path.join(directory, top), { recursive: true, force: true })
}

async function isThere(file: string): Promise<boolean> {
  return fs.lstat(file).then(
    () => true,
    () => false,
  )
}
