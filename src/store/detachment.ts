// Where a detached process is not as detached as people think. Said before a start, not after a loss.
import fs from 'node:fs'

/** What may end local jobs here although nobody asked for it, in sentences; empty on an ordinary machine. */
export function detachmentCaveats(env: NodeJS.ProcessEnv): readonly string[] {
  const caveats: string[] = []
  if (env['SLURM_JOB_ID'] !== undefined)
    caveats.push(`This is inside of SLURM job ${env['SLURM_JOB_ID']}: the job ends with that allocation.`)
  if (env['CODESPACES'] === 'true') caveats.push('This is a Codespace: the job ends when it is suspended.')
  else if (env['REMOTE_CONTAINERS'] === 'true')
    caveats.push(
      'This is a dev container: the job ends when the container is stopped, which closing the window may do.',
    )
  if (env['WSL_DISTRO_NAME'] !== undefined)
    caveats.push('This is WSL: Windows may shut it down, with the job, when no terminal is open.')
  if (killsUserProcesses())
    caveats.push(
      'This machine ends the processes of people who log out (KillUserProcesses=yes): ask for `loginctl enable-linger`.',
    )
  return caveats
}

/** logind.conf(5); the last word counts. */
function killsUserProcesses(): boolean {
  try {
    const lines = fs.readFileSync('/etc/systemd/logind.conf', 'utf8').split('\n')
    return lines.findLast((line) => /^\s*KillUserProcesses\s*=/.test(line))?.includes('yes') ?? false
  } catch {
    return false // No logind here.
  }
}
