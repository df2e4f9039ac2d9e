// The blocks that a person starts from, as snippets of an editor: what stands between `${1:` and `}` is to be filled in.
import { usualThenTask } from './checkContract'

export interface BlockTemplate {
  readonly label: string
  readonly doc: string
  readonly snippet: string
}

const watch = (fields: string): string => `"watch":{"everySec":300,"tailLines":30,${fields},"runTasks":true\\}`
const block = (fields: string): string =>
  `[[relay-actions]]\n{"actions":[{"type":"job_start",${fields}\\}]\\}\n[[/relay-actions]]\n[[task:done]]\n`
const runDir = 'exp/results/${1:run_id}'

export const blockTemplates: readonly BlockTemplate[] = [
  {
    label: 'relay job',
    doc: 'A job that runs a command, and an agent that reads its log when it has ended.',
    snippet: block(`"command":"\${1:command}",${watch(`"thenTask":"\${2:${usualThenTask}}"`)}`),
  },
  {
    label: 'relay research run',
    doc: 'A training or evaluation run with its run id, its folder, its files and what is done with them afterwards.',
    snippet: block(
      [
        `"command":"scripts/vr_run.sh --run-id \${1:run_id} --run-dir ${runDir} -- \${2:command}"`,
        '"preflight":{"checks":[{"type":"path_exists","path":"scripts/vr_run.sh"\\}]\\}',
        watch(
          `"requireFiles":["${runDir}/metrics.json","${runDir}/meta.json","${runDir}/train.log"],"readyTimeoutSec":900,"onMissing":"block",` +
            `"thenTask":"Validate ${runDir}/metrics.json, append the run to exp/registry.jsonl, append a markdown run summary to reports/rolling_report.md, update HANDOFF_LOG.md and docs/WORKING_MEMORY.md with evidence paths, compare against the current best run, and propose one next experiment command."`,
        ),
      ].join(','),
    ),
  },
]
