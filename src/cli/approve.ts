// What a person at a terminal is shown and asked before a block is started, or its checks are run.
import type { BackendPlan } from '../core/backends/backendPlan'
import type { Queue } from '../core/blocks/schema'
import type { Approval } from '../core/jobs/event'
import type { JobDescription } from '../core/jobs/describeJob'
import { renderDryRun } from '../core/jobs/dryRun'
import type { JobId } from '../core/jobs/jobId'
import { renderElapsed, renderShortExit, stateSigns } from '../core/jobs/jobWords'
import type { Plan } from '../core/jobs/plan'
import { environmentCaveat, planCaveat, type PlanFact, renderPlan } from '../core/jobs/renderPlan'
import { showInvisible } from '../core/logs/plainText'
import { RelayError } from '../core/relayError'
import { isApprovalRemembered, rememberApproval } from '../store/approval'
import { detachmentCaveats } from '../store/detachment'
import type { StoredJob } from '../store/jobs/jobFiles'
import type { PlannedJob } from '../store/jobs/planInFolder'
import { type SameJobs, SameRunningError } from '../store/jobs/sameJobs'
import type { FolderPaths } from '../store/stateFolder'
import type { Console } from './console'
import type { VerbContext } from './verb'

/** What the words of the command say about a start. */
export interface StartWish {
  /** Approved without being asked. */
  readonly yes: boolean
  readonly json: boolean
  readonly dryRun: boolean
  /** A second time is fine. */
  readonly again: boolean
  /** What it is to wait for, besides what its block says. */
  readonly queue?: Queue
  /** Where it is to run, if not as its block says. */
  readonly backend?: BackendPlan | null
}

/** How the plan came to be approved, or null if it was not. Whoever approves has read what of it runs already. */
export async function approve(
  { console, env, now, store }: VerbContext,
  paths: FolderPaths,
  { plan, agentChoice }: Pick<PlannedJob, 'plan' | 'agentChoice'>,
  { running, before }: SameJobs,
  { yes, json, dryRun, again }: StartWish,
): Promise<Approval['how'] | null> {
  const show = (print: (text: string) => void) => {
    const dryRunFact = dryRun ? [renderDryRun(plan)] : []
    for (const line of renderPlanLines(plan, console, dryRunFact)) print(line)
    if (agentChoice !== null) print(console.paint('dim', `  ${agentChoice}`))
    if (!dryRun) for (const caveat of detachmentCaveats(env)) print(console.paint('yellow', `  ! ${caveat}`))
    const tell = (stored: StoredJob) => renderSame(store.describe(stored, now()), now())
    for (const stored of running)
      print(console.paint('yellow', `  ! The same block is running already: ${tell(stored)}`))
    if (before !== null) print(console.paint('dim', `  It ran before: ${tell(before)}`))
  }
  const isSecond = running.length > 0 && !again
  const ids = running.map(({ job }) => job.spec.id)
  if (yes) {
    if (!json) show(console.err)
    if (isSecond) throw needsAgain(ids)
    return 'yes_flag'
  }
  const isRemembered = isApprovalRemembered(paths, plan)
  if (isRemembered && !isSecond) {
    if (!json) {
      show(console.err)
      console.err('Approved before, for good.')
    }
    return 'remembered'
  }
  show(console.isTerminal ? console.out : console.err)
  const what = dryRun ? 'Run the checks?' : isSecond ? 'Start it a second time?' : 'Start it?'
  // For good is only approved what is asked about as that.
  const answer = await console.ask(`${what} [y]es once, ${dryRun ? '' : '[a]lways exactly this, '}[N]o: `)
  if (answer === null && isRemembered) throw needsAgain(ids)
  if (answer === null)
    throw new RelayError(
      'needs_approval',
      'Not started: nobody can be asked to approve it here (no terminal, or the block came on standard input). Use --yes, or approve it once in a terminal with "always".',
    )
  switch (answer.trim().toLowerCase()) {
    case 'a':
    case 'always':
      if (dryRun) return refuse(console)
      rememberApproval(paths, plan, now())
      return 'asked'
    case 'y':
    case 'yes':
      return 'asked'
    default:
      return refuse(console)
  }
}

function refuse(console: Console): null {
  console.err('Not started.')
  return null
}

/** Another job that does the same: how it is, and where it came from. */
function renderSame(job: JobDescription, nowMs: number): string {
  const { id, state, exit, endedAt } = job
  const words = [`${stateSigns[state]} ${state}`, renderElapsed(job, nowMs), renderShortExit(exit)]
  const when = endedAt === null ? '' : `, ended ${new Date(endedAt).toLocaleString()}`
  return `${id} ${words.filter((word) => word !== '').join(' ')}${when}${renderPlace(job)}`
}

function renderPlace({ origin }: JobDescription): string {
  return origin.kind === 'block' && origin.file !== null
    ? `, from ${showInvisible(origin.file)}, line ${origin.line}`
    : ''
}

/** All that a plan can make happen, as lines; `first` stands above it. */
export function renderPlanLines(plan: Plan, console: Console, first: readonly PlanFact[] = []): string[] {
  const facts = renderFactLines([...first, ...renderPlan(plan)], console)
  return [...facts, ...[environmentCaveat, planCaveat].map((caveat) => console.paint('dim', `  ${caveat}`))]
}

/** Each fact with its label before it, and its further lines below each other. */
export function renderFactLines(facts: readonly PlanFact[], console: Console): string[] {
  return facts.map(({ label, value }) => {
    const [line = '', ...rest] = value.split('\n')
    return [
      `  ${console.paint('bold', label.padEnd(13))} ${line}`,
      ...rest.map((more) => `  ${' '.repeat(13)} ${more}`),
    ].join('\n')
  })
}

/** For whoever cannot be asked, or has said no more than yes. */
export function needsAgain(running: readonly JobId[]): RelayError {
  const { code, message } = new SameRunningError(running)
  return new RelayError(code, `${message} Use --again to start it a second time.`)
}
