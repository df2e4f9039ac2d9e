// Many finished jobs in a state folder, written by the code that writes them in earnest.
import fs from 'node:fs'
import type { JobEvent } from '../../../src/core/jobs/event'
import { initialJob, reduce } from '../../../src/core/jobs/job'
import { newJobId } from '../../../src/core/jobs/jobId'
import { planDigest } from '../../../src/store/approval'
import { appendFinished } from '../../../src/store/jobs/finishedIndex'
import { JournalWriter } from '../../../src/store/journal'
import { ownHandle } from '../../../src/store/processIdentity'
import { renderSpec } from '../../../src/store/jobs/jobFiles'
import { folderKey } from '../../../src/store/stateFolder'
import { writeDurably } from '../../../src/store/durableFile'
import type { Relay } from '../../support/relay'
import { planOf } from './jobs'

/** Adds `count` jobs that ran for two minutes each, one every ten minutes. */
export function writeFinishedJobs(relay: Relay, count: number): void {
  // Fifty thousand syncs would take minutes, and what is read later is the same without them.
  const { fsyncSync, fdatasyncSync } = fs
  const withoutSync = () => undefined
  Object.assign(fs, { fsyncSync: withoutSync, fdatasyncSync: withoutSync })
  try {
    const firstMs = Date.now() - count * 600_000
    for (let index = 0; index < count; index++) writeFinishedJob(relay, firstMs + index * 600_000, index)
  } finally {
    Object.assign(fs, { fsyncSync, fdatasyncSync })
  }
}

function writeFinishedJob(relay: Relay, atMs: number, index: number): void {
  const { state, workspace } = relay
  const folder = state.folder(folderKey(workspace))
  const plan = planOf(`python train.py --config configs/run-${index}.yaml --seed ${index}`, workspace)
  const id = newJobId(atMs, Math.random())
  const origin = { kind: 'block', file: `${workspace}/SPEC.md`, line: 10 } as const
  const description = `Train run ${index} with the new schedule`
  const spec = { v: 1, id, createdAtMs: atMs, host: state.host, folder: workspace, origin, description, plan } as const
  const paths = folder.job(id)
  fs.mkdirSync(paths.attempt(1).directory, { recursive: true })
  writeDurably(paths.spec, renderSpec(spec))
  fs.writeFileSync(paths.attempt(1).log, `epoch 1 loss=0.${index}\n`)

  const handle = ownHandle()
  const exit = { kind: 'code', code: index % 10 === 0 ? 1 : 0 } as const
  const outcome = exit.code === 0 ? 'succeeded' : 'failed'
  const reason = exit.code === 0 ? 'Exit 0, and everything it promised is there.' : 'Exit 1.'
  const source = { commit: '8d3f0c1e5a7b9d2f4c6e8a0b1d3f5c7e9a1b3d5f', branch: 'main', dirty: false, problem: null }
  const steps: readonly (readonly [number, readonly JobEvent[]])[] = [
    [0, [{ type: 'requested' }, { type: 'approved', approval: { digest: planDigest(plan), how: 'yes_flag' } }]],
    [2, [{ type: 'launch_intended', attempt: 1, before: [] }]],
    [15, [{ type: 'launched', attempt: 1, handle, startedAtMs: atMs + 15 }]],
    [60, [{ type: 'source_recorded', source }]],
    [120_010, [{ type: 'exited', attempt: 1, exit, atMs: atMs + 120_000, leftBehind: [] }]],
    [120_011, [{ type: 'ended', attempt: 1, outcome, reason, files: [], answer: null, followUp: null }]],
  ]
  const { writer } = JournalWriter.open(paths.journal, handle.bootId)
  const recorded = steps.flatMap(([afterMs, events]) => writer.append(events, atMs + afterMs))
  appendFinished(folder, { journalBytes: writer.size, job: recorded.reduce(reduce, initialJob(spec)) })
}
