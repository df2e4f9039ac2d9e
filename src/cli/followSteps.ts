// What happens in a run of steps, printed as it happens; where a person looks, with a line that tells how long it takes.
import type { JobId } from '../core/jobs/jobId'
import { shorten } from '../core/jobs/jobWords'
import { showInvisible } from '../core/logs/plainText'
import { RelayError } from '../core/relayError'
import { goesOn } from '../core/steps/decideStepRun'
import { anewRange } from '../core/steps/findRetry'
import { isDone, stepRunKind } from '../core/steps/stepRun'
import type { StepItem, StepRun } from '../core/steps/stepRunState'
import { renderSeconds, StepTranscript } from '../core/steps/transcript'
import { readTail } from '../store/logs/readTail'
import { StepRunFollower } from '../store/steps/stepRunFiles'
import { UndertakingStore } from '../store/undertakings/undertakingStore'
import { watchDirectory } from '../store/watchDirectory'
import { keepSupervised } from './keepSupervised'
import { exitError, exitOk, type VerbContext } from './verb'
import { exitLostOrBlocked, exitStopped } from './wait'

/** How often a supervisor is seen to. */
const wakeEveryMs = 5_000
/** All was done, and nothing but the word of an agent shows it. */
const exitUnproved = 3
/** As a shell tells of whoever was ended by Ctrl+C. */
const exitInterrupted = 130
/** A phase that takes longer is told of while it lasts. */
const longMs = 2_000

export interface FollowWish {
  /** The step behind a step, if there is one. */
  readonly next: (step: number) => number | null
  /** How many events were there before: what they led to is not printed again. */
  readonly from: number
  /** What goes on in the background is waited for, too. */
  readonly waitsForAll: boolean
  readonly isJson: boolean
}

/** Resolves with the exit status when nothing is left to wait for. */
export async function followSteps(
  context: VerbContext,
  id: JobId,
  { next, from, waitsForAll, isJson }: FollowWish,
): Promise<number> {
  const { console, state, now } = context
  const folder = new UndertakingStore(state).folderOf(id)
  if (folder === null) throw new RelayError('no_such_run', `There is no run ${id}.`)
  const follower = new StepRunFollower(folder, id)
  let transcript: StepTranscript | null = null
  let hasBar = false
  const clear = () => {
    if (hasBar) process.stderr.write('\r\u001b[2K')
    hasBar = false
  }
  const look = async (): Promise<StepRun | null> => {
    const read = follower.read()
    if (read === null) throw new RelayError('no_such_run', `The run ${id} was removed.`)
    const { run, events } = read
    if (transcript === null) {
      transcript = new StepTranscript(run.spec, next)
      transcript.follow(events.slice(0, from))
    }
    const lines = transcript.follow(events)
    if (lines.length > 0) clear()
    if (!isJson) for (const line of lines) console.out(paintLine(line, console.paint))
    if (hasNothingToWaitFor(run, waitsForAll)) return run
    if (console.isTerminal) {
      const bar = await progressOf(context, run, now())
      clear()
      if (bar !== null) process.stderr.write(console.paint('dim', bar.slice(0, console.columns - 1)))
      hasBar = bar !== null
    }
    return null
  }
  keepSupervised(context)
  const run = await new Promise<StepRun | null>((resolve, reject) => {
    let isLooking = false
    let isAsked = false
    const step = () => {
      isAsked = isLooking
      if (isLooking) return
      isLooking = true
      look()
        .then((over) => {
          if (over !== null) finish(() => resolve(over))
        })
        .catch((error: unknown) => finish(() => reject(error instanceof Error ? error : new Error(String(error)))))
        .finally(() => {
          isLooking = false
          if (isAsked) step()
        })
    }
    const watch = watchDirectory(folder.directory, step)
    const clock = setInterval(step, 1000)
    const waker = setInterval(() => keepSupervised(context), wakeEveryMs)
    const interrupted = () => finish(() => resolve(null))
    process.once('SIGINT', interrupted)
    const finish = (then: () => void) => {
      process.off('SIGINT', interrupted)
      watch.close()
      clearInterval(clock)
      clearInterval(waker)
      clear()
      then()
    }
    step()
  })
  if (run === null) {
    // Ctrl+C ends the looking, as that of a log.
    console.err('\nIt goes on without you. To see how: relay steps monitor. To end it: relay steps stop')
    return exitInterrupted
  }
  if (isJson)
    console.out(JSON.stringify({ run: id, steps: run.state.items.map(describe), logProblem: run.state.logProblem }))
  else tellRest(context, run)
  return exitStatus(run)
}

function describe({ plan, taskId, state, notable }: StepItem) {
  return {
    step: plan.step,
    taskId,
    state: state.kind === 'ended' ? state.outcome : state.kind,
    ...(state.kind === 'ended' ? { phase: state.phase, reason: state.reason } : {}),
    notable,
  }
}

/** Whether there is anything to wait for; what is in the background, and its monitors, only if that is wanted. */
export function hasNothingToWaitFor(run: StepRun, waitsForAll: boolean): boolean {
  const { items, unlogged } = run.state
  if (unlogged.length > 0) return false
  if (stepRunKind.isAtRest(run)) return true
  let mayBegin = run.stopRequestedAtMs === null
  for (const item of items) {
    if (item.mark !== null && !item.mark.done) return false
    if (item.state.kind === 'running' && (waitsForAll || !goesOn(item))) return false
    if (item.state.kind === 'waiting' && mayBegin) return false
    mayBegin &&= goesOn(item)
  }
  return true
}

function tellRest({ console }: VerbContext, run: StepRun): void {
  const { items, logProblem } = run.state
  if (logProblem !== null) console.err(`! ${showInvisible(logProblem)}`)
  const failed =
    items.find((item) => item.state.kind === 'ended' && !isDone(item)) ??
    items.find(({ state }) => state.kind === 'ended' && state.outcome === 'unproved')
  const notBegun = items.filter(({ state }) => state.kind === 'waiting').map(({ plan }) => plan.step)
  if (notBegun.length > 0) console.err(`Not begun: step ${notBegun.join(', ')}.`)
  if (failed !== undefined) console.err(howToGoOn(run, failed))
  const isWatched = ({ state, monitors }: StepItem) =>
    state.kind === 'running' || monitors.some((one) => one.state === 'watching')
  if (items.some(isWatched)) console.err('It goes on by itself: relay steps monitor')
}

function howToGoOn(run: StepRun, { plan: { step }, state }: StepItem): string {
  const anew = `relay steps run ${anewRange(run, step)}`
  if (state.kind === 'ended' && state.outcome === 'unproved') return howToGoOnUnproved(run, step)
  if (state.kind === 'ended' && state.outcome === 'blocked') return `Once that is put right: ${anew}`
  // It goes on as a whole, and not while a part of it does.
  if (!stepRunKind.isAtRest(run)) return `To run it anew: ${anew}`
  return `To go on where it was: relay steps continue. To do the phase again: relay steps retry ${step}`
}

/** What is done is not done again for want of a proof: a person looks at it, and goes on. */
function howToGoOnUnproved(run: StepRun, step: number): string {
  const isOpen = run.state.items.some(({ state }) => state.kind === 'waiting')
  const next = isOpen && stepRunKind.isAtRest(run) ? ' To go on behind it as it is: relay steps continue.' : ''
  return `Step ${step} is not ticked: look at what it did.${next} To run it anew: relay steps run ${step}`
}

function exitStatus({ state: { items } }: StepRun): number {
  let status = exitOk
  for (const { state } of items) {
    if (state.kind !== 'ended' || state.outcome === 'completed') continue
    if (state.outcome === 'stopped') return exitStopped
    if (state.outcome === 'blocked') return exitLostOrBlocked
    if (state.outcome === 'failed') return exitError
    status = exitUnproved
  }
  return status
}

/** What takes so long just now, with its last line; null: nothing does. */
async function progressOf(
  { store }: VerbContext,
  { state: { items } }: StepRun,
  nowMs: number,
): Promise<string | null> {
  for (const { plan, acts } of items)
    for (const { act, state } of acts) {
      if (state.kind !== 'running' || state.up !== null || nowMs - state.sinceMs < longMs) continue
      const stored = store.tryRead(state.job)
      const planned = plan.acts[act]
      if (planned === undefined) continue
      const log = stored !== null && 'job' in stored ? stored.paths.attempt(stored.job.attempt).log : null
      const last = log === null ? '' : ((await readTail(log, 1, 64 * 1024)).lines.at(-1) ?? '')
      const tag = planned.phase === 'PRE-FLIGHT' ? 'PRE' : planned.phase === 'POST-VALIDATION' ? 'POST' : planned.phase
      return `[${tag}] … ${planned.name}, ${renderSeconds(nowMs - state.sinceMs)}${last === '' ? '' : ` · ${shorten(last, 200)}`}`
    }
  return null
}

function paintLine(line: string, paint: VerbContext['console']['paint']): string {
  const sign = /^\[[A-Z]+\] (✓|✗|■|↻|\?)/.exec(line)?.[1]
  if (line.startsWith('[ALERT]')) return paint('yellow', line)
  if (sign === undefined) return line
  return line.replace(sign, paint(sign === '✓' ? 'green' : sign === '✗' ? 'red' : 'yellow', sign))
}
