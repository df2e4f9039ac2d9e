// Which processes of this machine use a graphics card, and how much, as `nvidia-smi` tells it: one call for all jobs that ask
// in the same moment, with a hard limit.
import { execFile } from 'node:child_process'
import { errorCode } from '../../store/durableFile'
import type { GpuUse } from '../../core/jobs/usage'

const program = 'nvidia-smi'
const limitMs = 5_000
/** After so many failures in a row it is left alone for a while: a broken driver takes seconds to say so. */
const maxFailures = 3
const restMs = 10 * 60_000
const mebibyte = 1024 * 1024

export type GpuByPid = ReadonlyMap<number, GpuUse>

export class GpuTable {
  private reading: Promise<GpuByPid | null> | null = null
  private last: { readonly atMs: number; readonly table: GpuByPid | null } = { atMs: -Infinity, table: null }
  private isAbsent = false
  private failures = 0
  private restUntilMs = -Infinity
  /** What this machine understands: not all tell how busy each process keeps a card. */
  private asks: 'pmon' | 'memory' = 'pmon'

  /** The table, at most so old; null where nothing is known. Never rejects. */
  async read(maxAgeMs: number): Promise<GpuByPid | null> {
    const now = performance.now()
    if (this.isAbsent || now < this.restUntilMs) return null
    if (now - this.last.atMs <= maxAgeMs) return this.last.table
    this.reading ??= this.ask().finally(() => {
      this.reading = null
    })
    return this.reading
  }

  private async ask(): Promise<GpuByPid | null> {
    const table = await this.askOnce()
    if (this.isAbsent) return null
    this.failures = table === null ? this.failures + 1 : 0
    if (this.failures >= maxFailures) {
      this.failures = 0
      this.restUntilMs = performance.now() + restMs
    }
    this.last = { atMs: performance.now(), table }
    return table
  }

  private async askOnce(): Promise<GpuByPid | null> {
    if (this.asks === 'pmon') {
      const text = await this.run(['pmon', '-c', '1', '-s', 'um'])
      if (text !== null) return parsePmon(text)
      if (this.isAbsent) return null
      this.asks = 'memory'
    }
    const text = await this.run(['--query-compute-apps=pid,used_memory', '--format=csv,noheader,nounits'])
    return text === null ? null : parseComputeApps(text)
  }

  private run(words: readonly string[]): Promise<string | null> {
    return new Promise((resolve) => {
      execFile(
        program,
        [...words],
        { timeout: limitMs, killSignal: 'SIGKILL', maxBuffer: mebibyte, cwd: '/' },
        (error, stdout) => {
          if (['ENOENT', 'EACCES'].includes(errorCode(error) ?? '')) this.isAbsent = true
          resolve(error === null ? stdout : null)
        },
      )
    })
  }
}

/** The columns are named in the first line, and have changed over time. */
export function parsePmon(text: string): GpuByPid {
  const table = new Map<number, GpuUse>()
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/))
  const names = lines.find(([mark, name]) => mark === '#' && name === 'gpu')?.slice(1) ?? []
  for (const words of lines) {
    if (words[0] === '#' || words[0] === '') continue
    const value = (name: string) => Number(words[names.indexOf(name)])
    const pid = value('pid')
    if (!Number.isInteger(pid)) continue // A card that nobody uses has a dash.
    const percent = value('sm')
    const memory = value('fb')
    add(table, pid, {
      percent: Number.isFinite(percent) ? percent : 0,
      memoryBytes: Number.isFinite(memory) ? memory * mebibyte : 0,
    })
  }
  return table
}

/** `pid, MiB` lines. */
export function parseComputeApps(text: string): GpuByPid {
  const table = new Map<number, GpuUse>()
  for (const line of text.split('\n')) {
    const match = /^\s*(\d+)\s*,\s*(\d+|\S+)/.exec(line)
    if (match === null) continue
    const memory = Number(match[2])
    add(table, Number(match[1]), { percent: null, memoryBytes: Number.isFinite(memory) ? memory * mebibyte : 0 })
  }
  return table
}

/** A process may use several cards. */
function add(table: Map<number, GpuUse>, pid: number, use: GpuUse): void {
  const known = table.get(pid)
  table.set(pid, {
    percent: use.percent === null ? (known?.percent ?? null) : use.percent + (known?.percent ?? 0),
    memoryBytes: use.memoryBytes + (known?.memoryBytes ?? 0),
  })
}
