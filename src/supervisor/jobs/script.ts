// What the `command.sh` of a job holds.
import type { JobSpec } from '../../core/jobs/spec'
import { shellQuote } from '../../core/shellQuote'

export interface AgentPrograms {
  readonly node: string
  /** The installed dist/supervisor.js, which is also the built-in analyst. */
  readonly supervisor: string
  /** The state folder. */
  readonly root: string
}

/** The command of a job; for an agent the line that starts it. What it is asked is read from the spec, not from here. */
export function renderScript({ id, plan }: JobSpec, { node, supervisor, root }: AgentPrograms): string {
  if (plan.work.kind === 'command') return `${plan.work.command}\n`
  const electron = process.versions['electron'] === undefined ? [] : ['ELECTRON_RUN_AS_NODE=1']
  return `exec env ${[...electron, node, supervisor, 'analyse', root, id].map(shellQuote).join(' ')}\n`
}
