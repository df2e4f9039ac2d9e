// The control of the random kills: a supervisor that records after it acts is caught by the same killer.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import keeper from '../../src/store/keeper.sh'
import { eventually } from '../support/eventually'
import { Relay } from '../support/relay'
import { Killer } from './killer'
import { count, isSoak, say, seededRandom } from '../support/scale'

let relay: Relay | null = null
afterEach(() => relay?.dispose())

const jobsPerBatch = 5
/** The keeper starts it again five times without a pause. */
const killsPerBatch = 5

test('control: launching before recording and saving before calling back loses or doubles within the same kills', async () => {
  const wanted = count(100, 1000)
  const random = seededRandom('naive order')
  const sum = { kills: 0, lost: 0, doubled: 0 }
  while (sum.kills < wanted && (isSoak || sum.lost + sum.doubled === 0)) {
    const batch = await runBatch(random)
    sum.kills += batch.kills
    sum.lost += batch.lost
    sum.doubled += batch.doubled
  }
  say(`naive order: ${sum.kills} kills, ${sum.lost} callbacks lost, ${sum.doubled} jobs doubled`)
  // Which of the two it is depends on where the kills happened to fall.
  expect(sum.lost + sum.doubled).toBeGreaterThan(0)
})

async function runBatch(random: () => number): Promise<{ kills: number; lost: number; doubled: number }> {
  relay = new Relay()
  const root = path.join(relay.root, 'naive')
  const file = (name: string) => path.join(root, name)
  fs.mkdirSync(file('jobs'), { recursive: true })
  fs.writeFileSync(file('keeper.sh'), keeper)
  const ids = Array.from({ length: jobsPerBatch }, (_, index) => `job-${index}`)
  for (const id of ids) {
    const job = { id, state: 'new', command: `echo ${id} >>runs.txt; sleep 0.${id.slice(-1)}` }
    fs.writeFileSync(file(`jobs/${id}.json`), JSON.stringify(job))
  }

  const supervisor = path.join(import.meta.dirname, 'naive', 'supervisor.mjs')
  const words = [file('keeper.sh'), process.execPath, supervisor, root, file('log')]
  const keeping = spawn('sh', words, { cwd: '/', detached: true, stdio: 'ignore' })
  const isOver = () => keeping.exitCode !== null
  const killer = new Killer(root, random, ({ pid }) => readText(file('supervisor.pid')) === String(pid))
  await killer.kill(killsPerBatch, isOver)
  await eventually(isOver, 30_000)

  const lines = (name: string, id: string) =>
    readText(file(name))
      .split('\n')
      .filter((line) => line === id).length
  await eventually(() => ids.every((id) => lines('runs.txt', id) > 0))
  const lost = ids.filter((id) => lines('callbacks.txt', id) === 0).length
  const doubled = ids.filter((id) => lines('runs.txt', id) > 1).length
  await relay.dispose()
  relay = null
  return { kills: killer.kills, lost, doubled }
}

function readText(file: string): string {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
}
