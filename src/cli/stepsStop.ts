// relay steps stop: a run ends as a whole, so that what ends besides the step that was named is told and asked for first.
import { RelayError } from '../core/relayError'
import { endsWith, renderGoingOn } from '../core/steps/goingOn'
import { stepRunKind } from '../core/steps/stepRun'
import type { StepRun } from '../core/steps/stepRunState'
import { viewsOfRun } from '../core/steps/stepRunView'
import { resolveFolder } from '../store/jobs/jobRequests'
import { folderKey } from '../store/stateFolder'
import { UndertakingStore } from '../store/undertakings/undertakingStore'
import { requestsOf } from './stepsRun'
import { exitError, exitOk, type Options, type VerbContext } from './verb'

/** Ends what runs of a step, or of all of them if none is named; monitors, too. */
export async function stopSteps(context: VerbContext, step: string | undefined, { yes }: Options): Promise<number> {
  const { state, console, cwd } = context
  const folder = state.folder(folderKey(resolveFolder(cwd)))
  const { found } = new UndertakingStore(state).list(stepRunKind, folder)
  const isMeant = ({ state: { items } }: StepRun) =>
    step === undefined ||
    items.some(
      ({ plan, state: own, monitors }) =>
        plan.step === Number(step) && (own.kind !== 'ended' || monitors.some((one) => one.state === 'watching')),
    )
  const live = found.filter(({ undertaking }) => !stepRunKind.isAtRest(undertaking) && isMeant(undertaking))
  if (live.length === 0)
    throw new RelayError('not_running', step === undefined ? 'No step runs here.' : `Step ${step} does not run.`)
  if (step !== undefined && yes !== true) {
    const runs = live.map(({ undertaking }) => undertaking)
    if (!(await areOthersMeant(context, runs, step))) return exitError
  }
  for (const { undertaking } of live) {
    await requestsOf(context).stop(undertaking.spec)
    const running = undertaking.state.items.filter(({ state: own }) => own.kind === 'running')
    console.err(
      `Stopping ${running.map(({ plan, taskId }) => `step ${plan.step} (${taskId})`).join(', ') || 'its monitors'}.`,
    )
  }
  return exitOk
}

/** Throws RelayError if others end, and nobody can be asked whether they may. */
async function areOthersMeant({ console }: VerbContext, runs: readonly StepRun[], step: string): Promise<boolean> {
  const ends = runs.map((run) => endsWith(viewsOfRun(run, false), Number(step)))
  const also = ends.flatMap((one) => one.also)
  if (also.length === 0) return true
  const notBegun = ends.flatMap((one) => one.notBegun)
  const told = `Step ${step} runs in one run with ${also.map(renderGoingOn).join(', ')}: stopping it ends ${also.length === 1 ? 'that one' : 'those'}, too.`
  const rest = notBegun.length === 0 ? '' : ` Not begun then: step ${notBegun.join(', ')}.`
  const answer = await console.ask(`${told}${rest} Stop all of it? [y]es, [N]o: `)
  if (answer === null)
    throw new RelayError(
      'needs_approval',
      `${told}${rest} Nothing was stopped. To stop all of it: relay steps stop ${step} --yes`,
    )
  if (/^y(es)?$/i.test(answer.trim())) return true
  console.err('Nothing was stopped.')
  return false
}
