// Finding what belongs to a job, however far it has wandered from its parent: every descendant carries RELAY_JOB_ID.
import fs from 'node:fs'
import type { JobId } from '../../core/jobs/jobId'
import { sanitizeLine } from '../../core/logs/terminalText'
import { asRelayError } from '../../store/durableFile'
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
const followingMarker = Buffer.from('\0RELAY_JOB_ID=')

/**
 * The marked processes of this host by job. One scan of /proc serves all who ask for it in the same moment; what is told
 * of a process is read only for the job that asks. Where there is no /proc (macOS) it finds nothing; the process group is
 * all that is known of a job there. Throws RelayError if the processes cannot be listed: then nothing is known, which is
 * not the same as nothing being there.
 */
export class ProcessTable {
  private scannedAtMs = -Infinity
  private pids: ReadonlyMap<string, readonly number[]> = new Map()

  /** What is alive of one attempt, as of `notBeforeMs` (of performance.now()) or later. */
  of(jobId: JobId, attempt: number, notBeforeMs: number): readonly MarkedProcess[] {
    if (this.scannedAtMs < notBeforeMs) {
      const atMs = performance.now()
      this.pids = scan()
      this.scannedAtMs = atMs
    }
    return (this.pids.get(jobId) ?? [])
      .flatMap((pid) => readMarked(pid, jobId) ?? [])
      .filter((one) => one.attempt === attempt)
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

/** Reused by every scan: a thousand jobs are three thousand environments. */
let environBuffer = Buffer.alloc(64 * 1024)

function scan(): Map<string, number[]> {
  const found = new Map<string, number[]>()
  for (const name of listProc()) {
    if (!/^\d+$/.test(name)) continue
    const jobId = readJobId(Number(name))
    if (jobId === null) continue
    const pids = found.get(jobId)
    if (pids === undefined) found.set(jobId, [Number(name)])
    else pids.push(Number(name))
  }
  return found
}

/** The job that a process is marked with, or null. */
function readJobId(pid: number): string | null {
  const environ = readEnviron(pid)
  if (environ === null) return null
  const start = startOfValue(environ)
  if (start === null) return null
  const end = environ.indexOf(0, start)
  return environ.toString('latin1', start, end < 0 ? environ.length : end)
}

function startOfValue(environ: Buffer): number | null {
  if (environ.subarray(0, marker.length).equals(marker)) return marker.length
  const at = environ.indexOf(followingMarker)
  return at < 0 ? null : at + followingMarker.length
}

/** /proc/PID/environ, valid until the next call; null if the process is gone or another user's. */
function readEnviron(pid: number): Buffer | null {
  const file = `/proc/${pid}/environ`
  let fd: number
  try {
    fd = fs.openSync(file, 'r')
  } catch (error) {
    return nullIfNotOurs(error, file)
  }
  try {
    let length = 0
    for (;;) {
      const read = fs.readSync(fd, environBuffer, length, environBuffer.length - length, null)
      length += read
      if (read === 0) return environBuffer.subarray(0, length)
      if (length === environBuffer.length) environBuffer = Buffer.concat([environBuffer, Buffer.alloc(length)])
    }
  } catch (error) {
    return nullIfNotOurs(error, file)
  } finally {
    fs.closeSync(fd)
  }
}

function readMarked(pid: number, jobId: JobId): MarkedProcess | null {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1')
    const startTime = startTimeFromStat(stat)
    // The number may be another process's by now: its mark is read again.
    if (startTime === null || readJobId(pid) !== jobId) return null
    const attempt = /(?:^|\0)RELAY_ATTEMPT=(\d+)/.exec(readEnviron(pid)?.toString('latin1') ?? '')?.[1] ?? '1'
    const group = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2])
    const command = sanitizeLine(fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim(), 200)
    return { pid, startTime, attempt: Number(attempt), group, command }
  } catch (error) {
    return nullIfNotOurs(error, `/proc/${pid}`)
  }
}

/** A process that has ended or is another user's is none of ours; any other trouble means that nothing is known. */
function nullIfNotOurs(error: unknown, file: string): null {
  if (isGone(error)) return null
  throw asRelayError(error, 'read', file)
}

function listProc(): string[] {
  try {
    return fs.readdirSync('/proc')
  } catch (error) {
    if (isGone(error)) return [] // macOS.
    throw asRelayError(error, 'read', '/proc')
  }
}
