// What a job of somebody else was asked for, as scontrol tells it, and what of that cannot be asked for again.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readAsked, readName, readSubmitted } from '../../../src/core/backends/slurm/again'

const shown = (facts: Readonly<Record<string, string>> = {}) => {
  const all = {
    JobId: '8', JobName: 'train', UserId: 'me(1001)', Account: '(null)', QOS: '(null)', JobState: 'RUNNING', TimeLimit: '1-00:00:00', Partition: 'main',
    ReqNodeList: '(null)', ExcNodeList: '(null)', NodeList: 'n1', NumNodes: '1', NumCPUs: '1', NumTasks: '1', 'CPUs/Task': '1', 'ReqB:S:C:T': '0:0:*:*',
    TRES: 'cpu=1,mem=64M,node=1', 'NtasksPerN:B:S:C': '0:0:*:*', CoreSpec: '*', MinCPUsNode: '1', MinMemoryNode: '4G', Features: '(null)', OverSubscribe: 'OK',
    Licenses: '(null)', Network: '(null)', Command: '/projects/train.sh', WorkDir: '/projects/my runs', StdErr: '/projects/my runs/8.out', Power: '', ...facts,
  } // prettier-ignore
  return `${Object.entries(all)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')} \n`
}

test('its directory has its blanks, and what it was asked for is asked for again', () => {
  expect(readAsked(shown())).toEqual({
    kind: 'asked',
    directory: '/projects/my runs',
    options: { partition: 'main', time: '1-00:00:00', mem: '4096M' },
  })
  const large = shown({
    Account: 'lab',
    QOS: 'long',
    NumNodes: '2',
    NumTasks: '4',
    'CPUs/Task': '8',
    MinMemoryNode: '2.50G',
    TresPerNode: 'gres:gpu:a100:2',
    Features: 'ib',
    OverSubscribe: 'NO',
    TimeLimit: 'UNLIMITED',
  })
  expect(readAsked(large)).toMatchObject({
    options: {
      account: 'lab',
      qos: 'long',
      cpus: 8,
      mem: '2560M',
      extra: ['--nodes=2', '--ntasks=4', '--gres=gpu:a100:2', '--constraint=ib', '--exclusive'],
    },
  })
  const memory = readAsked(shown({ MinMemoryCPU: '500M', MinMemoryNode: '0' }))
  expect(memory).toMatchObject({ options: { extra: ['--mem-per-cpu=500M'] } })
  expect(memory).not.toHaveProperty('options.mem')
})

test.each([
  [{ Command: '/projects/train.sh --lr 3' }, 'given arguments'],
  [{ ArrayJobId: '6' }, 'array'],
  [{ TresPerJob: 'gres:gpu:4' }, 'by the job'],
  [{ TresPerNode: 'license:x=1' }, 'license'],
  [{ ExcNodeList: 'n3' }, 'left out'],
  [{ Reservation: 'maintenance' }, 'reservation'],
  [{ NumNodes: '2-4' }, 'range'],
  [{ Partition: 'a b' }, 'partition'],
  [{ WorkDir: '' }, 'directory'],
])('with %j it is not submitted again, and that is said', (facts, words) => {
  expect(readAsked(shown(facts))).toEqual({ kind: 'other', why: expect.stringContaining(words) as string })
})

test('a job is known by its script, and why it is not is said in words', () => {
  const said = (stdout: string, stderr = '') => ({ stdout, stderr })
  const script = '#!/bin/sh\ntrue\n'
  expect(readSubmitted(said(shown()), said(script))).toMatchObject({ kind: 'known', script: '#!/bin/sh\ntrue' })
  // scontrol ends with 0 for all of them.
  const why = (shownWords: ReturnType<typeof said> | null, scriptWords: ReturnType<typeof said> | null) =>
    readSubmitted(shownWords, scriptWords)
  const retrieval = 'job script retrieval failed: '
  const told: readonly (readonly [ReturnType<typeof why>, string])[] = [
    [
      why(said(shown()), said('', `${retrieval}Invalid user id\n`)),
      'its script is not to be read, for me has submitted it',
    ],
    [why(said(''), said('', `${retrieval}Invalid user id\n`)), 'for another person has submitted it'],
    [why(said(shown()), said('', `${retrieval}Job script not specified\n`)), 'made by srun or salloc'],
    [why(said(shown({ BatchFlag: '0' })), said('')), 'made by srun or salloc'],
    [why(said('', 'slurm_load_jobs error: Invalid job id specified'), said('')), 'has forgotten'],
    [why(said(shown()), said('Welcome!')), 'did not show its script'],
    [why(said(shown()), null), 'did not say how it was submitted'],
    [why(null, null), 'did not say how it was submitted'],
    [why(said(shown({ ArrayJobId: '6' })), said(script)), 'it is a task of an array, which cannot be asked for again'],
  ]
  for (const [read, words] of told)
    expect(read).toEqual({ kind: 'other', why: expect.stringContaining(words) as string })
})

test.each([
  [{ JobName: 'two moons, seed 3' }, 'two moons, seed 3'],
  [{ JobName: 'train.sh' }, 'train'],
  [{ JobName: 'wrap' }, null],
  [{ JobName: '(null)' }, null],
])('of %j what it is called is %j', (facts, name) => {
  expect(readName(shown(facts))).toBe(name)
})

test('whatever is shown, nothing is thrown', () => {
  fc.assert(
    fc.property(fc.string(), (text) =>
      ['asked', 'other'].includes(readAsked(shown({ WorkDir: text, Features: text })).kind),
    ),
  )
})
