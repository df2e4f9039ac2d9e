// Finding what belongs to a job, however far it has wandered from its parent: every descendant carries RELAY_JOB_ID.
import fs from 'node:fs'
import type { Handle } from '../../core/jobs/handle'
import type { JobId } from '../../core/jobs/jobId'
import { sanitizeLine } from '../../core/logs/terminalText'
import { asRelayError } from '../../store/durableFile'
import { bootId, isGone, processStartTime, startTimeFromStat } from '../../store/processIdentity'

/** A process that belongs to an attempt. */
export interface JobProcess {
  readonly pid: number
  readonly startTime: string
  /** Id of its process group. */
  readonly group: number
  readonly command: string
}

const marker = Buffer.from('RELAY_JOB_ID=')
const followingMarker = Buffer.from('\0RELAY_JOB_ID=')

interface Scan {
  /** Process ids by the job they are marked with. */
  readonly marked: ReadonlyMap<string, readonly number[]>
  /** Ids of unmarked processes by their session. */
  readonly sessions: ReadonlyMap<number, readonly number[]>
}

/**
 * The processes of this host by job: those that carry its mark, and those in its wrapper's session, for a program may
 * clear its environment or overwrite it with a title. What does both, and leaves the session, is not found. One scan of
 * /proc serves all who ask for it in the same moment. Where there is no /proc (macOS) it finds nothing; the process group
 * is all that is known of a job there. Throws RelayError if the processes cannot be listed: then nothing is known, which
 * is not the same as nothing being there.
 */
export class ProcessTable {
  private scannedAtMs = -Infinity
  private last: Scan = { marked: new Map(), sessions: new Map() }

  /** What is alive of one attempt, as of `notBeforeMs` (of performance.now()) or later. `wrapper` leads its session. */
  of(jobId: JobId, attempt: number, wrapper: Handle | null, notBeforeMs: number): readonly JobProcess[] {
    return this.pidsOf(jobId, attempt, wrapper, notBeforeMs).flatMap((pid) => readProcess(pid) ?? [])
  }

  /** The same by their numbers alone. */
  pidsOf(jobId: JobId, attempt: number, wrapper: Handle | null, notBeforeMs: number): readonly number[] {
    if (this.scannedAtMs < notBeforeMs) {
      const atMs = performance.now()
      this.last = scan()
      this.scannedAtMs = atMs
    }
    const marked = (this.last.marked.get(jobId) ?? []).filter((pid) => readMark(pid)?.isOf(jobId, attempt) ?? false)
    const inSession = wrapper !== null && ownsSession(wrapper) ? (this.last.sessions.get(wrapper.pid) ?? []) : []
    return [...marked, ...inSession]
  }
}

/** A session keeps its leader's number from being used again; only once all of it is gone may a stranger have it. */
function ownsSession({ pid, startTime, bootId: boot }: Handle): boolean {
  const now = processStartTime(pid)
  return boot === bootId() && (now === null || now === startTime)
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

function scan(): Scan {
  const marked = new Map<string, number[]>()
  const sessions = new Map<number, number[]>()
  for (const name of listProc()) {
    if (!/^\d+$/.test(name)) continue
    const pid = Number(name)
    const mark = readMark(pid)
    if (mark !== null) add(marked, mark.jobId, pid)
    else {
      const session = readStat(pid)?.session
      if (session !== undefined && session > 0) add(sessions, session, pid)
    }
  }
  return { marked, sessions }
}

function add<Key>(map: Map<Key, number[]>, key: Key, pid: number): void {
  const pids = map.get(key)
  if (pids === undefined) map.set(key, [pid])
  else pids.push(pid)
}

interface Mark {
  readonly jobId: string
  isOf(jobId: JobId, attempt: number): boolean
}

/** The job that a process is marked with, or null. */
function readMark(pid: number): Mark | null {
  const environ = readEnviron(pid)
  const start = environ === null ? null : startOfValue(environ)
  if (environ === null || start === null) return null
  const end = environ.indexOf(0, start)
  const jobId = environ.toString('latin1', start, end < 0 ? environ.length : end)
  return {
    jobId,
    isOf: (id, attempt) => {
      const number = /(?:^|\0)RELAY_ATTEMPT=(\d+)/.exec(environ.toString('latin1'))?.[1] ?? '1'
      return id === jobId && Number(number) === attempt
    },
  }
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

/** Field numbers of proc_pid_stat(5), counted after the name. */
function readStat(pid: number): { startTime: string; group: number; session: number } | null {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1')
    const startTime = startTimeFromStat(stat)
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return startTime === null ? null : { startTime, group: Number(fields[2]), session: Number(fields[3]) }
  } catch (error) {
    return nullIfNotOurs(error, `/proc/${pid}/stat`)
  }
}

function readProcess(pid: number): JobProcess | null {
  const stat = readStat(pid)
  if (stat === null) return null
  try {
    const command = sanitizeLine(fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim(), 200)
    return { pid, startTime: stat.startTime, group: stat.group, command }
  } catch (error) {
    return nullIfNotOurs(error, `/proc/${pid}/cmdline`)
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
