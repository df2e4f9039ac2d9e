// `git` for the trees of a track: with an index and a worktree of our own, and ourselves as who commits, for no branch of a person's ever has
// these commits as they are.
import { askGit as ask, type GitOptions as AskOptions } from '../../store/tracking/askGit'
import { RelayError } from '../../core/relayError'
import { lastWords } from '../../store/tracking/callProgram'

export interface GitOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** In place of the person's. */
  readonly index?: string
  readonly input?: string
}

export interface GitResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

const limitMs = 300_000
const maxBytes = 32 * 1024 * 1024

const who = {
  GIT_AUTHOR_NAME: 'Relay Jobs',
  GIT_AUTHOR_EMAIL: 'relay-jobs@localhost',
  GIT_COMMITTER_NAME: 'Relay Jobs',
  GIT_COMMITTER_EMAIL: 'relay-jobs@localhost',
}

/** Any exit status is a result; throws RelayError where git cannot be run, or takes too long. */
export async function askGit(
  words: readonly string[],
  { cwd, env, signal, index, input }: GitOptions,
): Promise<GitResult> {
  const own = { ...who, GIT_LITERAL_PATHSPECS: '0', ...(index === undefined ? {} : { GIT_INDEX_FILE: index }) }
  const options: AskOptions = { cwd, env, signal, own, limitMs, maxBytes, ...(input === undefined ? {} : { input }) }
  const { exitCode, stdout, stderr } = await ask(words, options)
  return { exitCode, stdout: stdout.toString('utf8'), stderr }
}

/** The output of a call that has to succeed, without its last line end. Throws RelayError. */
export async function runGit(words: readonly string[], options: GitOptions): Promise<string> {
  const { exitCode, stdout, stderr } = await askGit(words, options)
  if (exitCode === 0) return stdout.replace(/\n$/, '')
  throw new RelayError('git_failed', `git ${words[0] ?? ''} failed (${exitCode}): ${lastWords(stderr)}`)
}
