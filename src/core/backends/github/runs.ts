// Workflow runs as `gh run list --json` and `gh run view --json` tell of them, and what that means for a job. Pure.
import * as z from 'zod'
import type { Exit } from '../../jobs/exit'
import type { RemoteSeen } from '../../jobs/remote'

export const runListFields =
  'databaseId,status,conclusion,displayTitle,event,headBranch,headSha,name,createdAt,startedAt,updatedAt,url,workflowName,workflowDatabaseId'

/** Only these are looked at: gh adds fields with its versions. */
const runSchema = z.object({
  databaseId: z.int().min(1),
  status: z.string(),
  conclusion: z.string().nullish(),
  displayTitle: z.string().default(''),
  event: z.string().default(''),
  headBranch: z.string().nullish(),
  headSha: z.string().nullish(),
  name: z.string().nullish(),
  workflowName: z.string().nullish(),
  createdAt: z.string().nullish(),
  startedAt: z.string().nullish(),
  updatedAt: z.string().nullish(),
  url: z.string().nullish(),
})

export interface WorkflowRun {
  readonly id: string
  /** `queued`, `in_progress`, `completed`, `waiting`, `requested`, `pending`. */
  readonly status: string
  /** Null as long as it is not over. */
  readonly conclusion: string | null
  readonly title: string
  readonly event: string
  readonly branch: string | null
  readonly sha: string | null
  readonly workflow: string | null
  readonly createdMs: number | null
  readonly startedMs: number | null
  readonly updatedMs: number | null
  readonly url: string | null
}

/** The runs in what gh printed; those that cannot be understood are left out. Throws nothing. */
export function parseRuns(stdout: string): readonly WorkflowRun[] {
  let value: unknown
  try {
    value = JSON.parse(stdout)
  } catch {
    return []
  }
  return (Array.isArray(value) ? value : [value]).flatMap((one) => {
    const parsed = runSchema.safeParse(one)
    if (!parsed.success) return []
    const run = parsed.data
    const conclusion = run.conclusion ?? ''
    return [
      {
        id: String(run.databaseId),
        status: run.status,
        conclusion: conclusion === '' ? null : conclusion,
        title: run.displayTitle,
        event: run.event,
        branch: run.headBranch ?? null,
        sha: run.headSha ?? null,
        workflow: run.workflowName ?? run.name ?? null,
        createdMs: timeOf(run.createdAt),
        startedMs: timeOf(run.startedAt),
        updatedMs: timeOf(run.updatedAt),
        url: /^https?:\/\/\S+$/.exec(run.url ?? '')?.[0] ?? null,
      },
    ]
  })
}

function timeOf(text: string | null | undefined): number | null {
  const ms = Date.parse(text ?? '')
  return Number.isNaN(ms) || ms <= 0 ? null : ms
}

const statusWords: Readonly<Record<string, string>> = {
  queued: 'waits for a runner',
  requested: 'was asked for',
  waiting: 'waits for an approval on GitHub, or for another run',
  pending: 'waits for another run of its group',
  in_progress: 'runs',
  completed: 'is over',
}

const conclusionWords: Readonly<Record<string, string>> = {
  success: 'succeeded',
  failure: 'failed: a step of it did',
  cancelled: 'was cancelled on GitHub: by a person, a newer run of its group, or a limit',
  timed_out: 'was ended by GitHub at its time limit',
  action_required: 'waits for an action on GitHub, and is over',
  neutral: 'ended neither well nor badly',
  skipped: 'was skipped: nothing of it was run',
  stale: 'was given up by GitHub, for it did not go on',
  startup_failure: 'could not be begun: its workflow file has an error',
}

export function isRunOver({ status }: WorkflowRun): boolean {
  return status === 'completed'
}

export function hasRunBegun({ status }: WorkflowRun): boolean {
  return status === 'in_progress' || status === 'completed'
}

export function wordsOfRun({ status, conclusion }: WorkflowRun): string {
  if (status === 'completed') return conclusionWords[conclusion ?? ''] ?? `ended (${conclusion ?? 'no conclusion'})`
  return statusWords[status] ?? `is ${status}`
}

export function exitOfRun(run: WorkflowRun): Exit {
  if (run.conclusion === 'success') return { kind: 'code', code: 0 }
  return {
    kind: 'service',
    by: 'github',
    state: run.conclusion ?? 'completed',
    words: `the workflow run ${wordsOfRun(run)}`,
    status: null,
    verdict: 'failed',
  }
}

export function seenOfRun(run: WorkflowRun): RemoteSeen {
  return {
    state: run.conclusion ?? run.status,
    words: wordsOfRun(run),
    facts: {
      name: run.title,
      ...(hasRunBegun(run) && run.startedMs !== null ? { beganAtMs: run.startedMs } : {}),
      ...(run.url === null ? {} : { url: run.url }),
    },
  }
}

export interface Dispatched {
  /** The id of our job that its title may show, through an input of the workflow. */
  readonly marker: string
  readonly ref: string
  /** Runs that were there before it was asked for. */
  readonly before: readonly string[]
  /** The newest moment at which it was certainly not there yet, of GitHub's clock as far as that is known. */
  readonly notBeforeMs: number
}

/**
 * The run that our dispatch has made, among all of the workflow; null: none, or several may be it. A run that shows our marker is
 * ours; without one, a single new run of that ref by an event of that kind is, and of two neither is.
 */
export function findDispatched(
  runs: readonly WorkflowRun[],
  { marker, ref, before, notBeforeMs }: Dispatched,
): WorkflowRun | 'several' | null {
  const marked = runs.filter(({ title }) => title.includes(marker))
  if (marked.length > 0) return marked.at(-1) ?? null
  const branch = ref.replace(/^refs\/(heads|tags)\//, '')
  const fresh = runs.filter(
    (run) =>
      run.event === 'workflow_dispatch' &&
      run.branch === branch &&
      !before.includes(run.id) &&
      (run.createdMs ?? 0) >= notBeforeMs,
  )
  return fresh.length > 1 ? 'several' : (fresh[0] ?? null)
}

/** The SLURM job that a log says it has submitted; null: it names none. */
export function findSlurmId(log: string): string | null {
  const pattern =
    /Submitted batch job (\d{1,12})\b|\b(?:SLURM_JOB_ID|slurm[ _-]?job(?:[ _-]?id)?|job[ _-]?id)["']?\s*[=:]\s*["']?(\d{1,12})\b/i
  for (const line of log.split('\n')) {
    const match = pattern.exec(line)
    const id = match?.[1] ?? match?.[2]
    if (id !== undefined && /^[1-9]/.test(id)) return id
  }
  return null
}
