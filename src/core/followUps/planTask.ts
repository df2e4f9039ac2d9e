// The plan of a task of its own: something that an agent is asked to do, about no job. Pure.
import type { FollowUpPlan, Plan } from '../jobs/plan'
import { watchDefaults } from '../blocks/schema'

/** How long a task may take where its agent does not say. */
const taskLimitSec = 3600

export interface TaskWish {
  readonly task: string
  readonly agent: FollowUpPlan['agent']
  /** Absolute. */
  readonly cwd: string
  /** Wall time in seconds after which it is ended. */
  readonly timeLimitSec?: number
}

/** The plan of a task, or in sentences why there is none: the built-in analyst reads results of jobs and does nothing else. */
export function planTask({
  task,
  agent,
  cwd,
  timeLimitSec = taskLimitSec,
}: TaskWish): { readonly plan: Plan } | { readonly refusals: readonly string[] } {
  // As a text: which agents there are is another file's to say.
  if ((agent.kind as string) === 'builtin')
    return {
      refusals: [
        'The built-in analyst can only read the results of a job: a task of its own needs an agent, such as Claude Code or Codex.',
      ],
    }
  return {
    plan: {
      work: { kind: 'agent', agent, task, about: null },
      backend: { kind: 'local' },
      cwd,
      env: {},
      timeLimitSec,
      preflight: { checks: [], onFail: 'reject' },
      watch: {
        everySec: watchDefaults.everySec,
        tailLines: watchDefaults.tailLines,
        requireFiles: [],
        readyTimeoutSec: watchDefaults.readyTimeoutSec,
        readyPollSec: watchDefaults.readyPollSec,
        onMissing: watchDefaults.onMissing,
      },
      followUp: null,
    },
  }
}
