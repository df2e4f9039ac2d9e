// Seeing to it that a supervisor is there. Anybody may call this at any time; at most one supervisor results.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import * as z from 'zod'
import { handleSchema } from '../core/jobs/handle'
import { build, supersedes } from './build'
import { makeDirectory, readIfExists, writeDurably } from './durableFile'
import keeper from './keeper.sh'
import { isAlive } from './processIdentity'
import { submitRequest } from './request'
import type { StateFolder } from './stateFolder'

export const supervisorRecordSchema = z.object({
  v: z.literal(1),
  handle: handleSchema,
  build: z.string(),
  builtAtMs: z.number(),
  heartbeatAtMs: z.number(),
})
export type SupervisorRecord = z.infer<typeof supervisorRecordSchema>

/** The supervisor of this host, if it is alive. */
export function liveSupervisor(state: StateFolder): SupervisorRecord | null {
  const text = readIfExists(state.supervisorRecord)
  if (text === null) return null
  try {
    const record = supervisorRecordSchema.parse(JSON.parse(text))
    return isAlive(record.handle) ? record : null
  } catch {
    return null // Unreadable: as good as none. The lock decides, not this file.
  }
}

/**
 * Starts a supervisor of this build unless one is alive; asks one of an older build to hand over. `bundle` is the file
 * dist/supervisor.js. Returns at once; the lock sees to it that there is only one.
 */
export function wake(state: StateFolder, bundle: string): void {
  const live = liveSupervisor(state)
  if (live !== null && !supersedes({ build, builtAtMs: builtAt(bundle) }, live)) return
  const supervisor = installSupervisor(state, bundle)
  if (live === null) startKeeper(state, supervisor)
  else submitRequest(state, { v: 1, kind: 'hand_over', id: `hand-over-${process.pid}`, build, supervisor })
}

/** Copies the supervisor and its keeper into the state folder; returns the copy's path. Throws RelayError. */
export function installSupervisor(state: StateFolder, bundle: string): string {
  const folder = path.join(state.builds, build)
  const supervisor = path.join(folder, 'supervisor.js')
  if (bundle === supervisor || fs.existsSync(supervisor)) return supervisor
  makeDirectory(folder)
  writeDurably(keeperFile(supervisor), keeper)
  writeDurably(supervisor, fs.readFileSync(bundle, 'utf8'))
  fs.utimesSync(supervisor, new Date(), new Date(builtAt(bundle)))
  return supervisor
}

/** When a bundle was made, in ms since the epoch; 0 if it is not there. */
export function builtAt(bundle: string): number {
  return Math.floor(fs.statSync(bundle, { throwIfNoEntry: false })?.mtimeMs ?? 0)
}

/** The keeper that belongs to an installed supervisor. */
export function keeperFile(supervisor: string): string {
  return path.join(path.dirname(supervisor), 'keeper.sh')
}

/** Variables a supervisor gets: enough to find programs and the state folder, and nothing of whoever woke it. */
export function supervisorEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const names = ['HOME', 'USER', 'LOGNAME', 'SHELL', 'PATH', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'XDG_STATE_HOME']
  const kept = names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]))
  // Node inside of VS Code is the editor's own program, told to be Node by this variable.
  const electron = process.versions['electron'] === undefined ? {} : { ELECTRON_RUN_AS_NODE: '1' }
  return { ...Object.fromEntries(kept), ...electron }
}

/** The arguments of keeper.sh. */
export function keeperArguments(state: StateFolder, supervisor: string): readonly string[] {
  return [keeperFile(supervisor), process.execPath, supervisor, state.root, state.supervisorLog]
}

/** Starts a keeper that is no child of ours and in no session of ours: VS Code ends trees of processes by parent. */
export function startKeeper(state: StateFolder, supervisor: string): void {
  const child = spawn('sh', ['-c', 'sh "$@" &', 'relay-keeper', ...keeperArguments(state, supervisor)], {
    cwd: '/',
    detached: true,
    stdio: 'ignore',
    env: supervisorEnvironment(process.env),
  })
  child.unref()
}
