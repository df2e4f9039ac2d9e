// The section of one run in reports/rolling_report.md, as the contract has it. Texts of the run are data in it.
import { fence, oneLine } from '../documents/handoffEntry'
import { formatNumber } from '../followUps/quantities'
import { showInvisible } from '../logs/plainText'
import type { Comparison } from './compareRuns'
import { quoteIfNeeded } from './nextRun'
import type { RunRecord } from './registryRecord'

export const rollingReportHeader = '# Rolling report\n\nOne section for every run, the newest last.\n'

const maxKeyMetrics = 8

/** The line that a section begins with; the deployed tools write the same. */
export function runHeading(runId: string): string {
  return `## Run \`${oneLine(runId)}\``
}

/** The last line of the section of a run. */
export function runMarker(runId: string): string {
  return `<!-- relay end run ${oneLine(runId)} -->`
}

/** The whole section, beginning with an empty line. */
export function renderRunSection(record: RunRecord, comparison: Comparison): string {
  const { primary, paths } = record
  const code = (text: string | null) => `\`${plain(text ?? 'unknown')}\``
  const metrics = Object.entries(record.metrics)
    .filter(([name]) => name !== primary?.name)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return [
    '',
    runHeading(record.runId),
    '',
    `- Status: ${code(record.status)}`,
    primary === null
      ? '- Primary metric: none'
      : `- Primary metric: ${code(`${primary.name}=${primary.value === null ? 'missing' : formatNumber(primary.value)}`)} (\`higher_is_better=${String(primary.higherIsBetter)}\`)`,
    `- Compared: ${plain(comparison.sentence)}`,
    `- Started: ${code(record.startedAt)}`,
    `- Ended: ${code(record.endedAt)}`,
    `- Command: ${code(record.command.length === 0 ? null : record.command.map(quoteIfNeeded).join(' '))}`,
    ...(record.template === null ? [] : [`- Template: ${code(record.template)}${renderParams(record)}`]),
    '',
    '### Key metrics',
    '',
    ...(metrics.length === 0
      ? ['- (none besides the primary metric)']
      : metrics.slice(0, maxKeyMetrics).map(([name, value]) => `- ${code(name)}: \`${formatNumber(value)}\``)),
    ...(metrics.length > maxKeyMetrics ? [`- … and ${metrics.length - maxKeyMetrics} more in the metrics file`] : []),
    '',
    '### Artifact pointers',
    '',
    `- Run dir: ${code(paths.runDir)}`,
    `- Metrics: ${code(paths.metrics)}`,
    `- Log: ${code(paths.trainLog)}`,
    `- Meta: ${code(paths.meta)}`,
    '',
    '### Verification commands',
    '',
    fence(
      [
        `relay exp validate ${quoteIfNeeded(paths.metrics ?? 'metrics.json')}`,
        `grep -n ${quoteIfNeeded(record.runId)} exp/registry.jsonl`,
      ].join('\n'),
      'sh',
    ),
    ...(record.error === null
      ? []
      : ['', '### Error', '', `- ${code(record.errorType ?? 'unknown')}: ${plain(record.error)}`]),
    '',
    runMarker(record.runId),
    '',
  ].join('\n')
}

/** `(lr=0.1, seed=3)`, or nothing. */
export function renderParams({ params }: Pick<RunRecord, 'params'>): string {
  const words = Object.entries(params).map(([name, value]) => `${name}=${String(value)}`)
  return words.length === 0 ? '' : ` (${plain(words.join(', ')).slice(0, 400)})`
}

function plain(text: string): string {
  return showInvisible(oneLine(text)).slice(0, 2_000)
}
