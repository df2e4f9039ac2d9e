// What is known of something that a person points at: a process by its number, a SLURM job by its id, so that it can be launched again. Looks only.
import fs from 'node:fs'
import path from 'node:path'
import { readAsked } from '../../core/backends/slurm/again'
import { isRelayError, RelayError } from '../../core/relayError'
import { shellQuote } from '../../core/shellQuote'
import type { Pointed, SlurmAgain } from '../../core/tracking/trackWish'
import { handleOf } from '../processIdentity'
import { callProgram } from './callProgram'

const maxCommandChars = 12_000
const limitMs = 15_000

/** Throws RelayError if there is no such process. */
export function pointAtProcess(pid: number): Extract<Pointed, { kind: 'process' }> {
  const process = handleOf(pid)
  if (process === null) throw new RelayError('no_process', `There is no process ${pid} of yours here.`)
  return { kind: 'process', process, command: commandOf(pid), cwd: linkOf(`/proc/${pid}/cwd`), log: logOf(pid) }
}

/** Null where there is no /proc, or it is another user's. */
function commandOf(pid: number): string | null {
  try {
    const words = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
    const command = words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : shellQuote(word))).join(' ')
    return command === '' || command.length > maxCommandChars || /\p{Cc}/u.test(command) ? null : command
  } catch {
    return null // Not to be read: it cannot be launched again.
  }
}

/** The file that its standard output goes to. */
function logOf(pid: number): string | null {
  const file = linkOf(`/proc/${pid}/fd/1`)
  if (file === null || !path.isAbsolute(file) || file.startsWith('/dev/') || /\p{Cc}|\p{Cf}/u.test(file)) return null
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true ? file : null
}

function linkOf(link: string): string | null {
  try {
    return fs.readlinkSync(link)
  } catch {
    return null // Not there, or not to be read.
  }
}

/** Its own script and what it was given, as the scheduler keeps them; null where it does not say, or where not all of it can be asked for again. */
export async function slurmAgain(
  id: string,
  host: string | null,
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<SlurmAgain | null> {
  const ask = async (...words: string[]) => {
    try {
      const remote = [
        '-o',
        'BatchMode=yes',
        '-o',
        'ConnectTimeout=8',
        '--',
        host ?? '',
        words.map(shellQuote).join(' '),
      ]
      const [program, args] = host === null ? [words[0] ?? '', words.slice(1)] : ['ssh', remote]
      const answer = await callProgram(program, args, { cwd: folder, env, limitMs, maxBytes: 1024 * 1024 })
      return answer.exitCode === 0 ? answer.stdout.toString('utf8') : null
    } catch (error) {
      if (isRelayError(error)) return null // It is adopted all the same, and not launched again.
      throw error
    }
  }
  const script = await ask('scontrol', 'write', 'batch_script', id, '-')
  const shown = await ask('scontrol', 'show', 'job', '-o', id)
  if (script === null || shown === null || !script.startsWith('#!')) return null
  const asked = readAsked(shown)
  if (asked.kind === 'other') return null
  // The last line end is the scheduler's.
  return { script: script.trimEnd(), directory: asked.directory, options: asked.options }
}
