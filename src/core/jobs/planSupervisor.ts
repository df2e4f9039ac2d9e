// What a `supervisor` of a block asks for: a smoke command with its files as a stage, then the full command as the work. The
// runner that the deployed relay has for it deletes the folder of the smoke run; here nothing that an agent named is deleted.
import { type Supervisor, type Watch, watchDefaults } from '../blocks/schema'
import type { Plan, Stage, WatchPlan } from './plan'

export interface SupervisorPlan {
  readonly cwd: string
  readonly stages: readonly Stage[]
  readonly watch: Pick<WatchPlan, 'requireFiles' | 'readyTimeoutSec' | 'readyPollSec' | 'onMissing'>
  readonly runState: NonNullable<Plan['runState']>
}

/** What the state file says of a run that went well. */
export const goodStatus = 'success'
/** A smoke run is short, and so are its files awaited. */
const maxSmokeReadySec = 60

/** The one stage before the work, and what is different of the work's watch. `folder` is absolute; all has to lie in it. */
export function planSupervisor(
  supervisor: Supervisor,
  watch: Watch | undefined,
  folder: string,
): SupervisorPlan | { readonly refusals: readonly string[] } {
  const root = resolvePath(folder, supervisor.projectRoot ?? '.')
  const cwd = supervisor.cwd === undefined ? root : resolvePath(folder, supervisor.cwd)
  const smokeFiles = supervisor.smokeRequiredFiles ?? []
  // The state file is ours to write, at the end: waited for, it would never come.
  const file = supervisor.stateFile
  const isOwn = (path: string) => resolvePath(cwd, path) === resolvePath(cwd, file)
  const fullFiles = [...new Set([...(supervisor.fullRequiredFiles ?? []), ...(watch?.requireFiles ?? [])])].filter(
    (path) => !isOwn(path),
  )
  const { expectStatus = goodStatus } = supervisor
  const named = [supervisor.stateFile, ...smokeFiles, ...fullFiles].map((path) => resolvePath(cwd, path))
  const outside = [root, cwd, ...named].filter((path) => path !== folder && !path.startsWith(withSlash(folder)))
  const refusals = [
    ...(outside.length === 0
      ? []
      : [`everything that "supervisor" names must lie in ${folder}, and this does not: ${outside.join(', ')}.`]),
    ...(expectStatus === goodStatus
      ? []
      : [
          `"supervisor.expectStatus" is ${JSON.stringify(expectStatus)}, but the state file says "${goodStatus}" when both commands have done well: leave it out.`,
        ]),
  ]
  if (refusals.length > 0) return { refusals }
  const readyTimeoutSec = supervisor.readyTimeoutSec ?? watch?.readyTimeoutSec ?? watchDefaults.readyTimeoutSec
  const readyPollSec = supervisor.readyPollSec ?? watch?.readyPollSec ?? watchDefaults.readyPollSec
  return {
    cwd,
    stages: [
      {
        name: 'smoke',
        command: supervisor.smokeCmd,
        timeLimitSec: null,
        requireFiles: smokeFiles.filter((path) => !isOwn(path)),
        readyTimeoutSec: Math.min(readyTimeoutSec, maxSmokeReadySec),
        readyPollSec,
      },
    ],
    watch: {
      requireFiles: fullFiles,
      readyTimeoutSec,
      readyPollSec,
      onMissing: supervisor.onMissing ?? watch?.onMissing ?? watchDefaults.onMissing,
    },
    runState: { runId: supervisor.runId, file },
  }
}

/** The `supervisor` of a block in `folder` that asks for these stages, or null if none can. What `watch` says is left out. */
export function supervisorOf({ stages, runState, work, cwd }: Plan, folder: string): Supervisor | null {
  const [smoke, ...others] = stages ?? []
  if (smoke === undefined || others.length > 0 || runState === undefined || work.kind !== 'command') return null
  return {
    mode: 'stage0_smoke_gate',
    runId: runState.runId,
    stateFile: runState.file,
    ...(cwd === folder ? {} : { cwd: cwd.startsWith(withSlash(folder)) ? cwd.slice(withSlash(folder).length) : cwd }),
    smokeCmd: smoke.command,
    fullCmd: work.command,
    ...(smoke.requireFiles.length === 0 ? {} : { smokeRequiredFiles: [...smoke.requireFiles] }),
  }
}

/** `path` from `base` (absolute) on, without `.` and `..`; by its letters alone. */
export function resolvePath(base: string, path: string): string {
  const parts: string[] = []
  for (const part of (path.startsWith('/') ? path : `${base}/${path}`).split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}

function withSlash(folder: string): string {
  return folder.endsWith('/') ? folder : `${folder}/`
}
