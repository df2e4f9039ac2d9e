import { expect, test } from 'vitest'
import { StepTranscript } from '../../../src/core/steps/transcript'
import { viewsOfRun } from '../../../src/core/steps/stepRunView'
import { PlayedSteps } from '../../support/playedSteps'

const definitions = `step_1_data:
  pre_flight:
    - {check: "Is the data complete?"}
    - {task: disk, command: "test -d ."}
  main: {script: "run.sh", timeout: 60}
`

test('followed event by event it is the same as read at once, and no line is given twice', () => {
  const played = new PlayedSteps(definitions).settle()
  const transcript = new StepTranscript(played.spec, (step) => step + 1)
  const given: string[] = []
  for (let count = 0; count <= played.events.length; count++)
    given.push(...transcript.follow(played.events.slice(0, count)))
  expect(transcript.follow(played.events)).toEqual([])
  played.end('disk').settle().end('main').settle()
  given.push(...transcript.follow(played.events))
  expect(given).toEqual(played.transcript)
  expect(given).toEqual(transcript.lines)
})

test('a question that nobody could look into is said once', () => {
  const played = new PlayedSteps(definitions).settle()
  const told = 'Is the data complete?: not checked, because no agent was found'
  expect(played.transcript.filter((line) => line.includes('Is the data'))).toEqual([`[PRE] ? ${told} - logged`])
  const [view] = viewsOfRun(played.run, false)
  expect(view?.phases[0]?.acts[0]?.detail).toBe('not checked, because no agent was found')
})

test('what could not be written to the log is told once, and nothing is called logged any more', () => {
  const played = new PlayedSteps(definitions).settle()
  const problem = 'Cannot append to .task_execution.log: it is a directory.'
  played.record({ type: 'logged', count: 1, problem })
  played.record({ type: 'logged', count: 1, problem })
  const before = played.transcript.length
  played.end('disk').settle().end('main').settle()
  expect(played.transcript.filter((line) => line.startsWith('[LOG]'))).toEqual([
    `[LOG] ✗ .task_execution.log lacks what happened: ${problem}`,
  ])
  expect(played.transcript.slice(before).join('\n')).not.toMatch(/- logged|outputs logged/)
  expect(viewsOfRun(played.run, true)[0]?.logProblem).toBe(problem)
})
