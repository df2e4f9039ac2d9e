// A person's own processes on this machine, for choosing one that is to be watched as a job.
import fs from 'node:fs'
import { sanitizeLine } from '../../core/logs/terminalText'
import { RelayError } from '../../core/relayError'
import { handleOf } from '../processIdentity'
import type { Handle } from '../../core/jobs/handle'

export interface OwnProcess {
  readonly pid: number
  readonly parent: number
  readonly command: string
  readonly startedAt: string
  /** Seconds of a processor that it has taken so far, and how much of one on average. */
  readonly cpuSec: number
  readonly cpuPercent: number
  readonly cwd: string | null
  /** The file that its standard output goes to; null: it goes elsewhere. */
  readonly log: string | null
}

const ticksPerSec = 100

/** Those of this user but this one and what started it, the busiest first. Empty where there is no /proc (macOS). */
export function listProcesses(): readonly OwnProcess[] {
  const uid = process.getuid?.() ?? -1
  const pids = readNames('/proc').filter((name) => /^\d+$/.test(name))
  const found = pids.flatMap((name) => (ownerOf(name) === uid ? (readProcess(Number(name)) ?? []) : []))
  const ancestors = new Set<number>()
  for (let pid = process.pid; pid > 1 && !ancestors.has(pid); pid = found.find((one) => one.pid === pid)?.parent ?? 0)
    ancestors.add(pid)
  return found.filter(({ pid }) => !ancestors.has(pid)).sort((a, b) => b.cpuSec - a.cpuSec || b.pid - a.pid)
}

export interface Adoptable {
  readonly handle: Handle
  readonly process: OwnProcess | null
}

/** One process as it is now, beyond doubt. Throws RelayError where it is not there or another user's. */
export function identify(pid: number): Adoptable {
  const handle = handleOf(pid)
  if (handle === null) throw new RelayError('no_process', `There is no process ${pid}.`)
  const owner = ownerOf(String(pid))
  const uid = process.getuid?.()
  if (owner !== null && uid !== undefined && uid !== 0 && owner !== uid)
    throw new RelayError(
      'foreign_process',
      `Process ${pid} belongs to another user: it can be neither watched whole nor stopped.`,
    )
  return { handle, process: readProcess(pid) }
}

function readProcess(pid: number): OwnProcess | null {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const command = sanitizeLine(fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim(), 500)
    // A kernel's own has no command line, and a zombie is over.
    if (command === '' || fields[0] === 'Z') return null
    const startedMs = (bootSec() + Number(fields[19]) / ticksPerSec) * 1000
    const cpuSec = (Number(fields[11]) + Number(fields[12])) / ticksPerSec
    const ageSec = Math.max(1, (Date.now() - startedMs) / 1000)
    return {
      pid,
      parent: Number(fields[1]),
      command,
      startedAt: new Date(startedMs).toISOString(),
      cpuSec,
      cpuPercent: Math.round((100 * cpuSec) / ageSec),
      cwd: readLink(`/proc/${pid}/cwd`),
      log: outputOf(pid),
    }
  } catch {
    return null // It has ended just now.
  }
}

/** The plain file that its standard output goes to. */
function outputOf(pid: number): string | null {
  const file = readLink(`/proc/${pid}/fd/1`)
  if (file === null || !file.startsWith('/') || file.endsWith(' (deleted)')) return null
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true ? file : null
}

function bootSec(): number {
  return Number(/^btime (\d+)$/m.exec(fs.readFileSync('/proc/stat', 'utf8'))?.[1] ?? 0)
}

function ownerOf(name: string): number | null {
  return fs.statSync(`/proc/${name}`, { throwIfNoEntry: false })?.uid ?? null
}

function readLink(file: string): string | null {
  try {
    return fs.readlinkSync(file)
  } catch {
    return null // It has ended, or is another user's.
  }
}

function readNames(directory: string): string[] {
  try {
    return fs.readdirSync(directory)
  } catch {
    return [] // macOS.
  }
}
