// Telling one process from every other that ever had its number.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import type { Handle } from '../core/jobs/handle'
import { asRelayError, errorCode } from './durableFile'

/** The name of this machine, safe in a file name. Machines that share a home are told apart by it. */
export function hostName(): string {
  return (
    os
      .hostname()
      .toLowerCase()
      .replace(/[^a-z0-9.-]/g, '-')
      .replace(/^[.-]+/, '') || 'localhost'
  )
}

let knownBootId: string | undefined

/** Changes with every boot. Without /proc, the boot time in seconds. */
export function bootId(): string {
  knownBootId ??= readBootId()
  return knownBootId
}

function readBootId(): string {
  try {
    return fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    // No /proc: macOS, where sysctl tells.
    const text = execFileSync('sysctl', ['-n', 'kern.boottime'], { encoding: 'utf8', timeout: 5000 })
    return /sec = (\d+)/.exec(text)?.[1] ?? 'unknown'
  }
}

/**
 * When a process was started, in the kernel's own words, or null if there is no such process (a zombie is none). Throws
 * RelayError if that cannot be told now.
 */
export function processStartTime(pid: number): string | null {
  const file = `/proc/${pid}/stat`
  let stat: string
  try {
    stat = fs.readFileSync(file, 'latin1')
  } catch (error) {
    // Out of file descriptors or memory, nothing can be said: a living process must not be taken for a dead one.
    if (!isGone(error)) throw asRelayError(error, 'read', file)
    return fs.existsSync('/proc/self/stat') ? null : startTimeFromPs(pid)
  }
  return startTimeFromStat(stat)
}

/** Whether a failed look into /proc means that the process is not there, or another user's and so none of ours. */
export function isGone(error: unknown): boolean {
  return ['ENOENT', 'ESRCH', 'ENOTDIR', 'EACCES', 'EPERM'].includes(errorCode(error) ?? '')
}

/** Field 22 of a /proc/PID/stat text (proc_pid_stat(5)), counted after the last `)`; null for a zombie or other text. */
export function startTimeFromStat(stat: string): string | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const state = fields[0]
  const startTime = fields[19]
  return state === 'Z' || state === 'X' || startTime === undefined || !/^\d+$/.test(startTime) ? null : startTime
}

function startTimeFromPs(pid: number): string | null {
  try {
    const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', timeout: 5000 }).trim()
    return text === '' ? null : text
  } catch {
    return null // ps answers 1 for a process that is not there.
  }
}

/** Whether exactly this process is alive, as far as this host can tell. */
export function isAlive(handle: Handle): boolean {
  return handle.host === hostName() && handle.bootId === bootId() && processStartTime(handle.pid) === handle.startTime
}

/** This very process. */
export function ownHandle(): Handle {
  return { host: hostName(), bootId: bootId(), pid: process.pid, startTime: processStartTime(process.pid) ?? '' }
}

/** A process of this host that was just started, or null if it is gone. */
export function handleOf(pid: number): Handle | null {
  const startTime = processStartTime(pid)
  return startTime === null ? null : { host: hostName(), bootId: bootId(), pid, startTime }
}
