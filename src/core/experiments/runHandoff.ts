// The entry of a run in HANDOFF_LOG.md: what was observed, apart from what it may mean. The file is append-only.
import { endMarker, fence, oneLine } from '../documents/handoffEntry'
import { formatNumber } from '../followUps/quantities'
import { showInvisible } from '../logs/plainText'
import type { Comparison } from './compareRuns'
import type { NextRun } from './nextRun'
import type { RunRecord } from './registryRecord'
import { renderParams } from './runReport'

export interface RunHandoffInput {
  /** Id of the edit; it makes the entry recognisable. */
  readonly edit: string
  /** ISO 8601 with the local offset. */
  readonly at: string
  readonly record: RunRecord
  /** As it was approved; null where a person recorded a run by hand. */
  readonly command: string | null
  readonly scope: string
  readonly comparison: Comparison
  readonly next: NextRun
  /** What is wrong with the files of the run, sentences. */
  readonly problems: readonly string[]
  /** Lines of a log that show a failure. */
  readonly evidence: readonly string[]
}

export function renderRunHandoff(input: RunHandoffInput): string {
  const { edit, at, record, command, comparison, next } = input
  const { primary, paths, git } = record
  const meta = {
    type: 'run',
    run_id: record.runId,
    job_id: record.jobId,
    task_id: record.taskId,
    commit: git.commit,
    dirty: git.dirty,
  }
  const value = primary === null ? 'none' : primary.value === null ? 'missing' : formatNumber(primary.value)
  return [
    '',
    `## ${at}`,
    '',
    `<!-- ${JSON.stringify(meta).replaceAll('--', '-\\u002d')} -->`,
    '',
    '### Scope',
    '',
    `${plain(input.scope)} — run \`${plain(record.runId)}\`${record.template === null ? '' : ` of \`${plain(record.template)}\`${renderParams(record)}`}.`,
    '',
    '### Exact commands',
    '',
    fence(command ?? record.command.map((word) => word).join(' '), 'sh'),
    '',
    '### Output artifacts',
    '',
    ...[paths.metrics, paths.meta, paths.trainLog].flatMap((file) => (file === null ? [] : [`- \`${plain(file)}\``])),
    '',
    '### Results (observed)',
    '',
    `- Status: ${record.status}${record.error === null ? '' : ` — ${plain(record.error)}`}`,
    ...(primary === null ? [] : [`- \`${plain(primary.name)}\`: ${value}`]),
    ...input.problems.slice(0, 10).map((problem) => `- ${plain(problem)}`),
    `- started ${plain(record.startedAt ?? 'never')}, ended ${plain(record.endedAt ?? 'not known')}`,
    ...(input.evidence.length === 0
      ? []
      : [
          '',
          fence(
            input.evidence
              .slice(0, 5)
              .map((line) => showInvisible(line).slice(0, 300))
              .join('\n'),
            'text',
          ),
        ]),
    '',
    '### Interpretation',
    '',
    plain(comparison.sentence),
    '',
    '### Decision',
    '',
    'None was taken automatically.',
    '',
    '### Next step',
    '',
    `To discuss: ${plain(next.why)}`,
    ...(next.command === null ? [] : ['', fence(showInvisible(next.command), 'sh')]),
    '',
    endMarker(edit),
    '',
  ].join('\n')
}

function plain(text: string): string {
  return showInvisible(oneLine(text)).slice(0, 2_000)
}
