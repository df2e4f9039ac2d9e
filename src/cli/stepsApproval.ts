// Steps as a person approves them on the command line: each whole, with what is to be known of them besides.
import type { Approval } from '../core/jobs/event'
import { environmentCaveat, planCaveat } from '../core/jobs/renderPlan'
import { showInvisible } from '../core/logs/plainText'
import { RelayError } from '../core/relayError'
import type { PlannedStep } from '../core/steps/planStep'
import { renderRunWarning, runWarnings } from '../core/steps/runWarnings'
import { isDoneLine, readSpec } from '../core/steps/specDocument'
import { detachmentCaveats } from '../store/detachment'
import { folderKey } from '../store/stateFolder'
import { isStepApprovalRemembered, rememberStepApproval } from '../store/steps/stepApproval'
import { renderStepLines, type StepFiles } from './stepFiles'
import type { Options, VerbContext } from './verb'

/** Null: they would rather not. Throws RelayError if nobody can be asked. */
export async function approveSteps(
  { console, env, state, now }: VerbContext,
  files: StepFiles,
  planned: readonly PlannedStep[],
  { yes, json }: Options,
): Promise<Approval['how'] | null> {
  const paths = state.folder(folderKey(files.folder))
  const isRemembered = planned.every(({ plan }) => isStepApprovalRemembered(paths, plan))
  const warnings = runWarnings(planned, doneSteps(files)).map(renderRunWarning)
  // What was approved for good was not approved for this.
  const isAsked = yes !== true && (!isRemembered || warnings.length > 0)
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
  for (const text of warnings) console.err(console.paint('yellow', `! ${showInvisible(text)}`))
  if (yes === true) return 'yes_flag'
  if (!isAsked) {
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

/** Those that are ticked, or done and unproved, with the task that is named there. */
export function doneSteps(files: StepFiles): ReadonlyMap<number, string | null> {
  const done = readSpec(files.texts().spec ?? '').filter(isDoneLine)
  return new Map(done.map(({ number, note }) => [number, note?.taskId ?? null]))
}
