// Running steps from the command line: shown whole, asked, started, and followed until nothing is left to wait for.
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import type { JobId } from '../core/jobs/jobId'
import { RelayError } from '../core/relayError'
import { taskIdOf } from '../core/steps/executionLog'
import { planDryRun } from '../core/steps/planDryRun'
import { maxStepsOfRun, type StepRunPlan } from '../core/steps/stepRunPlan'
import { readRange } from '../core/steps/stepsWish'
import { jobEnvironment } from '../store/jobs/jobEnvironment'
import { definedNumbers, planSteps, stepNumbers } from '../store/steps/planSteps'
import { UndertakingRequests } from '../store/undertakings/undertakingRequests'
import { followSteps } from './followSteps'
import type { StepFiles } from './stepFiles'
import { approveSteps } from './stepsApproval'
import { startPlanned } from './start'
import { exitError, exitOk, type Options, type Verb, type VerbContext } from './verb'
import { exitLostOrBlocked } from './wait'

export const runOptions: Verb['options'] = {
  step: { type: 'string', value: 'N|N-M', summary: 'The steps that are meant; 3- means those from 3 on' },
  continue: { type: 'boolean', summary: 'Go on with the last run, or behind the last step that is done' },
  monitor: { type: 'boolean', summary: 'Tell how everything in the background stands' },
  'dry-run': { type: 'boolean', summary: 'Run the checks before the step alone, and tell what they found' },
  wait: { type: 'boolean', summary: 'Wait for what goes on in the background, too' },
  detach: { type: 'boolean', short: 'd', summary: 'Only start: do not wait, and do not show what happens' },
  yes: { type: 'boolean', short: 'y', summary: 'Approve without being asked' },
  json: { type: 'boolean', summary: 'Print JSON' },
}

export function runSteps(
  context: VerbContext,
  files: StepFiles,
  range: string | undefined,
  options: Options,
): Promise<number> {
  const numbers = numbersIn(range, stepNumbers(files.texts()))
  if (numbers.length === 0) throw new RelayError('no_such_step', `There is no step ${range ?? ''} in ${files.folder}.`)
  return runNumbers(context, files, numbers, options)
}

/** Steps in the order of their numbers. */
export async function runNumbers(
  context: VerbContext,
  files: StepFiles,
  numbers: readonly number[],
  options: Options,
): Promise<number> {
  if (numbers.length > maxStepsOfRun)
    throw new RelayError('too_many', `These are ${numbers.length} steps, and at most ${maxStepsOfRun} are run at once.`)
  const planned = planSteps(numbers, files.texts(), files.context())
  const [one] = planned
  if (options['dry-run'] === true && one !== undefined) {
    if (planned.length > 1) throw new RelayError('one_step', 'A dry run is of one step.')
    for (const text of one.blocked) context.console.err(`! ${text}`)
    const plan = planDryRun(one.definition, one.plan)
    const origin = { kind: 'block', file: path.resolve(files.folder, files.definitionsFile), line: 1 } as const
    const description = `STEP ${one.plan.step}: ${one.plan.title}`
    const wish = { yes: options['yes'] === true, json: options['json'] === true, dryRun: true, again: true }
    return startPlanned(context, { plan, description, origin, folder: files.folder }, wish)
  }
  // What cannot run is not asked about.
  if (one !== undefined && one.blocked.length > 0) {
    context.console.err(`! Step ${one.plan.step} cannot be run: ${one.blocked.join(' ')}`)
    return exitLostOrBlocked
  }
  const how = await approveSteps(context, files, planned, options)
  if (how === null) return exitError
  const plan: StepRunPlan = {
    kind: 'step',
    steps: planned.map(({ plan: own, blocked }) => ({
      plan: own,
      taskId: taskIdOf(own.step, randomBytes(4).readUInt32BE()),
      blocked,
    })),
  }
  const env = jobEnvironment(context.env)
  const id = await requestsOf(context).start({ plan, folder: files.folder, how, env })
  return followRun(context, id, files, options)
}

export function followRun(
  context: VerbContext,
  id: JobId,
  files: StepFiles,
  { detach, wait, json }: Options,
  from = 0,
): Promise<number> {
  if (detach === true) {
    context.console.out(json === true ? JSON.stringify({ run: id }) : id)
    return Promise.resolve(exitOk)
  }
  const numbers = definedNumbers(files.texts())
  const next = (step: number) => numbers.find((one) => one > step) ?? null
  return followSteps(context, id, { next, from, waitsForAll: wait === true, isJson: json === true })
}

export function numbersIn(range: string | undefined, known: readonly number[]): readonly number[] {
  const word = (range ?? '').trim()
  const open = /^(\d{1,6})-$/.exec(word)
  const parsed = open === null ? readRange(word) : { from: Number(open[1]), to: Infinity }
  if (parsed === null || parsed.to < parsed.from)
    throw new RelayError('bad_range', `Say which step: 3, or 1-5, or 3- for all from 3 on; not ${range ?? 'nothing'}.`)
  const numbers = known.filter((one) => one >= parsed.from && one <= parsed.to)
  // Of a range both ends were meant.
  const missing = [parsed.from, parsed.to].find((one) => one !== Infinity && !numbers.includes(one))
  if (missing !== undefined)
    throw new RelayError('no_such_step', `There is no step ${missing} here: relay steps list shows all.`)
  return numbers
}

export function requestsOf({ state, requests, now }: VerbContext): UndertakingRequests {
  return new UndertakingRequests(state, requests, now)
}
