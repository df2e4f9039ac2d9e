// What the processes of a running job used of the machine since the look before.
import * as z from 'zod'

export const usageSchema = z.strictObject({
  processes: z.int().min(0),
  /** Of one core, so 400 is four cores busy; null: not known yet. What ended between two looks counts if its parent is the job's. */
  cpuPercent: z.number().nullable(),
  memoryBytes: z.number(),
  /** Of the job's own processes, where `nvidia-smi` tells. */
  gpu: z.strictObject({ percent: z.number().nullable(), memoryBytes: z.number() }).nullable(),
})
export type Usage = z.infer<typeof usageSchema>

/** What the processes of a job have used up to one moment. */
export interface Sample {
  /** Of a clock that never steps. */
  readonly atMs: number
  readonly processes: readonly ProcessSample[]
}

export interface ProcessSample {
  /** Pid and start time. */
  readonly id: string
  readonly pid: number
  /** In ms, its own. */
  readonly cpuMs: number
  /** That of its children that ended, as far as it has asked for them. */
  readonly endedCpuMs: number
  /** Read from and written to disks; null: not told. */
  readonly ioBytes: number | null
  /** Shared with others, and not. */
  readonly sharedBytes: number
  readonly privateBytes: number
}

export type GpuUse = NonNullable<Usage['gpu']>

/** Below that much of one core a process only waits, however often it looks up. */
const idlePercent = 1
const idleIoBytesPerSec = 1024
const mebibyte = 1024 * 1024

/** The time of processors between two samples, in ms. */
export function cpuMsBetween(before: Sample, now: Sample): number {
  const total = ({ processes }: Sample) => processes.reduce((sum, one) => sum + one.cpuMs + one.endedCpuMs, 0)
  const all = total(now) - total(before)
  // What ended without its parent asking for it took its time along: then what lives is known, at least.
  const known = new Map(before.processes.map((one) => [one.id, one.cpuMs]))
  const living = now.processes.reduce((sum, one) => sum + Math.max(0, one.cpuMs - (known.get(one.id) ?? 0)), 0)
  return Math.max(all, living, 0)
}

/** How the job has used the machine from one sample to the next. */
export function measureUsage(before: Sample | null, now: Sample, gpu: ReadonlyMap<number, GpuUse> | null): Usage {
  const elapsedMs = before === null ? 0 : now.atMs - before.atMs
  return {
    processes: now.processes.length,
    cpuPercent: before === null || elapsedMs <= 0 ? null : Math.round((cpuMsBetween(before, now) / elapsedMs) * 100),
    // What several of them share is there once.
    memoryBytes:
      now.processes.reduce((sum, one) => sum + one.privateBytes, 0) +
      Math.max(0, ...now.processes.map((one) => one.sharedBytes)),
    gpu: gpuOf(now, gpu),
  }
}

function gpuOf({ processes }: Sample, table: ReadonlyMap<number, GpuUse> | null): GpuUse | null {
  const own = processes.flatMap(({ pid }) => table?.get(pid) ?? [])
  if (own.length === 0) return null
  const percents = own.flatMap(({ percent }) => percent ?? [])
  return {
    percent: percents.length === 0 ? null : percents.reduce((sum, one) => sum + one, 0),
    memoryBytes: own.reduce((sum, one) => sum + one.memoryBytes, 0),
  }
}

/** Whether anything of the job did something between two samples, beyond looking up now and then. */
export function hasWorked(before: Sample, now: Sample, gpu: GpuUse | null): boolean {
  const elapsedMs = Math.max(1, now.atMs - before.atMs)
  const io = ({ processes }: Sample) => processes.reduce((sum, one) => sum + (one.ioBytes ?? 0), 0)
  return (
    (cpuMsBetween(before, now) / elapsedMs) * 100 >= idlePercent ||
    ((io(now) - io(before)) / elapsedMs) * 1000 >= idleIoBytesPerSec ||
    (gpu?.percent ?? 0) >= idlePercent
  )
}

/** Whether the difference is worth a line of the journal. */
export function hasChanged(before: Usage | null, now: Usage | null): boolean {
  if (now === null) return false
  if (before === null || before.processes !== now.processes) return true
  return (
    differs(before.cpuPercent, now.cpuPercent, 15) ||
    differs(before.memoryBytes, now.memoryBytes, 32 * mebibyte) ||
    differs(before.gpu?.percent ?? null, now.gpu?.percent ?? null, 15) ||
    differs(before.gpu?.memoryBytes ?? null, now.gpu?.memoryBytes ?? null, 64 * mebibyte)
  )
}

/** By a quarter, and by more than `least`. */
function differs(before: number | null, now: number | null, least: number): boolean {
  if (before === null || now === null) return before !== now
  const difference = Math.abs(now - before)
  return difference > least && difference > Math.max(before, now) / 4
}

/** `3 processes, 212 % CPU, 1.4 GB, GPU 80 % 10 GB`. */
export function renderUsage({ processes, cpuPercent, memoryBytes, gpu }: Usage): string {
  return [
    processes === 1 ? '1 process' : `${processes} processes`,
    ...(cpuPercent === null ? [] : [`${cpuPercent} % CPU`]),
    renderBytes(memoryBytes),
    ...(gpu === null ? [] : [`GPU ${gpu.percent === null ? '' : `${gpu.percent} % `}${renderBytes(gpu.memoryBytes)}`]),
  ].join(', ')
}

function renderBytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`
}
