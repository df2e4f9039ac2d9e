// A supervisor under strace(1), which kills it or makes the kernel refuse at an exact system call. Only the supervisor's
// main thread is traced: that is where all its file work is done, and its children must not be hit.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { build } from '../../src/store/build'
import keeper from '../../src/store/keeper.sh'
import { supervisorEnvironment } from '../../src/store/wake'
import { type Relay, supervisorFile } from '../support/relay'
import { spread } from '../support/scale'

/** The calls with which a supervisor changes the world, as far as node makes them. */
export const writingCalls = [
  ...['openat', 'write', 'pwrite64', 'fdatasync', 'fsync', 'ftruncate'],
  ...['rename', 'renameat2', 'mkdir', 'rmdir', 'unlink', 'unlinkat', 'utimensat', 'clone', 'clone3', 'vfork'],
] as const

/** The `number`-th call of this name since the process began. */
export interface Point {
  readonly call: string
  readonly number: number
}

export function requireStrace(): void {
  const { error, status } = spawnSync('strace', ['-qq', '-e', 'trace=none', 'true'])
  if (error !== undefined)
    throw new Error('strace is not installed. It is what this test is made of: apt-get install strace (or dnf, apk).')
  if (status !== 0) throw new Error('strace may not trace here: allow ptrace (in a container --cap-add=SYS_PTRACE).')
}

/** Puts the supervisor where `wake` would, and returns its file there. */
export function install(relay: Relay): string {
  const folder = path.join(relay.state.builds, build)
  fs.mkdirSync(folder, { recursive: true })
  fs.writeFileSync(path.join(folder, 'keeper.sh'), keeper)
  fs.copyFileSync(supervisorFile, path.join(folder, 'supervisor.js'))
  return path.join(folder, 'supervisor.js')
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<unknown>
}

/** Runs the supervisor without a keeper, under strace if there are words for it. */
export function runSupervisor(relay: Relay, strace: readonly string[] = []): Running {
  const words = [process.execPath, install(relay), 'supervise', relay.stateRoot]
  const [file = '', ...rest] =
    strace.length === 0 ? words : ['strace', '-qq', '-o', traceFile(relay), ...strace, ...words]
  const log = fs.openSync(relay.state.supervisorLog, 'a')
  const env = supervisorEnvironment(relay.env)
  const child = spawn(file, rest, { cwd: '/', detached: true, env, stdio: ['ignore', log, log] })
  fs.closeSync(log)
  return { child, ended: new Promise((resolve) => child.once('exit', resolve)) }
}

/** Runs a keeper, as `wake` does. */
export function runKeeper(relay: Relay): void {
  const supervisor = install(relay)
  const keeper = path.join(path.dirname(supervisor), 'keeper.sh')
  startDetached(relay, ['sh', keeper, process.execPath, supervisor, relay.stateRoot, relay.state.supervisorLog])
}

/** Runs a keeper whose first supervisor is under strace; those that it starts later are not. */
export function runKeeperTraced(relay: Relay, strace: readonly string[]): void {
  const supervisor = install(relay)
  const node = path.join(relay.root, 'node-traced-once')
  const once = `mkdir '${relay.root}/traced' 2>/dev/null || exec '${process.execPath}' "$@"`
  const traced = ['strace', '-qq', '-o', traceFile(relay), ...strace, process.execPath].map((word) => `'${word}'`)
  fs.writeFileSync(node, `#!/bin/sh\n${once}\nexec ${traced.join(' ')} "$@"\n`, { mode: 0o755 })
  const words = [path.join(path.dirname(supervisor), 'keeper.sh'), node, supervisor]
  startDetached(relay, ['sh', ...words, relay.stateRoot, relay.state.supervisorLog])
}

/** Starts a program that nobody waits for. */
export function startDetached(relay: Relay, [file = '', ...rest]: readonly string[]): void {
  const env = supervisorEnvironment(relay.env)
  spawn(file, rest, { cwd: '/', detached: true, stdio: 'ignore', env }).unref()
}

function traceFile(relay: Relay): string {
  return path.join(relay.root, 'trace')
}

/** Points of a recorded run since its begin: all but opening what is not in the state folder or the workspace. */
export function pointsIn(relay: Relay): readonly Point[] {
  const lines = fs.readFileSync(traceFile(relay), 'utf8').split('\n')
  const numbers = new Map<string, number>()
  const points: Point[] = []
  let hasBegun = false
  for (const line of lines) {
    const call = /^(\w+)\(/.exec(line)?.[1]
    if (call === undefined) continue
    const number = (numbers.get(call) ?? 0) + 1
    numbers.set(call, number)
    hasBegun ||= line.includes('/lock"')
    if (hasBegun && (call !== 'openat' || line.includes(relay.root))) points.push({ call, number })
  }
  return points
}

/**
 * Whether the refused call was one into a pipe or an eventfd: of Node to itself (a byte that locks its signals), where
 * it hangs, or the word that lets a check go. No disk is behind it, and the kernel never refuses it so.
 */
export function wasInternal(relay: Relay): boolean {
  const refused = fs
    .readFileSync(traceFile(relay), 'latin1')
    .split('\n')
    .find((line) => line.includes('(INJECTED)'))
  return /^write\(\d+, (?:"\*", 1|"go\\n", 3|".*", (?:8|16))\) /.test(refused ?? '')
}

/** Whether the injected fault was reached. */
export function wasReached(relay: Relay): boolean {
  return /INJECTED|\+\+\+ killed by SIGKILL/.test(fs.readFileSync(traceFile(relay), 'utf8'))
}

/** In a soak all points; else `wanted` of them, with each call among them. */
export function choosePoints(points: readonly Point[], wanted: number): readonly Point[] {
  const calls = [...new Set(points.map(({ call }) => call))]
  return calls.flatMap((call) => {
    const own = points.filter((point) => point.call === call)
    return spread(own, Math.max(2, Math.round((wanted * own.length) / points.length)))
  })
}
