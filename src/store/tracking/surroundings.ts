// What is there around something that is to be tracked: git and its remote, gh and its login, a scheduler, workflows, documents, folders of
// results. Looks only, is bounded, and finds less rather than to fail.
import fs from 'node:fs'
import path from 'node:path'
import type { Dispatchable, Surroundings } from '../../core/tracking/trackWish'
import { readWorkflow } from '../../core/tracking/readWorkflow'
import { canOpen, tellRepository } from '../../core/tracking/repositoryReport'
import { isRelayError } from '../../core/relayError'
import { Cluster } from '../backends/cluster'
import { problemOfRun } from '../backends/runProgram'
import { findIn } from '../followUps/findAgents'
import { tryGit } from './askGit'
import { lookAtRepository } from './lookAtRepository'

const gitLimitMs = 20_000
/** Sites let squeue wait for their controller. */
const squeueLimitMs = 12_000
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
  const hasSlurm = isOnPath('squeue', env)
  const [report, slurmProblem] = await Promise.all([
    lookAtRepository(folder, { env, asksGithub: true }),
    hasSlurm ? askCluster(env) : null,
  ])
  const { git, gh, github } = report
  const remote = git?.remotes.find(({ name }) => name === git.remote) ?? null
  const local = new Date(nowMs - new Date(nowMs).getTimezoneOffset() * 60_000)
  return {
    folder,
    date: local.toISOString().slice(0, 10),
    git:
      git === null
        ? null
        : { remote: git.remote, base: github?.defaultBranch ?? null, branches: git.branches, current: git.branch },
    gh: gh.kind === 'ready' ? 'ready' : gh.kind === 'absent' || gh.kind === 'no_login' ? gh.kind : 'unknown',
    // What cannot be asked now may be opened when it can be.
    opens: canOpen(report) || (gh.kind === 'unknown' && remote?.repository !== null && remote !== null),
    pushes: git?.remote !== null && github?.isArchived !== true && (github === null || github.canPush),
    notes: tellRepository(report),
    repository: remote?.repository ?? null,
    hasSlurm,
    ...(slurmProblem === null ? {} : { slurmProblem }),
    sshHost: sshHost === '' ? null : sshHost,
    dispatchable: listWorkflows(git?.top ?? folder),
    documents: listDocuments(folder),
    resultFolders: ['results', 'exp/results', 'outputs', 'output', 'runs', 'out'].filter((name) =>
      isFolder(path.join(folder, name)),
    ),
    linkable: git === null ? [] : await onlyIgnored(folder, env, listLinkable(folder)),
  }
}

/** Why squeue cannot tell of any cluster; null: it can. */
async function askCluster(env: Readonly<Record<string, string>>): Promise<string | null> {
  return problemOfRun('squeue', await new Cluster(null, env).ask(['squeue', '-h', '--me', '-o', '%i'], squeueLimitMs))
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
    // The names are ours, and this command knows no literal ones.
    const own = { GIT_LITERAL_PATHSPECS: '0' }
    const answer = await quietly(() =>
      tryGit(['check-ignore', '-q', name], { cwd: folder, env, own, limitMs: gitLimitMs }),
    )
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
