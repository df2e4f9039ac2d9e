// What is there around something that is to be tracked: git and its remote, gh and its login, a scheduler, workflows, documents, folders of
// results. Looks only, is bounded, and finds less rather than to fail.
import fs from 'node:fs'
import path from 'node:path'
import type { Dispatchable, Surroundings } from '../../core/tracking/planTrack'
import { readWorkflow } from '../../core/tracking/readWorkflow'
import { isRelayError } from '../../core/relayError'
import { findIn } from '../followUps/findAgents'
import { tryGit } from './askGit'
import { callProgram } from './callProgram'

const gitLimitMs = 20_000
const ghLimitMs = 20_000
const maxDocuments = 200
const maxWorkflowBytes = 200_000

export interface SurroundingsWish {
  /** A real path. */
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly sshHost: string
  readonly nowMs: number
}

/** Rejects for nothing that a folder, a program or a network may do. */
export async function lookAround({ folder, env, sshHost, nowMs }: SurroundingsWish): Promise<Surroundings> {
  const git = await lookAtGit(folder, env)
  const repository = git?.url === undefined || git.url === null ? null : readRepository(git.url, env)
  const gh = await lookAtGh(folder, env, repository?.host ?? null)
  const local = new Date(nowMs - new Date(nowMs).getTimezoneOffset() * 60_000)
  const candidates = listLinkable(folder)
  return {
    folder,
    date: local.toISOString().slice(0, 10),
    git: git === null ? null : { remote: git.remote, base: git.base, branches: git.branches, current: git.current },
    gh,
    repository,
    hasSlurm: isOnPath('squeue', env),
    sshHost: sshHost === '' ? null : sshHost,
    dispatchable: listWorkflows(git?.top ?? folder),
    documents: listDocuments(folder),
    resultFolders: ['results', 'exp/results', 'outputs', 'output', 'runs', 'out'].filter((name) =>
      isFolder(path.join(folder, name)),
    ),
    linkable: git === null ? [] : await onlyIgnored(folder, env, candidates),
  }
}

interface GitFacts {
  readonly top: string
  readonly remote: string | null
  readonly url: string | null
  readonly base: string | null
  readonly branches: readonly string[]
  readonly current: string | null
}

async function lookAtGit(folder: string, env: Readonly<Record<string, string>>): Promise<GitFacts | null> {
  const ask = async (...words: string[]) => quietly(() => tryGit(words, { cwd: folder, env, limitMs: gitLimitMs }))
  const top = await ask('rev-parse', '--show-toplevel')
  if (top === null || top === '') return null
  const remotes = ((await ask('remote')) ?? '').split('\n').filter((name) => /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name))
  const remote = remotes.includes('origin') ? 'origin' : (remotes[0] ?? null)
  const refs = (await ask('for-each-ref', '--format=%(refname)', 'refs/heads', 'refs/remotes')) ?? ''
  const branches = refs
    .split('\n')
    .map((ref) => ref.replace(/^refs\/heads\//, '').replace(/^refs\/remotes\/[^/]+\//, ''))
    .filter((name) => name !== '' && name !== 'HEAD')
  const head = remote === null ? null : await ask('symbolic-ref', '-q', '--short', `refs/remotes/${remote}/HEAD`)
  const named = head === null || remote === null ? null : head.slice(remote.length + 1)
  return {
    top,
    remote,
    url: remote === null ? null : await ask('remote', 'get-url', remote),
    base: named ?? ['main', 'master'].find((name) => branches.includes(name)) ?? null,
    branches: [...new Set(branches)],
    current: await ask('symbolic-ref', '-q', '--short', 'HEAD'),
  }
}

/** Of an address of GitHub, or of the host that `GH_HOST` names. */
function readRepository(
  url: string,
  env: Readonly<Record<string, string>>,
): { readonly host: string | null; readonly name: string } | null {
  const match = /^(?:[a-z+]+:\/\/(?:[^@/]*@)?|[^@/:]+@)([^/:]+(?::\d+(?=\/))?)[/:](.+?)(?:\.git)?\/?$/.exec(url)
  const host = match?.[1] ?? ''
  const name = match?.[2] ?? ''
  if (!/^[A-Za-z0-9-]{1,39}\/[A-Za-z0-9._-]{1,100}$/.test(name)) return null
  if (/^(?:ssh\.)?github\.com(?::\d+)?$/.test(host)) return { host: null, name }
  const own = env['GH_HOST'] ?? ''
  return own !== '' && host.split(':')[0] === own.split(':')[0] ? { host: own, name } : null
}

/** Asks gh alone, and not the network: a token is there or not. */
async function lookAtGh(
  folder: string,
  env: Readonly<Record<string, string>>,
  host: string | null,
): Promise<Surroundings['gh']> {
  if (!isOnPath('gh', env)) return 'absent'
  const words = ['auth', 'token', ...(host === null ? [] : ['--hostname', host])]
  const answer = await quietly(() => callProgram('gh', words, { cwd: folder, env, limitMs: ghLimitMs }))
  return answer !== null && answer.exitCode === 0 && answer.stdout.length > 1 ? 'ready' : 'no_login'
}

function listWorkflows(top: string): readonly Dispatchable[] {
  const directory = path.join(top, '.github/workflows')
  return listNames(directory)
    .filter((name) => /^[A-Za-z0-9_][A-Za-z0-9_. -]*\.ya?ml$/.test(name))
    .slice(0, 100)
    .flatMap((name) => {
      const text = readSmall(path.join(directory, name))
      return text === null ? [] : (readWorkflow(name, text) ?? [])
    })
}

function listDocuments(folder: string): readonly string[] {
  return ['docs', 'doc', 'experiments'].flatMap((name) =>
    listNames(path.join(folder, name))
      .filter((file) => /\.(?:md|markdown)$/i.test(file))
      .slice(0, maxDocuments)
      .map((file) => `${name}/${file}`),
  )
}

/** What training wants and git usually does not have. */
function listLinkable(folder: string): readonly string[] {
  const usual = [
    'data',
    'datasets',
    'dataset',
    '.venv',
    'venv',
    'env',
    'node_modules',
    'checkpoints',
    'weights',
    'models',
  ]
  return usual.filter((name) => fs.existsSync(path.join(folder, name)))
}

async function onlyIgnored(
  folder: string,
  env: Readonly<Record<string, string>>,
  names: readonly string[],
): Promise<readonly string[]> {
  const ignored: string[] = []
  for (const name of names) {
    const answer = await quietly(() => tryGit(['check-ignore', '-q', name], { cwd: folder, env, limitMs: gitLimitMs }))
    if (answer !== null) ignored.push(name)
  }
  return ignored
}

function isOnPath(name: string, env: Readonly<Record<string, string>>): boolean {
  const directories = (env['PATH'] ?? '').split(':').filter((directory) => path.isAbsolute(directory))
  return findIn(directories, name) !== null
}

function isFolder(file: string): boolean {
  return fs.statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false
}

function listNames(directory: string): readonly string[] {
  try {
    return fs.readdirSync(directory).sort()
  } catch {
    return [] // Not there, or not to be read: nothing is found in it.
  }
}

function readSmall(file: string): string | null {
  try {
    const stat = fs.statSync(file)
    return stat.isFile() && stat.size <= maxWorkflowBytes ? fs.readFileSync(file, 'utf8') : null
  } catch {
    return null // As above.
  }
}

async function quietly<Value>(ask: () => Promise<Value>): Promise<Value | null> {
  try {
    return await ask()
  } catch (error) {
    if (isRelayError(error)) return null // It cannot be asked: what it would have said is not known.
    throw error
  }
}
