// The plan of one attempt: what was approved, with more memory or time by a rule, or moved into the worktree of a fix.
import type { SlurmPlan } from '../backends/backendPlan'
import type { Plan } from '../jobs/plan'
import type { Resources } from './relaunch'
import type { TrackPlan } from './trackPlan'

/** `worktree`: where the workspace folder is there. */
export interface AttemptChanges {
  readonly resources: Resources
  readonly worktree: string | null
}

/** Null for a later attempt of what cannot be launched again. */
export function planAttempt(
  { job, relaunch }: TrackPlan,
  number: number,
  changes: AttemptChanges,
  folder: string,
): Plan | null {
  if (number === 1) return job
  if (relaunch.again === null) return null
  const grown = withResources(relaunch.again, changes.resources)
  return changes.worktree === null ? grown : moveInto(grown, folder, changes.worktree)
}

/** Which of the two a rule can give more of: only a scheduler limits memory. */
export function canRaise(plan: Plan | null): { readonly memory: boolean; readonly time: boolean } {
  if (plan === null) return { memory: false, time: false }
  const isSubmitted = plan.backend.kind === 'slurm' && plan.backend.ask.act === 'submit'
  return { memory: isSubmitted, time: isSubmitted || plan.timeLimitSec !== null }
}

/** What the plan itself asks for. */
export function askedFor(plan: Plan): Resources {
  const options = submitOptions(plan)
  return {
    memoryMb: options?.mem === undefined ? null : readMemoryMb(options.mem),
    timeSec: options?.time === undefined ? plan.timeLimitSec : readTimeSec(options.time),
  }
}

function withResources(plan: Plan, { memoryMb, timeSec }: Resources): Plan {
  const { backend } = plan
  if (backend.kind === 'slurm' && backend.ask.act === 'submit') {
    const options = {
      ...backend.ask.options,
      ...(memoryMb === null ? {} : { mem: `${memoryMb}M` }),
      // Whole minutes, as sbatch counts them.
      ...(timeSec === null ? {} : { time: String(Math.ceil(timeSec / 60)) }),
    }
    return { ...plan, backend: { ...backend, ask: { ...backend.ask, options } } }
  }
  return timeSec === null ? plan : { ...plan, timeLimitSec: timeSec }
}

function submitOptions({ backend }: Plan): Extract<SlurmPlan['ask'], { act: 'submit' }>['options'] | null {
  return backend.kind === 'slurm' && backend.ask.act === 'submit' ? backend.ask.options : null
}

/** `4G`, `512`, `1500M` in MB; null for what is none. */
export function readMemoryMb(text: string): number | null {
  const match = /^(\d{1,12})([KMGT])?B?$/i.exec(text)
  if (match?.[1] === undefined) return null
  const perUnit: Readonly<Record<string, number>> = { K: 1 / 1024, M: 1, G: 1024, T: 1024 * 1024 }
  return Math.max(1, Math.round(Number(match[1]) * (perUnit[(match[2] ?? 'M').toUpperCase()] ?? 1)))
}

/** `90` (minutes), `1:30` (minutes), `01:30:00`, `1-12`, `1-12:00:00`; null for what is none. */
export function readTimeSec(text: string): number | null {
  const match = /^(?:(\d{1,5})-)?(\d{1,7})(?::(\d{1,2}))?(?::(\d{1,2}))?$/.exec(text)
  if (match === null) return null
  const [days = 0, a = 0, b = 0, c = 0] = match.slice(1).map((part) => Number((part as string | undefined) ?? 0))
  if (match[1] !== undefined) return days * 86_400 + a * 3600 + b * 60 + c
  return match[4] !== undefined ? a * 3600 + b * 60 + c : a * 60 + b
}

/** Paths below the workspace folder become those of the worktree; the command itself is left as it was approved. */
function moveInto(plan: Plan, folder: string, worktree: string): Plan {
  const move = (path: string) => movePath(path, folder, worktree)
  return {
    ...plan,
    cwd: move(plan.cwd),
    watch: { ...plan.watch, requireFiles: plan.watch.requireFiles.map(move) },
    preflight: {
      ...plan.preflight,
      checks: plan.preflight.checks.map((check) =>
        'path' in check && check.path !== undefined ? { ...check, path: move(check.path) } : check,
      ),
    },
  }
}

export function movePath(path: string, folder: string, worktree: string): string {
  return path === folder || path.startsWith(`${folder}/`) ? worktree + path.slice(folder.length) : path
}
