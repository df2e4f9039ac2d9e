// Workflow runs of a repository on GitHub, for choosing one and for watching them: one `gh run list` for all of them.
import * as z from 'zod'
import { RelayError } from '../../core/relayError'
import { repositorySchema } from '../../core/backends/backendPlan'
import { parseRuns, runListFields, type WorkflowRun } from '../../core/backends/github/runs'
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
  defaultBranchRef: z.object({ name: z.string() }).nullable().optional(),
})

/** The repository of a folder, as gh sees it, and its default branch. Throws RelayError. */
export async function repositoryOf(
  folder: string,
  call: GhCall,
): Promise<{ readonly repo: string; readonly branch: string | null }> {
  const ran = await runGh(['repo', 'view', '--json', 'nameWithOwner,defaultBranchRef'], { ...call, cwd: folder })
  const problem = problemOfGh(ran, call.host)
  if (ran.kind !== 'ended' || problem !== null)
    throw new RelayError(
      'no_github',
      `The repository of ${folder} on GitHub cannot be told: ${problem ?? ''}. Name it: --repo OWNER/NAME.`,
    )
  try {
    const { nameWithOwner, defaultBranchRef } = repositoryAnswer.parse(JSON.parse(ran.stdout))
    return { repo: repositorySchema.parse(nameWithOwner), branch: defaultBranchRef?.name ?? null }
  } catch {
    throw new RelayError(
      'no_github',
      `What gh says of the repository of ${folder} cannot be understood. Name it: --repo OWNER/NAME.`,
    )
  }
}
