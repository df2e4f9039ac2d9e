import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Relay } from '../../support/relay'

let relay: Relay
beforeEach(() => {
  relay = new Relay()
})
afterEach(() => relay.dispose())

test('a block becomes a job that runs, writes its files, is followed up and leaves one handoff entry', async () => {
  const id = await relay.start({
    command: `echo loss=0.5; echo '{"accuracy":0.9}' > metrics.json`,
    description: 'a small job',
    preflight: {
      checks: [
        { type: 'path_exists', path: '.' },
        { type: 'cmd_exit_zero', cmd: 'true' },
      ],
    },
    watch: {
      everySec: 1,
      thenTask: 'Analyze the log.',
      runTasks: true,
      requireFiles: ['metrics.json'],
      readyPollSec: 1,
    },
  })
  const job = await relay.untilDelivered(id)
  expect(job).toMatchObject({ state: 'succeeded', exit: { code: 0 }, followUp: { id: `${id}-f1`, state: 'done' } })
  expect(job.requiredFiles).toMatchObject([{ path: 'metrics.json', state: 'ready' }])
  expect(job.checks.map(({ passed }) => passed)).toEqual([true, true])
  expect(relay.log(`${id}-f1`)).toContain('accuracy')
  expect(relay.handoffEntries(id)).toBe(1)
  const { paths } = relay.store.find(id)
  expect(fs.existsSync(paths.attempt(1).env), 'the kept environment is deleted').toBe(false)
  expect(fs.statSync(path.join(relay.stateRoot)).mode & 0o777).toBe(0o700)
})
