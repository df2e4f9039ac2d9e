// Workflow runs of a repository on GitHub, for choosing one and for watching them: one `gh run list` for all of them.
import * as z from 'zod'
import { RelayError } from '../../core/relayError'
import { repositorySchema } from '../../core/backends/backendPlan'
import { parseRuns, runListFields, type WorkflowRun } from '../../core/backends/github/runs'
import { ghRepository, type RemoteRepository } from '../../core/tracking/remote'
import { lookAtRepository } from '../tracking/lookAtRepository'
import { type GhCall, problemOfGh, runGh } from './gh'

/** The newest runs, newest first. Throws RelayError where GitHub does not answer. */
export async function listRuns(repo: string, call: GhCall, limit = 30): Promise<readonly WorkflowRun[]> {
  const ran = await runGh(['run', 'list', '--repo', repo, '--limit', String(limit), '--json', runListFields], call)
  const problem = problemOfGh(ran, call.host)
  if (ran.kind !== 'ended' || problem !== null)
    throw new RelayError('no_github', `Workflow runs of ${repo} cannot be listed: ${problem ?? ''}.`)
  return parseRuns(ran.stdout)
}

const repositoryAnswer = z.object({
  nameWithOwner: z.string(),
  url: z.string(),
  defaultBranchRef: z.object({ name: z.string() }).nullable().optional(),
})

export interface FolderRepository {
  readonly host: string
  /** `owner/name`. */
  readonly repo: string
  /** Its default branch; null: it has none. */
  readonly branch: string | null
}

/**
 * The repository of a folder: that of the remote that git would push to, at the host of that, whatever else gh is logged in at or GH_HOST says.
 * Throws RelayError.
 */
export async function repositoryOf(folder: string, { env }: Pick<GhCall, 'env'>): Promise<FolderRepository> {
  const remote = await remoteOf(folder, env)
  const ask = (words: readonly string[], host: string | undefined) =>
    runGh(['repo', 'view', ...words, '--json', 'nameWithOwner,url,defaultBranchRef'], {
      env: { ...env, GH_HOST: undefined },
      host,
      cwd: folder,
    })
  const named = await ask(remote === null ? [] : [ghRepository(remote)], remote?.host)
  const problem = problemOfGh(named, remote?.host)
  if (problem === null && named.kind === 'ended') return readRepository(folder, named.stdout, remote?.host ?? null)
  // A host may be an alias in the configuration of ssh, which gh knows to read: the same repository, at the host that it says.
  if (remote !== null && named.kind === 'ended') {
    const found = await ask([], undefined)
    const read =
      found.kind === 'ended' && problemOfGh(found) === null ? readRepository(folder, found.stdout, null) : null
    if (read !== null && read.repo.toLowerCase() === `${remote.owner}/${remote.name}`.toLowerCase()) return read
  }
  throw new RelayError(
    'no_github',
    `The repository of ${folder} on GitHub cannot be told: ${(problem ?? '').replace(/\.$/, '')}. Name it: --repo [HOST/]OWNER/NAME.`,
  )
}

/** `host`: the one that was asked; null: gh chose, and says which. */
function readRepository(folder: string, text: string, host: string | null): FolderRepository {
  try {
    const { nameWithOwner, url, defaultBranchRef } = repositoryAnswer.parse(JSON.parse(text))
    return {
      host: host ?? new URL(url).host,
      repo: repositorySchema.parse(nameWithOwner),
      branch: defaultBranchRef?.name ?? null,
    }
  } catch {
    throw new RelayError(
      'no_github',
      `What gh says of the repository of ${folder} cannot be understood. Name it: --repo [HOST/]OWNER/NAME.`,
    )
  }
}

/** Of the remote that git would push to; null: there is none that gh could know. Nobody is asked for it. */
export async function remoteOf(folder: string, env: GhCall['env']): Promise<RemoteRepository | null> {
  const set = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  const { git } = await lookAtRepository(folder, { env: Object.fromEntries(set), asksGithub: false })
  return git?.remotes.find(({ name }) => name === git.remote)?.repository ?? null
}
