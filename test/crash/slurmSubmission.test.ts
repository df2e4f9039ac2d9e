// The supervisor is killed with SIGKILL while it submits to a real SLURM: before its sbatch has asked, while it asks, and when it
// has been answered and nobody was told. Each job is submitted once, runs once, and its end is known.
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually'
import { Relay, renderBlock } from '../support/relay'
import { count, say } from '../support/scale'
import { hasSlurm } from '../support/slurm/cluster'
import { shimSbatch } from '../support/slurm/sbatchShim'
import { suiteCluster } from '../support/slurm/suiteCluster'
import { supervisorsOf } from './killer'

const points = ['before', 'during', 'after'] as const

describe.runIf(hasSlurm())('a submission', () => {
  const cluster = suiteCluster({ accounting: true })
  let relay: Relay

  beforeAll(() => {
    relay = new Relay()
    // Whoever asks for the kill makes a file that says when; it is done once.
    const kill = `kill -9 "$(cat "${relay.root}/victim")"`
    shimSbatch(relay, cluster(), {
      before: `when=$(cat "${relay.root}/when" 2>/dev/null); rm -f "${relay.root}/when"
[ "$when" != before ] || { ${kill}; sleep 0.3; }
[ "$when" != during ] || { (sleep 0.02; ${kill}) & }`,
      after: `[ "$when" != after ] || { ${kill}; sleep 0.3; }`,
    })
  }, 60_000)

  afterAll(async () => {
    await relay.dispose()
  }, 60_000)

  test('that the death of the supervisor cuts off is made once', { timeout: 3_600_000 }, async () => {
    const rounds = count(1, 20)
    for (let round = 0; round < rounds; round++)
      for (const point of points) {
        // One that is there already, so that its number is known.
        await relay.run(['start', '-', '--yes', '--again'], { input: renderBlock({ command: 'true' }) })
        const [victim] = await eventually(() => {
          const found = supervisorsOf(relay.stateRoot)
          return found.length === 1 ? found : null
        })
        fs.writeFileSync(path.join(relay.root, 'victim'), String(victim?.pid ?? ''))
        fs.writeFileSync(path.join(relay.root, 'when'), point)
        const name = `${point}-${round}`
        const command = `echo ${name} >> runs.txt; exit 5`
        const { stdout } = await relay.run(['start', '-', '--yes', '--again', '--backend', 'slurm'], {
          input: renderBlock({ command }),
        })
        const id = stdout.trim()
        const job = await eventually(() => (relay.show(id).endedAt === null ? null : relay.show(id)), 60_000)
        expect(job, name).toMatchObject({ state: 'failed', exit: { code: 5 } })
        expect(
          supervisorsOf(relay.stateRoot).map(({ pid }) => pid),
          name,
        ).not.toContain(victim?.pid)
        const rows = cluster()
          .run('sacct', '-X', '-n', '-P', '-S', 'now-1hours', `--name=relay-${id}-1`, '-o', 'JobID')
          .trim()
          .split('\n')
        const queued = cluster().submitted(`relay-${id}-1`)
        expect(new Set([...rows.filter((row) => row !== ''), ...queued]).size, name).toBe(1)
        const runs = fs.readFileSync(path.join(relay.workspace, 'runs.txt'), 'utf8').split('\n')
        expect(
          runs.filter((line) => line === name),
          name,
        ).toHaveLength(1)
      }
    say(`${rounds * points.length} kills while submitting: 0 lost, 0 doubled`)
  })
})
