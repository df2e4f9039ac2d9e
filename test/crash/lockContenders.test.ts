// Eight processes contend for the lead; the leader is killed with SIGKILL again and again.
import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually'
import { count, say } from '../support/scale'

const contenders = 8
let folder: string
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'relay-lock-'))
  const outfile = path.join(folder, 'contender.cjs')
  const entryPoints = [path.join(import.meta.dirname, 'contender.ts')]
  await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'cjs', logLevel: 'error' })
})
afterAll(() => fs.rmSync(folder, { recursive: true }))

class Contender {
  private readonly child: ChildProcess
  hasTried = false
  leads = false

  constructor(kind: string, file: string) {
    this.child = spawn(process.execPath, [path.join(folder, 'contender.cjs'), kind, file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.child.stdout?.on('data', (said: Buffer) => {
      this.hasTried = true
      if (said.includes('leads')) this.leads = true
    })
  }

  /** Resolves when it is gone. */
  async kill(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve))
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    this.child.kill('SIGKILL')
    await gone
  }
}

let all: Contender[] = []
afterEach(async () => {
  await Promise.all(all.map((one) => one.kill()))
  all = []
})

interface Rounds {
  split: number
  leaderless: number
  readonly takeoverMs: number[]
}

/** Kills the leader `rounds` times; a new contender comes for each that was killed. */
async function contend(kind: string, rounds: number): Promise<Rounds> {
  const file = path.join(folder, `${kind}-lock`)
  const result: Rounds = { split: 0, leaderless: 0, takeoverMs: [] }
  all = Array.from({ length: contenders }, () => new Contender(kind, file))
  await eventually(() => all.every(({ hasTried }) => hasTried), 30_000)
  for (let round = 1; round <= rounds; round++) {
    const leaders = all.filter(({ leads }) => leads)
    all = all.filter(({ leads }) => !leads)
    const killedAtMs = performance.now()
    await Promise.all(leaders.map((leader) => leader.kill()))
    const hasLeader = await eventually(() => all.some(({ leads }) => leads), 10_000).then(
      () => true,
      () => false,
    )
    if (hasLeader) result.takeoverMs.push(performance.now() - killedAtMs)
    else result.leaderless += 1
    // Newcomers try while there is a leader: when all of them have, a second leader would have shown itself.
    while (all.length < contenders) all.push(new Contender(kind, file))
    await eventually(() => all.every(({ hasTried }) => hasTried), 30_000)
    if (all.filter(({ leads }) => leads).length > 1) result.split += 1
    if (round % 20 === 0) say(`${kind}: ${round} of ${rounds} rounds, ${result.split} split`)
  }
  await Promise.all(all.map((one) => one.kill()))
  return result
}

test('there is never more than one leader and never none, and a new one is there within a second', async () => {
  const { split, leaderless, takeoverMs } = await contend('lock', count(40, 500))
  const sorted = takeoverMs.toSorted((a, b) => a - b)
  const p95 = sorted[Math.floor(sorted.length * 0.95)] ?? NaN
  const slowest = sorted.at(-1) ?? NaN
  say(`lock: ${takeoverMs.length} takeovers, ${split} split, ${leaderless} leaderless`)
  say(`lock: takeover p95 ${Math.round(p95)} ms, slowest ${Math.round(slowest)} ms`)
  expect({ split, leaderless }).toEqual({ split: 0, leaderless: 0 })
  expect(p95).toBeLessThan(1_000)
})

test('control: an election by pid file has two leaders at once in the same rounds', async () => {
  const { split, leaderless } = await contend('pid-file', count(40, 100))
  say(`pid file: ${split} split, ${leaderless} leaderless`)
  expect(split).toBeGreaterThan(0)
})
