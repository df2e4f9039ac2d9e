// What a plan can ask of a backend, in words and in an alphabet in which nothing hostile can be said.
import { describe, expect, it } from 'vitest'
import { backendPlanSchema } from '../../../src/core/backends/backendPlan'
import { dispatchLine, planForeign, withBackend } from '../../../src/core/backends/planBackend'
import { namesOutput, readDirectives, scriptProblem } from '../../../src/core/backends/slurm/scriptLines'
import {
  findDispatched,
  findSlurmId,
  meaningOfDispatch,
  parseEndedJobs,
  parseRuns,
} from '../../../src/core/backends/github/runs'
import { canonicalPlan, planJob } from '../../../src/core/jobs/plan'
import { renderPlan } from '../../../src/core/jobs/renderPlan'

const plan = (() => {
  const planned = planJob({ type: 'job_start', command: 'python3 train.py' }, '/w')
  if ('refusals' in planned) throw new Error(planned.refusals.join())
  return planned.plan
})()
const submit = (options: object, more: object = {}) => ({ kind: 'slurm', ask: { act: 'submit', options }, ...more })
const accepts = (backend: unknown) => backendPlanSchema.safeParse(backend).success

/** What shells, options, paths and terminals make something of. */
const hostile = [
  '$(touch canary)', '`touch canary`', ';touch canary', '|touch canary', '&& touch canary', '\ntouch canary', '-oProxyCommand=touch canary', '--wrap=touch canary',
  '\u0000', '\u001b[2J', '\u202Ex', '../../x', '*', '~', '"', "'", '\\', '%n', '', ' ', '-', '--', '@', 'a b', '#SBATCH --wrap=x', '${IFS}', '>canary', '<x', 'x'.repeat(70_000),
] // prettier-ignore

describe('what a plan asks of a backend', () => {
  it('is absent where it is this machine: the digest of older plans stays', () => {
    expect(JSON.parse(canonicalPlan(plan))).toMatchObject({ backend: { kind: 'local' } })
    expect(withBackend(plan, { kind: 'local' })).toEqual({ plan })
  })

  it('is told whole before it is approved', () => {
    const asked = withBackend(plan, {
      kind: 'slurm',
      host: 'login1',
      ask: {
        act: 'submit',
        options: { partition: 'gpu', time: '4:00:00', requeue: true, extra: ['--constraint=a100'] },
        directory: '/scratch/me',
      },
    })
    if ('refusals' in asked) throw new Error(asked.refusals.join())
    const text = renderPlan(asked.plan)
      .map(({ label, value }) => `${label}: ${value}`)
      .join('\n')
    for (const part of [
      'Script: python3 train.py',
      'login1',
      '--partition=gpu',
      '--time=4:00:00',
      '--constraint=a100',
      '/scratch/me',
      'scancel',
      'begin it anew',
    ])
      expect(text).toContain(part)
    const run = planForeign({
      backend: {
        kind: 'github',
        repo: 'a/b',
        ask: { act: 'dispatch', workflow: 'train.yml', ref: 'main', inputs: { script: '$(x).sh' }, idInput: 'id' },
        chain: {},
      },
      title: 'x',
      cwd: '/w',
    })
    if ('refusals' in run) throw new Error(run.refusals.join())
    const told = renderPlan(run.plan)
      .map(({ value }) => value)
      .join('\n')
    for (const part of [
      'a/b',
      'train.yml\nat main',
      'script=$(x).sh',
      'id is the id of this job',
      'SLURM job that its log says',
      'Stop cancels that, too, waiting or running',
    ])
      expect(told).toContain(part)
  })

  it('has no words that a shell, ssh or sbatch could read otherwise', () => {
    for (const text of hostile) {
      const named: [string, unknown][] = [
        ['host', submit({}, { host: text })],
        ['user@host', submit({}, { host: `me@${text}` })],
        ...['partition', 'time', 'mem', 'gpus', 'array', 'account', 'qos', 'dependency'].map(
          (name): [string, unknown] => [name, submit({ [name]: text })],
        ),
        ['id', { kind: 'slurm', ask: { act: 'adopt', id: text } }],
        ['repo', { kind: 'github', repo: `a/${text}`, ask: { act: 'adopt', runId: '1' } }],
        ['run', { kind: 'github', repo: 'a/b', ask: { act: 'adopt', runId: text } }],
        ['ref', { kind: 'github', repo: 'a/b', ask: { act: 'dispatch', workflow: 'w.yml', ref: text, inputs: {} } }],
        [
          'input',
          {
            kind: 'github',
            repo: 'a/b',
            ask: { act: 'dispatch', workflow: 'w.yml', ref: 'main', inputs: { [text]: 'x' } },
          },
        ],
      ]
      for (const [name, backend] of named)
        expect(accepts(backend), `${name}: ${JSON.stringify(text.slice(0, 40))}`).toBe(false)
    }
  })

  it('has no option of sbatch by which it could not be watched, not even the beginning of its name', () => {
    for (const word of [
      '--wrap=x',
      '--wra=x',
      '--wait',
      '--parsable',
      '--job-name=x',
      '--jo=x',
      '--requeue',
      '--no-r',
      '--chdir=/x',
      '--export-file=x',
      '--test-only',
      '-p',
      'x',
      '--a b',
      '--comment=a\nb',
    ])
      expect(accepts(submit({ extra: [word] })), word).toBe(false)
    for (const word of [
      '--comment=a b',
      '--constraint=a|b',
      '--exclusive',
      '--output=x-%j.log',
      '--nodes=2',
      '--export=NONE',
    ])
      expect(accepts(submit({ extra: [word] })), word).toBe(true)
  })

  it('is refused with a sentence', () => {
    expect(withBackend(plan, submit({ time: 'soon' }) as never)).toEqual({
      refusals: [expect.stringMatching(/^“time” cannot be used/)],
    })
    expect(
      withBackend({ ...plan, work: { kind: 'command', command: '#!/bin/sh\n#SBATCH --wait\nx' } }, submit({}) as never),
    ).toEqual({ refusals: [expect.stringMatching(/^Line 2/)] })
  })
})

describe('a script with #SBATCH lines', () => {
  const script =
    '#!/bin/bash\n# a word\n#SBATCH --time=1:00 # soon\n\n#SBATCH -o out-%j.txt\necho x\n#SBATCH --mem=1G\n'

  it('has those before its first command', () => {
    expect(readDirectives(script)).toEqual([
      { text: '--time=1:00', line: 3 },
      { text: '-o out-%j.txt', line: 5 },
    ])
    expect([namesOutput(script), namesOutput('echo -o x'), namesOutput('x', ['--output=y'])]).toEqual([
      true,
      false,
      true,
    ])
    expect([scriptProblem(script), scriptProblem('#SBATCH --wait-all-nodes=1')]).toEqual([null, null])
  })
})

describe('workflow runs', () => {
  const run = (id: number, fields: object = {}) => ({
    databaseId: id,
    status: 'queued',
    displayTitle: 'Train',
    event: 'workflow_dispatch',
    headBranch: 'main',
    createdAt: '2026-11-28T12:00:00Z',
    ...fields,
  })
  const find = (runs: object[], before: string[] = []) => {
    const found = findDispatched(parseRuns(JSON.stringify(runs)), {
      marker: 'job-1',
      ref: 'main',
      before,
      notBeforeMs: 0,
    })
    return found === null || found === 'several' ? found : found.id
  }

  it('are ours by our id, or where they can be no other', () => {
    expect(find([run(1), run(2, { displayTitle: 'Train job-1' })])).toBe('2')
    expect(find([run(1), run(2)], ['1'])).toBe('2')
    expect(find([run(1), run(2)])).toBe('several')
    expect(find([run(2, { event: 'push' }), run(3, { headBranch: 'other' })])).toBeNull()
  })

  it('that other jobs have are not ours', () => {
    const runs = parseRuns(JSON.stringify([run(1), run(2)]))
    expect(
      findDispatched(runs, { marker: 'job-1', ref: 'main', before: [], held: ['1'], notBeforeMs: 0 }),
    ).toMatchObject({
      id: '2',
    })
  })

  it('are dispatched later where nothing was sent, and looked for only where that is not certain', () => {
    const meanings = [
      'HTTP 403: API rate limit exceeded for user ID 1. (https://api.github.com/…)',
      'Post "https://api.github.com/…": dial tcp: lookup api.github.com: no such host',
      'dial tcp 140.82.121.6:443: i/o timeout',
      'HTTP 502: Bad Gateway (https://api.github.com/…)',
      'Post "https://api.github.com/…": EOF',
      'could not create workflow dispatch event: HTTP 422: Unexpected inputs provided',
    ].map(meaningOfDispatch)
    expect(meanings).toEqual(['unsent', 'unsent', 'unsent', 'unsure', 'unsure', 'refused'])
  })

  it('that cannot be understood are none', () => {
    expect(parseRuns('Welcome!')).toEqual([])
    expect(parseRuns('[{"databaseId": "x"}, null, 3]')).toEqual([])
    expect(parseRuns(JSON.stringify([run(4, { url: 'javascript:alert(1)' })]))).toMatchObject([{ id: '4', url: null }])
  })

  it('name the SLURM job that they have submitted', () => {
    expect(findSlurmId('x\ntrain\tRun\t2026 Submitted batch job 4711\n')).toBe('4711')
    for (const other of ['SLURM_JOB_ID=17', 'job id: 123', 'job 17 of 20', 'Submitted batch job 0'])
      expect(findSlurmId(other)).toBeNull()
  })

  it('have logs of those of their jobs that are over', () => {
    const jobs = [{ id: 1, status: 'completed' }, { id: 2, status: 'in_progress' }, { id: 'x' }, null]
    expect(parseEndedJobs(JSON.stringify({ jobs }))).toEqual(['1'])
    expect(['', '[]', '{"jobs": 3}'].map(parseEndedJobs)).toEqual([[], [], []])
  })

  it('are dispatched by a line that is for reading only', () => {
    expect(
      dispatchLine({
        kind: 'github',
        repo: 'a/b',
        ask: { act: 'dispatch', workflow: 'train.yml', ref: 'main', inputs: { script: "it's" } },
      }),
    ).toBe(`gh workflow run 'train.yml' --repo a/b --ref 'main' -f 'script=it'\\''s'`)
  })
})
