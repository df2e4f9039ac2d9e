// Runs as the page of experiments is told them: the columns that they need, and one row each. Pure: who calls has read them.
import type { ShownState } from '../jobs/describeJob'
import { stateSigns } from '../jobs/jobWords'
import type { ExperimentPlan } from './experimentPlan'
import type { PageRun, RunAction } from './experimentsPage'
import type { ExperimentsWords } from './experimentsWords'
import type { ParamValue, RunStatus } from './registryRecord'
import { type CellValue, type OwnColumn, type RunColumn, runColumns } from './runColumns'
import type { RunRow, RunTable } from './runTable'

/** More are not shown at once: the newest are, and the best ones whatever their age. */
export const maxTableRuns = 5_000

/** Each of another shape. */
export const runSigns: Readonly<Record<RunStatus, string>> = { success: '✓', failed: '✗', canceled: '■' }

/** A run that is not recorded yet, known by its job. */
export interface LiveRun {
  readonly experiment: ExperimentPlan
  readonly jobId: string
  readonly atMs: number
  /** That of its job. */
  readonly state: ShownState
  /** The same in the person's language. */
  readonly word: string
}

/** The runs of one folder. */
export interface FolderRuns {
  /** Tells it from others. */
  readonly key: string
  readonly name: string
  readonly table: RunTable
  readonly live: readonly LiveRun[]
}

/** A run of several folders by one name. */
export function runKey(folder: string, runId: string): string {
  return `${folder}/${runId}`
}

export interface PageRuns {
  readonly columns: readonly RunColumn[]
  readonly rows: readonly PageRun[]
  /** Older runs that are left out. */
  readonly hidden: number
}

export function pageRuns(
  folders: readonly FolderRuns[],
  words: ExperimentsWords,
  actionsOf: (folder: FolderRuns, run: RunRow | LiveRun) => readonly RunAction[],
): PageRuns {
  const unique = (lists: readonly (readonly string[])[]) => [...new Set(lists.flat())]
  const tables = folders.map(({ table }) => table)
  const live = folders.flatMap((folder) => folder.live)
  const columns = runColumns(
    {
      params: unique([
        ...tables.map(({ paramNames }) => paramNames),
        ...live.map(({ experiment }) => Object.keys(experiment.params)),
      ]),
      differing: unique(tables.map(({ differing }) => differing)),
      metrics: unique(tables.map(({ metricNames }) => metricNames)),
      primaries: unique(tables.map(({ best }) => best.map(({ metric }) => metric))),
      hasFolders: folders.length > 1,
    },
    words.columns,
  )
  const rows: PageRun[] = []
  let hidden = 0
  for (const folder of folders) {
    for (const run of folder.live) rows.push(renderLive(folder, run, columns, actionsOf(folder, run)))
    const total = folder.table.rows.length
    folder.table.rows.forEach((run, index) => {
      if (index >= maxTableRuns && !run.isBest) hidden++
      else rows.push(renderRecorded(folder, run, total - index, columns, words, actionsOf(folder, run)))
    })
  }
  return { columns, rows, hidden }
}

function renderRecorded(
  folder: FolderRuns,
  run: RunRow,
  order: number,
  columns: readonly RunColumn[],
  words: ExperimentsWords,
  actions: readonly RunAction[],
): PageRun {
  const { runId, status, primary, record } = run
  const own: Readonly<Record<OwnColumn, CellValue>> = {
    run: runId,
    status: words.states[status],
    metric: primary?.name ?? null,
    value: primary?.value ?? null,
    delta: run.deltaToBest,
    started: run.startedAtMs,
    duration: run.durationMs,
    template: run.template,
    seed: run.seed ?? run.params['seed'] ?? null,
    commit: record.git.commit?.slice(0, 12) ?? null,
    folder: folder.name,
  }
  return {
    key: runKey(folder.key, runId),
    runId,
    state: status,
    sign: runSigns[status],
    isBest: run.isBest,
    atMs: run.startedAtMs ?? readTime(record.recordedAt) ?? 0,
    order,
    cells: columns.map((column) => cellOf(column, own, run.params, run.metrics)),
    actions,
  }
}

function renderLive(
  folder: FolderRuns,
  { experiment, atMs, state, word }: LiveRun,
  columns: readonly RunColumn[],
  actions: readonly RunAction[],
): PageRun {
  const { runId, primary, params, template } = experiment
  const own: Readonly<Record<OwnColumn, CellValue>> = {
    run: runId,
    status: word,
    metric: primary?.name ?? null,
    value: null,
    delta: null,
    started: atMs,
    duration: null,
    template,
    seed: params['seed'] ?? null,
    commit: null,
    folder: folder.name,
  }
  return {
    key: runKey(folder.key, runId),
    runId,
    state: stateOf(state),
    sign: stateSigns[state],
    isBest: false,
    atMs,
    order: Number.MAX_SAFE_INTEGER,
    cells: columns.map((column) => cellOf(column, own, params, {})),
    actions,
  }
}

/** One whose job is over although it is not recorded is as its job was. */
function stateOf(state: ShownState): PageRun['state'] {
  switch (state) {
    case 'succeeded':
      return 'success'
    case 'stopped':
      return 'canceled'
    case 'failed':
    case 'lost':
    case 'blocked':
      return 'failed'
    default:
      return 'live'
  }
}

function cellOf(
  { id, group }: RunColumn,
  own: Readonly<Record<string, CellValue>>,
  params: Readonly<Record<string, ParamValue>>,
  metrics: Readonly<Record<string, number>>,
): CellValue {
  const name = id.slice(id.indexOf(':') + 1)
  const values: Readonly<Record<string, CellValue>> = group === 'run' ? own : group === 'param' ? params : metrics
  return Object.hasOwn(values, name) ? (values[name] ?? null) : null
}

function readTime(text: string | null): number | null {
  const ms = text === null ? NaN : Date.parse(text)
  return Number.isNaN(ms) ? null : ms
}
