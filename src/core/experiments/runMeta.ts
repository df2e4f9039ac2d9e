// meta.json of a run: what scripts/vr_run.sh recorded of its start and its end.
import { integerOf, isObject, objectOf, readDirty, type RunStatus, runStatuses, textOf } from './registryRecord'

export interface RunMeta {
  readonly runId: string | null
  readonly command: readonly string[]
  readonly cwd: string | null
  readonly startedAt: string | null
  readonly endedAt: string | null
  /** Null while it runs, and for a launcher that does not record it. */
  readonly exitCode: number | null
  readonly status: RunStatus | null
  readonly git: { readonly commit: string | null; readonly branch: string | null; readonly dirty: boolean | null }
  readonly jobId: string | null
  readonly taskId: string | null
}

/** What a meta.json says, or null if it is no JSON object. Never throws. */
export function readMeta(text: string): RunMeta | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (!isObject(value)) return null
  const git = objectOf(value['git'])
  const context = objectOf(value['context'])
  return {
    runId: textOf(value['run_id']),
    command: Array.isArray(value['command'])
      ? value['command'].filter((word): word is string => typeof word === 'string').slice(0, 512)
      : [],
    cwd: textOf(value['cwd']),
    startedAt: textOf(value['started_at']),
    endedAt: textOf(value['ended_at']),
    exitCode: integerOf(value['exit_code']),
    status: runStatuses.find((one) => one === value['status']) ?? null,
    git: { commit: textOf(git['commit']), branch: textOf(git['branch']), dirty: readDirty(git['dirty']) },
    jobId: textOf(context['job_id']),
    taskId: textOf(context['task_id']),
  }
}
