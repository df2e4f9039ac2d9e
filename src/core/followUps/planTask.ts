// The plan of a task of its own: something that an agent is asked to do, about no job. Pure.
import { watchDefaults } from '../blocks/schema'
import type { Plan } from '../jobs/plan'
import { type Agent, jobLimitSec } from './agent'

export interface TaskWish {
  readonly task: string
  readonly agent: Agent
  /** Absolute. */
  readonly cwd: string
}

/** The plan of a task, or in sentences why there is none: the built-in analyst reads results of jobs and does nothing else. */
export function planTask({
  task,
  agent,
  cwd,
}: TaskWish): { readonly plan: Plan } | { readonly refusals: readonly string[] } {
  if (agent.kind === 'builtin')
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
      timeLimitSec: jobLimitSec(agent),
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
