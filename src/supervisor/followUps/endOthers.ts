// The hard end of what a turn has started: all processes of the job but the one that runs the turn and those above it, which
// have yet to say what happened.
import fs from 'node:fs'
import type { JobId } from '../../core/jobs/jobId'
import { ProcessTable, signalProcess } from '../jobs/processTable'

/** A process that is born while the others are listed is found by the next look. */
const looks = 20

/** Where there is no /proc (macOS) nothing is found: there the agent itself is ended by whoever started it. */
export function endOthers(jobId: JobId, attempt: number): void {
  const table = new ProcessTable()
  const spared = ancestors()
  for (let look = 0; look < looks; look++) {
    const others = table.of(jobId, attempt, null, performance.now()).filter(({ pid }) => !spared.has(pid))
    if (others.filter((one) => signalProcess(one, 'SIGKILL')).length === 0) return
  }
}

/** This process and those above it. */
function ancestors(): ReadonlySet<number> {
  const pids = new Set<number>()
  for (let pid = process.pid; pid > 1 && !pids.has(pid); pid = parentOf(pid)) pids.add(pid)
  return pids
}

/** Field 4 of proc_pid_stat(5), after the name. */
function parentOf(pid: number): number {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return 0 // It has ended: nobody is above it any more.
  }
}
