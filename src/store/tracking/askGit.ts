// The one way in which a repository of a person's is asked, or given a branch of ours: `git` without hooks, without questions, and without
// whatever variables another git has left us. Their HEAD, index, files, stash and settings stay as they are, byte for byte.
import { RelayError } from '../../core/relayError'
import { type CallOptions, type CallResult, callProgram, lastWords } from './callProgram'

/** A folder that came with a clone must not run its own programs, submodules are not ours, and nothing is cleared away. */
const ownConfig = [
  'safe.bareRepository=explicit',
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.quotePath=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'submodule.recurse=false',
  'push.recurseSubmodules=no',
  'push.gpgSign=false',
  'push.followTags=false',
  'advice.detachedHead=false',
  'fetch.writeCommitGraph=false',
  'i18n.commitEncoding=UTF-8',
  'i18n.logOutputEncoding=UTF-8',
  'log.showSignature=false',
]

/** Those that lead to another repository, or show what is sent; who somebody is, and how they are known elsewhere, stays. */
const foreign =
  /^GIT_(?:DIR|WORK_TREE|INDEX_FILE|PREFIX|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR|NAMESPACE|QUARANTINE_PATH|REFLOG_ACTION|EDITOR|SEQUENCE_EDITOR|PAGER|CONFIG|CONFIG_PARAMETERS|CONFIG_COUNT|CONFIG_KEY_\d+|CONFIG_VALUE_\d+|TRACE\w*|CURL_VERBOSE|EXTERNAL_DIFF|LITERAL_PATHSPECS|GLOB_PATHSPECS|NOGLOB_PATHSPECS|ICASE_PATHSPECS|DEFAULT_HASH|ASKPASS)$/

export function gitEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(env).filter(([name]) => !foreign.test(name) && name !== 'SSH_ASKPASS')
  return {
    ...Object.fromEntries(kept),
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_LITERAL_PATHSPECS: '1',
    // Nobody is there to be asked.
    GIT_ASKPASS: 'true',
    SSH_ASKPASS_REQUIRE: 'never',
    GCM_INTERACTIVE: 'never',
    LC_ALL: 'C.UTF-8',
  }
}

export interface GitOptions extends CallOptions {
  /** Variables of ours for git: an index, who commits, when. */
  readonly own?: Readonly<Record<string, string>>
}

/** Any exit status is a result. Throws RelayError. */
export async function askGit(words: readonly string[], options: GitOptions): Promise<CallResult> {
  const config = ownConfig.flatMap((one) => ['-c', one])
  const env = { ...gitEnvironment(options.env), ...options.own }
  return callProgram('git', [...config, ...words], { ...options, env })
}

/** The output of a call that has to succeed, without its last line end. Throws RelayError `git_failed`. */
export async function runGit(words: readonly string[], options: GitOptions): Promise<string> {
  return (await runGitBytes(words, options)).toString('utf8').replace(/\n$/, '')
}

export async function runGitBytes(words: readonly string[], options: GitOptions): Promise<Buffer> {
  const { exitCode, stdout, stderr } = await askGit(words, options)
  if (exitCode === 0) return stdout
  const verb = words.find((word) => !word.startsWith('-')) ?? ''
  if (/No space left on device|Disk quota exceeded/.test(stderr))
    throw new RelayError('disk_full', `git ${verb} could not write: the disk or your quota is full. Free some space.`)
  // Another git is at it, or one has died in the middle.
  if (/\.lock': File exists|cannot lock ref/.test(stderr))
    throw new RelayError('io', `git ${verb} failed just now: ${lastWords(stderr)}`)
  throw new RelayError('git_failed', `git ${verb} failed (${exitCode}): ${lastWords(stderr)}`)
}

/** The output, or null where git says no. */
export async function tryGit(words: readonly string[], options: GitOptions): Promise<string | null> {
  const { exitCode, stdout } = await askGit(words, options)
  return exitCode === 0 ? stdout.toString('utf8').replace(/\n$/, '') : null
}
