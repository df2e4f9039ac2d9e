// Where the programs of SLURM are, and no cluster: what a job that waits for one says.
import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventually } from '../../support/eventually'
import { Relay, renderBlock } from '../../support/relay'

let relay: Relay

beforeEach(() => {
  relay = new Relay()
  const bin = path.join(relay.root, 'no-cluster')
  fs.mkdirSync(bin)
  const words =
    'squeue: error: fetch_config: DNS SRV lookup failed\nsqueue: fatal: Could not establish a configuration source\n'
  fs.writeFileSync(path.join(bin, 'squeue'), `#!/bin/sh\nprintf '${words}' >&2\nexit 1\n`, { mode: 0o700 })
  relay.env['PATH'] = `${bin}:${relay.env['PATH'] ?? ''}`
})

afterEach(() => relay.dispose())

test('a job that cannot be submitted yet says why, and can be stopped', { timeout: 60_000 }, async () => {
  const ran = await relay.run(['start', '-', '--yes', '--backend', 'slurm'], {
    input: renderBlock({ command: 'exit 0' }),
  })
  const id = ran.stdout.trim()
  await eventually(() => /Could not establish a configuration source/.test(relay.show(id).known.by), 20_000)
  expect(relay.show(id).state).toBe('checking')
  await relay.run(['stop', id])
  await eventually(() => relay.show(id).state === 'stopped', 30_000)
})
