import { describe, expect, test } from 'vitest'
import { anewRange, findRetry, isNextBlocked } from '../../../src/core/steps/findRetry'
import { renderRunWarning, runWarnings } from '../../../src/core/steps/runWarnings'
import { PlayedSteps, plainContext } from '../../support/playedSteps'

const [first = '', second = ''] = [1, 2].map((step) => `step_${step}_s:\n  main: {script: "run.sh", timeout: 60}\n`)
const background = `step_1_train:
  main: {script: "train.sh", mode: background, timeout: 60, success_criteria: ["Started"]}
`
const thinking = (step: number) => `step_${step}_think:\n  main: {objective: think, timeout: 60}\n`
const play = (definitions: string, hex: string) =>
  new PlayedSteps(definitions, {}, (step) => `task_${step}_${hex.repeat(8)}`).settle()
const failed = (definitions: string, hex: string) => play(definitions, hex).end('main', { outcome: 'failed' }).settle()

describe('retry', () => {
  test('takes the newest run of a step, not an older one that failed', () => {
    const old = failed(first, 'a')
    expect(findRetry([old.run], 1)).toEqual({ kind: 'run', run: old.run })
    expect(findRetry([old.run], null)).toEqual({ kind: 'run', run: old.run })
    const going = play(first, 'b')
    const runs = () => [old.run, going.run]
    expect(findRetry(runs(), 1)).toEqual({ kind: 'none', why: 'Step 1 runs, as task_1_bbbbbbbb.' })
    expect(findRetry(runs(), null)).toEqual({ kind: 'none', why: 'No step has failed here.' })
    // One that was continued runs, whichever was begun last.
    expect(findRetry([going.run, old.run], 1)).toMatchObject({ kind: 'none' })
    going.end('main').settle()
    expect(findRetry(runs(), 1)).toEqual({
      kind: 'none',
      why: 'Step 1 has not failed: its last run, task_1_bbbbbbbb, completed.',
    })
    expect(findRetry(runs(), 7)).toMatchObject({ why: 'Step 7 has not failed: it has not run here.' })
  })

  test('does not take up a run that would do a step again which was run since', () => {
    const old = failed(`${first}${second}`, 'a')
    expect(findRetry([old.run], 1)).toEqual({ kind: 'run', run: old.run })
    const since = play(second, 'b').end('main').settle()
    expect(findRetry([old.run, since.run], 1)).toEqual({
      kind: 'none',
      why: 'Its run would do step 2, too, which has been run since, as task_2_bbbbbbbb. Run it anew: relay steps run 1-2',
    })
    // What was done before is no reason.
    expect(findRetry([since.run, old.run], 1)).toEqual({ kind: 'run', run: old.run })
  })

  test('of a step behind one in the background says how it is run anew, and asks nobody to stop that one', () => {
    const played = play(`${background}${second}`, 'a')
    played.printed.set(played.jobOf('main'), 'Started')
    played.atMs += 2_000
    played.settle()
    const job = played.jobOf('main', 2)
    played.record({
      ...{ type: 'act_ended', item: 1, act: 1, job, outcome: 'failed', exit: 1, durationMs: 1, detail: 'Exit 1.' },
      ...{ output: '', met: [], notable: '' },
    })
    played.settle()
    expect(played.state).toEqual(['running', 'failed'])
    expect(findRetry([played.run], 2)).toEqual({
      kind: 'none',
      why: 'Its run still goes on with step 1 (task_1_aaaaaaaa, in the background). Run it anew: relay steps run 2',
    })
  })

  test('is not for what was blocked, which is planned anew; nor does the run go on with it', () => {
    const played = play(`${first}${thinking(2)}`, 'a')
      .end('main')
      .settle()
    expect(played.state).toEqual(['completed', 'blocked'])
    expect(isNextBlocked(played.run)).toBe(true)
    expect(isNextBlocked(failed(`${first}${thinking(2)}`, 'a').run)).toBe(false)
    expect(anewRange(played.run, 1)).toBe('1-2')
    const found = findRetry([played.run], 2)
    expect(found.kind === 'none' ? found.why : '').toMatch(
      /^Step 2 could not run: An agent has to do this step, .* it is no retry\. Run it anew: relay steps run 2$/,
    )
    expect(findRetry([played.run], null)).toMatchObject({ why: 'No step has failed here.' })
  })
})

test('before steps are run it is told which are done already, and at which the run would end', () => {
  const { spec } = new PlayedSteps(`${first}${thinking(2)}${thinking(3)}`, plainContext)
  const warnings = runWarnings(spec.plan.steps, new Map([[1, 'task_1_a2b3c4d5']])).map(renderRunWarning)
  expect(warnings[0]).toBe('Step 1 is done already (task_1_a2b3c4d5): it runs again.')
  expect(warnings[1]).toMatch(
    /^Step 2 cannot run as things are: An agent .* The run ends there: step 3 would not be begun\.$/,
  )
  expect(warnings).toHaveLength(3)
  expect(warnings[2]).not.toContain('would not be begun')
})
