// What years of use leave behind: finished jobs, a long registry of runs, a large handoff log.
import fs from 'node:fs'
import path from 'node:path'
import { registryPath } from '../../../src/store/experiments/registryFile'
import type { Relay } from '../../support/relay'
import type { Bench } from './benchmark'
import { writeFinishedJobs } from './finishedJobs'
import { mb } from './samples'

const mebibyte = 1024 * 1024

/** Makes the workspace and the state of a Relay old, says how old, and tells where its files are. */
export function makeOld(relay: Relay, bench: Bench): { readonly registry: string; readonly handoff: string } {
  const jobs = bench.count(10_000, 1_000)
  const runs = bench.count(50_000, 5_000)
  const handoffBytes = bench.count(200, 20) * mebibyte
  writeFinishedJobs(relay, jobs)
  const registry = path.join(relay.workspace, registryPath)
  fs.mkdirSync(path.dirname(registry), { recursive: true })
  fs.writeFileSync(registry, Array.from({ length: runs }, (_, index) => record(index)).join(''))
  const handoff = path.join(relay.workspace, 'HANDOFF_LOG.md')
  fs.writeFileSync(handoff, '## an entry\n\nWhat was seen.\n\n'.repeat(Math.ceil(handoffBytes / 31)))
  bench.print(`${jobs} jobs, ${runs} runs (${mb(fs.statSync(registry).size)}), a handoff log of ${mb(handoffBytes)}`)
  return { registry, handoff }
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
