// A machine that has been used for years: what its commands and views take, beside reading the same bytes.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { buildRunTable } from '../../src/core/experiments/runTable'
import { appendOnce } from '../../src/store/documents/appendOnce'
import { RegistryFile } from '../../src/store/experiments/registryFile'
import { cliFile, Relay } from '../support/relay'
import type { Bench } from './support/benchmark'
import { makeOld } from './support/oldWorkspace'
import { median, ms, timed, times } from './support/samples'

export async function run(bench: Bench): Promise<void> {
  const rounds = bench.count(5, 2)
  const relay = new Relay()
  try {
    const { registry, handoff } = makeOld(relay, bench)

    const relayWith = (...words: readonly string[]) =>
      execFileSync('node', [cliFile, ...words], { cwd: relay.workspace, env: relay.env, stdio: 'pipe' })
    let entry = 0
    const work: readonly (readonly [name: string, base: () => unknown, ours: () => unknown])[] = [
      ['relay list', () => relayWith('--version'), () => relayWith('list')],
      ['relay exp best', () => readAll(registry), () => relayWith('exp', 'best')],
      ['relay exp report', () => readAll(registry), () => relayWith('exp', 'report')],
      [
        'the table of the editor',
        () => readAll(registry),
        async () => buildRunTable((await new RegistryFile(registry).read()).records),
      ],
      [
        'an entry of the handoff log',
        () => fs.appendFileSync(handoff, '\n'),
        () => {
          const marker = `<!-- relay end bench-${entry++} -->`
          appendOnce(handoff, relay.workspace, { kind: 'append_once', header: '', text: `\n${marker}\n`, marker })
        },
      ],
    ]
    const rows: string[][] = []
    let slowestMs = 0
    for (const [name, base, ours] of work) {
      const baseMs = median(await repeatedly(rounds, base))
      const oursMs = median(await repeatedly(rounds, ours))
      slowestMs = Math.max(slowestMs, oursMs)
      rows.push([name, ms(oursMs), ms(baseMs), times(oursMs / baseMs)])
    }
    bench.table([['on an old machine', 'median', 'the start or the bytes alone', 'ratio'], ...rows])
    bench.aim({
      aim: 'every command and view in ≤ 1000 ms',
      measured: `${ms(slowestMs)} the slowest`,
      ratio: '',
      reached: slowestMs <= 1000,
    })
  } finally {
    await relay.dispose()
  }
}

async function repeatedly(rounds: number, work: () => unknown): Promise<number[]> {
  const samples: number[] = []
  for (let round = 0; round < rounds; round++) samples.push(await timed(work))
  return samples
}

function readAll(file: string): number {
  return fs.readFileSync(file).length
}
