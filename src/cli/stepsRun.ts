// Running steps from the command line: shown whole, asked, started, and followed until nothing is left to wait for.
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import type { Approval } from '../core/jobs/event'
import type { JobId } from '../core/jobs/jobId'
import { environmentCaveat, planCaveat } from '../core/jobs/renderPlan'
import { RelayError } from '../core/relayError'
import { taskIdOf } from '../core/steps/executionLog'
import { planDryRun } from '../core/steps/planDryRun'
import type { PlannedStep } from '../core/steps/planStep'
import { readSpec } from '../core/steps/specDocument'
import { stepRunKind } from '../core/steps/stepRun'
import { maxStepsOfRun, type StepRunPlan } from '../core/steps/stepRunPlan'
import type { StepRun } from '../core/steps/stepRunState'
import { readRange } from '../core/steps/stepsWish'
import { detachmentCaveats } from '../store/detachment'
import { jobEnvironment } from '../store/jobs/jobEnvironment'
import { folderKey } from '../store/stateFolder'
import { planSteps, stepNumbers } from '../store/steps/planSteps'
import { isStepApprovalRemembered, rememberStepApproval } from '../store/steps/stepApproval'
import { readStepRun } from '../store/steps/stepRunFiles'
import { UndertakingRequests } from '../store/undertakings/undertakingRequests'
import { UndertakingStore } from '../store/undertakings/undertakingStore'
import { followSteps } from './followSteps'
import { renderStepLines, type StepFiles } from './stepFiles'
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

export async function runSteps(
  context: VerbContext,
  files: StepFiles,
  range: string | undefined,
  options: Options,
): Promise<number> {
  const texts = files.texts()
  const numbers = numbersIn(range, stepNumbers(texts))
  const [first] = numbers
  if (first === undefined) throw new RelayError('no_such_step', `There is no step ${range ?? ''} in ${files.folder}.`)
  if (numbers.length > maxStepsOfRun)
    throw new RelayError('too_many', `These are ${numbers.length} steps, and at most ${maxStepsOfRun} are run at once.`)
  const planned = planSteps(numbers, texts, files.context())
  const [one] = planned
  if (options['dry-run'] === true && one !== undefined) {
    if (planned.length > 1) throw new RelayError('one_step', 'A dry run is of one step.')
    for (const text of one.blocked) context.console.err(`! ${text}`)
    const plan = planDryRun(one.definition, one.plan)
    const origin = { kind: 'block', file: path.resolve(files.folder, files.definitionsFile), line: 1 } as const
    const description = `STEP ${first}: ${one.plan.title}`
    const wish = { yes: options['yes'] === true, json: options['json'] === true, dryRun: true, again: true }
    return startPlanned(context, { plan, description, origin, folder: files.folder }, wish)
  }
  const why = one?.blocked ?? []
  const how = await approveSteps(context, files.folder, planned, options)
  if (how === null) return exitError
  if (why.length > 0) {
    context.console.err(`! Step ${first} cannot be run: ${why.join(' ')}`)
    return exitLostOrBlocked
  }
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
  return follow(context, id, files, options)
}

/** The last run goes on if it did not come to its end; otherwise the steps behind the last that is done are run. */
export async function continueSteps(
  context: VerbContext,
  files: StepFiles,
  range: string | undefined,
  options: Options,
): Promise<number> {
  const last = range === undefined ? lastRun(context, files.folder, () => true) : null
  if (last !== null && !stepRunKind.isAtRest(last)) return follow(context, last.spec.id, files, options)
  if (last !== null && stepRunKind.refusal(last, { kind: 'continue', word: 'continue', detail: '' }) === null)
    return goOn(context, files, last, 'continue', options)
  const texts = files.texts()
  const lines = readSpec(texts.spec ?? '')
  const lastDone = lines.findLastIndex(({ state }) => state === 'ticked')
  const open = lines.slice(lastDone + 1).map(({ number }) => number)
  const [next] = range === undefined ? open : [readRange(range)?.from]
  if (next === undefined)
    throw new RelayError('nothing_open', `Behind the last step that is done nothing is open in ${files.specFile}.`)
  return runSteps(context, files, `${next}-`, options)
}

/** From the phase that failed: of the step that is named, or of the one that failed last. */
export async function retrySteps(
  context: VerbContext,
  files: StepFiles,
  step: string | undefined,
  options: Options,
): Promise<number> {
  const isMeant = (run: StepRun) =>
    run.state.items.some(
      ({ plan, state }) =>
        (step === undefined || plan.step === Number(step)) && state.kind === 'ended' && state.outcome !== 'completed',
    )
  const run = lastRun(context, files.folder, isMeant)
  if (run === null)
    throw new RelayError('no_retry', step === undefined ? 'No step has failed here.' : `Step ${step} has not failed.`)
  return goOn(context, files, run, 'retry', options)
}

async function goOn(
  context: VerbContext,
  files: StepFiles,
  run: StepRun,
  word: 'continue' | 'retry',
  options: Options,
): Promise<number> {
  const open = run.spec.plan.steps.filter((_, index) => {
    const state = run.state.items[index]?.state
    return state?.kind !== 'ended' || state.outcome !== 'completed'
  })
  const how = await approveSteps(context, files.folder, open, options)
  if (how === null) return exitError
  const folder = context.state.folder(folderKey(files.folder))
  const before = readStepRun(folder, run.spec.id)?.events.length ?? 0
  await requestsOf(context).continue(run.spec, word, how, jobEnvironment(context.env))
  return follow(context, run.spec.id, files, options, before)
}

function follow(
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
  const numbers = stepNumbers(files.texts())
  const next = (step: number) => numbers.find((one) => one > step) ?? null
  return followSteps(context, id, { next, from, waitsForAll: wait === true, isJson: json === true })
}

/** Null: they would rather not. Throws RelayError if nobody can be asked. */
async function approveSteps(
  { console, env, state, now }: VerbContext,
  folder: string,
  planned: readonly PlannedStep[],
  { yes, json }: Options,
): Promise<Approval['how'] | null> {
  const paths = state.folder(folderKey(folder))
  const isRemembered = planned.every(({ plan }) => isStepApprovalRemembered(paths, plan))
  const isAsked = yes !== true && !isRemembered
  if (json !== true) {
    const print = isAsked && console.isTerminal ? console.out : console.err
    for (const [index, one] of planned.entries()) {
      if (index > 0) print('')
      for (const line of renderStepLines(one, console)) print(line)
    }
    if (isAsked) for (const text of [environmentCaveat, planCaveat]) print(console.paint('dim', text))
    for (const caveat of detachmentCaveats(env)) print(console.paint('yellow', `! ${caveat}`))
    print('')
  }
  if (yes === true) return 'yes_flag'
  if (isRemembered) {
    console.err('Approved before, for good.')
    return 'remembered'
  }
  const these = planned.length === 1 ? 'this' : 'these'
  const answer = await console.ask(
    `Run ${planned.length === 1 ? 'it' : 'them'}? [y]es once, [a]lways exactly ${these}, [N]o: `,
  )
  if (answer === null)
    throw new RelayError(
      'needs_approval',
      'Not started: nobody can be asked to approve it here (no terminal). Use --yes, or approve it once in a terminal with "always".',
    )
  const word = answer.trim().toLowerCase()
  if (word === 'a' || word === 'always') for (const { plan } of planned) rememberStepApproval(paths, plan, now())
  else if (word !== 'y' && word !== 'yes') {
    console.err('Not started.')
    return null
  }
  return 'asked'
}

function numbersIn(range: string | undefined, known: readonly number[]): readonly number[] {
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

function lastRun({ state }: VerbContext, folder: string, isMeant: (run: StepRun) => boolean): StepRun | null {
  const { found } = new UndertakingStore(state).list(stepRunKind, state.folder(folderKey(folder)))
  return found.map(({ undertaking }) => undertaking).findLast(isMeant) ?? null
}

export function requestsOf({ state, requests, now }: VerbContext): UndertakingRequests {
  return new UndertakingRequests(state, requests, now)
}
