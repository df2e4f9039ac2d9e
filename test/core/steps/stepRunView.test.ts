import { describe, expect, test } from 'vitest'
import { jobIdSchema } from '../../../src/core/jobs/jobId'
import type { PlannedAct, StepPlan } from '../../../src/core/steps/planStep'
import { stepRunKind } from '../../../src/core/steps/stepRun'
import type { StepRunEvent } from '../../../src/core/steps/stepRunState'
import { viewsOfRun } from '../../../src/core/steps/stepRunView'
import { replayUndertaking } from '../../../src/core/undertakings/undertaking'

const id = jobIdSchema.parse('20261128-091502-abcdef')
const job = jobIdSchema.parse('20261128-091502-abcdef-s1a0t1')

function act(phase: PlannedAct['phase'], name: string, more: Partial<PlannedAct> = {}): PlannedAct {
  const doing = { kind: 'command', command: `run ${name}`, env: {} } as const
  return { phase, name, group: 0, doing, timeoutSec: 5, retries: 0, ...more }
}

function step(number: number, acts: readonly PlannedAct[]): StepPlan {
  return {
    v: 1,
    step: number,
    key: `step_${number}`,
    title: `Title ${number}`,
    objective: `Title ${number}`,
    cwd: '/w',
    mode: 'background',
    acts,
    successCriteria: [],
    requireFiles: [],
    documents: { spec: 'SPEC.md', log: '.task_execution.log' },
    mandatorySkills: [],
    worker: null,
    reader: null,
  }
}

const acts = [
  act('PRE-FLIGHT', 'check_data'),
  act('MAIN', 'main'),
  act('MAIN', 'recovery', { onFailure: true }),
  act('POST-VALIDATION', 'is_good'),
  act('BACKGROUND', 'loss', { monitor: { intervalSec: 2, alert: { kind: 'matches', pattern: 'nan' } } }),
]

function viewsAfter(events: readonly StepRunEvent[]) {
  const plan = {
    kind: 'step',
    steps: [1, 2].map((number) => ({ plan: step(number, acts), taskId: `task_${number}_a2b3c4d5`, blocked: [] })),
  } as const
  const spec = { v: 1, id, createdAtMs: 1_000, host: 'here', folder: '/w', plan } as const
  const approved = { type: 'approved', approval: { digest: 'd', how: 'asked' } } as const
  const all = [approved, ...events].map((event, at) => ({ atMs: 2_000 + at * 1_000, event }))
  const run = replayUndertaking(stepRunKind, spec, all)
  return viewsOfRun(run, stepRunKind.isAtRest(run))
}

const begun: StepRunEvent = { type: 'step_begun', item: 0 }
const actBegun = (nth: number): StepRunEvent => ({ type: 'act_begun', item: 0, act: nth, try: 1, job, again: null })
const ended = (nth: number, outcome: 'passed' | 'failed', detail = ''): StepRunEvent => {
  const rest = { exit: outcome === 'passed' ? 0 : 1, durationMs: 500, output: 'last line\n', met: [], notable: '' }
  return { type: 'act_ended', item: 0, act: nth, job, outcome, detail, ...rest }
}
const phasesOf = (views: ReturnType<typeof viewsAfter>) =>
  views[0]?.phases.map(({ phase, state, acts: own }) => `${phase} ${state} ${own.map(({ name }) => name).join()}`)

describe('a run of steps as views show it', () => {
  test('what waits, runs and has passed is told act by act, and what is done only after a failure is not there', () => {
    const views = viewsAfter([begun, actBegun(0), ended(0, 'passed'), actBegun(1)])
    expect(views.map(({ state, taskId }) => [state, taskId])).toEqual([
      ['running', 'task_1_a2b3c4d5'],
      ['waiting', null],
    ])
    expect(phasesOf(views)?.slice(0, 3)).toEqual([
      'PRE-FLIGHT passed check_data',
      'MAIN running main',
      'POST-VALIDATION pending is_good',
    ])
    const [check] = views[0]?.phases[0]?.acts ?? []
    expect(check).toMatchObject({ startedAtMs: 4_500, endedAtMs: 5_000, job, what: 'run check_data' })
  })

  test('what is up is in the background', () => {
    const up: StepRunEvent = { type: 'act_up', item: 0, act: 1, met: [] }
    const [first] = viewsAfter([begun, actBegun(0), ended(0, 'passed'), actBegun(1), up])
    expect(first?.state).toBe('background')
  })

  test('an alert of a monitor stands until it is cleared, with the work that it is about', () => {
    const alerted: StepRunEvent = { type: 'alerted', item: 0, monitor: 4, text: 'loss nan' }
    const events = [begun, actBegun(0), ended(0, 'passed'), actBegun(1), alerted]
    const [first] = viewsAfter(events)
    expect(first?.alerts).toEqual([{ item: 0, act: 4, monitor: 'loss', text: 'loss nan', atMs: 7_000, job }])
    expect(first?.phases.find(({ phase }) => phase === 'BACKGROUND')).toMatchObject({ state: 'alert' })
    const [later] = viewsAfter([...events, { type: 'alert_cleared', item: 0, monitor: 4 }])
    expect(later?.alerts).toEqual([])
  })

  test('of one that failed the rest is skipped, and steps whose turn never came say nothing', () => {
    const views = viewsAfter([
      begun,
      actBegun(0),
      ended(0, 'failed', 'exit 1'),
      { type: 'step_ended', item: 0, outcome: 'failed', phase: 'PRE-FLIGHT', reason: 'check_data: exit 1' },
      { type: 'spec_marked', item: 0, mark: 'failed', problem: null },
      { type: 'logged', count: 50, problem: null },
    ])
    expect(views).toHaveLength(1)
    expect(views[0]).toMatchObject({ state: 'failed', reason: 'check_data: exit 1', retryFrom: 'PRE-FLIGHT' })
    expect(phasesOf(views)).toEqual([
      'PRE-FLIGHT failed check_data',
      'MAIN skipped main',
      'POST-VALIDATION skipped is_good',
      'BACKGROUND skipped loss',
      'SPEC passed marked as failed',
    ])
    expect(views[0]?.phases[0]?.acts[0]?.detail).toBe('exit 1')
  })
})

test('of several steps that were stopped together the first goes on, and those behind it wait for their turn', () => {
  const stop = (item: number): StepRunEvent => {
    return { type: 'step_ended', item, outcome: 'stopped', phase: 'MAIN', reason: 'Stopped.' }
  }
  const plan = {
    kind: 'step',
    steps: [1, 2].map((number) => ({ plan: step(number, acts), taskId: `task_${number}_a2b3c4d5`, blocked: [] })),
  } as const
  const spec = { v: 1, id, createdAtMs: 1_000, host: 'here', folder: '/w', plan } as const
  const approval = { digest: 'd', how: 'asked' } as const
  const events = [
    { type: 'approved', approval },
    begun,
    { type: 'step_begun', item: 1 },
    stop(0),
    stop(1),
    { type: 'continue_requested', request: 'r', word: 'continue', approval },
  ] as const
  const run = replayUndertaking(
    stepRunKind,
    spec,
    events.map((event, at) => ({ atMs: 2_000 + at, event })),
  )
  const effects = stepRunKind.decide(run, { nowMs: 9_000, job: () => ({ kind: 'absent' }), sinceActMs: () => null })
  const begins = (item: number) => expect.objectContaining({ event: { type: 'step_begun', item } }) as unknown
  expect(effects).toContainEqual(begins(0))
  expect(effects).not.toContainEqual(begins(1))
})
