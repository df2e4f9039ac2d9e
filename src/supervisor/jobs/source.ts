// Which version of the code a job ran with.
import type { Source } from '../../core/jobs/event'

/** Git's word on `directory`, within ten seconds; never rejects. */
export async function readSource(directory: string): Promise<Source> {
  const { simpleGit } = await import('simple-git') // Heavy; most supervisors need it once.
  try {
    // Without optional locks, `git status` leaves the person's index byte for byte as it is.
    const options = { timeout: { block: 10_000 }, allowEnvironment: ['GIT_OPTIONAL_LOCKS'] }
    const git = simpleGit(directory, options).env({ ...process.env, GIT_OPTIONAL_LOCKS: '0' })
    if (!(await git.checkIsRepo())) return { commit: null, branch: null, dirty: null, problem: null }
    const status = await git.status(['--untracked-files=no'])
    const commit = await git.revparse(['HEAD']).catch(() => null) // An unborn branch has no commit.
    return { commit, branch: status.current, dirty: !status.isClean(), problem: null }
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error)
    return { commit: null, branch: null, dirty: null, problem: `git: ${why ?? 'failed'}` }
  }
}
