// Which version of the code a job ran with.
import type { Source } from '../../core/jobs/event'
import { supervisorEnvironment } from '../../store/wake'

/** A folder that came with a clone must not run its own programs: no bare repository in it, no file system monitor. */
const safeConfig = ['safe.bareRepository=explicit', 'core.fsmonitor=false']

/** Questions that are being answered: a hundred jobs that start at once in one folder ask git once. */
const asked = new Map<string, Promise<Source>>()

/** Git's word on `directory`, within ten seconds; never rejects. */
export function readSource(directory: string): Promise<Source> {
  const known = asked.get(directory)
  if (known !== undefined) return known
  const answer = askGit(directory).finally(() => asked.delete(directory))
  asked.set(directory, answer)
  return answer
}

async function askGit(directory: string): Promise<Source> {
  const { simpleGit } = await import('simple-git') // Heavy; most supervisors need it once.
  try {
    // Without optional locks, `git status` leaves the person's index byte for byte as it is.
    const options = {
      timeout: { block: 10_000 },
      allowEnvironment: ['GIT_OPTIONAL_LOCKS'],
      config: safeConfig,
      // The library asks for this word even to turn the monitor off.
      unsafe: { allowUnsafeFsMonitor: true },
    }
    const git = simpleGit(directory, options).env({ ...supervisorEnvironment(process.env), GIT_OPTIONAL_LOCKS: '0' })
    if (!(await git.checkIsRepo())) return { commit: null, branch: null, dirty: null, problem: null }
    const status = await git.status(['--untracked-files=no'])
    const commit = await git.raw(['rev-parse', '--verify', '-q', 'HEAD']).catch(() => '') // An unborn branch has none.
    return { commit: commit.trim() || null, branch: status.current, dirty: !status.isClean(), problem: null }
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error)
    return { commit: null, branch: null, dirty: null, problem: `git: ${why ?? 'failed'}` }
  }
}
