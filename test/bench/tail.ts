// The last lines of a log that is far larger than memory should be.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { readTail } from '../../src/store/logs/readTail'
import type { Bench } from './support/benchmark'
import { mb, median, ms, percentile, timed, times } from './support/samples'

const lines = 30

export async function run(bench: Bench): Promise<void> {
  const bytes = bench.count(10e9, 1e9)
  const file = path.join(os.tmpdir(), 'output.log')
  fs.writeFileSync(file, '')
  fs.truncateSync(file, bytes)
  fs.appendFileSync(file, Array.from({ length: 1000 }, (_, step) => `\nstep ${step} loss=${1 / (step + 1)}`).join(''))

  const ours: number[] = []
  const tail: number[] = []
  const rssBefore = process.memoryUsage.rss()
  for (let round = 0; round < bench.count(30, 10); round++) {
    tail.push(await timed(() => execFileSync('tail', ['-n', String(lines), file])))
    ours.push(await timed(() => readTail(file, lines)))
  }
  const grown = process.memoryUsage.rss() - rssBefore
  const same =
    execFileSync('tail', ['-n', String(lines), file], { encoding: 'utf8' })
      .split('\n')
      .join() === (await readTail(file, lines)).lines.join()

  // The worst log: no line end anywhere, as of a progress bar. tail(1) reads all of it, and prints it.
  const bar = path.join(os.tmpdir(), 'bar.log')
  fs.writeFileSync(bar, '')
  fs.truncateSync(bar, bytes)
  const oursBar = [
    await timed(() => readTail(bar, lines)),
    await timed(() => readTail(bar, lines)),
    await timed(() => readTail(bar, lines)),
  ]
  const tailBar = [
    await timed(() => execFileSync('sh', ['-c', 'tail -n "$1" "$2" >/dev/null', 'sh', String(lines), bar])),
  ]

  const row = (name: string, values: readonly number[], base: readonly number[]) => [
    name,
    ms(median(values)),
    ms(percentile(values, 0.95)),
    times(median(values) / median(base)),
  ]
  bench.table([
    [`last ${lines} lines of ${bytes / 1e9} GB (sparse)`, 'median', 'p95', '÷ tail'],
    row(`tail -n ${lines}, a process`, tail, tail),
    row('readTail', ours, tail),
    row(`no line end at all: tail -n ${lines}`, tailBar, tailBar),
    row('no line end at all: readTail (looks at 4 MiB)', oursBar, tailBar),
  ])
  bench.print(`the same lines: ${same ? 'yes' : 'NO'}; memory grew by ${mb(grown)}`)
  bench.aim({
    aim: `tail of ${bytes / 1e9} GB ≤ 50 ms, + 20 MB`,
    measured: `${ms(median(ours))}, + ${mb(grown)}`,
    ratio: `${times(median(ours) / median(tail))} tail -n`,
    reached: same && median(ours) <= 50 && grown <= 20e6,
  })
}
