// What an ended job still owes: the delivery of what its end promised, part by part, until nothing is left.
import { type RunPart, runParts } from '../experiments/runParts'
import { currentAttempt, type Job } from './job'

/** Nothing is left to do for this job: it ended, and all that its end promised is delivered. */
export function isSettled(job: Job): boolean {
  return (
    job.state.kind === 'ended' &&
    !owesRetry(job) &&
    pendingParts(job).length === 0 &&
    !owesNext(job) &&
    !owesFollowUp(job) &&
    pendingEdits(job).length === 0
  )
}

/** Nobody has to look after it: nothing will happen to it unless a person says so. */
export function isAtRest(job: Job): boolean {
  return isSettled(job) || (job.state.kind === 'queued' && job.state.held && job.stopRequestedAtMs === null)
}

/** Its end promised a follow-up that does not exist yet. One that is not to run by itself is there, held, for a person. */
export function owesFollowUp(job: Job): boolean {
  const { followUp } = job
  return followUp !== null && (followUp.run || followUp.held) && !followUp.created
}

/** A turn of an agent that a crash interrupted is had once more. */
export function owesRetry({ spec, state, attempt, edits }: Job): boolean {
  if (state.kind !== 'ended' || state.outcome !== 'lost' || spec.plan.work.kind !== 'agent') return false
  // What a step has begun is begun again by a person alone, who is told.
  if (spec.origin.kind === 'step') return false
  // One whose entry is written was delivered by a release that knew no second try.
  return attempt === 1 && edits.every(({ id }) => id !== `handoff-${spec.id}-1`)
}

/**
 * What its answer asks for is not decided. Only a whole answer asks, and none of the built-in analyst, which quotes logs; one
 * whose handoff entry is written was delivered before answers could ask.
 */
export function owesNext(job: Job): boolean {
  const { state, spec, next } = job
  if (state.kind !== 'ended' || state.outcome !== 'succeeded' || next !== null) return false
  const { work } = spec.plan
  if (work.kind !== 'agent' || (work.agent.kind as string) === 'builtin') return false
  return state.answer !== null && state.answer !== 'blocked' && pendingEdits(job).length > 0
}

/** The parts of the work after a run that are not done, in order. A run that never began leaves nothing to record. */
export function pendingParts(job: Job): readonly RunPart[] {
  if (job.state.kind !== 'ended' || job.spec.plan.experiment === undefined || currentAttempt(job) === null) return []
  return runParts.filter((part) => job.parts.every((done) => done.part !== part))
}

/**
 * The document edits that an ended job owes and has not made, by id: its state file, if it has one and was started. A
 * follow-up writes its handoff entry; what becomes of a step is said in SPEC.md.
 */
export function pendingEdits(job: Job): readonly string[] {
  if (job.state.kind !== 'ended') return []
  const { id, plan, origin } = job.spec
  const hasStarted = (currentAttempt(job)?.startedAtMs ?? null) !== null
  const owed = [
    ...(plan.runState !== undefined && hasStarted ? [`state-${id}-${job.attempt}`] : []),
    ...(job.state.outcome !== 'stopped' && plan.work.kind === 'agent' && origin.kind !== 'step'
      ? [`handoff-${id}-${job.attempt}`]
      : []),
  ]
  return owed.filter((edit) => job.edits.every((done) => done.id !== edit))
}

/** Whether an edit is that of the state file, which the follow-up is to find. */
export function isRunStateEdit(edit: string): boolean {
  return edit.startsWith('state-')
}
