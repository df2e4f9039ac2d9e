// The job that the answer of a follow-up asks for: started, if everything about it was approved before, else left to a person
// as a request. All names are derived from the follow-up, so that doing it again after a crash finds what was made.
import { findAsked } from '../../core/agentRequests/findAsked'
import { type AgentRequest, askingAgents } from '../../core/agentRequests/agentRequest'
import { readAsked } from '../../core/agentRequests/readAsked'
import { chainPlace, decideNext, type NextWish } from '../../core/followUps/decideNext'
import type { Approval } from '../../core/jobs/event'
import type { Agent } from '../../core/followUps/agent'
import { type Job, type Next, planOf } from '../../core/jobs/job'
import type { JobId } from '../../core/jobs/jobId'
import type { Plan } from '../../core/jobs/plan'
import type { JobSpec } from '../../core/jobs/spec'
import { RelayError } from '../../core/relayError'
import { isConversationId } from '../../core/transcripts/turn'
import { answerRequestId, AgentRequestStore } from '../../store/agentRequests/agentRequestStore'
import { isApprovalRemembered, planDigest } from '../../store/approval'
import { chainJobId, countAutomaticStarts, readChains } from '../../store/followUps/chains'
import { readAnswer, readTurn } from '../../store/followUps/turnFiles'
import { readEnvironment, tryReadJob } from '../../store/jobs/jobFiles'
import type { JobStore } from '../../store/jobs/jobStore'
import { type NamedJobs, type PlannedJob, planInFolder } from '../../store/jobs/planInFolder'
import type { FolderPaths, StateFolder } from '../../store/stateFolder'
import { supervisorEnvironment } from '../../store/wake'

/** What is needed of the rest of the supervisor. */
export interface NextHost {
  readonly state: StateFolder
  readonly store: JobStore
  readonly nowMs: number
  /** The jobs that are not over and do exactly this. */
  readonly running: (digest: string) => readonly JobId[]
  /** Makes the job durable and takes it up; a job that is there already is left as it is. Throws RelayError. */
  readonly start: (spec: JobSpec, approval: Approval, env: Readonly<Record<string, string>>) => void
}

type Wanted = Pick<PlannedJob, 'plan' | 'description'>

/** What becomes of the answer of `followUp`, which has ended. Throws RelayError where it can be tried again. */
export function startNext(followUp: Job, folder: FolderPaths, host: NextHost): Next {
  const { spec, attempt } = followUp
  const paths = folder.job(spec.id).attempt(attempt)
  const turn = readTurn(paths)
  const asking = askingAgents.find((agent) => agent === turn?.agent)
  const answer = readAnswer(paths)
  // What the built-in analyst says in the place of an agent quotes logs, and asks for nothing.
  if (turn?.state !== 'answered' || asking === undefined || answer === null) return { kind: 'none' }
  const texts = findAsked(answer).flatMap(({ kind, text }) => (kind === 'block' ? [text] : []))
  const [text] = texts
  if (text === undefined) return { kind: 'none' }

  const place = chainPlace(spec, (id) => specOf(host.store, id))
  const depth = place.depth + 1
  const jobId = chainJobId(place.root, depth, spec.id, attempt)
  // Begun before a crash: neither is done over, whatever is approved by now.
  const made = tryReadJob(folder, jobId)
  if (made !== null && (!('job' in made) || made.job.approval !== null)) return { kind: 'started', jobId }
  const requests = new AgentRequestStore(folder)
  const requestId = answerRequestId(spec.id, attempt, text, 0)
  const known = requests.read(requestId, host.nowMs)
  if (known !== null) return { kind: 'requested', requestId, why: known.request.answer?.why ?? '' }

  const read = readWanted(text, spec, (plan) => isApprovalRemembered(folder, plan), agentsOf(followUp, host.store), {
    store: host.store,
    folder,
  })
  const chains = readChains(host.state)
  const decision = decideNext({
    blocks: texts.length,
    first: read.wanted === null ? read.first : { ...read.first, ...seen(read.wanted.plan, folder, host) },
    depth,
    areChainsOn: chains.stoppedAtMs === null,
    startsLastHour: countAutomaticStarts(host.state, host.nowMs),
    limits: chains.limits,
  })
  if (decision.kind === 'refuse') return { kind: 'refused', why: decision.why }
  const origin = { kind: 'answer', parent: spec.id, attempt, root: place.root, depth } as const
  if (decision.kind === 'start' && read.wanted !== null) {
    const { plan, description } = read.wanted
    const { host: hostName, folder: workspace } = spec
    host.start(
      { v: 1, id: jobId, createdAtMs: host.nowMs, host: hostName, folder: workspace, origin, description, plan },
      { digest: planDigest(plan), how: 'chain' },
      readEnvironment(folder.job(spec.id), attempt) ?? supervisorEnvironment(process.env),
    )
    return { kind: 'started', jobId }
  }
  const why = decision.kind === 'ask' ? decision.why : ''
  const { conversation } = turn
  // The first comes last: it is the one that tells that all are there.
  for (const [nth, one] of [...texts.entries()].reverse()) {
    const request: AgentRequest = {
      v: 1,
      id: answerRequestId(spec.id, attempt, one, nth),
      agent: asking,
      conversation: conversation !== null && isConversationId(conversation) ? conversation : null,
      turn: `${spec.id} ${attempt}`,
      cwd: spec.plan.cwd,
      folder: spec.folder,
      atMs: turn.endedAtMs ?? host.nowMs,
      kind: 'block',
      text: one,
      answer: {
        parent: spec.id,
        attempt,
        root: place.root,
        depth,
        jobId: chainJobId(place.root, depth, spec.id, attempt, nth),
        why,
      },
    }
    requests.add(request)
  }
  return { kind: 'requested', requestId, why }
}

function specOf(store: JobStore, id: JobId): JobSpec | null {
  const read = store.tryRead(id)
  return read !== null && 'job' in read ? read.job.spec : null
}

type First = NextWish['first']

/** What the block would start: the first that was approved before, whichever of these agents does its follow-up. */
function readWanted(
  text: string,
  spec: JobSpec,
  isApproved: (plan: Plan) => boolean,
  agents: readonly Agent[],
  jobs: NamedJobs,
):
  | { readonly wanted: null; readonly first: Extract<First, { kind: 'malformed' | 'act' }> }
  | { readonly wanted: Wanted; readonly first: Omit<Extract<First, { kind: 'job' }>, 'isApproved' | 'running'> } {
  const read = readAsked(text)
  if (read.kind === 'malformed') return { wanted: null, first: read }
  if (read.kind === 'act') return { wanted: null, first: { kind: 'act' } }
  try {
    // As it is built in, or as the person had chosen for the job before: whichever was approved.
    const { staleSec, alertOn } = spec.plan.watch
    const chosen = { ...(staleSec === undefined ? {} : { staleSec }), ...(alertOn === undefined ? {} : { alertOn }) }
    const planned = agents.flatMap((agent) =>
      [{}, chosen].map((defaults) =>
        planInFolder(read.action, spec.plan.cwd, () => ({ agent, why: '' }), jobs, defaults),
      ),
    )
    const wanted = planned.find(({ plan }) => isApproved(plan)) ?? planned[0]
    if (wanted === undefined)
      return { wanted: null, first: { kind: 'malformed', problems: ['Nobody does its follow-up.'] } }
    return { wanted, first: { kind: 'job', warnings: read.warnings, hasUnknownKeys: read.hasUnknownKeys } }
  } catch (error) {
    if (!(error instanceof RelayError)) throw error
    return { wanted: null, first: { kind: 'malformed', problems: [error.message] } }
  }
}

/**
 * Who may do the follow-up of the next job: as it was for the job before, which the person has approved; or the agent that
 * asks, in its conversation, as a request of it would be approved.
 */
function agentsOf({ spec }: Job, store: JobStore): readonly Agent[] {
  const { work } = spec.plan
  if (work.kind !== 'agent') return []
  const before = work.about === null ? null : store.tryRead(work.about.jobId)
  const planned = before !== null && 'job' in before ? planOf(before.job).followUp?.agent : undefined
  return [...(planned === undefined ? [] : [planned]), ...askersOf(work.agent)]
}

function askersOf(agent: Agent): readonly Agent[] {
  if (agent.kind !== 'claude' && agent.kind !== 'codex') return [agent]
  const fresh = { ...agent }
  delete fresh.conversation
  delete fresh.resumes
  const reasons = ['origin', 'setting', 'found'] as const
  return reasons.flatMap((reason): readonly Agent[] => [
    { ...fresh, resumes: true, reason },
    { ...fresh, reason },
  ])
}

function seen(plan: Plan, folder: FolderPaths, host: NextHost) {
  const digest = planDigest(plan)
  return { isApproved: isApprovalRemembered(folder, plan), running: host.running(digest) }
}
