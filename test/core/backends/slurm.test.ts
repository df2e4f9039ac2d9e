// What squeue, sacct, scontrol and the records of a job say together, for every state and every silence.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judgeSlurm } from '../../../src/core/backends/slurm/judge'
import type { SlurmKnown } from '../../../src/core/backends/slurm/known'
import { meaningOf, renderReason, stateWord } from '../../../src/core/backends/slurm/states'
import { findSubmitted, refusalOf, submitWords } from '../../../src/core/backends/slurm/submission'
import {
  fillOutput,
  parseBytes,
  parseOutputs,
  parseDuration,
  parseSacct,
  parseScontrol,
  parseSqueue,
  parseSubmitted,
  parseUse,
  type SlurmRow,
} from '../../../src/core/backends/slurm/tables'

const handle = { kind: 'slurm', id: '17' } as const
const row = (fields: Partial<SlurmRow> = {}): SlurmRow => ({
  id: '17', base: '17', task: null, state: 'RUNNING', cancelledBy: null, reason: null, submitMs: 1_000, startMs: 2_000, endMs: null,
  elapsedSec: 5, limitSec: 3600, exit: null, partition: 'main', nodes: 'n1', cpus: 1, askedMemoryBytes: 64 << 20, restarts: null, name: 'x', isWhole: true,
  ...fields,
}) // prettier-ignore
const none = { started: new Map(), exits: new Map() }
const known = (fields: Partial<SlurmKnown> = {}): SlurmKnown => ({
  handle, records: none, queue: [], account: null, control: null, use: null, requeues: false, uid: '1001', sinceEndMs: 0, nowMs: 100_000,
  ...fields,
}) // prettier-ignore
const recorded = (status: number, task = '') => ({
  started: new Map([[task, { atMs: 3_000, restarts: 0 }]]),
  exits: new Map([[task, { status, atMs: 9_000 }]]),
})
const seen = (fields: Partial<SlurmKnown>) => judgeSlurm(known(fields)).seen
const exitOf = (fields: Partial<SlurmKnown>) => {
  const one = seen(fields)
  return one.kind === 'over' ? one.exit : one.kind
}

describe('a state of SLURM', () => {
  it.each([
    'PENDING',
    'CONFIGURING',
    'REQUEUED',
    'REQUEUE_FED',
    'REQUEUE_HOLD',
    'SPECIAL_EXIT',
    'RESV_DEL_HOLD',
    'POWER_UP_NODE',
  ])('%s waits', (state) => {
    expect(seen({ queue: [row({ state, startMs: null, nodes: null })] }).kind).toBe('submitted')
  })

  it.each([
    'RUNNING',
    'COMPLETING',
    'SUSPENDED',
    'STOPPED',
    'RESIZING',
    'SIGNALING',
    'STAGE_OUT',
    'A_WORD_TO_COME',
    '',
  ])('%s goes on', (state) => {
    expect(seen({ queue: [row({ state })] }).kind).toBe('alive')
  })

  it.each(['TIMEOUT', 'NODE_FAIL', 'OUT_OF_MEMORY', 'BOOT_FAIL', 'DEADLINE', 'REVOKED', 'PREEMPTED', 'CANCELLED'])(
    '%s is a failure, whatever its exit code says',
    (state) => {
      const exit = exitOf({ queue: [], account: [row({ state, exit: { code: 0, signal: 0 }, endMs: 8_000 })] })
      expect(exit).toMatchObject({ kind: 'service', state, verdict: 'failed' })
    },
  )

  it('is the first word alone', () => {
    expect([stateWord('CANCELLED by 1001'), stateWord('COMPLETED+'), stateWord(' ')]).toEqual([
      'CANCELLED',
      'COMPLETED',
      '',
    ])
  })

  it('that waits says for what', () => {
    const one = seen({ queue: [row({ state: 'PENDING', reason: 'Dependency', startMs: null, nodes: null })] })
    expect(one).toMatchObject({ service: { seen: { words: 'waits for a job that it depends on' } } })
    expect(
      renderReason('Nodes required for job are DOWN, DRAINED or reserved for jobs in higher priority partitions'),
    ).toMatch(/drained/)
    expect(renderReason('QOSMaxGRESPerUser')).toMatch(/limit of the QOS/)
    expect(renderReason('SomethingNew')).toBe('(SomethingNew)')
  })
})

describe('the end of a job', () => {
  it('is that of its own record, whatever else is said', () => {
    expect(exitOf({ records: recorded(0), sinceEndMs: 2_000, queue: [] })).toEqual({ kind: 'code', code: 0 })
    const held = judgeSlurm(
      known({
        records: recorded(7),
        sinceEndMs: 10_000,
        queue: [row({ state: 'PENDING', reason: 'launch_failed_requeued_held' })],
      }),
    )
    expect(held).toMatchObject({ seen: { kind: 'over', exit: { kind: 'code', code: 7 } }, isLeftOver: true })
  })

  it('is the truth where a controller that died early calls it a cancellation, or begins it a second time', () => {
    const cancelled = { state: 'CANCELLED', exit: { code: 0, signal: 0 }, elapsedSec: 0 }
    for (const queue of [
      [row({ ...cancelled, startMs: 60_000, endMs: 60_000 })],
      [row({ ...cancelled, startMs: null, nodes: null })],
    ])
      expect(judgeSlurm(known({ records: recorded(7), queue }))).toMatchObject({
        seen: { kind: 'over', exit: { kind: 'code', code: 7 } },
      })
    // Where it may be begun anew, the scheduler speaks of its last run.
    const queue = [row({ ...cancelled, startMs: 60_000, endMs: 60_000 })]
    expect(judgeSlurm(known({ records: recorded(7), queue, requeues: true }))).toMatchObject({
      seen: { exit: { kind: 'service', state: 'CANCELLED' } },
    })
  })

  it('has the reason of the scheduler, where it has one', () => {
    const account = [row({ state: 'TIMEOUT', exit: { code: 0, signal: 0 }, endMs: 8_000 })]
    expect(exitOf({ records: recorded(143), account })).toMatchObject({
      kind: 'service',
      state: 'TIMEOUT',
      status: 143,
    })
    expect(exitOf({ records: recorded(0), account })).toEqual({ kind: 'code', code: 0 })
  })

  it('waits a little for that reason, and not for ever', () => {
    expect(judgeSlurm(known({ records: recorded(143), queue: [row()] }))).toMatchObject({
      seen: { kind: 'alive' },
      asks: true,
    })
    expect(exitOf({ records: recorded(143), queue: null, sinceEndMs: 10_000 })).toMatchObject({
      kind: 'signal',
      signal: 'SIGTERM',
    })
  })

  it('is none while it is requeued', () => {
    const queue = [row({ state: 'PENDING', startMs: null, nodes: null })]
    expect(seen({ records: recorded(143), queue, requeues: true, sinceEndMs: 60_000 }).kind).toBe('alive')
  })

  it('is none while it is preempted, or runs anew before its old record is removed', () => {
    const left = { records: recorded(143), requeues: true, sinceEndMs: 60_000 }
    expect(seen({ ...left, queue: [row({ state: 'COMPLETING' })] }).kind).toBe('alive')
    expect(seen({ ...left, queue: [row({ startMs: 2_000 })] }).kind).toBe('alive')
    expect(seen({ ...left, queue: null }).kind).toBe('unknown')
    // Once it has left the queue, its record tells.
    expect(exitOf({ ...left, queue: [] })).toMatchObject({ signal: 'SIGTERM' })
    expect(exitOf({ ...left, records: recorded(0), queue: null })).toEqual({ kind: 'code', code: 0 })
  })

  it('is told by a signal where the exit code is none', () => {
    const use = { memoryBytes: 1, cpuSec: 1 }
    const killed = [row({ state: 'FAILED', exit: { code: 0, signal: 9 }, endMs: 8_000 })]
    expect(exitOf({ account: killed, use })).toMatchObject({ signal: 'SIGKILL' })
    // What it has used comes later than its end, and its row is not whole at first.
    expect(exitOf({ account: killed })).toBe('unknown')
    expect(exitOf({ account: killed.map((one) => ({ ...one, isWhole: false })), use })).toBe('unknown')
    expect(exitOf({ account: killed, sinceEndMs: 10_000 })).toMatchObject({ signal: 'SIGKILL' })
    expect(exitOf({ account: [row({ state: 'FAILED', exit: { code: 5, signal: 0 }, endMs: 8_000 })] })).toEqual({
      kind: 'code',
      code: 5,
    })
  })

  it('is not read from a row that an outage of the database has left', () => {
    const account = [row({ state: 'FAILED', exit: { code: 0, signal: 0 }, endMs: 8_000 })]
    expect(judgeSlurm(known({ account }))).toMatchObject({ seen: { kind: 'unknown' }, asks: true })
    expect(exitOf({ account, sinceEndMs: 10_000 })).toMatchObject({ kind: 'service', state: 'FAILED' })
  })

  it('by memory is known by what was used', () => {
    const account = [row({ state: 'FAILED', exit: { code: 0, signal: 9 }, endMs: 8_000, askedMemoryBytes: 32 << 20 })]
    expect(exitOf({ account, use: { memoryBytes: 300 << 20, cpuSec: 1 } })).toMatchObject({
      state: 'OUT_OF_MEMORY',
      words: expect.stringContaining('300 MB') as string,
    })
  })

  it('by its owner is a stop, by anybody else a failure', () => {
    const by = (cancelledBy: string) =>
      exitOf({ account: [row({ state: 'CANCELLED', cancelledBy, exit: { code: 0, signal: 15 }, endMs: 8_000 })] })
    expect(by('1001')).toMatchObject({ verdict: 'stopped' })
    expect(by('0')).toMatchObject({ verdict: 'failed', words: 'cancelled in SLURM by user 0' })
  })

  it('is asked for as long as the queue does not list it, whatever accounting said once', () => {
    const account = [row()]
    expect(judgeSlurm(known({ account }))).toMatchObject({ seen: { kind: 'alive' }, asks: true })
    expect(judgeSlurm(known({ account, queue: [row()] })).asks).toBe(false)
    expect(judgeSlurm(known({ account, queue: null })).asks).toBe(false)
    // The controller knows sooner than accounting, which may never hear of it.
    const control = [row({ state: 'COMPLETED', exit: { code: 0, signal: 0 }, endMs: 8_000 })]
    expect(exitOf({ account, control })).toEqual({ kind: 'code', code: 0 })
    expect(exitOf({ account, control: [], sinceEndMs: 59_000 })).toBe('alive')
    expect(exitOf({ account, control: [], sinceEndMs: 60_000 })).toMatchObject({
      kind: 'unknown',
      evidence: expect.stringContaining('still says RUNNING') as string,
    })
    const tasks = [row({ id: '17_1', task: '1' })]
    expect(judgeSlurm(known({ account: tasks }))).toMatchObject({ seen: { kind: 'alive' }, asks: true })
    expect(exitOf({ account: tasks, control: [], sinceEndMs: 60_000 })).toMatchObject({ kind: 'unknown' })
  })

  it('is not known while somebody does not answer, and it is gone only when everybody has', () => {
    expect(seen({ queue: null, sinceEndMs: 1e9 }).kind).toBe('unknown')
    expect(seen({ account: null, control: [], sinceEndMs: 1e9 }).kind).toBe('unknown')
    expect(seen({ account: [], control: null, sinceEndMs: 1e9 }).kind).toBe('unknown')
    expect(seen({ account: [], control: [], sinceEndMs: 59_000 }).kind).toBe('unknown')
    expect(exitOf({ account: [], control: [], sinceEndMs: 60_000 })).toMatchObject({ kind: 'unknown' })
  })
})

describe('an array', () => {
  const task = (number: string, fields: Partial<SlurmRow> = {}) => row({ id: `17_${number}`, task: number, ...fields })
  const done = (number: string, code: number) =>
    task(number, { state: code === 0 ? 'COMPLETED' : 'FAILED', exit: { code, signal: 0 }, endMs: 8_000 })

  it('goes on as long as one of its tasks does, also those that accounting does not know', () => {
    const queue = [task('4-9%2', { id: '17_[4-9%2]', state: 'PENDING', startMs: 5, nodes: null })]
    expect(seen({ queue, account: [done('0', 0), done('1', 3)] })).toMatchObject({
      kind: 'alive',
      service: { seen: { facts: { tasks: { waiting: 6, running: 0, succeeded: 1, failed: 1 } } } },
    })
  })

  it('ends with what became of each', () => {
    expect(exitOf({ queue: [], account: [done('0', 0), done('1', 0)] })).toEqual({ kind: 'code', code: 0 })
    expect(exitOf({ queue: [], account: [row({ state: 'PENDING' }), done('0', 0), done('1', 3)] })).toMatchObject({
      kind: 'service', state: 'FAILED', words: '1 of 2 tasks did not succeed (1: exit 3)',
    }) // prettier-ignore
  })

  it('counts the tasks that only their own record tells of', () => {
    const records = recorded(1, '0')
    const queue = [done('9', 0)]
    expect(exitOf({ queue, records, account: 'none', sinceEndMs: 10_000 })).toMatchObject({
      kind: 'service',
      state: 'FAILED',
      words: '1 of 2 tasks did not succeed (0: exit 1)',
    })
    // One that is requeued waits among others.
    const waiting = task('0-1', { id: '17_[0-1]', state: 'PENDING', startMs: null, nodes: null })
    expect(seen({ queue: [waiting, ...queue], records: recorded(143, '0'), requeues: true })).toMatchObject({
      service: { seen: { facts: { tasks: { waiting: 2, succeeded: 1, failed: 0 } } } },
    })
  })

  it('with tasks of which nobody knows the end did not succeed', () => {
    const lost = { queue: [done('9', 0)], account: 'none' as const, sinceEndMs: 10_000 }
    expect(exitOf({ ...lost, taskCount: 10 })).toMatchObject({
      kind: 'unknown',
      evidence: expect.stringContaining('9 of 10 tasks') as string,
    })
    const begun = { started: new Map([['3', { atMs: 3_000, restarts: 0 }]]), exits: new Map() }
    expect(exitOf({ ...lost, records: begun })).toMatchObject({ kind: 'unknown' })
    // A database may know of them a little later.
    expect(exitOf({ ...lost, account: [], taskCount: 10 })).toBe('unknown')
  })

  it('is asked for as long as accounting does not answer, unless it is known whole', () => {
    const queue = [done('0', 0)]
    expect(judgeSlurm(known({ queue, sinceEndMs: 1e9 }))).toMatchObject({ seen: { kind: 'unknown' }, asks: true })
    expect(exitOf({ queue, sinceEndMs: 10_000, taskCount: 1 })).toEqual({ kind: 'code', code: 0 })
  })

  it('of which tasks were cancelled while they waited did not succeed', () => {
    const rest = task('0-9', { id: '17_[0-9]', state: 'CANCELLED', startMs: null, nodes: null, endMs: 8_000 })
    expect(exitOf({ queue: [], account: [done('0', 0), rest] })).toMatchObject({
      kind: 'service',
      state: 'CANCELLED',
      words: expect.stringMatching(/^9 of 10 tasks did not succeed/) as string,
    })
  })

  it('does not end by a queue that was not asked', () => {
    expect(seen({ queue: null, account: [done('0', 0)] }).kind).toBe('unknown')
  })
})

describe('the tables', () => {
  const line =
    'RELAY1|6_[1-2%1]|6|1-2%1|PENDING|JobArrayTaskLimit|0:00|1-00:00:00|1795869386|1795869382|main||1|a|b `x`'

  it('are read through banners, and names may hold anything', () => {
    const rows = parseSqueue(
      `*** WELCOME | to 17 ***\r\nmaintenance 12|13${line}\n\n${line.replace('[1-2%1]', '3').replace('PENDING', 'RUNNING')}\n`,
    )
    expect(rows).toMatchObject([
      {
        id: '6_[1-2%1]',
        base: '6',
        task: '1-2%1',
        state: 'PENDING',
        limitSec: 86_400,
        name: 'a|b `x`',
        startMs: 1795869386000,
      },
      { id: '6_3', task: '3', state: 'RUNNING' },
    ])
  })

  it('have of one that was requeued its newest row', () => {
    const text = (submit: number, state: string) => `17|${state}|0:0|${submit}|2|3|4|60|1|64M|main|n1|x`
    expect(parseSacct(`${text(200_000_0, 'COMPLETED')}\n${text(100_000_0, 'NODE_FAIL')}\n`)).toMatchObject([
      { state: 'COMPLETED' },
    ])
    expect(parseSacct('17|CANCELLED by 1001|0:15|2000000|2|3|4|60|2|4Gc|main|n1|x')).toMatchObject([
      { cancelledBy: '1001', askedMemoryBytes: 8 * 2 ** 30 },
    ])
  })

  it('tell where a job writes to, blanks and all', () => {
    const text =
      'JobId=8 ArrayJobId=6 ArrayTaskId=2 JobName=wrap UserId=me(1001) JobState=FAILED Reason=NonZeroExitCode ExitCode=5:0 RunTime=00:00:01 TimeLimit=UNLIMITED TRES=cpu=1,mem=64M,node=1 StdErr=/a b/8.out StdIn=/dev/null StdOut=/a b/8.out Power= '
    expect(parseScontrol(`motd\n${text}`)).toMatchObject([
      { id: '6_2', state: 'FAILED', exit: { code: 5 }, output: '/a b/8.out', user: '1001', limitSec: null },
    ])
  })

  it('tell where many write to, and what their patterns mean', () => {
    expect([...parseOutputs('Welcome\n7 |/a b/%j.out|\n8|/dev/null|\n')]).toEqual([
      ['7', '/a b/%j.out'],
      ['8', '/dev/null'],
    ])
    expect([fillOutput('/x/%j-%5A.out', '17'), fillOutput('/x/100%%', '17'), fillOutput('/x/%x.out', '17')]).toEqual([
      '/x/17-00017.out',
      '/x/100%',
      null,
    ])
  })

  it('know durations and sizes', () => {
    expect(['1-02:03:04', '02:03:04', '3:04', '00:01.500', '1-02', 'UNLIMITED', ''].map(parseDuration)).toEqual([
      93_784,
      7384,
      184,
      1.5,
      93_600,
      null,
      null,
    ])
    expect(['3080K', '1.5G', '64M', '12', '', '16?'].map(parseBytes)).toEqual([
      3_153_920,
      1_610_612_736,
      67_108_864,
      12,
      null,
      null,
    ])
    expect(parseUse('2.batch|3080K|00:01.500\n2.0|4K|00:00.500\n2|x|y\n').get('2')).toEqual({
      memoryBytes: 3_153_920,
      cpuSec: 2,
    })
  })

  it('never throw', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const parse of [parseSqueue, parseSacct, parseScontrol, parseUse, parseSubmitted])
          parse(`RELAY1|${text}|${text}\nJobId=${text}`)
        judgeSlurm(known({ queue: [...parseSqueue(`RELAY1|1|1|${text}|${text}|||||||||`)] }))
        expect(meaningOf(stateWord(text)).words).not.toBe('')
      }),
    )
  })
})

describe('a submission', () => {
  it('is found by its number among banners', () => {
    expect(parseSubmitted('Welcome to 4 nodes\n 4 nodes are down\n12345;cluster\n')).toBe('12345')
    expect(parseSubmitted('sbatch: lua: hello 12\n')).toBeNull()
  })

  it('that is there twice is the first', () => {
    expect(findSubmitted('x', [row({ base: '19' }), row({ base: '9' }), row({ base: '3', name: 'y' })])).toBe('9')
  })

  it('is refused for good, or put off', () => {
    expect(
      refusalOf(
        1,
        'sbatch: error: invalid partition specified: x\nsbatch: error: Batch job submission failed: Invalid partition name specified',
      ),
    ).toMatch(/invalid partition/)
    for (const text of [
      'Unable to contact slurm controller (connect failure)',
      'Socket timed out on send/recv operation',
      'ssh: connect to host x port 22: Connection refused',
      'Slurm temporarily unable to accept job, sleeping and retrying',
    ])
      expect(refusalOf(1, text)).toBeNull()
  })

  it('has one word for each option, and % of a path stays what it is', () => {
    expect(submitWords('relay-x-1', { mem: '4G', extra: ['--comment=a b'] }, '/w', '/s/50%/o.log')).toEqual([
      'sbatch', '--parsable', '--mem=4G', '--no-requeue', '--comment=a b', '--job-name=relay-x-1', '--chdir=/w', '--open-mode=append', '--output=/s/50%%/o.log',
    ]) // prettier-ignore
  })
})
