// The policy of a run of steps, with jobs that end as the test says.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Agent } from '../../../src/core/followUps/agent'
import { childJobId } from '../../../src/core/undertakings/undertaking'
import { readClaims } from '../../../src/core/steps/criteria'
import { findRetry } from '../../../src/core/steps/findRetry'
import { stepRunKind } from '../../../src/core/steps/stepRun'
import { renderStepPlan } from '../../../src/core/steps/renderStepPlan'
import { viewsOfRun } from '../../../src/core/steps/stepRunView'
import { PlayedSteps } from '../../support/playedSteps'
import { setupStep } from './seed'

const agent: Agent = {
  ...{ kind: 'claude', program: '/bin/claude', args: [], permissionMode: 'acceptEdits' },
  ...{ timeLimitSec: 1800, waitLimitSec: 0, otherwise: 'wait', reason: 'found' },
}
const withAgent = {
  worker: agent,
  reader: agent,
  mandatorySkills: ['tinker-api'],
  workspace: {
    agents: [{ name: 'AGENT', file: '.claude/agents/AGENT.md' }],
    skills: ['tinker-api'],
    isFile: () => true,
  },
}

const wholeStep = `step_1_whole:
  pre_flight:
    - {task: a, command: a}
    - {task: b, command: b}
    - {task: c, command: c}
    - {task: d, command: d}
  test: try it
  main: {script: "run.sh", timeout: 60, success_criteria: ["All good"]}
  post_validation:
    - {task: v, command: v}
    - {task: w, command: w}
`
const [first, second, third] = [1, 2, 3].map((step) => `step_${step}_s:\n  main: {script: "run.sh", timeout: 60}\n`)
const chunkedStep = `step_1_chunks:
  main: {script: "make.sh", mode: chunked, chunks: [{size: 1}, {size: 2}, {size: 3}], quality: check it}
`
const backgroundStep = `step_1_train:
  main: {script: "train.sh", mode: background, timeout: 60, success_criteria: ["Started"]}
  post_validation:
    - {task: v, command: v}
  background:
    - {task: loss, command: tail loss, interval: 5}
`

test('what is printed is the transcript of the format, word for word', () => {
  const played = new PlayedSteps(
    setupStep.replace('\n  main:', '\n  test: "python 01_test_auth.py --examples 2"\n\n  main:'),
    withAgent,
  )
  played.settle()
  played.end('verify_env', { output: 'Environment verified', tookMs: 3000 }).settle()
  played.end('check_python', { output: 'Python 3.11 found', tookMs: 2000 }).settle()
  played.end('test_imports', { output: 'Tinker imported', tookMs: 4000 }).settle()
  played.end('test first', { output: 'Test passed with 2 examples' }).settle()
  const answer = '- API key validated: "key ok"\n- Authentication successful: "200 OK"\n[[task:done]]'
  played.end('main', { answer, tookMs: 12_000 }).settle()
  played.end('verify_connection', { output: 'Connection test passed', tookMs: 5000 }).settle()
  played.atMs += 27_000
  played.end('log_completion', { output: 'Results validated', tookMs: 1000 }).settle()
  expect(played.transcript.join('\n')).toBe(`[TASK ID] Generated: task_1_a2b3c4d5

[PRE] ✓ Environment verified (3s) - logged
[PRE] ✓ Python 3.11 found (2s) - logged
[PRE] ✓ Tinker imported (4s) - logged

[TEST] Running minimal test first...
[TEST] ✓ Test passed with 2 examples

[MAIN] Executing: Verify Tinker API authentication...
[MAIN] Using: tinker-api skill (MANDATORY)
[MAIN] ✓ Authentication successful (12s)
[MAIN] All outputs logged with ID: task_1_a2b3c4d5

[POST] ✓ Connection test passed (5s) - logged
[POST] ✓ Results validated (1s) - logged

[SPEC] ✓ Updated SPEC.md - Step 1 marked complete
       Added task_id: task_1_a2b3c4d5 for log searching

Step 1 complete in 27s. Ready for step 2.

To view logs: grep "task_1_a2b3c4d5" .task_execution.log`)
  expect(stepRunKind.isAtRest(played.run)).toBe(true)
})

/** An agent has claimed the one criterion of its step; `told` is what its tools gave back. */
function claimed(answer: string, told?: string): PlayedSteps {
  const text =
    'step_1_a:\n  main: {objective: do it, timeout: 60, success_criteria: ["Key valid"], required_files: [out.txt]}\n'
  const end = { answer: `${answer}\n[[task:done]]`, ...(told === undefined ? {} : { told }) }
  return new PlayedSteps(text, withAgent).settle().end('main', end).settle()
}

describe('what only an agent says', () => {
  const word = (more = '') =>
    `step_1_a:\n  main: {objective: do it, timeout: 60, success_criteria: ["Key valid"]}\n${more}step_2_b:\n  main: {script: "run.sh", timeout: 60}\n`
  const answer = '- Key valid: "200 OK"\n[[task:done]]'

  test('is done, but unproved: nothing is ticked, and the steps behind it are not begun', () => {
    const played = new PlayedSteps(word(), withAgent).settle().end('main', { answer }).settle()
    expect(played.state).toEqual(['unproved', 'waiting'])
    expect(played.run.state.items[0]?.mark).toMatchObject({ want: 'unproved', done: true })
    expect(played.log).toContain('UNPROVED')
    expect(played.log).not.toContain('COMPLETED')
    expect(stepRunKind.isAtRest(played.run)).toBe(true)
    expect(played.transcript.join('\n')).toContain(
      'Step 1 is done after 0s, but unproved. Nothing but the word of its agent shows that it is done',
    )
    expect(JSON.stringify(findRetry([played.run], 1))).toContain('it is done, but unproved')
  })

  test('is let pass by a person who goes on: it is not done again, and stays without its tick', () => {
    const played = new PlayedSteps(word(), withAgent).settle().end('main', { answer }).settle()
    const before = played.started.length
    expect(stepRunKind.refusal(played.run, { kind: 'continue', word: 'continue', detail: '' })).toBeNull()
    played.record({
      type: 'continue_requested',
      request: 'r',
      word: 'continue',
      approval: { digest: 'd', how: 'asked' },
    })
    played.settle().end('main').settle()
    expect(played.state).toEqual(['unproved', 'completed'])
    expect(played.started).toHaveLength(before + 1)
    expect(played.forget().state).toEqual(['unproved', 'completed'])
    expect(stepRunKind.refusal(played.run, { kind: 'continue', word: 'continue', detail: '' })).toContain('unproved')
  })

  test('is shown by a check after it that somebody could make, and by no other', () => {
    const checked = new PlayedSteps(word('  post_validation: [{task: v, command: v}]\n'), withAgent).settle()
    checked.end('main', { answer }).settle().end('v').settle()
    expect(checked.state[0]).toBe('completed')
    const asked = new PlayedSteps(word('  post_validation: [{verify: Is the key really valid}]\n'), withAgent).settle()
    asked.end('main', { answer }).settle().end('Is the key really valid', { outcome: 'failed' }).settle()
    expect(asked.state[0]).toBe('unproved')
  })
})

describe('a monitor that is a sentence', () => {
  const text = `step_1_train:
  main: {script: "train.sh", mode: background, timeout: 60, success_criteria: ["Started"]}
  background:
    - {alert: The training has diverged for good, interval: 60}
    - {check: It is still getting better}
`
  const [diverged, better] = ['The training has diverged for good', 'It is still getting better']
  const texts = (played: PlayedSteps) =>
    played.run.state.items.flatMap(({ monitors }) => monitors.map(({ alert }) => alert?.text ?? ''))
  const minutes = (count: number) => count * 60_000

  test('is a turn of an agent that can only read, as often as is paid for and no more, and tells when it says so', () => {
    const played = new PlayedSteps(text, withAgent).settle()
    const first = played.lookOf(diverged)
    expect(first === null ? null : played.jobs.get(first)?.spec).toMatchObject({
      origin: { kind: 'step', phase: 'BACKGROUND' },
      plan: { timeLimitSec: 120, work: { kind: 'agent', agent: { timeLimitSec: 120 } } },
    })
    played.end(diverged, { answer: 'Loss is 0.2.\n[[task:blocked]]' }).settle()
    played.end(better, { answer: 'It stands still.\n[[task:blocked]]' }).settle()
    expect(texts(played)).toEqual(['', 'It stands still.'])
    played.atMs += minutes(9)
    expect(played.forget().settle().lookOf(diverged), 'a supervisor that begins anew').toBeNull()
    played.atMs += minutes(2)
    expect(played.settle().lookOf(diverged)).toMatch(/m\d+l2$/)
    played.end(diverged, { answer: 'Loss is nan.\n[[task:done]]' }).settle()
    played.end(better, { answer: 'What?' }).settle()
    expect(texts(played), 'no answer takes nothing back').toEqual(['Loss is nan.', 'It stands still.'])
    expect(played.log.filter((line) => line.startsWith('ALERT'))).toHaveLength(2)
  })

  test('is ended with what it looks at, and is not looked at where there is no agent', () => {
    const played = new PlayedSteps(text, withAgent).settle()
    played.record({ type: 'stop_requested', request: 'r' })
    played.settle()
    expect(played.stopped).toContain(played.lookOf(better))
    played.end('main', { outcome: 'stopped' }).end(diverged, { outcome: 'stopped' }).settle()
    expect(stepRunKind.isAtRest(played.run)).toBe(false)
    played.end(better, { outcome: 'stopped' }).settle()
    expect(stepRunKind.isAtRest(played.run)).toBe(true)
    const alone = new PlayedSteps(text).settle()
    expect(alone.started).toHaveLength(1)
    const monitors = viewsOfRun(alone.run, false)[0]?.phases.find(({ phase }) => phase === 'BACKGROUND')
    expect(monitors?.acts.map(({ state }) => state)).toEqual(['notChecked', 'notChecked'])
  })
})

describe('checks', () => {
  test('run three at a time, and the main phase waits for all of them', () => {
    const played = new PlayedSteps(wholeStep).settle()
    expect(played.started).toHaveLength(3)
    played.end('b').settle()
    expect(played.started).toHaveLength(4)
    for (const name of ['a', 'c', 'd']) played.end(name).settle()
    expect(played.jobOf('test first')).toBeDefined()
  })

  test('before: the first failure ends the others, and nothing else is begun', () => {
    const played = new PlayedSteps(wholeStep).settle()
    played.end('b', { outcome: 'failed', output: 'no data' }).settle()
    expect([...played.stopped].sort()).toEqual([played.jobOf('a'), played.jobOf('c')].sort())
    played.end('a', { outcome: 'stopped' }).end('c', { outcome: 'stopped' }).settle()
    expect(played.state).toEqual(['failed'])
    expect(played.started).toHaveLength(3)
    expect(played.run.state.items[0]?.state).toMatchObject({ phase: 'PRE-FLIGHT', reason: 'b: Exit 1.' })
    expect(played.log.at(-1)).toBe('PASSED SPEC SPEC.md failed')
  })

  test('after: all are tried, and one that fails keeps the tick away', () => {
    const played = untilPost(new PlayedSteps(wholeStep))
    played.end('v', { outcome: 'failed' }).settle()
    expect(played.state).toEqual(['running'])
    played.end('w').settle()
    expect(played.state).toEqual(['failed'])
    expect(played.run.state.items[0]?.mark).toMatchObject({ want: 'failed', done: true })
  })
})

describe('the main phase', () => {
  test('a test that fails keeps it from being begun', () => {
    const played = new PlayedSteps(wholeStep).settle()
    for (const name of ['a', 'b', 'c', 'd']) played.end(name).settle()
    played.end('test first', { outcome: 'failed' }).settle()
    expect(played.run.state.items[0]?.state).toMatchObject({ outcome: 'failed', phase: 'TEST' })
    expect(played.started).toHaveLength(5)
  })

  test('exit 0 without its criterion is no success', () => {
    const played = new PlayedSteps(wholeStep).settle()
    for (const name of ['a', 'b', 'c', 'd', 'test first']) played.end(name).settle()
    played.end('main', { output: 'all bad' }).settle()
    expect(played.run.state.items[0]?.state).toMatchObject({
      phase: 'MAIN',
      reason: 'Success criteria are not met, for nothing that it printed shows “All good”.',
    })
  })

  test('is retried as its definition says, and that is in the log', () => {
    const played = new PlayedSteps(first?.replace('timeout', 'retries: 2, timeout') ?? '').settle()
    played.end('main', { outcome: 'failed' }).settle().end('main', { outcome: 'failed' }).settle()
    expect(played.log.filter((line) => line.startsWith('RETRIED'))).toHaveLength(2)
    played.end('main').settle()
    expect(played.state).toEqual(['completed'])
    expect(played.started.map((job) => job.slice(-2))).toEqual(['t1', 't2', 't3'])
  })

  test('an agent that says no is asked once to put it right, and then it is over', () => {
    const text = 'step_1_a:\n  main: {objective: do it, timeout: 60, required_files: [out.txt]}\n'
    const played = new PlayedSteps(text, withAgent).settle()
    played.end('main', { answer: 'I could not.\n[[task:blocked]]' }).settle()
    const recovery = played.jobs.get(played.jobOf('recovery'))
    expect(recovery?.spec.plan.work).toMatchObject({ kind: 'agent', about: { attempt: 1 } })
    played.end('recovery', { answer: 'Done now.\n[[task:done]]' }).settle()
    expect(played.state).toEqual(['completed'])
    const again = new PlayedSteps(text, withAgent).settle()
    again.end('main', { answer: 'no' }).settle().end('recovery', { answer: '[[task:blocked]]' }).settle()
    expect(again.state).toEqual(['failed'])
    expect(again.run.state.items[0]?.state).toMatchObject({ reason: 'The agent did not say that it is done.' })
  })

  test('a criterion that an agent claims needs a line that it quotes', () => {
    const claims = (answer: string) => claimed(answer).state[0] === 'completed'
    expect(claims('- Key valid: "200 OK"')).toBe(true)
    expect(claims('- **Key valid**\n  > HTTP 200')).toBe(true)
    expect(claims('- Key valid: "the key valid until 2027"')).toBe(true)
    expect(claims('Key valid.')).toBe(false)
    expect(claims('All is well.')).toBe(false)
    expect(claims('Not shown: Key valid (the log says "401 Unauthorized")')).toBe(false)
    expect(claims('- [ ] Key valid: "401 Unauthorized"')).toBe(false)
    expect(claims('- Key valid: "no error, 200 OK"')).toBe(true)
  })

  test('a line that is quoted counts only where the agent did not write it, as whole words', () => {
    const claims = (quote: string, told: string) => claimed(`- Key valid: "${quote}"`, told).state[0] === 'completed'
    expect(claims('200 OK', 'HTTP/2  200\tOK\nbye')).toBe(true)
    expect(claims('**200 ok**', 'HTTP 200 OK.')).toBe(true)
    expect(claims('200 OK, and so on…', 'x: 200 OK, and so on and on')).toBe(true)
    expect(claims('200 OK', '401 Unauthorized')).toBe(false)
    expect(claims('0.12', 'loss 0.123')).toBe(false)
    expect(claims('200 OK', '200\nOK')).toBe(false)
    const { acts } = claimed('- Key valid: "200 OK"', 'no').run.state.items[0] ?? { acts: [] }
    expect(JSON.stringify(acts)).toContain(
      '“Key valid” is not shown: the line that is quoted for it is nowhere in what its tools gave back',
    )
  })

  test('what a command of your own prints is its answer: it is told so, and a quote of it is refused with that reason', () => {
    const limits = { timeLimitSec: 60, waitLimitSec: 60, otherwise: 'wait', reason: 'setting' } as const
    const ownCommand = { kind: 'command', argv: ['sh', 'agent.sh'], ...limits } as const
    const text = 'step_1_a:\n  main: {objective: do it, timeout: 60, success_criteria: ["Key valid"]}\n'
    const played = new PlayedSteps(text, { worker: ownCommand })
    const plan = played.spec.plan.steps[0]?.plan
    if (plan === undefined) throw new Error('no step')
    const told = renderStepPlan(plan).map(({ label, value }) => `${label}: ${value}`)
    expect(told.join('\n')).toContain(
      'quote its line, word for word, with the name of the file beside it; it is looked for there, and not',
    )
    expect(told).toContainEqual(expect.stringMatching(/^Evidence: .* what your own command prints is its answer/))
    played.settle().end('main', { answer: '- Key valid: "200 OK"\n[[task:done]]', told: 'no' }).settle()
    expect(JSON.stringify(played.run.state.items[0]?.acts)).toContain(
      'in no file that it names and that was written since the step began (what your own command prints is its answer, and shows nothing): “200 OK”',
    )
  })

  test('files in which a line may stand are those that are named beside it', () => {
    const [claim] = readClaims('- Key valid: "200 OK" (see `logs/auth.log`, and out.txt.)', ['Key valid'])
    expect(claim).toEqual({ criterion: 'Key valid', quote: '200 OK', files: ['logs/auth.log', 'out.txt'] })
  })

  test('what a failed try has shown, or a turn before the main phase has claimed, is no evidence', () => {
    const criteria = 'success_criteria: ["Key valid", "Saved"]'
    const script = new PlayedSteps(`step_1_a:\n  main: {script: "run.sh", retries: 1, timeout: 60, ${criteria}}\n`)
    script.settle().end('main', { outcome: 'failed', output: 'Key valid' }).settle()
    script.end('main', { output: 'Saved' }).settle()
    expect(script.state).toEqual(['failed'])
    const turn = new PlayedSteps(
      `step_1_a:\n  pre_flight:\n    - {task: ask, verify: it is so}\n  main: {objective: do it, timeout: 60, ${criteria}}\n`,
      withAgent,
    ).settle()
    turn.end('ask', { answer: '- Key valid: "200"\n- Saved: "yes"\n[[task:done]]' }).settle()
    turn.end('main', { answer: '[[task:done]]' }).settle()
    expect(turn.run.state.items[0]?.met).toEqual([])
    expect(turn.jobOf('recovery')).toBeDefined()
  })

  test('a chunk that was not good is made again if the phase is to be done again', () => {
    const played = new PlayedSteps(chunkedStep).settle()
    played.end('chunk 1 of 3 (1)').settle().end('quality of chunk 1').settle()
    played.end('chunk 2 of 3 (2)').settle().end('quality of chunk 2', { outcome: 'failed' }).settle()
    played.record({ type: 'continue_requested', request: 'r', word: 'retry', approval: { digest: 'd', how: 'asked' } })
    played.settle()
    expect(played.jobOf('chunk 2 of 3 (2)')).toMatch(/t2$/)
    expect(played.log).toContain('RETRIED MAIN chunk 2 of 3 (2)')
  })

  test('a chunk that an agent has put right is looked at once more', () => {
    const text =
      'step_1_c:\n  main: {objective: do it, timeout: 60, mode: chunked, chunks: [{size: 1}], quality: check it}\n'
    const recoveredRun = () => {
      const played = new PlayedSteps(text, withAgent).settle()
      played.end('chunk 1 of 1 (1)', { answer: '[[task:done]]' }).settle()
      played.end('quality of chunk 1', { outcome: 'failed' }).settle()
      return played.end('recovery', { answer: '[[task:done]]' }).settle()
    }
    expect(recoveredRun().end('quality of chunk 1').settle().state).toEqual(['completed'])
    expect(recoveredRun().end('quality of chunk 1', { outcome: 'failed' }).settle().state).toEqual(['failed'])
  })

  test('chunks go on behind the last good one, and what is done again is said to be', () => {
    const played = new PlayedSteps(chunkedStep).settle()
    played.end('chunk 1 of 3 (1)').settle().end('quality of chunk 1').settle()
    played.end('chunk 2 of 3 (2)').settle().end('quality of chunk 2', { outcome: 'failed' }).settle()
    expect(played.state).toEqual(['failed'])
    played.record({
      type: 'continue_requested',
      request: 'r',
      word: 'continue',
      approval: { digest: 'd', how: 'asked' },
    })
    played.settle()
    // What the quality of the chunk found wrong is not in the chunk's own exit.
    expect(played.jobOf('quality of chunk 2')).toBeDefined()
    expect(played.log).toContain('RETRIED MAIN quality of chunk 2')
    played.end('quality of chunk 2').settle().end('chunk 3 of 3 (3)').settle().end('quality of chunk 3').settle()
    expect(played.state).toEqual(['completed'])
    expect(played.started.filter((job) => job.includes('-s1a1t'))).toEqual([childJobId(played.spec.id, 's1a1t1')])
  })
})

describe('in the background', () => {
  test('the range goes on once it is up, SPEC.md says started, and ticks when it has ended and was validated', () => {
    const played = new PlayedSteps(`${backgroundStep}${second ?? ''}`).settle()
    const job = played.jobOf('main')
    expect(played.jobs.get(job)?.spec.plan.timeLimitSec).toBeNull()
    expect(played.state).toEqual(['running', 'waiting'])
    played.printed.set(job, 'loading\nStarted at last')
    played.atMs += 2000
    played.settle()
    expect(played.state).toEqual(['running', 'running'])
    expect(played.log).toContain('PASSED SPEC SPEC.md started')
    played.end('main', { output: 'Started' }).settle()
    expect(played.log.filter((line) => line === 'COMPLETED')).toHaveLength(0)
    played.end('v').settle()
    expect(played.log.at(-1)).toBe('PASSED SPEC SPEC.md ticked')
    // Whose line it is stands above it where two steps speak in turn.
    const { transcript } = played
    expect(transcript[transcript.indexOf('[MAIN] ✓ Started (1s)') - 1]).toBe('Step 1:')
    expect(played.run.state.items[0]?.monitors[0]?.state).toBe('over')
  })

  test('what is not up in its time is ended, and has failed', () => {
    const played = new PlayedSteps(backgroundStep).settle()
    for (let second = 0; second < 70; second++) {
      played.atMs += 1000
      played.settle()
    }
    expect([...played.stopped]).toEqual([played.jobOf('main')])
    played.end('main', { outcome: 'stopped' }).settle()
    expect(played.run.state.items[0]?.state).toMatchObject({
      outcome: 'failed',
      reason: 'It had not started up after 60 s: “Started” was not printed.',
    })
  })
})

describe('a range', () => {
  test('stops at a failure, and goes on there', () => {
    const played = new PlayedSteps([first, second, third].join('')).settle()
    played.end('main').settle().end('main', { outcome: 'failed' }).settle()
    expect(played.state).toEqual(['completed', 'failed', 'waiting'])
    expect(stepRunKind.isAtRest(played.run)).toBe(true)
    played.record({ type: 'continue_requested', request: 'r', word: 'retry', approval: { digest: 'd', how: 'asked' } })
    played.settle().end('main').settle().end('main').settle()
    expect(played.state).toEqual(['completed', 'completed', 'completed'])
    expect(played.log.filter((line) => line === 'RETRIED MAIN main')).toHaveLength(1)
  })

  test('goes on in order: a later step that failed, too, has its turn when those before it are done', () => {
    const played = new PlayedSteps(`${backgroundStep}${second ?? ''}`).settle()
    played.printed.set(played.jobOf('main'), 'Started')
    played.atMs += 2000
    played.settle()
    played.end('main', { outcome: 'failed' }).settle().end('main', { outcome: 'failed' }).settle()
    expect(played.state).toEqual(['failed', 'failed'])
    const goOn = { type: 'continue_requested', word: 'retry', approval: { digest: 'd', how: 'asked' } } as const
    played.record({ ...goOn, request: 'r' })
    expect(stepRunKind.isAtRest(played.run)).toBe(false)
    played.settle()
    expect(played.state).toEqual(['running', 'failed'])
    played.end('main', { outcome: 'failed' }).settle()
    played.atMs += 20_000
    expect(played.settle().state).toEqual(['failed', 'failed'])
    expect(stepRunKind.isAtRest(played.run)).toBe(true)
    played.record({ ...goOn, request: 's' })
    played.settle().end('main', { output: 'Started' }).settle().end('v').settle()
    expect(played.state).toEqual(['completed', 'running'])
    expect(played.transcript.filter((line) => line.startsWith('[TASK ID] Goes on: task_2'))).toHaveLength(1)
    expect(played.end('main').settle().state).toEqual(['completed', 'completed'])
  })

  test('is stopped with what runs, and no step is begun any more', () => {
    const played = new PlayedSteps([first, second].join('')).settle()
    played.record({ type: 'stop_requested', request: 'r' })
    played.settle()
    expect([...played.stopped]).toEqual([played.jobOf('main')])
    played.end('main', { outcome: 'stopped' }).settle()
    expect(played.state).toEqual(['stopped', 'waiting'])
    expect(stepRunKind.isAtRest(played.run)).toBe(true)
  })
})

test('a run goes on with what is not done: that alone is in conflict with another run', () => {
  const played = new PlayedSteps([first, second].join('')).settle()
  played.end('main').settle().end('main', { outcome: 'failed' }).settle()
  const open = stepRunKind.openPlan?.(played.run)
  expect(open?.steps.map(({ plan }) => plan.step)).toEqual([2])
  const other = new PlayedSteps(second ?? '').settle()
  expect(open === undefined ? null : stepRunKind.conflict?.(other.run, open)).toMatch(/^Step 2 runs already/)
})

test('what waits behind a step that failed is not locked by what goes on in the background', () => {
  const played = new PlayedSteps(`${backgroundStep}${second ?? ''}${third ?? ''}`).settle()
  const conflict = (step: string | undefined) =>
    stepRunKind.conflict?.(played.run, new PlayedSteps(step ?? '').spec.plan) ?? null
  expect(conflict(third)).toBe('Step 3 is about to run already, as task_3_a2b3c4d5.')
  played.printed.set(played.jobOf('main'), 'Started')
  played.atMs += 2000
  played.settle()
  expect(played.state).toEqual(['running', 'running', 'waiting'])
  expect(conflict(third)).toBe('Step 3 is about to run already, as task_3_a2b3c4d5.')
  const [job] = played.started
  played.record({
    ...{ type: 'act_ended', item: 1, act: 1, job: played.jobOf('main', 2), outcome: 'failed', exit: 1 },
    ...{ durationMs: 1, detail: 'Exit 1.', output: '', met: [], notable: '' },
  })
  played.settle()
  expect(played.state).toEqual(['running', 'failed', 'waiting'])
  expect([conflict(second), conflict(third)]).toEqual([null, null])
  expect(conflict(backgroundStep)).toMatch(/^Step 1 runs already/)
  expect(stepRunKind.refusal(played.run, { kind: 'continue', word: 'retry', detail: '' })).toBe(
    'Step 1 of this run still goes on. Wait for it, or run what is left anew: relay steps run 2-',
  )
  expect(job).toBe(played.jobOf('main', 1))
  // Its command ends, and has left something behind, which its monitors look at.
  played.record({
    ...{ type: 'step_ended', item: 0, outcome: 'completed', phase: null, reason: '' },
  })
  expect(conflict(backgroundStep)).toMatch(/^Step 1 has ended, as task_1_a2b3c4d5, but what it left running/)
})

test('what was lost is not done again by itself: a person says so, and the log does', () => {
  const played = new PlayedSteps(first?.replace('timeout', 'retries: 3, timeout') ?? '').settle()
  played.end('main', { outcome: 'lost' }).settle()
  expect(played.state).toEqual(['failed'])
  expect(played.started).toHaveLength(1)
  played.record({ type: 'continue_requested', request: 'r', word: 'continue', approval: { digest: 'd', how: 'asked' } })
  played.settle()
  expect(played.started).toHaveLength(2)
  expect(played.log).toContain('RETRIED MAIN main')
})

test('a step that is blocked is noted as that, and nothing of it is run', () => {
  const played = new PlayedSteps(setupStep, { directScripts: false }).settle()
  expect(played.state).toEqual(['blocked'])
  expect(played.started).toEqual([])
  expect(played.log).toEqual(['STARTED', 'BLOCKED', 'PASSED SPEC SPEC.md failed'])
  const why = stepRunKind.refusal(played.run, { kind: 'continue', word: 'continue', detail: '' })
  expect(why).toMatch(
    /^Step 1 could not run when this run was planned.*relay\.steps\.directScripts.*relay steps run 1-$/,
  )
})

test('a supervisor that is killed at any point makes no job twice, and comes to the same end', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(6), { maxLength: 60 }), (forgets) => {
      const played = new PlayedSteps(`${wholeStep}${second ?? ''}${chunkedStep.replaceAll('_1_', '_3_')}`)
      let at = 0
      for (let round = 0; round < 300 && !stepRunKind.isAtRest(played.run); round++) {
        if (forgets[at++ % Math.max(1, forgets.length)] === 0) played.forget()
        if (played.once()) continue
        const running = played.run.state.items.flatMap(({ plan, acts }) =>
          acts.flatMap(({ act, state }) => (state.kind === 'running' ? [plan.acts[act]?.name ?? ''] : [])),
        )
        const [name] = running
        if (name !== undefined) played.end(name, { output: 'All good' })
      }
      expect(played.state).toEqual(['completed', 'completed', 'completed'])
      expect(new Set(played.started).size).toBe(played.started.length)
      for (const step of played.run.state.items) expect(step.mark).toMatchObject({ want: 'ticked', done: true })
    }),
    { numRuns: 60 },
  )
})

function untilPost(played: PlayedSteps): PlayedSteps {
  played.settle()
  for (const name of ['a', 'b', 'c', 'd', 'test first']) played.end(name).settle()
  return played.end('main', { output: 'All good' }).settle()
}
