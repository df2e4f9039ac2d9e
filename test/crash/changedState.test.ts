// A state folder that somebody else has written into: the supervisor goes on, and runs nothing that was not approved.
import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { followUpJobId } from '../../src/core/jobs/jobId'
import type { Plan } from '../../src/core/jobs/plan'
import { planDigest } from '../../src/store/approval'
import { folderKey } from '../../src/store/stateFolder'
import { createFollowUp } from '../../src/supervisor/followUps/createFollowUp'
import { createJob } from '../../src/supervisor/jobs/createJob'
import { eventually } from '../support/eventually'
import { Relay } from '../support/relay'
import { findFaults, isDelivered, runsOf, smallJob, type SmallJob, smallJobRequest, submitJob } from './smallJobs'
import { runKeeper } from './traced'

let relay: Relay
beforeEach(() => {
  relay = new Relay()
})
afterEach(() => relay.dispose())

/** Where foreign things lie, by what they are; each is made before the supervisor comes. */
const foreign: readonly (readonly [string, (relay: Relay, job: SmallJob) => void])[] = [
  [
    'a folder in the inbox that is named like a bell',
    ({ state }) => mkdir(state.inbox, '20261120-000000-aaaaaa.ended'),
  ],
  ['a folder in the inbox that is named like a request', ({ state }) => mkdir(state.inbox, 'a.json')],
  ['a request with a very long name', ({ state }) => write(state.inbox, `${'a'.repeat(250)}.json`)],
  [
    'files of all kinds in the inbox',
    ({ state }) => ['a', '.a.json', 'ü.json', ' .ended'].map((n) => write(state.inbox, n)),
  ],
  ['a file among the folders', ({ state }) => write(state.folders, 'a')],
  ['an empty folder among the folders', ({ state }) => mkdir(state.folders, 'a')],
  ['a file in the place of the jobs of another folder', ({ state }) => write(path.join(state.folders, 'a'), 'jobs')],
  ['a folder in the place of a finished index', ({ state }) => mkdir(path.join(state.folders, 'a'), 'finished.jsonl')],
  ['a folder in the place of its own finished index', (relay) => mkdir(ownFolder(relay).directory, 'finished.jsonl')],
  ['a folder in the place of the mark of changes', (relay) => mkdir(ownFolder(relay).directory, 'changed')],
  ['a folder among the jobs that is none', (relay) => mkdir(ownFolder(relay).jobs, 'lost+found')],
  ['a job without a spec', (relay) => mkdir(ownFolder(relay).jobs, '20261120-000000-aaaaaa')],
  ['a job whose journal is a folder', (relay) => mkdir(ownFolder(relay).jobs, '20261120-000000-aaaaaa/events.jsonl')],
  [
    'a job whose spec is not JSON',
    (relay) => write(path.join(ownFolder(relay).jobs, '20261120-000000-aaaaaa'), 'spec.json'),
  ],
  ['a folder in the place of the supervisor record', ({ state }) => mkdir(path.dirname(state.lock), 'supervisor.json')],
  ['a supervisor record that is not JSON', ({ state }) => write(path.dirname(state.lock), 'supervisor.json')],
]

test.for(foreign)('%s holds up nothing', async ([, place]) => {
  const job = smallJob(relay, 'everything')
  place(relay, job)
  submitJob(relay, job)
  runKeeper(relay)
  const faults = await findFaults(relay, [job], 8_000)
  expect(faults.filter(({ text }) => !text.startsWith('still in the inbox'))).toEqual([])
  expect(faults.filter(({ text }) => !text.startsWith('still in the inbox'))).toEqual([])
})

function ownFolder({ state, workspace }: Relay) {
  return state.folder(folderKey(fs.realpathSync(workspace)))
}

function mkdir(folder: string, name: string): void {
  fs.mkdirSync(path.join(folder, name), { recursive: true })
}

function write(folder: string, name: string): void {
  fs.mkdirSync(folder, { recursive: true })
  fs.writeFileSync(path.join(folder, name), 'foreign')
}

test('a command that was changed after the approval is not run', async () => {
  const job = smallJob(relay, 'no follow-up')
  const { approval, spec } = smallJobRequest(relay, job)
  const command = `echo ${job.id} 1 >>runs.txt; echo changed`
  createJob(ownFolder(relay), { ...spec, plan: withCommand(spec.plan, command) }, approval, relay.env)
  runKeeper(relay)
  await eventually(() => relay.show(job.id).state === 'blocked')
  expect(runsOf(relay, job)).toBe(0)
})

test('a follow-up whose spec was changed after the approval is not run', async () => {
  const job = smallJob(relay, 'no follow-up')
  const { spec } = smallJobRequest(relay, job)
  const id = followUpJobId(job.id, 1)
  const origin = { kind: 'follow_up', parent: job.id, attempt: 1 } as const
  const plan = withCommand(spec.plan, `echo ${id} 1 >>runs.txt`)
  const approval = { digest: planDigest(spec.plan), how: 'parent' } as const
  createJob(ownFolder(relay), { ...spec, id, origin, plan }, approval, relay.env)
  runKeeper(relay)
  await eventually(() => ['blocked', 'succeeded', 'failed'].includes(relay.show(id).state))
  expect(runsOf(relay, { id }), 'runs of a command that nobody approved').toBe(0)
})

test('a follow-up that was changed in the spec of its parent is not run', async () => {
  const job = smallJob(relay, 'no follow-up')
  submitJob(relay, job)
  runKeeper(relay)
  await eventually(() => isDelivered(relay, job))
  const { job: ended } = relay.store.find(job.id)
  const agent = { kind: 'builtin' } as const
  const plan = { ...ended.spec.plan, followUp: { task: 'Analyze.', description: null, run: true, agent } }
  const id = followUpJobId(job.id, 1)
  const followUp = { jobId: id, run: true, held: false, created: false }
  createFollowUp({ ...ended, spec: { ...ended.spec, plan }, followUp }, ownFolder(relay), relay.env)
  // Those that come later look at all jobs.
  const pid = await eventually(() => relay.supervisorPid())
  process.kill(pid, 'SIGKILL')
  expect((await relay.untilState(id, 'blocked')).reason).toContain('not what was approved')
})

function withCommand(plan: Plan, command: string): Plan {
  return { ...plan, work: { kind: 'command', command } }
}
