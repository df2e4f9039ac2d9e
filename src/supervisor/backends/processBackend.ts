// A process that someone else has started, and that is watched as a job: nothing is started. Its exit code is told to its parent
// alone, so how it ended stays unknown unless files that it must write tell.
import fs from 'node:fs'
import type { ProcessPlan } from '../../core/backends/backendPlan'
import type { AttemptSeen } from '../../core/jobs/seen'
import type { Sample } from '../../core/jobs/usage'
import { bootId, hostName, isAlive, processStartTime } from '../../store/processIdentity'
import { sampleProcesses } from '../jobs/processUse'
import { signalProcess } from '../jobs/processTable'
import type { AttemptRef, Backend, Launch } from './backend'
import { linkLog } from './linkedLog'

/** Nobody calls when it ends. */
const lookEveryMs = 1_000

export class ProcessBackend implements Backend {
  private readonly timers = new Map<string, NodeJS.Timeout>()
  /** Those whose logs are linked, or are being. */
  private readonly linked = new Set<string>()

  launch(launch: Launch, onProblem: (why: string) => void): void {
    const { process: handle, log } = planOf(launch)
    if (handle.host !== hostName()) return onProblem(`process ${handle.pid} belongs to ${handle.host}: adopt it there.`)
    if (!isAlive(handle)) return onProblem(`process ${handle.pid} is not there any more.`)
    if (log !== undefined) this.link(launch, log)
    // Made by the adoption alone: without it, nothing was adopted.
    fs.mkdirSync(launch.paths.claim, { recursive: true })
    launch.wake()
  }

  revoke({ paths }: AttemptRef): boolean {
    return !fs.existsSync(paths.claim)
  }

  observe(ref: AttemptRef): AttemptSeen {
    const { process: handle, log } = planOf(ref)
    if (!fs.existsSync(ref.paths.claim)) return { kind: 'absent' }
    // An earlier supervisor may have ended before it was.
    if (log !== undefined) this.link(ref, log)
    const started = { handle, atMs: startedAtMs(handle.startTime) ?? ref.job.updatedAtMs }
    if (isAlive(handle)) {
      this.lookAgain(ref)
      return { kind: 'alive', started }
    }
    const evidence =
      handle.bootId === bootId()
        ? `process ${handle.pid} has ended, and with what exit code only its parent was told`
        : `the machine was restarted while process ${handle.pid} ran`
    return { kind: 'over', exit: { kind: 'unknown', evidence }, atMs: Date.now(), started }
  }

  listAlive(ref: AttemptRef): readonly string[] {
    return treeOf(ref).map(({ pid }) => String(pid))
  }

  sample(ref: AttemptRef): Sample | null {
    if (process.platform === 'darwin') return null
    return { atMs: performance.now(), processes: sampleProcesses(treeOf(ref).map(({ pid }) => pid)) }
  }

  private link({ paths, wake }: AttemptRef, log: string): void {
    if (this.linked.has(paths.log)) return
    this.linked.add(paths.log)
    void linkLog(paths, log).then(
      (isLinked) => {
        if (isLinked) wake()
      },
      () => undefined, // It is told by nothing but that it has no log; the process is watched all the same.
    )
  }

  /** It and all that it has started, as far as that can be told by who is whose child. */
  stop(ref: AttemptRef, hard: boolean): void {
    for (const one of treeOf(ref)) signalProcess(one, hard ? 'SIGKILL' : 'SIGTERM')
  }

  forget({ jobId, paths }: AttemptRef): void {
    this.linked.delete(paths.log)
    clearTimeout(this.timers.get(jobId))
    this.timers.delete(jobId)
  }

  private lookAgain({ jobId, wake }: AttemptRef): void {
    if (this.timers.has(jobId)) return
    const again = () => {
      this.timers.delete(jobId)
      wake()
    }
    this.timers.set(jobId, setTimeout(again, lookEveryMs))
  }

  nudge(): void {
    // It is looked at whenever somebody asks.
  }
}

function planOf({ job }: AttemptRef): ProcessPlan {
  const { backend } = job.spec.plan
  if (backend.kind !== 'process') throw new Error(`${job.spec.id} is no process of somebody else's`)
  return backend
}

interface Relative {
  readonly pid: number
  readonly startTime: string
}

/** The process and its descendants, the youngest first; empty once it is gone, for then its children have another parent. */
function treeOf(ref: AttemptRef): readonly Relative[] {
  const { process: handle } = planOf(ref)
  if (!isAlive(handle)) return []
  const children = new Map<number, number[]>()
  for (const pid of listPids()) {
    const parent = parentOf(pid)
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), pid])
  }
  const found: Relative[] = []
  const open = [handle.pid]
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    const startTime = processStartTime(pid)
    if (startTime !== null) found.unshift({ pid, startTime })
    open.push(...(children.get(pid) ?? []))
  }
  return found
}

function listPids(): number[] {
  try {
    return fs.readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []))
  } catch {
    return [] // macOS: the process itself is all that is known.
  }
}

function parentOf(pid: number): number | null {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return null // It has ended.
  }
}

/** When the kernel started it, in wall time; null where there is no /proc. */
function startedAtMs(startTicks: string): number | null {
  try {
    const bootSec = /^btime (\d+)$/m.exec(fs.readFileSync('/proc/stat', 'utf8'))?.[1]
    return bootSec === undefined || !/^\d+$/.test(startTicks)
      ? null
      : (Number(bootSec) + Number(startTicks) / 100) * 1000
  } catch {
    return null
  }
}
