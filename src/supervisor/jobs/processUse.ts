// What single processes have used of the machine so far, from /proc: a few short files each, at any size of the process.
import fs from 'node:fs'
import type { ProcessSample } from '../../core/jobs/usage'

/** What the kernel counts in, told to every program at its start (getauxval(3)). */
const { pageBytes, ticksPerSec } = readUnits()

/** Those that are there; a process that ends in this moment is left out. */
export function sampleProcesses(pids: readonly number[]): readonly ProcessSample[] {
  return pids.flatMap((pid) => sampleProcess(pid) ?? [])
}

function sampleProcess(pid: number): ProcessSample | null {
  const stat = readOrNull(`/proc/${pid}/stat`)
  const statm = readOrNull(`/proc/${pid}/statm`)
  if (stat === null || statm === null) return null
  // proc_pid_stat(5), counted after the name.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ms = (index: number) => (Number(fields[index]) * 1000) / ticksPerSec
  const [, resident = 0, shared = 0] = statm.split(' ').map(Number)
  return {
    id: `${pid} ${fields[19] ?? ''}`,
    pid,
    cpuMs: ms(11) + ms(12),
    endedCpuMs: ms(13) + ms(14),
    ioBytes: readIo(pid),
    sharedBytes: shared * pageBytes,
    privateBytes: Math.max(0, resident - shared) * pageBytes,
  }
}

/** To and from disks: what comes from the cache takes time of a processor instead. */
function readIo(pid: number): number | null {
  const text = readOrNull(`/proc/${pid}/io`)
  if (text === null) return null
  const value = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
  return value('read_bytes') + value('write_bytes')
}

function readOrNull(file: string): string | null {
  try {
    return fs.readFileSync(file, 'latin1')
  } catch {
    return null // It has ended, or is another user's.
  }
}

function readUnits(): { pageBytes: number; ticksPerSec: number } {
  const units = { pageBytes: 4096, ticksPerSec: 100 }
  try {
    const pairs = fs.readFileSync('/proc/self/auxv')
    for (let at = 0; at + 16 <= pairs.length; at += 16) {
      const value = Number(pairs.readBigUInt64LE(at + 8))
      if (pairs.readBigUInt64LE(at) === 6n) units.pageBytes = value
      if (pairs.readBigUInt64LE(at) === 17n) units.ticksPerSec = value
    }
  } catch {
    // No /proc: nothing is sampled there.
  }
  return units
}
