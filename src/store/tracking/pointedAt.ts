// What is known of something that a person points at: a process by its number, so that it can be launched again. Looks only.
import fs from 'node:fs'
import path from 'node:path'
import { RelayError } from '../../core/relayError'
import { shellQuote } from '../../core/shellQuote'
import type { Pointed } from '../../core/tracking/planTrack'
import { handleOf } from '../processIdentity'

const maxCommandChars = 12_000

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
