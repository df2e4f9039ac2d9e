// The log of the looks of a monitor: written by the supervisor, read by whoever asks how things stand now.
import fs from 'node:fs'
import { fileSize } from '../jobs/jobFiles'
import { readTail } from '../logs/readTail'
import type { UndertakingPaths } from '../undertakingPaths'

/** A longer log is begun anew, and the one before it kept. */
const logBytes = 1024 * 1024
const lookLines = 400

/** `item` counts the steps of a run and `act` the acts of the step, from 0. */
export function monitorLog(paths: UndertakingPaths, item: number, act: number): string {
  return paths.log(`monitor-${item + 1}-${act}`)
}

/** Throws what Node throws. `how` is how it ended, in a phrase. */
export function appendLook(file: string, atMs: number, how: string, lines: readonly string[]): void {
  if (fileSize(file) > logBytes) fs.renameSync(file, `${file}.old`)
  const text = [`[${new Date(atMs).toISOString()}] ${how}`, ...lines.map((line) => `  ${line}`)].join('\n')
  fs.appendFileSync(file, `${text}\n`, { mode: 0o600 })
}

export interface LastLook {
  readonly atMs: number
  /** The last that it printed, or how it ended. */
  readonly line: string
}

/** Null: there was none. */
export async function readLastLook(file: string): Promise<LastLook | null> {
  const { lines } = await readTail(file, lookLines)
  const at = lines.findLastIndex((line) => /^\[\d{4}-[^\]]+\] /.test(line))
  const [, time = '', how = ''] = /^\[([^\]]+)\] (.*)$/.exec(lines[at] ?? '') ?? []
  const atMs = Date.parse(time)
  if (Number.isNaN(atMs)) return null
  return {
    atMs,
    line:
      lines
        .slice(at + 1)
        .at(-1)
        ?.trim() ?? how,
  }
}
