// What a process costs: its memory and its time on a processor, from /proc.
import fs from 'node:fs'

export interface Memory {
  readonly rss: number
  /** The share of each page that falls to this process: what adds up over processes. */
  readonly pss: number
  /** Pages that would be free without it. */
  readonly own: number
}

/** Bytes. */
export function readMemory(pid: number): Memory {
  const text = fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? NaN)
  const own = kilobytes('Private_Clean') + kilobytes('Private_Dirty')
  return { rss: kilobytes('Rss') * 1024, pss: kilobytes('Pss') * 1024, own: own * 1024 }
}

/** The most it has ever held at once (VmHWM), in bytes. */
export function readPeakMemory(pid: number): number {
  const text = fs.readFileSync(`/proc/${pid}/status`, 'latin1')
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(text)?.[1] ?? NaN) * 1024
}

/** Time on a processor of all its threads, in ms, to the nanosecond (not to the tick as /proc/PID/stat). */
export function readProcessorMs(pid: number): number {
  const threads = fs.readdirSync(`/proc/${pid}/task`)
  const nanoseconds = threads.map((thread) =>
    Number(fs.readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]),
  )
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e6
}

export function childrenOf(pid: number): number[] {
  const text = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim()
  return text === '' ? [] : text.split(' ').map(Number)
}
