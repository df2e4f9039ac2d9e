// What an action other than a start would do, looked up and told whole before a person is asked.
import type { Watch } from '../../core/blocks/schema'
import type { Act } from '../../core/blocks/startableAction'
import { builtinAgent } from '../../core/followUps/agent'
import type { ChosenAgent } from '../../core/followUps/chooseAgent'
import { planTask } from '../../core/followUps/planTask'
import { shownState } from '../../core/jobs/describeJob'
import { type Job, planOf } from '../../core/jobs/job'
import type { JobId } from '../../core/jobs/jobId'
import { changesWhatRuns, isSamePlan, patchWatch, renderWatchChange } from '../../core/jobs/patchWatch'
import { type Plan, planFollowUp } from '../../core/jobs/plan'
import { type PlanFact, renderPlan } from '../../core/jobs/renderPlan'
import { showInvisible } from '../../core/logs/plainText'
import { RelayError } from '../../core/relayError'
import { jobEnvironment } from './jobEnvironment'
import { JobCatalog } from './jobCatalog'
import type { StoredJob } from './jobFiles'
import type { JobRequests } from './jobRequests'
import { type NamedJobs, requireInside } from './planInFolder'

interface Told {
  /** All that it would do, in the order in which it matters. */
  readonly facts: readonly PlanFact[]
}

export type PlannedAct = Told &
  (
    | {
        readonly kind: 'patch'
        readonly job: Job
        readonly patch: Watch
        readonly after: Plan
        /** Something that can run is another: not only how often it is looked at. */
        readonly isWeighty: boolean
      }
    | { readonly kind: 'stop'; readonly job: Job }
    | { readonly kind: 'add'; readonly plan: Plan; readonly description: string | null }
    /** `job` is let go: a task that waits, or an ended job for its follow-up. */
    | { readonly kind: 'run'; readonly job: Job; readonly task: JobId }
    /** It is done already. */
    | { readonly kind: 'nothing'; readonly job: Job; readonly why: string }
  )

/**
 * Plans `action` for a folder (`cwd` is where a task is to run, absolute). Without an id, the latest job of the folder is
 * meant, or its latest task that waits. Throws RelayError that says why it cannot be done.
 */
export function planAct(action: Act, cwd: string, named: NamedJobs, choose: () => ChosenAgent): PlannedAct {
  switch (action.type) {
    case 'job_watch':
      return planPatch(jobMeant(action.jobId, named).job, action.watch ?? {}, choose)
    case 'job_stop': {
      const { job } = jobMeant(action.jobId, named)
      if (job.state.kind === 'ended')
        throw new RelayError('already_ended', `Job ${job.spec.id} has ${endedWord(job)} already: nothing is stopped.`)
      return { kind: 'stop', job, facts: factsOf(job) }
    }
    case 'task_add': {
      const { agent, why } = choose()
      const planned = planTask({ task: action.text, agent, cwd })
      if ('refusals' in planned) throw new RelayError('no_agent', `Not added: ${planned.refusals.join(' ')} ${why}`)
      const chosen: PlanFact = { label: 'Chosen', value: why.replaceAll('does the follow-up', 'does it') }
      const waits: PlanFact = { label: 'Waits', value: 'until you run it' }
      return {
        kind: 'add',
        plan: planned.plan,
        description: action.description ?? null,
        facts: [...renderPlan(planned.plan), chosen, waits],
      }
    }
    case 'task_run':
      return planRun(action.jobId === undefined ? latestTask(named) : named.store.find(action.jobId), named)
  }
}

/** Has it done, as a person has approved it; the id of the job that it is about. Throws RelayError. */
export async function carryOut(
  act: PlannedAct,
  requests: JobRequests,
  folder: string,
  how: 'asked' | 'yes_flag',
  env: NodeJS.ProcessEnv,
  id?: JobId,
): Promise<JobId> {
  switch (act.kind) {
    case 'patch':
      await requests.patchWatch(act.job, act.patch, act.after, how)
      return act.job.spec.id
    case 'stop':
      await requests.stop(act.job)
      return act.job.spec.id
    case 'add': {
      const { plan, description } = act
      const origin = { kind: 'task', answers: null } as const
      return requests.start({ plan, description, folder, origin, how, env: jobEnvironment(env), held: true }, id)
    }
    case 'run':
      await requests.release(act.job, jobEnvironment(env))
      return act.task
    case 'nothing':
      return act.job.spec.id
  }
}

function planPatch(job: Job, patch: Watch, choose: () => ChosenAgent): PlannedAct {
  const { id } = job.spec
  if (job.state.kind === 'ended')
    throw new RelayError(
      'already_ended',
      `Job ${id} has ${endedWord(job)} already: how it is watched cannot be changed any more.`,
    )
  const before = planOf(job)
  const isNew = before.followUp === null && patch.thenTask !== undefined
  const patched = patchWatch(before, patch, isNew ? choose().agent : builtinAgent)
  if ('refusals' in patched) throw new RelayError('not_supported', `Not changed: ${patched.refusals.join(' ')}`)
  const { plan: after } = patched
  requireInside(after, job.spec.folder)
  if (isSamePlan(before, after))
    return { kind: 'nothing', job, why: `Job ${id} is watched like that already.`, facts: factsOf(job) }
  const facts = [...factsOf(job), ...renderWatchChange(before, after)]
  return { kind: 'patch', job, patch, after, isWeighty: changesWhatRuns(before, after), facts }
}

function planRun({ job }: StoredJob, { store }: NamedJobs): PlannedAct {
  const { spec, state, followUp } = job
  if (state.kind === 'queued' && state.held)
    return { kind: 'run', job, task: spec.id, facts: [factOf(job), ...renderPlan(planOf(job))] }
  if (state.kind !== 'ended')
    throw new RelayError('not_waiting', `Job ${spec.id} is ${shownState(job)}: there is no task of it to run.`)
  if (followUp === null) throw new RelayError('no_follow_up', `Job ${spec.id} has no follow-up that could be run.`)
  const made = store.read(followUp.jobId)?.job ?? null
  if (made === null && followUp.created)
    throw new RelayError('no_such_job', `The follow-up of ${spec.id} was removed: restart the job to have another.`)
  if (made !== null && !(made.state.kind === 'queued' && made.state.held))
    return {
      kind: 'nothing',
      job: made,
      why: `The follow-up of ${spec.id} is ${shownState(made)} already.`,
      facts: factsOf(job),
    }
  const plan = made?.spec.plan ?? planFollowUp(planOf(job), { jobId: spec.id, attempt: job.attempt })
  const facts = plan === null ? [] : renderPlan(plan)
  return { kind: 'run', job, task: followUp.jobId, facts: [factOf(job), ...facts] }
}

function jobMeant(id: string | undefined, { store, folder }: NamedJobs): StoredJob {
  if (id !== undefined) return store.find(id)
  const latest = store.latestIn(folder)
  if (latest === null)
    throw new RelayError('no_such_job', 'There is no job in this folder yet, and the block names none.')
  return latest
}

/** So many of the newest ended jobs are looked through for a follow-up that was never made. */
const lookedThrough = 200

/** The newest task of the folder that waits for a person. Throws RelayError if there is none. */
function latestTask({ folder }: NamedJobs): StoredJob {
  const catalog = new JobCatalog(() => [folder])
  do catalog.refresh()
  while (!catalog.isComplete)
  const held = catalog
    .allLive()
    .filter(({ job: { spec, state } }) => spec.plan.work.kind === 'agent' && state.kind === 'queued' && state.held)
  // Of the first release: promised, and not made.
  const promised = catalog
    .ended(0, lookedThrough)
    .filter(({ job: { followUp } }) => followUp !== null && !followUp.run && !followUp.held && !followUp.created)
  const [latest] = [...held, ...promised].sort((a, b) => b.job.updatedAtMs - a.job.updatedAtMs)
  if (latest === undefined) throw new RelayError('no_task', 'There is no task in this folder that waits to be run.')
  return latest
}

function endedWord(job: Job): string {
  return job.state.kind === 'ended' && job.state.outcome === 'stopped' ? 'been stopped' : 'ended'
}

function factsOf(job: Job): readonly PlanFact[] {
  const { spec } = job
  const work: PlanFact =
    spec.plan.work.kind === 'command'
      ? { label: 'Its command', value: showInvisible(spec.plan.work.command), isVerbatim: true }
      : { label: 'Its task', value: showInvisible(spec.plan.work.task), isVerbatim: true }
  return [factOf(job), work]
}

function factOf(job: Job): PlanFact {
  const { id, description } = job.spec
  const name = description === null ? id : `${showInvisible(description)} (${id})`
  return { label: 'Job', value: `${name}, ${shownState(job)}` }
}
