// A controller that is killed at once after it has taken a job, and may have forgotten it when it is back: what is known of the job is what
// its own record says, and it runs once.
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../support/eventually'
import { Relay, renderBlock } from '../../support/relay'
import { hasSlurm } from '../../support/slurm/cluster'
import { shimSbatch } from '../../support/slurm/sbatchShim'
import { suiteCluster } from '../../support/slurm/suiteCluster'

describe.runIf(hasSlurm())('a controller that dies', { timeout: 90_000 }, () => {
  const cluster = suiteCluster({ accounting: false })
  let relay: Relay

  beforeAll(() => {
    relay = new Relay()
    // It dies a moment after it has answered, once.
    shimSbatch(relay, cluster(), {
      after: `echo "$number" >>"${relay.root}/submitted"
mkdir "${relay.root}/killed" 2>/dev/null && { sleep 0.1; kill -9 "$(cat "${cluster().directory}/run/slurmctld.pid")"; }`,
    })
  }, 60_000)

  afterAll(async () => {
    await relay.dispose()
  }, 60_000)

  test('within half a second of a submission loses no job and begins none a second time', async () => {
    const started = await relay.run(['start', '-', '--yes', '--backend', 'slurm'], {
      input: renderBlock({ command: 'echo run >> runs.txt; sleep 1; exit 7' }),
    })
    const id = started.stdout.trim()
    await eventually(() => fs.existsSync(path.join(relay.root, 'killed')) && !cluster().isAlive('slurmctld'), 30_000)
    await cluster().restart('slurmctld')
    const job = await eventually(() => {
      const shown = relay.show(id)
      if (shown.endedAt === null) throw new Error(`${shown.state}: ${JSON.stringify(shown.remote)} ${shown.known.by}`)
      return shown
    }, 60_000)
    const submissions = fs.readFileSync(path.join(relay.root, 'submitted'), 'utf8').trim().split('\n')
    const runs = path.join(relay.workspace, 'runs.txt')
    const count = fs.existsSync(runs) ? fs.readFileSync(runs, 'utf8').trim().split('\n').length : 0
    expect(submissions).toHaveLength(1)
    expect(job).toMatchObject({ state: 'failed', exit: { code: 7 } })
    expect(count).toBe(1)
  })
})
