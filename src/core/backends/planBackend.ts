// Plans of jobs that run elsewhere: an ordinary plan that is sent there, or one that adopts what is there already. Pure.
import { preflightDefaults, type Watch, watchDefaults } from '../blocks/schema'
import type { FollowUpPlan, Plan } from '../jobs/plan'
import { shellQuote } from '../shellQuote'
import { type BackendPlan, backendPlanSchema, type GithubPlan, isAdopted } from './backendPlan'
import { scriptProblem } from './slurm/scriptLines'

export type BackendResult = { readonly plan: Plan } | { readonly refusals: readonly string[] }

/** The same plan, run elsewhere; or in sentences why it cannot be. */
export function withBackend(plan: Plan, backend: BackendPlan): BackendResult {
  const checked = backendPlanSchema.safeParse(backend)
  if (!checked.success) return { refusals: checked.error.issues.map((issue) => explain(issue)) }
  const refusals: string[] = []
  if (backend.kind !== 'local') {
    if (plan.work.kind === 'agent') refusals.push('A turn of an agent runs on this machine only.')
    if (plan.stages !== undefined)
      refusals.push('A job with a stage before its work (supervisor) runs on this machine only: submit the work alone.')
    if (plan.experiment !== undefined && backend.kind === 'slurm' && backend.host !== undefined)
      refusals.push('A run of an experiment needs its files here: a cluster that is reached by ssh cannot write them.')
  }
  if (backend.kind === 'slurm' && backend.ask.act === 'submit' && plan.work.kind === 'command') {
    const problem = scriptProblem(plan.work.command)
    if (problem !== null) refusals.push(problem)
  }
  return refusals.length > 0 ? { refusals } : { plan: { ...plan, backend } }
}

/** What is adopted, or asked of a service, has a plan of its own. `title` says what it is; nothing of it is run. */
export interface ForeignWork {
  readonly backend: Exclude<BackendPlan, { kind: 'local' }>
  readonly title: string
  /** Where the files are that it must write, absolute. */
  readonly cwd: string
  readonly watch?: Pick<
    Watch,
    'everySec' | 'tailLines' | 'requireFiles' | 'readyTimeoutSec' | 'readyPollSec' | 'onMissing' | 'alertOn'
  >
  readonly followUp?: FollowUpPlan | null
}

export function planForeign({ backend, title, cwd, watch = {}, followUp = null }: ForeignWork): BackendResult {
  const { alertOn } = watch
  return withBackend(
    {
      work: { kind: 'command', command: title },
      backend: { kind: 'local' },
      cwd,
      env: {},
      timeLimitSec: null,
      preflight: { checks: [], onFail: preflightDefaults.onFail },
      watch: {
        everySec: watch.everySec ?? watchDefaults.everySec,
        tailLines: watch.tailLines ?? watchDefaults.tailLines,
        requireFiles: watch.requireFiles ?? watchDefaults.requireFiles,
        readyTimeoutSec: watch.readyTimeoutSec ?? watchDefaults.readyTimeoutSec,
        readyPollSec: watch.readyPollSec ?? watchDefaults.readyPollSec,
        onMissing: watch.onMissing ?? watchDefaults.onMissing,
        ...(alertOn === undefined ? {} : { alertOn }),
      },
      followUp,
    },
    backend,
  )
}

/** A dispatch as the line that a person would type. For reading: it is never run as that. */
export function dispatchLine({ repo, ask }: GithubPlan): string {
  if (ask.act === 'adopt') return `gh run view ${ask.runId} --repo ${repo}`
  const inputs = Object.entries(ask.inputs).map(([name, value]) => ` -f ${shellQuote(`${name}=${value}`)}`)
  return `gh workflow run ${shellQuote(ask.workflow)} --repo ${repo} --ref ${shellQuote(ask.ref)}${inputs.join('')}`
}

/** Whether it can be started anew, so that another attempt makes sense. */
export function canRestart({ backend }: Plan): boolean {
  return !isAdopted(backend)
}

function explain({ path, message }: { readonly path: readonly PropertyKey[]; readonly message: string }): string {
  const name = path.filter((part) => typeof part === 'string' && !['ask', 'options'].includes(part)).join('.')
  return `${name === '' ? 'Where it runs' : `“${name}”`} cannot be used: ${message}.`
}
