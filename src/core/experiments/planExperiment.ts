// A template and values become the plan of a job: the run contract, with everything that the run and the work after it can make
// happen. Pure: whoever calls has read the template and looked what the workspace has.
import type { JobStart } from '../blocks/schema'
import type { Agent } from '../followUps/agent'
import { planJob, type Plan, type PlanDefaults } from '../jobs/plan'
import { shellQuote } from '../shellQuote'
import type { ExperimentPlan } from './experimentPlan'
import { reservedNames, typedParam } from './keyValues'
import { quoteIfNeeded } from './nextRun'
import { runDirOf } from './runId'
import { placeholdersIn, substitute } from './substitute'
import type { ExperimentTemplate } from './template'

export const launcher = 'scripts/vr_run.sh'

/** The workspace's own programs for the work after a run, where it has them. */
export interface OwnTools {
  readonly validate: boolean
  readonly append: boolean
  readonly summarize: boolean
}

export const ownToolFiles = {
  validate: 'tools/exp/validate_metrics.py',
  append: 'tools/exp/append_registry.py',
  summarize: 'tools/exp/summarize_run.py',
} as const

export interface ExperimentInput {
  readonly template: ExperimentTemplate
  /** What was given, without the defaults. */
  readonly values: Readonly<Record<string, string>>
  readonly runId: string
  /** The workspace folder, absolute: the job runs there. */
  readonly cwd: string
  readonly tools: OwnTools
  /** Who does the follow-up. */
  readonly agent: Agent
  readonly defaults?: PlanDefaults
}

export type ExperimentPlanned =
  | {
      readonly kind: 'planned'
      readonly plan: Plan
      readonly description: string
      readonly runId: string
      /** Relative to the workspace. */
      readonly runDir: string
    }
  /** Names that have neither a value nor a default: to be asked for. */
  | { readonly kind: 'missing'; readonly names: readonly string[] }
  | { readonly kind: 'refused'; readonly problems: readonly string[] }

export function planExperiment({
  template,
  values,
  runId,
  cwd,
  tools,
  agent,
  defaults = {},
}: ExperimentInput): ExperimentPlanned {
  const given = { ...template.defaults, ...values }
  const missing = template.names.filter((name) => !Object.hasOwn(given, name))
  if (missing.length > 0) return { kind: 'missing', names: missing }
  const runDir = runDirOf(runId)
  const all = { ...given, run_id: runId, run_dir: runDir, out_dir: `${runDir}/artifacts` }
  const fill = (text: string) => substitute(text, all)

  const { watch } = template
  const thenTask = fill(watch.thenTask ?? usualRunTask)
  const unknown = placeholdersIn([watch.thenTask ?? '']).filter((name) => !Object.hasOwn(all, name))
  const problems = unknown.map((name) => `watch.thenTask asks for {${name}}, which the template does not have.`)
  const command = [
    ...[launcher, '--run-id', runId, '--run-dir', runDir, '--'].map(quoteIfNeeded),
    ...template.command.map((word) => quoteWord(fill(word))),
  ].join(' ')
  // The limits of a block hold for a job that was made from a template, too.
  if (command.length > 12_000) problems.push(`The command has ${command.length} characters, more than 12,000.`)
  if (thenTask.length > 2_000) problems.push(`watch.thenTask has ${thenTask.length} characters, more than 2,000.`)
  const requireFiles = ['metrics.json', 'meta.json', 'train.log'].map((name) => `${runDir}/${name}`)
  const files = [...new Set([...requireFiles, ...(watch.requireFiles ?? []).map(fill)])]
  if (files.length > 32) problems.push(`watch.requireFiles names ${files.length} files, more than 32.`)
  if (problems.length > 0) return { kind: 'refused', problems }

  const checks = (template.preflight?.checks ?? []).map((check) => {
    if (check.type === 'cmd_exit_zero') return { ...check, cmd: fill(check.cmd) }
    return check.path === undefined ? check : { ...check, path: fill(check.path) }
  })
  const description = describeRun(template, values, runId)
  const action: JobStart = {
    type: 'job_start',
    command,
    description,
    preflight: {
      checks: [{ type: 'path_exists', path: launcher }, ...checks],
      ...(template.preflight?.onFail !== undefined && { onFail: template.preflight.onFail }),
    },
    watch: { runTasks: true, ...watch, thenTask, requireFiles: files },
  }
  const result = planJob(action, cwd, { ...defaults, agent })
  if ('refusals' in result) return { kind: 'refused', problems: result.refusals }
  const params = Object.fromEntries(template.names.map((name) => [name, typedParam(given[name] ?? '') ?? ''] as const))
  const experiment: ExperimentPlan = {
    runId,
    runDir,
    template: template.id,
    primary: template.primary,
    params,
    ...ownCommands(tools, runDir),
  }
  return {
    kind: 'planned',
    plan: { ...result.plan, env: { ...result.plan.env, ...runEnvironment(experiment) }, experiment },
    description,
    runId,
    runDir,
  }
}

/** What the follow-up of a run is asked, unless its template says something else. */
const usualRunTask =
  'Validate {run_dir}/metrics.json, append the run to exp/registry.jsonl, append a markdown run summary to reports/rolling_report.md, update HANDOFF_LOG.md and docs/WORKING_MEMORY.md with evidence paths, compare against the current best run, and propose one next experiment command.'

/** A template's word is one word of the shell, whatever is in it. */
function quoteWord(word: string): string {
  return word === '' ? "''" : /^[\w@%+=:,./-]+$/.test(word) ? word : shellQuote(word)
}

function describeRun(
  { id, description }: ExperimentTemplate,
  values: Readonly<Record<string, string>>,
  runId: string,
): string {
  const changed = Object.entries(values).map(([name, value]) => `${name}=${value}`)
  return `${description ?? id}${changed.length === 0 ? '' : `: ${changed.join(' ')}`} (${runId})`.slice(0, 200)
}

/** The commands of the workspace's own programs, exactly as they will be run. */
function ownCommands(tools: OwnTools, runDir: string): Pick<ExperimentPlan, 'tools'> {
  const dir = quoteIfNeeded(runDir)
  const commands = {
    ...(tools.validate && { validate: `python3 ${ownToolFiles.validate} ${dir}/metrics.json` }),
    ...(tools.append && { append: `python3 ${ownToolFiles.append} --registry exp/registry.jsonl --run-dir ${dir}` }),
    ...(tools.summarize && {
      summarize: `python3 ${ownToolFiles.summarize} --run-dir ${dir} --out-md reports/rolling_report.md --append`,
    }),
  }
  return Object.keys(commands).length === 0 ? {} : { tools: commands }
}

/** What scripts/vr_run.sh and the command are told of the run. */
function runEnvironment({ runId, runDir, params, primary }: ExperimentPlan): Readonly<Record<string, string>> {
  const { seed } = params
  return {
    RELAY_RUN_ID: runId,
    RELAY_RUN_DIR: runDir,
    RELAY_RUN_PARAMS: JSON.stringify(params),
    ...(typeof seed === 'number' && Number.isSafeInteger(seed) && seed >= 0 && { RELAY_RUN_SEED: String(seed) }),
    ...(primary !== null && {
      VR_PRIMARY_NAME: primary.name,
      VR_PRIMARY_HIGHER_IS_BETTER: String(primary.higherIsBetter),
    }),
  }
}

/** Names that a form asks for: what relay fills in is none of them. */
export function isAskedFor(name: string): boolean {
  return !reservedNames.some((one) => one === name)
}
