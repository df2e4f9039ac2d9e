// The one way in which trees of a person's repository are kept and changed for a track: `git` with an index and a worktree of our own, no
// hook, no question, bounded in time. The person's HEAD, index, files and stash stay as they are, byte for byte.
import { execa } from 'execa'
import { RelayError } from '../../core/relayError'

/** A folder that came with a clone must not run its own programs for that. */
const safeConfig = ['safe.bareRepository=explicit', 'core.fsmonitor=false', 'core.hooksPath=/dev/null', 'gc.auto=0']

export interface GitOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** In place of the person's. */
  readonly index?: string
  readonly input?: string
  readonly limitMs?: number
  readonly maxBytes?: number
}

export interface GitResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

const who = {
  GIT_AUTHOR_NAME: 'Relay Jobs',
  GIT_AUTHOR_EMAIL: 'relay-jobs@localhost',
  GIT_COMMITTER_NAME: 'Relay Jobs',
  GIT_COMMITTER_EMAIL: 'relay-jobs@localhost',
}

/** Any exit status is a result; throws RelayError where git cannot be run, or takes too long. */
export async function askGit(words: readonly string[], options: GitOptions): Promise<GitResult> {
  const { cwd, env, signal, index, input, limitMs = 300_000, maxBytes = 32 * 1024 * 1024 } = options
  const config = safeConfig.flatMap((one) => ['-c', one])
  const result = await execa('git', [...config, ...words], {
    cwd,
    env: {
      ...withoutGit(env),
      ...who,
      GIT_TERMINAL_PROMPT: '0',
      GIT_OPTIONAL_LOCKS: '0',
      LC_ALL: 'C.UTF-8',
      ...(index === undefined ? {} : { GIT_INDEX_FILE: index }),
    },
    extendEnv: false,
    reject: false,
    timeout: limitMs,
    maxBuffer: maxBytes,
    stripFinalNewline: false,
    cancelSignal: signal,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
  })
  if (result.isCanceled) throw new RelayError('io', 'git was ended, for the supervisor ends.')
  if (result.timedOut) throw new RelayError('git_slow', `git ${words[0] ?? ''} took more than ${limitMs / 1000} s.`)
  if (result.isMaxBuffer) throw new RelayError('git_much', `git ${words[0] ?? ''} said more than can be used.`)
  if (result.exitCode === undefined) throw new RelayError('no_git', `git cannot be run: ${result.shortMessage}`)
  return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr }
}

/** The output of a call that has to succeed, without its last line end. Throws RelayError. */
export async function runGit(words: readonly string[], options: GitOptions): Promise<string> {
  const { exitCode, stdout, stderr } = await askGit(words, options)
  if (exitCode === 0) return stdout.replace(/\n$/, '')
  const why = stderr.trim().split('\n').slice(0, 3).join(' ').slice(0, 400)
  throw new RelayError('git_failed', `git ${words[0] ?? ''} failed (${exitCode}): ${why}`)
}

/** Variables of a hook or an alias in which we may have been started lead to another repository. */
function withoutGit(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) =>
        !/^GIT_(?:DIR|WORK_TREE|INDEX_FILE|PREFIX|OBJECT_DIRECTORY|COMMON_DIR|NAMESPACE|CEILING_DIRECTORIES)$/.test(
          name,
        ),
    ),
  )
}
