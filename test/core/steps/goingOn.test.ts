import { expect, test } from 'vitest'
import { endsWith, goingOn, isLive, renderGoingOn } from '../../../src/core/steps/goingOn'
import { stepRunKind } from '../../../src/core/steps/stepRun'
import { viewsOfRun } from '../../../src/core/steps/stepRunView'
import { replayUndertaking } from '../../../src/core/undertakings/undertaking'
import { PlayedSteps } from '../../support/playedSteps'

const definitions = `step_1_train:
  main: {script: "train.sh", mode: background, timeout: 60, success_criteria: ["Started"]}
  background:
    - {task: loss, command: tail loss, interval: 5}
step_2_use:
  main: {script: "use.sh", timeout: 60}
step_3_report:
  main: {script: "report.sh", timeout: 60}
`
const viewsOf = ({ run }: PlayedSteps) => viewsOfRun(run, stepRunKind.isAtRest(run))

test('what a stop ends besides the step that is meant is named: what is in the background, and what is not begun', () => {
  const played = new PlayedSteps(definitions).settle()
  played.printed.set(played.jobOf('main'), 'Started')
  played.atMs += 2_000
  played.settle()
  const { also, notBegun } = endsWith(viewsOf(played), 2)
  expect(also.map(renderGoingOn)).toEqual(['step 1 (task_1_a2b3c4d5, in the background)'])
  expect(notBegun).toEqual([3])
  expect(endsWith(viewsOf(played), 1).also.map(renderGoingOn)).toEqual(['step 2 (task_2_a2b3c4d5, running)'])
})

test('a step that has ended goes on as long as its monitors look at what it left running', () => {
  const played = new PlayedSteps(definitions.split('step_2')[0] ?? '').settle()
  played.printed.set(played.jobOf('main'), 'Started')
  played.atMs += 2_000
  played.settle().end('main', { output: 'Started' })
  played.record({
    type: 'alerted',
    item: 0,
    monitor: played.run.state.items[0]?.monitors[0]?.act ?? 0,
    text: 'loss nan',
  })
  played.settle()
  const watched = played.events.filter(({ event }) => event.type !== 'monitors_over')
  const [step] = viewsOfRun(replayUndertaking(stepRunKind, played.spec, watched), false)
  expect(step?.state).toBe('completed')
  expect(step && [goingOn(step), isLive(step)]).toEqual(['watched', true])
  // Its job is over: there is no job to be stopped, but the run.
  expect(step?.alerts.map(({ job }) => job)).toEqual([null])
  const [over] = viewsOf(played)
  expect(over && [goingOn(over), isLive(over)]).toEqual([null, false])
})

test('what was blocked has nothing to be retried from: it would be blocked again', () => {
  const played = new PlayedSteps('step_1_think:\n  main: {objective: think, timeout: 60}\n').settle()
  expect(viewsOf(played)).toMatchObject([{ state: 'blocked', retryFrom: null }])
})
