// Finding what belongs to a job, however far it has wandered from its parent: every descendant carries RELAY_JOB_ID.
import fs from 'node:fs'
import type { JobId } from '../../core/jobs/jobId'
import { sanitizeLine } from '../../core/logs/terminalText'
import { asRelayError, errorCode } from '../../store/durableFile'
import { isGone, processStartTime, startTimeFromStat } from '../../store/processIdentity'

export interface MarkedProcess {
  readonly pid: number
  readonly startTime: string
  readonly attempt: number
  /** Id of its process group. */
  readonly group: number
  readonly command: string
}

const marker = Buffer.from('RELAY_JOB_ID=')

/**
 * The marked processes of this host by job. One scan of /proc serves all who ask for it in the same moment. Where there
 * is no /proc (macOS) it finds nothing; the process group is all that is known of a job there. Throws RelayError if the
 * processes cannot be listed: then nothing is known, which is not the same as nothing being there.
 */
export class ProcessTable {
  private scannedAtMs = -Infinity
  private processes: ReadonlyMap<string, readonly MarkedProcess[]> = new Map()

  /** What is alive of one attempt, as of `notBeforeMs` (of performance.now()) or later. */
  of(jobId: JobId, attempt: number, notBeforeMs: number): readonly MarkedProcess[] {
    if (this.scannedAtMs < notBeforeMs) {
      const atMs = performance.now()
      this.processes = scan()
      this.scannedAtMs = atMs
    }
    return (this.processes.get(jobId) ?? []).filter((one) => one.attempt === attempt)
  }
}

/** Sends a signal to exactly this process; false if it is gone. */
export function signalProcess({ pid, startTime }: { pid: number; startTime: string }, signal: NodeJS.Signals): boolean {
  if (processStartTime(pid) !== startTime) return false
  try {
    process.kill(pid, signal)
    return true
  } catch {
    return false // It has ended in this moment, or it became another user's: not ours to signal.
  }
}

function scan(): Map<string, MarkedProcess[]> {
  const found = new Map<string, MarkedProcess[]>()
  const names = listProc()
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue
    const process = readMarked(Number(name))
    if (process === null) continue
    const { jobId, ...rest } = process
    found.set(jobId, [...(found.get(jobId) ?? []), rest])
  }
  return found
}

function readMarked(pid: number): (MarkedProcess & { jobId: string }) | null {
  try {
    const environ = fs.readFileSync(`/proc/${pid}/environ`)
    if (!environ.includes(marker)) return null
    const variables = new Map(
      environ
        .toString('latin1')
        .split('\0')
        .filter((pair) => pair.startsWith('RELAY_'))
        .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const),
    )
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1')
    const startTime = startTimeFromStat(stat)
    const group = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2])
    const jobId = variables.get('RELAY_JOB_ID')
    if (startTime === null || jobId === undefined) return null
    const words = sanitizeLine(fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim(), 200)
    return { jobId, pid, startTime, attempt: Number(variables.get('RELAY_ATTEMPT') ?? 1), group, command: words }
  } catch (error) {
    if (isGone(error) || ['EACCES', 'EPERM'].includes(errorCode(error) ?? '')) return null // Ended, or another user's.
    throw asRelayError(error, 'read', `/proc/${pid}`)
  }
}

function listProc(): string[] {
  try {
    return fs.readdirSync('/proc')
  } catch (error) {
    if (isGone(error)) return [] // macOS.
    throw asRelayError(error, 'read', '/proc')
  }
}
