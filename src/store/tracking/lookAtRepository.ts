// Looking at what there is for a results pull request: git, the remote, `gh` and its login. Nothing is written, and nobody asked
// anything; what cannot be found out is said to be unknown.
import fs from 'node:fs'
import path from 'node:path'
import * as z from 'zod'
import { RelayError } from '../../core/relayError'
import { chooseRemote, isRemoteName, parseRemote, type RemoteRepository, showAddress } from '../../core/tracking/remote'
import type { GhReport, GithubReport, GitReport, RepositoryReport } from '../../core/tracking/repositoryReport'
import { askGh, readGhJson } from './askGh'
import { askGit, tryGit } from './askGit'
import type { CallOptions } from './callProgram'

export interface LookOptions {
  readonly env: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** False: GitHub is not asked. */
  readonly asksGithub: boolean
  /** Another remote than git would push to. */
  readonly remote?: string | null
}

const maxAttributesBytes = 512 * 1024
const maxBranches = 5_000

/** Never rejects for what is there. */
export async function lookAtRepository(folder: string, options: LookOptions): Promise<RepositoryReport> {
  const call: CallOptions = {
    cwd: folder,
    env: options.env,
    limitMs: 20_000,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  }
  const none = { git: null, gh: { kind: 'not_asked' }, github: null } as const
  try {
    const top = await tryGit(['rev-parse', '--show-toplevel'], call)
    // A bare one is none either: it has no files, and git is told not to take one for a repository that came with a clone.
    if (top === null)
      return {
        ...none,
        problem:
          'This folder is in no git repository with files: the text of the pull request is kept and shown. To have a branch: git init, and commit once.',
      }
    const git = await lookAtGit(top, { ...call, cwd: top }, options.remote ?? null)
    const repository = git.remotes.find(({ name }) => name === git.remote)?.repository ?? null
    if (repository === null || !options.asksGithub) return { ...none, git, problem: null }
    const { gh, github } = await lookAtGithub(repository, { ...call, cwd: '/' })
    return { git, gh, github, problem: null }
  } catch (error) {
    if (!(error instanceof RelayError)) throw error
    return { ...none, problem: error.message }
  }
}

async function lookAtGit(top: string, call: CallOptions, asked: string | null): Promise<GitReport> {
  const [head, branch, status, refs, remotes, config, identity, submodules] = await Promise.all([
    tryGit(['rev-parse', '--verify', '-q', 'HEAD^{commit}'], call),
    tryGit(['symbolic-ref', '-q', '--short', 'HEAD'], call),
    askGit(['status', '--porcelain=v1', '-z', '--untracked-files=no', '--ignore-submodules=all'], call),
    tryGit(['for-each-ref', `--count=${maxBranches}`, '--format=%(refname)', 'refs/heads', 'refs/remotes'], call),
    tryGit(['remote'], call),
    tryGit(['config', '--null', '--list'], call),
    tryGit(['var', 'GIT_AUTHOR_IDENT'], call),
    Promise.resolve(fs.existsSync(path.join(top, '.gitmodules'))),
  ])
  const settings = readSettings(config ?? '')
  const names = (remotes ?? '').split('\n').filter(isRemoteName)
  const addresses = await Promise.all(names.map(async (name) => readRemote(name, settings, call)))
  const setting = (key: string) => settings.get(key)?.at(-1) ?? null
  const remote =
    asked !== null && names.includes(asked)
      ? asked
      : chooseRemote({
          remotes: names,
          configured: [
            branch === null ? null : setting(`branch.${branch}.pushremote`),
            setting('remote.pushdefault'),
            branch === null ? null : setting(`branch.${branch}.remote`),
          ],
        })
  return {
    top,
    head,
    branch,
    isDirty: status.stdout.length > 0,
    branches: branchNames(refs ?? '', names),
    remotes: addresses,
    remote,
    unpushed: head === null || remote === null ? 0 : await countUnpushed(remote, call),
    usesLfs: usesLfs(top),
    hasSubmodules: submodules,
    signsCommits: setting('commit.gpgsign') === 'true',
    hasHooks: await hasHooks(settings.get('core.hookspath') ?? [], call),
    identity: identity === null ? null : identity.replace(/ \d+ [+-]\d{4}$/, ''),
  }
}

/** Keys as git writes them: section and name in lower case, what is between as it is. */
function readSettings(list: string): ReadonlyMap<string, readonly string[]> {
  const settings = new Map<string, string[]>()
  for (const entry of list.split('\0')) {
    const newline = entry.indexOf('\n')
    const key = newline < 0 ? entry : entry.slice(0, newline)
    const value = newline < 0 ? 'true' : entry.slice(newline + 1)
    if (key !== '') settings.set(key, [...(settings.get(key) ?? []), value])
  }
  return settings
}

/** What is set is looked at first: what git makes of it may be the address of a mirror. */
async function readRemote(
  name: string,
  settings: ReadonlyMap<string, readonly string[]>,
  call: CallOptions,
): Promise<GitReport['remotes'][number]> {
  const set = settings.get(`remote.${name}.pushurl`)?.[0] ?? settings.get(`remote.${name}.url`)?.[0] ?? ''
  const used = await tryGit(['remote', 'get-url', '--push', '--', name], call)
  return { name, url: showAddress(set), repository: parseRemote(set) ?? (used === null ? null : parseRemote(used)) }
}

function branchNames(refs: string, remotes: readonly string[]): readonly string[] {
  const short = refs.split('\n').flatMap((ref) => {
    if (ref.startsWith('refs/heads/')) return [ref.slice('refs/heads/'.length)]
    const remote = remotes.find((name) => ref.startsWith(`refs/remotes/${name}/`))
    return remote === undefined ? [] : [ref.slice(`refs/remotes/${remote}/`.length)]
  })
  return [...new Set(short)].filter((name) => name !== 'HEAD')
}

async function countUnpushed(remote: string, call: CallOptions): Promise<number> {
  const count = await tryGit(['rev-list', '--count', '--max-count=1000', 'HEAD', '--not', `--remotes=${remote}`], call)
  return Number(count ?? 0)
}

function usesLfs(top: string): boolean {
  return (readBounded(path.join(top, '.gitattributes')) ?? '').includes('filter=lfs')
}

/** Those that would run without us. */
async function hasHooks(set: readonly string[], call: CallOptions): Promise<boolean> {
  // The last is the one that our own calls have.
  const own = set.at(-2)?.replace(/^~(?=\/)/, call.env['HOME'] ?? '~') ?? null
  const common = await tryGit(['rev-parse', '--git-common-dir'], call)
  const folder = own !== null ? own : common === null ? null : path.join(common, 'hooks')
  if (folder === null) return false
  const wanted = ['pre-commit', 'commit-msg', 'prepare-commit-msg', 'post-commit', 'pre-push', 'reference-transaction']
  return wanted.some((name) => fs.existsSync(path.resolve(call.cwd, folder, name)))
}

/** Null for what is no file, or too much. */
function readBounded(file: string): string | null {
  try {
    const stat = fs.statSync(file)
    return stat.isFile() && stat.size <= maxAttributesBytes ? fs.readFileSync(file, 'utf8') : null
  } catch {
    return null // Not there, or not for us.
  }
}

const loginSchema = z.object({ login: z.string() })
const repositorySchema = z.object({
  archived: z.boolean().optional(),
  default_branch: z.string().nullable().optional(),
  permissions: z.object({ push: z.boolean() }).optional(),
  parent: z.object({ full_name: z.string() }).optional(),
})

async function lookAtGithub(
  repository: RemoteRepository,
  call: CallOptions,
): Promise<{ readonly gh: GhReport; readonly github: GithubReport | null }> {
  const { host, owner, name } = repository
  let user
  try {
    user = await askGh('GitHub could not be asked', ['api', '--hostname', host, 'user'], call)
  } catch (error) {
    if (error instanceof RelayError && error.code === 'no_program') return { gh: { kind: 'absent' }, github: null }
    throw error
  }
  if (user.kind === 'problem') {
    const { kind, sentence } = user.problem
    // A login of a machine has no user of its own, and may do all the same.
    const gh: GhReport = kind === 'login' ? { kind: 'no_login', host } : { kind: 'unknown', why: sentence }
    if (kind !== 'forbidden') return { gh, github: null }
  }
  const login = user.kind === 'problem' ? null : readGhJson('', user.text, loginSchema)
  const known = login !== null && 'value' in login ? login.value.login : 'this login'
  const answer = await askGh('', ['api', '--hostname', host, `repos/${owner}/${name}`], call)
  const gh: GhReport = { kind: 'ready', host, login: known }
  if (answer.kind === 'problem')
    return answer.problem.isPassing
      ? { gh: { kind: 'unknown', why: answer.problem.sentence }, github: null }
      : { gh, github: null }
  const read = readGhJson('', answer.text, repositorySchema)
  if ('problem' in read) return { gh, github: null }
  const { archived, default_branch, permissions, parent } = read.value
  return {
    gh,
    github: {
      repository,
      canPush: permissions?.push ?? false,
      defaultBranch: default_branch ?? null,
      parent: parent === undefined ? null : parseRemote(`https://${host}/${parent.full_name}`),
      isArchived: archived ?? false,
    },
  }
}
