// What the `command.sh` of a job holds.
import { type Job, stageAt } from '../../core/jobs/job'
import { shellQuote } from '../../core/shellQuote'

export interface AgentPrograms {
  readonly node: string
  /** The installed dist/supervisor.js, which also runs the turns of agents. */
  readonly supervisor: string
  /** The state folder. */
  readonly root: string
}

/** The command of a job, or of the stage before it that it is in; for an agent the line that starts it. What it is asked is read from the spec, not from here. */
export function renderScript(job: Job, { node, supervisor, root }: AgentPrograms): string {
  const { id, plan } = job.spec
  const early = 'stage' in job.state ? stageAt(job, job.state.stage) : null
  if (early !== null) return `${early.command}\n`
  if (plan.work.kind === 'command') return `${plan.work.command}\n`
  const electron = process.versions['electron'] === undefined ? [] : ['ELECTRON_RUN_AS_NODE=1']
  return `exec env ${[...electron, node, supervisor, 'turn', root, id].map(shellQuote).join(' ')}\n`
}
