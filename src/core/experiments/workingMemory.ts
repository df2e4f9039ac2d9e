// What relay keeps in docs/WORKING_MEMORY.md: a snapshot of how things are, in marked sections; the rest of the file is the
// person's. It is rewritten and never grows with the number of runs: no log, no dates of the past but those of what is shown.
import { fence, oneLine } from '../documents/handoffEntry'
import type { DocumentSection, SectionsEdit } from '../documents/sections'
import { formatNumber } from '../followUps/quantities'
import { showInvisible } from '../logs/plainText'
import type { NextRun } from './nextRun'
import type { RunRecord } from './registryRecord'
import type { RunTable } from './runTable'

/** The length of the whole file that relay does not go beyond. */
export const maxMemoryLines = 200
const maxBest = 5
const maxJobs = 8

export interface ActiveRun {
  readonly jobId: string
  readonly runId: string | null
  readonly startedAt: string | null
  readonly log: string | null
}

export interface MemoryInput {
  /** Name of the workspace folder. */
  readonly name: string
  /** ISO 8601 with the local offset. */
  readonly at: string
  readonly branch: string | null
  readonly commit: string | null
  readonly dirty: boolean | null
  readonly table: RunTable
  readonly last: RunRecord
  readonly active: readonly ActiveRun[]
  readonly next: NextRun
}

/** The edit that brings the file up to date. */
export function renderWorkingMemory(input: MemoryInput): SectionsEdit {
  const sections = [state(input), best(input), active(input), next(input), pointers(input)]
  const [first = '', ...rest] = sections.map(({ name }) => `{${name}}`)
  return {
    kind: 'replace_sections',
    // What a person fills in stands between ours, in the order of the contract.
    skeleton: [
      `# ${plain(input.name)} Working Memory (living snapshot)`,
      '',
      first,
      '',
      '## Objective',
      '',
      '- (What are we trying to show? Write it here.)',
      '',
      '## Active Hypotheses (max 3)',
      '',
      '- (H1: one sentence that can turn out to be wrong.)',
      '',
      ...rest.flatMap((one, at) =>
        at === rest.length - 1 ? ['## Open Questions', '', '- (none yet)', '', one] : [one, ''],
      ),
      '',
    ].join('\n'),
    sections,
    maxLines: maxMemoryLines,
  }
}

function state({ at, branch, commit, dirty }: MemoryInput): DocumentSection {
  const changed = dirty === null ? 'not known' : dirty ? 'yes' : 'no'
  const lines = [
    `Last updated: ${at}`,
    `Branch: ${plain(branch ?? 'not known')}`,
    `Commit: ${commit === null ? 'not known' : `${plain(commit).slice(0, 12)} (dirty: ${changed})`}`,
  ]
  // Two blanks: a line end that Markdown keeps.
  return section(
    'state',
    lines.map((line) => `${line}  `),
  )
}

function best({ table, last }: MemoryInput): DocumentSection {
  const lines = table.best.slice(0, maxBest).map(({ metric, higherIsBetter, runId, value, of }) => {
    const row = table.rows.find((one) => one.runId === runId)
    const from = row?.record.paths.metrics ?? null
    const commit = row?.record.git.commit ?? null
    return `- \`${plain(metric)}\` = ${formatNumber(value)} (${higherIsBetter ? 'higher' : 'lower'} is better, best of ${of}): run \`${plain(runId)}\`${from === null ? '' : `, \`${plain(from)}\``}${commit === null ? '' : `, commit ${plain(commit).slice(0, 12)}`}`
  })
  const more =
    table.best.length > maxBest ? [`- … and ${table.best.length - maxBest} more metrics: \`relay exp best\``] : []
  const value =
    last.primary === null
      ? ''
      : `, ${plain(last.primary.name)} ${last.primary.value === null ? 'missing' : formatNumber(last.primary.value)}`
  return section('best', [
    '## Current Best Result',
    '',
    ...(lines.length === 0 ? ['- none yet: no run has succeeded with a primary metric'] : lines),
    ...more,
    `- Last run: \`${plain(last.runId)}\` ${last.status}${value}`,
  ])
}

function active({ active }: MemoryInput): DocumentSection {
  const lines = active.slice(0, maxJobs).map(({ jobId, runId, startedAt, log }) => {
    const facts = [
      runId === null ? '' : `run \`${plain(runId)}\``,
      startedAt === null ? '' : `started ${plain(startedAt)}`,
      log === null ? '' : `log \`${plain(log)}\``,
    ]
    return `- job ${plain(jobId)}${facts
      .filter((fact) => fact !== '')
      .map((fact) => ` — ${fact}`)
      .join('')}`
  })
  const more = active.length > maxJobs ? [`- … and ${active.length - maxJobs} more: \`relay list\``] : []
  return section('jobs', ['## Running / Active Jobs', '', ...(lines.length === 0 ? ['- none'] : lines), ...more])
}

function next({ next }: MemoryInput): DocumentSection {
  return section('next', [
    '## Next Experiment (to discuss)',
    '',
    plain(next.why),
    ...(next.command === null ? [] : ['', ...fence(showInvisible(next.command), 'sh').split('\n')]),
  ])
}

function pointers({ last }: MemoryInput): DocumentSection {
  return section('pointers', [
    '## Key Artifact Pointers',
    '',
    `- Last run: \`${plain(last.paths.runDir ?? last.runId)}\``,
    '- Registry: `exp/registry.jsonl`',
    '- Report: `reports/rolling_report.md`',
    '- Handoff log: `HANDOFF_LOG.md`',
  ])
}

function section(name: string, lines: readonly string[]): DocumentSection {
  return { name, text: `${lines.join('\n')}\n` }
}

function plain(text: string): string {
  return showInvisible(oneLine(text)).slice(0, 600)
}
