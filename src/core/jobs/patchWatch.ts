// What a job_watch makes of a plan: the fields it names change, and nothing else does. A follow-up is never taken away.
import type { Watch } from '../blocks/schema'
import { type Agent } from '../followUps/agent'
import { tellAgent } from '../followUps/tellAgent'
import { showInvisible } from '../logs/plainText'
import { canonicalPlan, type FollowUpPlan, type Plan, watchPlanSchema } from './plan'
import type { PlanFact } from './renderPlan'

/** `agent` is who does a follow-up where the plan had none: one that it has keeps its own. */
export function patchWatch(
  plan: Plan,
  patch: Watch,
  agent: Agent,
): { readonly plan: Plan } | { readonly refusals: readonly string[] } {
  const { thenTask, thenTaskDescription, runTasks, long, ...fields } = patch
  const { long: wasLong, ...kept } = plan.watch
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  const watch = watchPlanSchema.parse({
    ...kept,
    ...Object.fromEntries(given),
    ...((long ?? wasLong) === true ? { long: true } : {}),
  })
  const task = thenTask ?? plan.followUp?.task
  if (task === undefined) {
    if (runTasks === undefined && thenTaskDescription === undefined) return { plan: { ...plan, watch } }
    return { refusals: ['The job has no follow-up that could be changed: give "thenTask", too.'] }
  }
  // A task of another text is another task: the name of the old one would tell something wrong.
  const oldDescription = task === plan.followUp?.task ? plan.followUp.description : null
  const followUp: FollowUpPlan = {
    task,
    description: thenTaskDescription ?? oldDescription,
    run: runTasks ?? plan.followUp?.run ?? false,
    agent: plan.followUp?.agent ?? agent,
  }
  return { plan: { ...plan, watch, followUp } }
}

export function isSamePlan(a: Plan, b: Plan): boolean {
  return canonicalPlan(a) === canonicalPlan(b)
}

/** Whether anything changes that can run: what, by whom, or whether it runs at all. */
export function changesWhatRuns(before: Plan, after: Plan): boolean {
  if (!isSamePlan({ ...before, watch: after.watch }, after)) return true
  const ofFiles = ({ watch: { requireFiles, onMissing } }: Plan) => JSON.stringify([requireFiles, onMissing])
  return after.followUp !== null && ofFiles(before) !== ofFiles(after)
}

/** What is another after a patch, from old to new, in words. */
export function renderWatchChange(before: Plan, after: Plan): readonly PlanFact[] {
  const facts: PlanFact[] = []
  const told = (label: string, was: string | undefined, is: string | undefined) => {
    if (was === is) return
    if (is !== undefined) facts.push({ label, value: is, isVerbatim: true })
    facts.push({ label: `${label}, before`, value: was ?? 'none', ...(was === undefined ? {} : { isVerbatim: true }) })
  }
  const [old, now] = [before.followUp, after.followUp]
  told('Follow-up', old?.task, now?.task)
  told('Its name', old?.description ?? undefined, now?.description ?? undefined)
  if (old !== null && now !== null && JSON.stringify(old.agent) !== JSON.stringify(now.agent))
    facts.push({ label: 'By', value: `${old.agent.kind} → ${tellAgent(now.agent).join('; ')}` })
  if (old === null && now !== null) facts.push({ label: 'By', value: tellAgent(now.agent).join(';\n') })
  if (now !== null && old?.run !== now.run)
    facts.push({
      label: 'Runs',
      value: now.run ? 'by itself when the job ends' : 'not by itself: it waits for a person when the job ends',
    })
  const names = new Set([...Object.keys(before.watch), ...Object.keys(after.watch)])
  for (const name of names) {
    const [was, is] = [before.watch, after.watch].map((watch) => renderValue((watch as Record<string, unknown>)[name]))
    if (was !== is) facts.push({ label: name, value: `${was ?? ''} → ${is ?? ''}`, isVerbatim: true })
  }
  return facts.map((fact) => ({ ...fact, value: showInvisible(fact.value) }))
}

function renderValue(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ')
  return value === undefined ? 'not set' : typeof value === 'string' ? value : JSON.stringify(value)
}
