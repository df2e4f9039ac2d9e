// relay steps continue and retry: what has stood still goes on, and what is done is not done again.
import { RelayError } from '../core/relayError'
import { anewRange, findRetry, isNextBlocked } from '../core/steps/findRetry'
import { isDoneLine, readSpec } from '../core/steps/specDocument'
import { isDone, stepRunKind } from '../core/steps/stepRun'
import { maxStepsOfRun } from '../core/steps/stepRunPlan'
import type { StepRun } from '../core/steps/stepRunState'
import { untilUndefined } from '../core/steps/untilUndefined'
import { jobEnvironment } from '../store/jobs/jobEnvironment'
import { folderKey } from '../store/stateFolder'
import { definedNumbers, stepNumbers } from '../store/steps/planSteps'
import { readStepRun } from '../store/steps/stepRunFiles'
import { UndertakingStore } from '../store/undertakings/undertakingStore'
import { hasNothingToWaitFor } from './followSteps'
import type { StepFiles } from './stepFiles'
import { approveSteps, doneSteps } from './stepsApproval'
import { followRun, numbersIn, requestsOf, runNumbers } from './stepsRun'
import { exitError, type Options, type VerbContext } from './verb'

/** The last run goes on if it did not come to its end; otherwise the steps behind the last that is done are run. */
export async function continueSteps(
  context: VerbContext,
  files: StepFiles,
  range: string | undefined,
  options: Options,
): Promise<number> {
  const last = range === undefined ? (runsOf(context, files).at(-1) ?? null) : null
  if (last !== null && !stepRunKind.isAtRest(last)) {
    requireSomethingToCome(last)
    return followRun(context, last.spec.id, files, options)
  }
  const isOpen = (run: StepRun) =>
    stepRunKind.refusal(run, { kind: 'continue', word: 'continue', detail: '' }) === null && !isNextBlocked(run)
  if (last !== null && isOpen(last)) return goOn(context, files, last, 'continue', options)
  const done = doneSteps(files)
  const open = stepsToContinue(files, range).filter((step) => !done.has(step))
  const defined = new Set(definedNumbers(files.texts()))
  const isBounded = range !== undefined && /\d-\d/.test(range)
  const { steps: wanted, undefinedStep } = untilUndefined(open, (step) => isBounded || defined.has(step))
  if (undefinedStep !== null) context.console.err(`Step ${undefinedStep} is not defined yet: these end before it.`)
  if (wanted.length === 0)
    throw new RelayError(
      'nothing_open',
      range === undefined
        ? `Behind the last step that is done nothing is open in ${files.specFile}.`
        : `Of these steps all are done: relay steps run ${range} runs them again.`,
    )
  if (wanted.length > maxStepsOfRun)
    context.console.err(
      `${wanted.length} steps are open, and at most ${maxStepsOfRun} are run at once: these are steps ${wanted[0] ?? ''} to ${wanted[maxStepsOfRun - 1] ?? ''}. Continue then.`,
    )
  return runNumbers(context, files, wanted.slice(0, maxStepsOfRun), options)
}

/** Those of the range, from the one that is named on, or behind the last that is done. */
function stepsToContinue(files: StepFiles, range: string | undefined): readonly number[] {
  const texts = files.texts()
  const numbers = stepNumbers(texts)
  if (range !== undefined) return numbersIn(/^\d+$/.test(range.trim()) ? `${range.trim()}-` : range, numbers)
  const lines = readSpec(texts.spec ?? '')
  const lastDone = lines.findLastIndex(isDoneLine)
  const next = lines[lastDone + 1]
  return next === undefined ? [] : numbers.filter((step) => step >= next.number)
}

/** From the phase that failed: of the step that is named, or of the one that failed last. */
export async function retrySteps(
  context: VerbContext,
  files: StepFiles,
  step: string | undefined,
  options: Options,
): Promise<number> {
  if (step !== undefined && !/^\d{1,6}$/.test(step))
    throw new RelayError('bad_range', `relay steps retry wants the number of a step, not ${step}.`)
  const found = findRetry(runsOf(context, files), step === undefined ? null : Number(step))
  if (found.kind === 'none') throw new RelayError('no_retry', found.why)
  return goOn(context, files, found.run, 'retry', options)
}

async function goOn(
  context: VerbContext,
  files: StepFiles,
  run: StepRun,
  word: 'continue' | 'retry',
  options: Options,
): Promise<number> {
  const open = run.spec.plan.steps.filter((_, index) => !isDone(run.state.items[index]))
  const how = await approveSteps(context, files, open, options)
  if (how === null) return exitError
  const folder = context.state.folder(folderKey(files.folder))
  const before = readStepRun(folder, run.spec.id)?.events.length ?? 0
  await requestsOf(context).continue(run.spec, word, how, jobEnvironment(context.env))
  return followRun(context, run.spec.id, files, options, before)
}

/** Throws RelayError if a step failed behind one in the background: it does not go on while that one does. */
function requireSomethingToCome(run: StepRun): void {
  if (!hasNothingToWaitFor(run, false)) return
  const failed = run.state.items.find((item) => item.state.kind === 'ended' && !isDone(item))
  if (failed === undefined) return
  const { step } = failed.plan
  throw new RelayError(
    'still_goes_on',
    `Step ${step} did not complete, and its run still goes on in the background. Run it anew: relay steps run ${anewRange(run, step)}`,
  )
}

/** Oldest first. */
function runsOf({ state }: VerbContext, { folder }: StepFiles): readonly StepRun[] {
  const { found } = new UndertakingStore(state).list(stepRunKind, state.folder(folderKey(folder)))
  return found.map(({ undertaking }) => undertaking)
}
