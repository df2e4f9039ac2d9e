// A machine that has been used for years: what its commands and views take, beside reading the same bytes.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { buildRunTable } from '../../src/core/experiments/runTable'
import { appendOnce } from '../../src/store/documents/appendOnce'
import { RegistryFile, registryPath } from '../../src/store/experiments/registryFile'
import { cliFile, Relay } from '../support/relay'
import type { Bench } from './support/benchmark'
import { writeFinishedJobs } from './support/finishedJobs'
import { mb, median, ms, timed, times } from './support/samples'

const mebibyte = 1024 * 1024

export async function run(bench: Bench): Promise<void> {
  const jobs = bench.count(10_000, 1_000)
  const runs = bench.count(50_000, 5_000)
  const handoffBytes = bench.count(200, 20) * mebibyte
  const rounds = bench.count(5, 2)
  const relay = new Relay()
  try {
    writeFinishedJobs(relay, jobs)
    const registry = path.join(relay.workspace, registryPath)
    fs.mkdirSync(path.dirname(registry), { recursive: true })
    fs.writeFileSync(registry, Array.from({ length: runs }, (_, index) => record(index)).join(''))
    const handoff = path.join(relay.workspace, 'HANDOFF_LOG.md')
    fs.writeFileSync(handoff, '## an entry\n\nWhat was seen.\n\n'.repeat(Math.ceil(handoffBytes / 31)))
    bench.print(`${jobs} jobs, ${runs} runs (${mb(fs.statSync(registry).size)}), a handoff log of ${mb(handoffBytes)}`)

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

/** One line of the registry, in the format of the run contract. */
function record(index: number): string {
  const at = new Date(Date.UTC(2026, 0, 1) + index * 60_000).toISOString()
  const runId = `r${index}`
  const loss = 1 / (1 + (index % 977))
  return `${JSON.stringify({
    run_id: runId,
    status: index % 10 === 0 ? 'failed' : 'success',
    primary: { name: 'val_loss', value: loss, higher_is_better: false },
    metrics: { val_loss: loss, accuracy: 1 - loss },
    ...{
      started_at: at,
      ended_at: at,
      job_id: null,
      task_id: null,
      seed: index % 5,
      params: { lr: 0.001 * (index % 7) },
    },
    ...{ command: ['python3', 'train.py'], cwd: '.', git: { commit: null, dirty: null, branch: null } },
    paths: { run_dir: `exp/results/${runId}` },
    recorded_at: at,
  })}\n`
}
