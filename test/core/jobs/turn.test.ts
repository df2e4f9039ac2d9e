import { expect, test } from 'vitest'
import { decide } from '../../../src/core/jobs/decide'
import type { JobEvent } from '../../../src/core/jobs/event'
import { initialJob, type Job, reduce } from '../../../src/core/jobs/job'
import { type JobId, jobIdSchema } from '../../../src/core/jobs/jobId'
import type { QueuePlan } from '../../../src/core/jobs/queuePlan'
import { groupKey, type QueueWorld, readGroupKey, turnOf, whyWaiting } from '../../../src/core/jobs/turn'
import { approved, intended, launched, specOf } from '../../support/jobs'

const gpu = { group: { name: 'gpu', scope: 'host' } } as const
const idOf = (name: string): JobId => jobIdSchema.parse(name)

function job(
  name: string,
  createdAtMs: number,
  queue: QueuePlan | undefined,
  events: readonly JobEvent[] = [approved],
) {
  const spec = { ...specOf(queue === undefined ? {} : { queue }), id: idOf(name), createdAtMs }
  return events.reduce((last, event) => reduce(last, { atMs: createdAtMs, event }), initialJob(spec))
}
function worldOf(live: readonly Job[], limit = 1, paused = false): QueueWorld {
  return {
    areChainsStopped: false,
    live: live.filter(({ state }) => state.kind !== 'ended'),
    group: (key) => (key === groupKey(gpu.group, '/projects/space') ? { limit, paused } : { limit: 1, paused: false }),
    find: (id) => live.find(({ spec }) => spec.id === id) ?? null,
  }
}
const running: readonly JobEvent[] = [approved, { type: 'turn_given' }, intended, launched]
const ended = (outcome: 'succeeded' | 'failed'): readonly JobEvent[] => [
  ...running,
  { type: 'ended', attempt: 1, outcome, reason: '', files: [], answer: null, followUp: null },
]

test('a job that has nothing to wait for is not queued', () => {
  expect(job('one', 1, undefined).state.kind).toBe('checking')
})

test('of a group so many run at once as its limit says, in the order in which they were asked for', () => {
  const [first, second, third] = [job('one', 1, gpu, running), job('two', 2, gpu), job('three', 3, gpu)]
  const world = worldOf([first, second, third], 2)
  expect(turnOf(second, world)).toEqual({ kind: 'go' })
  expect(turnOf(third, world)).toEqual({ kind: 'wait', why: 'for a place in the group gpu' })
})

test('one that is held back keeps no other waiting', () => {
  const heldBack = job('one', 1, gpu, [approved, { type: 'held' }])
  const next = job('two', 2, gpu)
  expect(turnOf(next, worldOf([heldBack, next]))).toEqual({ kind: 'go' })
  expect(decide(heldBack, { kind: 'queued', turn: { kind: 'go' } })).toEqual([])
  const let_go = reduce(heldBack, { atMs: 9, event: { type: 'released' } })
  expect(decide(let_go, { kind: 'queued', turn: { kind: 'go' } })).toEqual([
    { kind: 'record', event: { type: 'turn_given' } },
  ])
})

test('nothing of a paused group begins', () => {
  const one = job('one', 1, gpu)
  expect(turnOf(one, worldOf([one], 4, true))).toEqual({ kind: 'wait', why: 'the group gpu is paused' })
})

test('a job after another waits for its end, and never begins if that was to succeed and did not', () => {
  const after = (on: 'succeeded' | 'ended') => job('two', 2, { after: [{ jobId: idOf('one'), on }] })
  const turn = (first: Job | null, on: 'succeeded' | 'ended') =>
    turnOf(after(on), worldOf(first === null ? [] : [first])).kind
  expect(turn(job('one', 1, undefined, running), 'ended')).toBe('wait')
  expect(turn(job('one', 1, undefined, ended('succeeded')), 'succeeded')).toBe('go')
  expect(turn(job('one', 1, undefined, ended('failed')), 'ended')).toBe('go')
  expect(turn(job('one', 1, undefined, ended('failed')), 'succeeded')).toBe('never')
  expect(turn(null, 'ended')).toBe('never')
})

test('the turns of one conversation are had one after the other', () => {
  const agent = { kind: 'claude', conversation: 'c1' } as never
  const turn = (name: string, atMs: number, events: readonly JobEvent[]) => {
    const work = { kind: 'agent' as const, agent, task: 'x', about: null }
    const spec = { ...specOf({ work, followUp: null }), id: idOf(name), createdAtMs: atMs }
    return events.reduce((last, event) => reduce(last, { atMs, event }), initialJob(spec))
  }
  const [first, second] = [turn('one', 1, running), turn('two', 2, [approved])]
  expect(turnOf(second, worldOf([first, second])).kind).toBe('wait')
  expect(turnOf(second, worldOf([second])).kind).toBe('go')
})

test('a job that waits for another keeps nobody of its group waiting, nor does a dry run; none can wait for itself', () => {
  const other = job('other', 1, undefined, running)
  const behind = job('one', 2, { ...gpu, after: [{ jobId: idOf('other'), on: 'ended' }] })
  const next = job('two', 3, gpu)
  expect(turnOf(next, worldOf([other, behind, next]))).toEqual({ kind: 'go' })

  const dryRun = initialJob({ ...specOf({ queue: gpu }), id: idOf('dry'), createdAtMs: 1, dryRun: true })
  const checking = reduce(dryRun, { atMs: 1, event: approved })
  expect(turnOf(next, worldOf([checking, next]))).toEqual({ kind: 'go' })

  const [a, b] = [
    job('aaaa', 1, { after: [{ jobId: idOf('bbbb'), on: 'ended' }] }),
    job('bbbb', 2, { after: [{ jobId: idOf('aaaa'), on: 'ended' }] }),
  ]
  expect(turnOf(a, worldOf([a, b]))).toEqual({ kind: 'never', why: 'it was to start after itself.' })
})

test('a job that is run again goes behind those that waited meanwhile; what cannot be read decides nothing', () => {
  const approval = { digest: 'd', how: 'asked' } as const
  const again = reduce(job('one', 1, gpu, ended('failed')), {
    atMs: 9,
    event: { type: 'restart_requested', approval, request: 'restart-1' },
  })
  const next = job('two', 2, gpu)
  expect(turnOf(next, worldOf([again, next]))).toEqual({ kind: 'go' })
  expect(turnOf(again, worldOf([again, next])).kind).toBe('wait')

  const after = job('three', 3, { after: [{ jobId: idOf('one'), on: 'succeeded' }] })
  expect(turnOf(after, { ...worldOf([]), find: () => 'unreadable' }).kind).toBe('wait')
  expect(whyWaiting(after, worldOf([again]))).toBe('for one to end')
  expect(readGroupKey(groupKey({ name: 'gpu', scope: 'folder' }, '/a b/c'))).toEqual({ name: 'gpu', folder: '/a b/c' })
  expect(readGroupKey(groupKey(gpu.group, '/x'))).toEqual({ name: 'gpu', folder: null })
})
