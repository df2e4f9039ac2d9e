// The turn of a language model of VS Code as a whole: what is made of the answers of windows, and of their absence.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { jobIdSchema } from '../../../src/core/jobs/jobId'
import type { TurnOutcome } from '../../../src/core/followUps/turnOutcome'
import { readAnswer, readTurn } from '../../../src/store/followUps/turnFiles'
import { JobPaths } from '../../../src/store/jobPaths'
import { runTurn } from '../../../src/supervisor/followUps/runTurn'
import type { WindowQuestion } from '../../../src/supervisor/followUps/windowTurn'

/** One turn in which windows give these outcomes, one after the other; null: there is none, and it is said so. */
async function take(otherwise: 'wait' | 'builtin', ...outcomes: readonly (TurnOutcome | null)[]) {
  const paths = new JobPaths(fs.mkdtempSync(path.join(os.tmpdir(), 'relay-turn-'))).attempt(1)
  onTestFinished(() => fs.rmSync(path.resolve(paths.directory, '../..'), { recursive: true }))
  fs.mkdirSync(paths.directory, { recursive: true })
  const questions: WindowQuestion[] = []
  const states: string[] = []
  const left = [...outcomes]
  let atMs = 1_000_000
  const isAnswered = await runTurn({
    agent: { kind: 'vscode', model: 'm', timeLimitSec: 60, waitLimitSec: 3600, otherwise, reason: 'setting' },
    ...{ paths, cwd: '/', env: {}, interrupted: null },
    facts: { jobId: jobIdSchema.parse('20261120-125124-k3x9qa'), attempt: 1, cwd: '/', log: '', realLog: '' },
    prompt: () => 'The task.',
    builtinReport: () => Promise.resolve('The report.\n'),
    print: () => undefined,
    keepToolOutput: () => undefined,
    now: () => ({ ms: atMs, offsetMin: 0 }),
    sleepUntil: (ms) => {
      atMs = ms
      return Promise.resolve()
    },
    endOthers: () => undefined,
    askWindow: (question) => {
      questions.push(question)
      const outcome = left.shift()
      if (outcome === null) {
        question.onWaiting('There is no window.', atMs + question.waitMs)
        states.push(readTurn(paths)?.state ?? '')
        atMs += question.waitMs
        return Promise.resolve({ outcome: { kind: 'missing', why: 'There is no window.' }, activeMs: 0 })
      }
      question.onTaken({ id: 'm-1', name: 'M' })
      states.push(readTurn(paths)?.state ?? '')
      return Promise.resolve({ outcome: outcome ?? expect.unreachable(), activeMs: 20_000 })
    },
  })
  return { isAnswered, questions, states, answer: readAnswer(paths), turn: readTurn(paths) }
}

const good = '[[relay-actions]]\n{"actions":[{"type":"job_start","command":"make"}]}\n[[/relay-actions]]'
const bad = good.replace('"command"', '"comand"')

describe('a language model of VS Code as the agent', () => {
  test('without a window the built-in analyst reports soon, where that was approved', async () => {
    const { isAnswered, questions, states, answer, turn } = await take('builtin', null)
    expect({ isAnswered, states, asked: questions.length }).toEqual({ isAnswered: true, states: ['waiting'], asked: 1 })
    expect(questions[0]?.waitMs).toBeLessThanOrEqual(60_000)
    expect(answer).toMatch(/There is no window\.[^]*The report\./)
    expect(turn).toMatchObject({ agent: 'builtin', state: 'answered', waitingUntilMs: null })
  })

  test('otherwise it is waited for one as long as may be, once, and then the turn has failed', async () => {
    const { isAnswered, questions, answer, turn } = await take('wait', null)
    expect({ isAnswered, waits: questions.map(({ waitMs }) => waitMs) }).toEqual({
      isAnswered: false,
      waits: [3_600_000],
    })
    expect(answer).toMatch(/There is no window\.[^]*\[\[task:blocked\]\]/)
    expect(turn?.state).toBe('failed')
  })

  test('a window that is lost in the middle is asked anew, with the whole prompt, and the time that is left', async () => {
    const { questions, answer, turn } = await take(
      'wait',
      { kind: 'crashed', said: 'The window was closed.' },
      { kind: 'answered', answer: 'Well.' },
    )
    expect(questions.map(({ prompt, limitMs }) => [prompt, limitMs])).toEqual([
      ['The task.', 60_000],
      ['The task.', 40_000],
    ])
    expect(answer).toBe('Well.\n')
    expect(turn).toMatchObject({ model: 'm-1', state: 'answered', notes: [expect.stringContaining('once more')] })
  })

  test('a malformed block is sent back with all that it needs to know, for it remembers nothing', async () => {
    const { questions, answer, turn } = await take(
      'wait',
      { kind: 'answered', answer: `The report.\n\n${bad}\n\n[[task:done]]` },
      { kind: 'answered', answer: `${good}\n\n[[task:done]]` },
    )
    expect(questions[1]?.prompt).toMatch(/^The task\.\n\nYou answered:\n\nThe report\.[^]*comand/)
    expect(answer).toBe(`The report.\n\n${good}\n\n[[task:done]]\n`)
    expect(turn?.repairs).toBe(1)
  })
})
