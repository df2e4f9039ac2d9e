// Kills a supervisor with SIGKILL at random instants: never its keeper, never a wrapper, never a job.
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { processStartTime } from '../../src/store/processIdentity'
import { signalProcess } from '../../src/supervisor/jobs/processTable'
import type { Random } from '../support/scale'

export interface Target {
  readonly pid: number
  readonly startTime: string
}

/** Supervisors of one state folder, told by their arguments: `node … supervise ROOT`. */
export function supervisorsOf(root: string): readonly Target[] {
  return fs.readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const words = fs.readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0')
      if (!path.basename(words[0] ?? '').startsWith('node') || !words.includes('supervise') || !words.includes(root))
        return []
      const startTime = processStartTime(Number(name))
      return startTime === null ? [] : [{ pid: Number(name), startTime }]
    } catch {
      return [] // It ended while we looked.
    }
  })
}

export class Killer {
  kills = 0
  private readonly killed = new Set<string>()

  /** `isAlive` tells whether a supervisor has shown itself; only some kills wait for that. */
  constructor(
    private readonly root: string,
    private readonly random: Random,
    private readonly hasBegun: (target: Target) => boolean,
  ) {}

  /** Kills up to `most` times, each time another process, until `isOver`. */
  async kill(most: number, isOver: () => boolean): Promise<void> {
    for (let kills = 0; kills < most;) {
      const target = await this.next(isOver)
      if (target === null) return
      // Most kills hit the first work of a new supervisor, some its start, some its quiet hours.
      const kind = this.random()
      if (kind > 0.15)
        while (!this.hasBegun(target) && processStartTime(target.pid) === target.startTime) await delay(1)
      await this.pause(this.random() * (kind > 0.8 ? 400 : 60))
      if (!signalProcess(target, 'SIGKILL')) continue
      this.killed.add(`${target.pid} ${target.startTime}`)
      kills += 1
      this.kills += 1
    }
  }

  private async next(isOver: () => boolean): Promise<Target | null> {
    while (!isOver()) {
      const fresh = supervisorsOf(this.root).find(({ pid, startTime }) => !this.killed.has(`${pid} ${startTime}`))
      if (fresh !== undefined) return fresh
      await delay(3)
    }
    return null
  }

  /** Waits finer than the millisecond of a timer. */
  private async pause(ms: number): Promise<void> {
    const until = performance.now() + ms
    if (ms > 2) await delay(ms - 2)
    while (performance.now() < until);
  }
}
