// The block that asks for what a plan does: the way back from `planJob`, for people who run a job again with changes.
import { preflightDefaults, queueDefaults, watchDefaults } from './schema'
import type { Plan } from '../jobs/plan'
import { supervisorOf } from '../jobs/planSupervisor'

/**
 * A relay block, readable, with everything left out that the defaults say; null for a plan that no block can ask for.
 * `folder` is where it will be started.
 */
export function renderJobStart(plan: Plan, description: string | null, folder: string): string | null {
  const { work, preflight, watch, followUp, stages } = plan
  if (work.kind !== 'command') return null
  const supervisor = stages === undefined ? null : supervisorOf(plan, folder)
  if (supervisor === null && stages !== undefined) return null
  const defaults: Readonly<Record<string, unknown>> = watchDefaults
  const watchFields = Object.entries({
    ...watch,
    thenTask: followUp?.task,
    thenTaskDescription: followUp?.description ?? undefined,
    runTasks: followUp?.run,
  }).filter(([name, value]) => value !== undefined && JSON.stringify(value) !== JSON.stringify(defaults[name]))
  const { checks, onFail } = preflight
  const action = {
    type: 'job_start',
    description: description ?? undefined,
    ...(supervisor === null ? { command: work.command } : { supervisor }),
    preflight: onFail !== preflightDefaults.onFail ? { checks, onFail } : checks.length > 0 ? { checks } : undefined,
    watch: watchFields.length > 0 ? Object.fromEntries(watchFields) : undefined,
    queue: renderQueue(plan),
  }
  // A marker inside of a text would end the block.
  const json = JSON.stringify({ actions: [action] }, null, 2).replaceAll('[[', '[\\u005b')
  return `[[relay-actions]]\n${json}\n[[/relay-actions]]\n`
}

function renderQueue({ queue }: Plan): object | undefined {
  if (queue === undefined) return undefined
  const { group, after } = queue
  // Blocks say it once for all of them.
  const outcome = after?.some(({ on }) => on === 'succeeded') === true ? 'succeeded' : 'ended'
  return {
    ...(group === undefined ? {} : { group: group.name }),
    ...(group === undefined || group.scope === queueDefaults.scope ? {} : { scope: group.scope }),
    ...(after === undefined ? {} : { after: after.map(({ jobId }) => jobId) }),
    ...(after === undefined || outcome === queueDefaults.afterOutcome ? {} : { afterOutcome: outcome }),
  }
}
