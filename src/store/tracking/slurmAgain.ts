// How a SLURM job that a person points at was submitted, so that it can be submitted again, and what it is called: the scheduler keeps its
// script. Looks only.
import { readName, readSubmitted, type Said, type SlurmSubmitted } from '../../core/backends/slurm/again'
import { isRelayError } from '../../core/relayError'
import { shellQuote } from '../../core/shellQuote'
import { callProgram } from './callProgram'

const limitMs = 15_000

/** Never rejects for what a scheduler or ssh does: then it is adopted all the same, and why it cannot be submitted again is told. */
export async function slurmAgain(
  id: string,
  host: string | null,
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly again: SlurmSubmitted; readonly name: string | null }> {
  const ask = async (...words: string[]): Promise<Said | null> => {
    const line = words.map(shellQuote).join(' ')
    const remote = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=8', '--', host ?? '', line]
    const [program, args] = host === null ? [words[0] ?? '', words.slice(1)] : ['ssh', remote]
    try {
      const { stdout, stderr } = await callProgram(program, args, { cwd: folder, env, limitMs, maxBytes: 1024 * 1024 })
      return { stdout: stdout.toString('utf8'), stderr }
    } catch (error) {
      if (isRelayError(error)) return null
      throw error
    }
  }
  const shown = await ask('scontrol', 'show', 'job', '-o', id)
  const script = shown === null ? null : await ask('scontrol', 'write', 'batch_script', id, '-')
  return { again: readSubmitted(shown, script), name: shown === null ? null : readName(shown.stdout) }
}
