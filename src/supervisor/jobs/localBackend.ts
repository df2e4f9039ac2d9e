// Running an attempt on this machine: start the wrapper, see what has become of it, stop it with all it has started.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import type { AttemptSeen } from '../../core/jobs/seen'
import type { Handle } from '../../core/jobs/handle'
import type { JobId } from '../../core/jobs/jobId'
import type { Sample } from '../../core/jobs/usage'
import {
  asRelayError,
  errorCode,
  makeDirectory,
  readIfExists,
  syncDirectory,
  writeDurably,
} from '../../store/durableFile'
import { bootId, hostName, isAlive, startTimeFromStat } from '../../store/processIdentity'
import type { AttemptPaths } from '../../store/jobPaths'
import type { AttemptRef, Backend, Launch } from '../backends/backend'
import { type JobProcess, ProcessTable, signalProcess } from './processTable'
import { sampleProcesses } from './processUse'
import wrapper from './wrapper.sh'

/** The wrapper's own word on who it is, and when it said so. */
interface LocalStarted {
  readonly handle: Handle
  readonly atMs: number
}

/** Which attempt: what is known of it otherwise plays no part here. */
type LocalRef = Pick<AttemptRef, 'jobId' | 'attempt' | 'paths'>

export class LocalBackend implements Backend {
  private readonly processes = new ProcessTable()
  private togetherSinceMs: number | null = null
  private readonly wrapperFile: string

  /** `bell` names the file that a wrapper touches at the end, `folder` is where the wrapper's script may be kept. */
  constructor(
    folder: string,
    private readonly bell: (jobId: JobId) => string,
    private readonly wakeScript: string,
  ) {
    this.wrapperFile = path.join(folder, 'wrapper.sh')
    if (readIfExists(this.wrapperFile) !== wrapper) writeDurably(this.wrapperFile, wrapper)
  }

  /**
   * Starts the wrapper; safe to repeat, for only one wrapper gets the claim. Throws RelayError if its files cannot be
   * written. `onProblem` is called later if it cannot be started at all.
   */
  launch(
    { jobId, attempt, paths, script, cwd, env }: Omit<Launch, 'job' | 'wake'>,
    onProblem: (why: string) => void,
  ): void {
    let log: number
    try {
      makeDirectory(paths.directory)
      writeDurably(paths.command, script)
      log = fs.openSync(paths.log, 'a', 0o600)
      syncDirectory(path.dirname(paths.directory))
    } catch (error) {
      throw asRelayError(error, 'prepare', paths.directory)
    }
    const words = ['sh', this.wrapperFile, paths.directory, cwd, this.bell(jobId), this.wakeScript]
    // Programs that change their title (setproctitle) are asked not to overwrite the mark with it: SPT_NOENV.
    // As a group leader, setsid(1) forks: the wrapper gets a session of its own and is no child of ours. macOS has none.
    const [file, ...rest] = process.platform === 'darwin' ? words : ['setsid', ...words]
    try {
      const child = spawn(file ?? 'sh', rest, {
        cwd: '/',
        detached: true,
        stdio: ['ignore', log, log],
        env: { ...env, RELAY_JOB_ID: jobId, VR_JOB_ID: jobId, RELAY_ATTEMPT: String(attempt), SPT_NOENV: '1' },
      })
      child.once('error', (error) => reportLasting(error, onProblem))
      child.unref()
    } catch (error) {
      reportLasting(error, onProblem) // E2BIG is thrown, not emitted.
    } finally {
      fs.closeSync(log)
    }
  }

  /** Makes the claim itself, so that no wrapper that is still on its way will run; false if one was faster. */
  revoke({ paths }: LocalRef): boolean {
    makeDirectory(paths.directory)
    try {
      fs.mkdirSync(paths.claim)
      return true
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false
      throw asRelayError(error, 'create', paths.claim)
    }
  }

  /** For looks at several attempts that are known to have ended by now: the processes are listed once for all of them. */
  lookTogether(look: () => void): void {
    this.togetherSinceMs = performance.now()
    try {
      look()
    } finally {
      this.togetherSinceMs = null
    }
  }

  /** What has become of an attempt; after its end, also what it left behind. */
  observe({ jobId, attempt, paths }: LocalRef): AttemptSeen {
    const calledAtMs = this.togetherSinceMs ?? performance.now()
    const started = readStarted(paths)
    const handle = started?.handle ?? null
    const alive = () => this.processes.of(jobId, attempt, handle, calledAtMs)
    const exited = (exit: ExitRecord): AttemptSeen => {
      const others = alive().filter(({ pid }) => pid !== handle?.pid)
      // It may have begun and ended between the two looks.
      return { kind: 'exited', ...exit, started: started ?? readStarted(paths), processes: others.map(renderProcess) }
    }

    const exit = readExit(paths)
    if (exit !== null) return exited(exit)
    if (started === null && !fs.existsSync(paths.claim)) return { kind: 'absent' }
    if (started !== null && isAlive(started.handle)) return { kind: 'alive', started }

    const processes = handle === null || handle.bootId === bootId() ? alive() : []
    // Look for the record once more: it may have been written after the first look, just before the wrapper went.
    const late = readExit(paths) ?? readExitFromFullDisk(paths)
    if (late !== null) return exited(late)
    if (handle !== null && handle.bootId !== bootId())
      return { kind: 'gone', evidence: 'The machine was restarted while it ran, and it left no exit record.' }
    const who = handle === null ? 'Its wrapper' : `Its wrapper (process ${handle.pid})`
    if (processes.length > 0) {
      if (handle === null) return { kind: 'mute' }
      const evidence = `${who} was killed before it could record the exit; ${processes.length} of its processes live on.`
      return { kind: 'orphaned', evidence, processes: processes.map(renderProcess) }
    }
    return { kind: 'gone', evidence: `${who} is gone without an exit record, and none of its processes is alive.` }
  }

  /** What is alive of an attempt, its wrapper included, as `pid command`. Throws RelayError. */
  listAlive({ jobId, attempt, paths }: LocalRef): readonly string[] {
    const wrapper = readStarted(paths)?.handle ?? null
    return this.processes.of(jobId, attempt, wrapper, performance.now()).map(renderProcess)
  }

  /**
   * What the processes of an attempt have used so far, of those that were there at most `maxAgeMs` ago: one list of all
   * processes serves many jobs. Null where that cannot be told (macOS). Throws RelayError.
   */
  sample({ jobId, attempt, paths }: LocalRef, maxAgeMs: number): Sample | null {
    if (process.platform === 'darwin') return null
    const wrapper = readStarted(paths)?.handle ?? null
    const pids = this.processes.pidsOf(jobId, attempt, wrapper, performance.now() - maxAgeMs)
    return { atMs: performance.now(), processes: sampleProcesses(pids) }
  }

  /**
   * Signals everything of an attempt: TERM, or KILL if `hard`. A hard stop spares the wrapper while anything else is
   * alive, so that it can still record the exit. Repeat until `observe` finds nothing.
   */
  stop({ jobId, attempt, paths }: LocalRef, hard: boolean): void {
    const handle = readStarted(paths)?.handle ?? null
    const alive = this.processes.of(jobId, attempt, handle, performance.now())
    const others = alive.filter(({ pid }) => pid !== handle?.pid)
    if (!hard) {
      // Each is asked once: many programs take a second TERM as an order to give up at once.
      const group = handle !== null && isAlive(handle) ? handle.pid : null
      if (group !== null) signalGroup(group, 'SIGTERM')
      for (const one of others) if (one.group !== group) signalProcess(one, 'SIGTERM')
      return
    }
    for (const one of others.length > 0 ? others : alive) signalProcess(one, 'SIGKILL')
    if (alive.length === 0 && handle !== null && isAlive(handle)) signalGroup(handle.pid, 'SIGKILL')
  }

  nudge(): void {
    // It is looked at whenever somebody asks.
  }

  forget(): void {
    // Its memory is the disk.
  }
}

/** No process to be had just now (a full process table) passes: the start is tried again when no claim was made. */
function reportLasting(error: unknown, onProblem: (why: string) => void): void {
  if (['ENOENT', 'EACCES', 'E2BIG'].includes(errorCode(error) ?? '') && error instanceof Error) onProblem(error.message)
}

function renderProcess({ pid, command }: JobProcess): string {
  return `${pid} ${command}`
}

function signalGroup(groupId: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-groupId, signal)
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error // The group ended in this moment.
  }
}

/** The wrapper's own word on who it is; null if it has not spoken, or could not because the disk was full. */
function readStarted(paths: AttemptPaths): LocalStarted | null {
  const text = readIfExists(paths.started)
  if (text === null) return null
  const [pid, stat, boot, time, end] = text.split('\n')
  if (pid === undefined || stat === undefined || boot === undefined || time === undefined || end !== '') return null
  if (!/^\d+$/.test(pid)) return null
  const startTime = boot === '' ? stat : startTimeFromStat(stat)
  if (startTime === null) return null
  const handle = {
    host: hostName(),
    bootId: boot === '' ? bootId() : boot,
    pid: Number(pid),
    startTime: startTime.trim(),
  }
  return { handle, atMs: parseTime(time) ?? fileTimeMs(paths.started) }
}

interface ExitRecord {
  readonly status: number
  readonly atMs: number
}

/** The exit record, `<status> <ms since the epoch>`; null if there is none, or only the one that a full disk leaves. */
function readExit(paths: AttemptPaths): ExitRecord | null {
  // Asked of every running job at every sweep: not by way of an exception.
  if (fs.statSync(paths.exit, { throwIfNoEntry: false }) === undefined) return null
  const record = /^(\d{1,3}) (\w+)\n$/.exec(readIfExists(paths.exit) ?? '')
  if (record === null) return null
  return { status: Number(record[1]), atMs: parseTime(record[2] ?? '') ?? fileTimeMs(paths.exit) }
}

/** The wrapper's own clock in ms; null where date(1) knows no %N (macOS) and leaves seconds and a stray letter. */
function parseTime(text: string): number | null {
  return /^\d{13}$/.test(text) ? Number(text) : null
}

/** What a wrapper leaves when not a byte could be written: an empty file `exit.<status>`. */
function readExitFromFullDisk(paths: AttemptPaths): ExitRecord | null {
  const name = listNames(paths.directory).find((one) => /^exit\.\d+$/.test(one))
  if (name === undefined) return null
  return { status: Number(name.slice('exit.'.length)), atMs: fileTimeMs(`${paths.directory}/${name}`) }
}

function fileTimeMs(file: string): number {
  return Math.round(fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
}

function listNames(directory: string): string[] {
  try {
    return fs.readdirSync(directory)
  } catch {
    return [] // Not made yet.
  }
}
