// What a run of an experiment makes happen, and what has been done after it, in words.
import type { DonePart } from '../jobs/job'
import type { PlanFact } from '../jobs/renderPlan'
import type { ExperimentPlan } from './experimentPlan'
import type { RunPart } from './runParts'

/** How long each of the workspace's own programs may take. */
export const ownToolLimitSec = 300

/** For the approval: the run, the documents that are written after it, and the exact commands of the workspace's own programs. */
export function renderExperimentFacts(experiment: ExperimentPlan): readonly PlanFact[] {
  const { runId, runDir, template, primary, tools } = experiment
  const judged =
    primary === null
      ? 'not compared'
      : `judged by ${primary.name} (${primary.higherIsBetter ? 'higher' : 'lower'} is better)`
  const ours = [
    tools?.validate === undefined ? 'metrics.json is checked' : '',
    tools?.append === undefined ? 'a line is appended to exp/registry.jsonl' : '',
    tools?.summarize === undefined ? 'a section is appended to reports/rolling_report.md' : '',
    'an entry is appended to HANDOFF_LOG.md',
    'the sections of relay in docs/WORKING_MEMORY.md are rewritten',
    'it is compared with the best run, and a next run is proposed, which nothing starts',
  ].filter((one) => one !== '')
  return [
    {
      label: 'Experiment',
      value: `run ${runId} in ${runDir}${template === null ? '' : `, from the template ${template}`}; ${judged}`,
    },
    { label: 'After the run', value: `however it ends: ${ours.join('; ')}` },
    ...Object.values(tools ?? {}).map((command): PlanFact => ({
      label: 'Then it runs',
      value: `the workspace's own program, at most ${ownToolLimitSec} s:\n${command}`,
    })),
  ]
}

export const partNames: Readonly<Record<RunPart, string>> = {
  validate: 'metrics.json',
  classify: 'failure',
  registry: 'exp/registry.jsonl',
  report: 'reports/rolling_report.md',
  handoff: 'HANDOFF_LOG.md',
  working_memory: 'docs/WORKING_MEMORY.md',
  compare: 'comparison',
  propose: 'next run',
}

/** For whoever goes on after the run: what is done, so that it is not done once more, and what is not. One line each. */
export function renderDoneParts(parts: readonly DonePart[]): readonly string[] {
  return parts.map(({ part, detail, problem }) => {
    const [mark, text] = problem === null ? ['done', detail] : ['NOT done', problem]
    return `${partNames[part]}: ${mark}${text === '' ? '' : ` — ${text}`}`
  })
}
