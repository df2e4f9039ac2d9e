import { describe, expect, test } from 'vitest'
import { canonicalTrackPlan, trackPlanSchema } from '../../../src/core/tracking/trackPlan'
import { planTrack } from '../../../src/core/tracking/planTrack'
import type { Pointed, Surroundings, TrackWish } from '../../../src/core/tracking/trackWish'
import { readWorkflow } from '../../../src/core/tracking/readWorkflow'
import { renderTrackPlan } from '../../../src/core/tracking/renderTrackPlan'
import { processTrackables, runTrackables } from '../../../src/core/tracking/trackable'
import { agent } from './tracks'

const here: Surroundings = {
  folder: '/projects/space',
  date: '2026-11-28',
  git: { remote: 'origin', base: 'main', branches: ['main'], current: 'main' },
  gh: 'ready',
  opens: true,
  pushes: true,
  notes: [],
  repository: { host: 'github.com', owner: 'ada', name: 'space' },
  hasSlurm: false,
  sshHost: null,
  dispatchable: [],
  documents: ['docs/notes.md', 'docs/two-moons.md'],
  resultFolders: ['runs'],
  linkable: ['data', '.venv'],
}
const dispatch = readWorkflow(
  'sherlock-dispatch.yml',
  'on:\n  workflow_dispatch:\n    inputs:\n      script:\n        required: true\n      wandb_run:\n        required: true\n      gpus:\n        default: 1\n',
)
const script: Pointed = {
  kind: 'script',
  file: 'jobs/two moons.sh',
  text: '#!/bin/bash\n#SBATCH --mem=4G\npython train.py\n',
}

function wish(pointed: Pointed, over: Partial<TrackWish> = {}): TrackWish {
  return {
    pointed,
    last: null,
    experiment: null,
    document: null,
    results: [],
    metrics: [],
    required: [],
    attempts: 3,
    maxMemoryMb: null,
    maxTimeSec: null,
    links: null,
    options: {},
    timeLimitSec: null,
    launch: 'auto',
    title: 'Results: {experiment}',
    body: '{summary}',
    trailer: '',
    pullRequest: true,
    fixer: agent,
    discusser: agent,
    ...over,
  }
}

function plan(pointed: Pointed, over: Partial<TrackWish> = {}, around: Partial<Surroundings> = {}) {
  const planned = planTrack(wish(pointed, over), { ...here, ...around })
  if ('refusals' in planned) throw new Error(planned.refusals.join(' '))
  expect(trackPlanSchema.parse(JSON.parse(JSON.stringify(planned.plan)))).toEqual(planned.plan)
  return planned
}

const refusal = (pointed: Pointed, over: Partial<TrackWish> = {}, around: Partial<Surroundings> = {}) => {
  const planned = planTrack(wish(pointed, over), { ...here, ...around })
  return 'refusals' in planned ? planned.refusals.join(' ') : 'planned'
}

describe('files that it must write', () => {
  const process: Pointed = {
    kind: 'process',
    process: { host: 'h', bootId: 'b', pid: 11, startTime: '5' },
    command: './train',
    cwd: '/projects/space/src',
    log: null,
  }

  test('are in the plan of a process and of what is run again, and on the screen that is approved', () => {
    const { plan: made } = plan(process, {
      required: ['results/metrics.json', '/projects/space/./results/metrics.json'],
    })
    expect(made.job.watch.requireFiles).toEqual(['results/metrics.json'])
    // That begins in another folder.
    expect(made.relaunch.again?.watch.requireFiles).toEqual(['/projects/space/results/metrics.json'])
    const facts = renderTrackPlan(made)
    expect(facts).toContainEqual({ label: 'Must write', value: 'results/metrics.json', isVerbatim: true })
    expect(facts.find(({ label }) => label === 'Judged by')?.value).toMatch(/^files alone, .*since it was adopted/)
    expect(canonicalTrackPlan(made)).not.toBe(canonicalTrackPlan(plan(process).plan))
    expect(renderTrackPlan(plan(process).plan).some(({ label }) => /Judged by|Must write/.test(label))).toBe(false)
  })

  test('are required of commands, SLURM jobs and workflow runs as well, and where they do not come by themselves that is said', () => {
    const required = ['metrics.json']
    const command = plan({ kind: 'launch', command: './train' }, { required }).plan
    expect(command.job.watch.requireFiles).toEqual(required)
    expect(command.relaunch.again).toEqual(command.job)
    const slurm: Pointed = { kind: 'slurm', id: '812', again: null }
    const near = plan(slurm, { required }, { hasSlurm: true })
    expect(near.plan.job.watch.requireFiles).toEqual(required)
    expect(near.notes.join(' ')).not.toContain('Required files')
    const far = plan(slurm, { required }, { sshHost: 'sherlock' })
    expect(far.notes.join(' ')).toContain('files that it writes on sherlock are fetched only when it has ended')
    expect(plan({ kind: 'run', id: '7' }, { required }).notes.join(' ')).toContain('Required files are looked for here')
  })

  test.each([
    ['../metrics.json', 'must lie in /projects/space'],
    ['a/../../b', 'must lie in /projects/space'],
    ['/projects/space-two/a.json', 'must lie in /projects/space'],
    ['/', 'folder'],
    ['.', 'must lie in'],
    ['results/', 'folder'],
    ['runs/*/metrics.json', '--results'],
    [' ', 'no name'],
    ['a\u202eb', 'cannot be seen'],
    ['x'.repeat(601), 'more than 600'],
  ])('%j is refused with why', (file, why) => {
    expect(refusal(process, { required: [file] })).toContain(why)
  })

  test('are at most as many as any job may be asked for', () => {
    const some = (count: number) => Array.from({ length: count }, (_, index) => `results/${index}.json`)
    expect(plan(process, { required: some(32) }).plan.job.watch.requireFiles).toHaveLength(32)
    expect(refusal(process, { required: some(33) })).toContain('33 files, more than 32')
  })
})

describe('what is launched', () => {
  const command: Pointed = { kind: 'launch', command: 'python3 src/two_moons.py --seed 1' }

  test('runs here without a scheduler; name, document, results and links are found and told', () => {
    const { plan: made, notes } = plan(command)
    expect(made).toMatchObject({
      tracked: { kind: 'launch' },
      experiment: 'two_moons',
      document: 'docs/two-moons.md',
      results: { folder: 'runs', globs: [] },
      pullRequest: {
        branch: 'results/two-moons-2026-11-28',
        remote: 'origin',
        opens: true,
        title: 'Results: two_moons',
        trailer: null,
      },
      relaunch: { attempts: 3, links: ['data', '.venv'], agent: { kind: 'claude' } },
    })
    expect(made.relaunch.again).toEqual(made.job)
    expect(notes.join(' ')).toContain('docs/two-moons.md')
  })

  test('goes to sbatch where there is a scheduler, and to the host that is set where there is none here', () => {
    expect(plan(command, {}, { hasSlurm: true }).plan.job.backend).toMatchObject({
      kind: 'slurm',
      ask: { act: 'submit' },
    })
    expect(plan(command, {}, { sshHost: 'sherlock' }).plan.job.backend).toMatchObject({
      kind: 'slurm',
      host: 'sherlock',
    })
    expect(plan(command, { launch: 'local' }, { hasSlurm: true }).plan.job.backend).toEqual({ kind: 'local' })
    expect(refusal(command, { launch: 'sbatch' })).toContain('relay.tracking.sshHost')
  })

  test('is run here where squeue reaches no cluster, and that is said', () => {
    const around = { hasSlurm: true, slurmProblem: 'squeue: fatal: Could not establish a configuration source' }
    const made = plan(command, {}, around)
    expect(made.plan.job.backend).toEqual({ kind: 'local' })
    expect(made.notes.join(' ')).toMatch(/reaches no cluster \(squeue: fatal: .*run on this machine/)
    expect(plan(command, { launch: 'sbatch' }, around).plan.job.backend).toMatchObject({ kind: 'slurm' })
    expect(plan(command, {}, { ...around, sshHost: 'sherlock' }).plan.job.backend).toMatchObject({ host: 'sherlock' })
  })

  test('a SLURM job is adopted where squeue reaches no cluster now, and that is said', () => {
    const around = { hasSlurm: true, slurmProblem: 'squeue: error: Unable to contact slurm controller' }
    const made = plan({ kind: 'slurm', id: '812', again: null }, {}, { ...around, sshHost: 'sherlock' })
    expect(made.plan.job.backend).toEqual({ kind: 'slurm', ask: { act: 'adopt', id: '812' } })
    expect(made.notes.join(' ')).toMatch(/reaches no cluster now \(squeue: error: .*SLURM job 812.* --pid/)
    expect(plan({ kind: 'slurm', id: '812', again: null }, {}, { hasSlurm: true }).notes.join(' ')).not.toContain(
      '--pid',
    )
  })

  test('a script goes to the dispatch workflow of the repository, its inputs filled from its definition', () => {
    if (dispatch === null) throw new Error('no workflow')
    const around = { hasSlurm: true, dispatchable: [dispatch] }
    const { plan: made } = plan(script, {}, around)
    expect(made.job.backend).toMatchObject({
      kind: 'github',
      repo: 'ada/space',
      ask: {
        act: 'dispatch',
        workflow: 'sherlock-dispatch.yml',
        ref: 'main',
        inputs: { script: 'jobs/two moons.sh', wandb_run: 'two moons' },
      },
      chain: {},
    })
    // Without gh it is given to sbatch, its own directives with it, and that is said.
    const without = plan(script, {}, { ...around, gh: 'no_login' })
    expect(without.plan.job).toMatchObject({ backend: { kind: 'slurm' }, work: { command: script.text } })
    expect(without.notes.join(' ')).toContain('gh auth login')
    expect(plan(script, {}, { hasSlurm: true }).notes.join(' ')).toContain('no workflow named *-dispatch')
  })

  test('without a scheduler a script is run by its own interpreter, its name quoted', () => {
    expect(plan(script).plan.job.work).toMatchObject({ command: "bash 'jobs/two moons.sh'" })
  })
})

describe('what is adopted', () => {
  test('and cannot be run again says why: to the person, on the screen of approval, and in the track', () => {
    const around = { hasSlurm: true }
    const whyOnce = 'it has no script, for it was made by srun or salloc'
    const { plan: made, notes } = plan({ kind: 'slurm', id: '4711', again: null, whyOnce }, {}, around)
    expect(made.relaunch).toMatchObject({ again: null, onceFor: whyOnce })
    expect(notes).toContain(`It cannot be run again by itself: ${whyOnce}.`)
    const shown = renderTrackPlan(made).map(({ value }) => value)
    expect(shown).toContain(`a report is written; it cannot be run again: ${whyOnce}`)
    const waits = { script: '#!/bin/sh\n#SBATCH --wait\ntrue', directory: '/projects/space', options: {} }
    expect(plan({ kind: 'slurm', id: '4711', again: waits }, {}, around).plan.relaunch).toMatchObject({
      again: null,
      onceFor: 'Line 2 of the script, #SBATCH --wait, cannot be used: Relay Jobs watches the job itself',
    })
    // One that is to be run once says nothing of it.
    expect(
      plan({ kind: 'slurm', id: '4711', again: null, whyOnce }, { attempts: 1 }, around).plan.relaunch,
    ).not.toHaveProperty('onceFor')
  })

  test('a SLURM job is launched again from its own script, or not at all', () => {
    const again = { script: '#!/bin/sh\ntrue', directory: '/projects/space', options: { mem: '4G' } }
    const around = { hasSlurm: true }
    const { plan: made } = plan({ kind: 'slurm', id: '4711', again }, {}, around)
    expect(made.job.backend).toEqual({ kind: 'slurm', ask: { act: 'adopt', id: '4711' } })
    expect(made.relaunch.again?.backend).toMatchObject({ ask: { act: 'submit', options: { mem: '4G' } } })
    const none = plan({ kind: 'slurm', id: '4711', again: null }, {}, around)
    expect(none.plan.relaunch).toMatchObject({ again: null, agent: null })
    expect(none.notes.join(' ')).toContain('cannot be run again')
    expect(made.relaunch).not.toHaveProperty('onceFor')
    expect(refusal({ kind: 'slurm', id: '4711', again })).toContain('no squeue here')
  })

  test('a workflow run needs gh and a remote that it knows', () => {
    expect(plan({ kind: 'run', id: '99' }).plan.job.backend).toMatchObject({
      kind: 'github',
      ask: { act: 'adopt', runId: '99' },
    })
    expect(refusal({ kind: 'run', id: '99' }, {}, { gh: 'absent' })).toContain('not installed')
    expect(refusal({ kind: 'run', id: '99' }, {}, { repository: null })).toContain('no remote at GitHub')
  })

  test('a dispatch wants the inputs that its workflow wants, and no others', () => {
    if (dispatch === null) throw new Error('no workflow')
    const around = { dispatchable: [dispatch] }
    const of = (inputs: Record<string, string>): Pointed => ({
      kind: 'workflow',
      file: dispatch.file,
      ref: 'main',
      inputs,
    })
    expect(refusal(of({ script: 'a.sh' }), {}, around)).toContain('-f wandb_run=')
    expect(refusal(of({ script: 'a.sh', wandb_run: 'x', lr: '1' }), {}, around)).toContain('has no input lr')
    expect(plan(of({ script: 'a.sh', wandb_run: 'x' }), {}, around).plan.tracked.kind).toBe('workflow')
  })
})

test('a branch that is there already gets a number, and without git there is none', () => {
  const command: Pointed = { kind: 'launch', command: 'sh a.sh' }
  const taken = { git: { remote: null, base: null, branches: ['results/a-2026-11-28'], current: null }, pushes: false }
  expect(plan(command, {}, taken).plan.pullRequest).toMatchObject({
    branch: 'results/a-2026-11-28-2',
    remote: null,
    opens: false,
  })
  expect(plan(command, {}, { git: null }).plan).toMatchObject({
    pullRequest: null,
    document: null,
    relaunch: { agent: null },
  })
})

test('patterns of results are split into the folder that they share and what is below it', () => {
  const results = (...asked: string[]) => plan({ kind: 'launch', command: 'sh a.sh' }, { results: asked }).plan.results
  expect(results('runs/eval')).toEqual({ folder: 'runs/eval', globs: [] })
  expect(results('runs/*/metrics.json')).toEqual({ folder: 'runs', globs: ['*/metrics.json'] })
  expect(results('runs/a/m.json', 'runs/b/*.csv')).toEqual({ folder: 'runs', globs: ['a/m.json', 'b/*.csv'] })
  expect(results('*.json')).toEqual({ folder: '.', globs: ['*.json'] })
})

test('everything that can happen is in the words, and another of it is another digest', () => {
  const { plan: made } = plan({ kind: 'launch', command: 'sh a.sh' }, { maxMemoryMb: 8000, maxTimeSec: 7200 })
  const words = renderTrackPlan(made)
    .map(({ label, value }) => `${label}: ${value}`)
    .join('\n')
  for (const told of [
    'sh a.sh',
    'results/a-2026-11-28',
    'origin',
    'at most 3 times',
    '8000 MB',
    '2 h',
    'Claude Code',
    'acceptEdits',
    'data\n.venv',
    'Leaves here',
  ])
    expect(words).toContain(told)
  const digests = new Set(
    [
      made,
      { ...made, metrics: ['acc'] },
      { ...made, relaunch: { ...made.relaunch, links: [] } },
      { ...made, discussion: null },
    ].map(canonicalTrackPlan),
  )
  expect(digests.size).toBe(4)
})

test('what cannot be seen in a name is shown', () => {
  const { plan: made } = plan({ kind: 'launch', command: 'sh a.sh \u202egnp.sh' })
  expect(
    renderTrackPlan(made)
      .map(({ value }) => value)
      .join(),
  ).toContain('\\u{202e}')
})

describe('pickers', () => {
  test('show processes with age and CPU, those that have worked most first, and neither shells nor ourselves', () => {
    const text =
      ' 10     1    02:00  1.0 python3 a.py\n 11     1 1-00:00:00 99.5 ./train --lr 0.1\n 12     1    01:00  0.0 -bash\n 13     1    01:00  9.0 node /x/supervisor.js supervise\n 14     1    01:00 50.0 me\nbanner\n'
    expect(processTrackables(text, new Set([14]))).toEqual([
      { kind: 'process', id: '11', name: './train --lr 0.1', detail: '24 h 00 min, CPU 100 %' },
      { kind: 'process', id: '10', name: 'python3 a.py', detail: '2 min 0 s, CPU 1 %' },
    ])
  })
  test('show runs of workflows, and nothing for what is no answer', () => {
    const run = {
      databaseId: 9,
      displayTitle: 'train',
      workflowName: 'Train',
      status: 'in_progress',
      conclusion: '',
      createdAt: '2026-11-28T12:00:00Z',
      headBranch: 'main',
    }
    const nowMs = Date.parse('2026-11-28T12:05:00Z')
    expect(runTrackables(JSON.stringify([run]), nowMs)).toEqual([
      { kind: 'run', id: '9', name: 'train', detail: 'Train · in progress · main · 5 min 0 s ago' },
    ])
    expect(runTrackables('gh: not found', nowMs)).toEqual([])
  })
})

test('a workflow that is none is none', () => {
  for (const text of ['', 'on: push', ': : :', 'on: [push]', `a: &a [1]\nb: [${'*a,'.repeat(50)}]`, '{'.repeat(50)])
    expect(readWorkflow('x.yml', text)).toBeNull()
  expect(readWorkflow('x.yml', 'on: [push, workflow_dispatch]')).toEqual({ file: 'x.yml', inputs: [] })
})

test('that a fix could not be run, for the command names the folder itself, is said before', () => {
  const command = 'python3 /projects/space/train.py'
  expect(planTrack(wish({ kind: 'launch', command }), here)).toMatchObject({
    notes: expect.arrayContaining([expect.stringContaining('would be shown, and not run')]) as unknown,
  })
})

test('a later attempt of what was adopted is shown whole: where, how, and in which folder', () => {
  const again = { script: '#!/bin/bash\nsrun python train.py', directory: '/scratch/ada', options: { mem: '4G' } }
  const planned = planTrack(wish({ kind: 'slurm', id: '17', again }), { ...here, sshHost: 'sherlock' })
  if (!('plan' in planned)) throw new Error(planned.refusals.join())
  const facts = renderTrackPlan(planned.plan).filter(({ label }) => label.startsWith('Again'))
  expect(facts).toMatchObject(
    expect.arrayContaining([
      { label: 'Again: Script', value: again.script, isVerbatim: true },
      { label: 'Again: Directory there', value: '/scratch/ada', isVerbatim: true },
      { label: 'Again: sbatch', value: '--mem=4G\n--no-requeue', isVerbatim: true },
    ]) as typeof facts,
  )
  const labels = facts.map(({ label }) => label)
  for (const label of ['Runs', 'Reached by', 'Environment', 'Directory']) expect(labels).toContain(`Again: ${label}`)
})

describe('what was tracked with the last time', () => {
  const last = { document: 'docs/notes.md', results: ['runs/train'], metrics: ['loss'] }
  const pointed: Pointed = { kind: 'launch', command: 'python3 eval.py' }
  const planned = (over: Partial<TrackWish>) => {
    const result = planTrack(wish(pointed, { last, ...over }), here)
    if (!('plan' in result)) throw new Error(result.refusals.join())
    return result
  }
  test('names no other experiment, and is told where it is taken', () => {
    const { plan: made, notes } = planned({})
    expect(made).toMatchObject({ experiment: 'eval', document: 'docs/notes.md', metrics: ['loss'] })
    expect(made.pullRequest?.title).toBe('Results: eval')
    expect(made.results.folder).toBe('runs/train')
    expect(notes.filter((note) => note.includes('as the last time'))).toHaveLength(3)
  })
  test('is no document of an experiment of another name that was made for it', () => {
    expect(planned({ last: { ...last, document: 'docs/train.md' } }).plan.document).toBe('docs/eval.md')
  })
  test('stands back behind what is said now', () => {
    const { plan: made, notes } = planned({ document: 'docs/two-moons.md', results: ['out'], metrics: ['acc'] })
    expect(made).toMatchObject({ experiment: 'two-moons', document: 'docs/two-moons.md', metrics: ['acc'] })
    expect(notes.join()).not.toContain('as the last time')
  })
})

test('that files of a cluster elsewhere are fetched is said before, with host and folder; those that are seen here are read', () => {
  const resultsOf = (around: Partial<Surroundings>) => {
    const planned = planTrack(wish({ kind: 'slurm', id: '17', again: null }), { ...here, ...around })
    if (!('plan' in planned)) throw new Error(planned.refusals.join())
    return renderTrackPlan(planned.plan).find(({ label }) => label === 'Results')?.value
  }
  expect(resultsOf({ sshHost: 'sherlock' })).toContain(
    'fetched by ssh when it ends, from runs in /projects/space on sherlock',
  )
  expect(resultsOf({ hasSlurm: true })).toBe('read when it ends, from runs and its log')
})
