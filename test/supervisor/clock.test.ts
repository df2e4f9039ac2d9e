// Clocks that step: a wait is a wait, whatever the wall clock says meanwhile.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { describe } from 'vitest'
import { inWorkspace, supervisorLog, test, untilLogged, waitFor } from '../fixtures/relayTest'
import { eventually } from '../support/eventually'
import { type Relay, supervisorFile } from '../support/relay'
import { hasTool } from '../support/tools'

/** The library that faketime(1) preloads. */
function faketimeLibrary(): string {
  const text = execFileSync('faketime', ['now', 'sh', '-c', 'echo $LD_PRELOAD'], { encoding: 'utf8' })
  return text.trim().split(':').at(-1) ?? ''
}

/** A supervisor in the foreground whose wall clock is set by `step`, in the words of libfaketime: `+2d`, `-1h`. */
async function superviseWithClock(relay: Relay): Promise<{ step: (offset: string) => void }> {
  const file = path.join(relay.root, 'clock')
  const step = (offset: string) => fs.writeFileSync(file, `${offset}\n`)
  step('+0')
  const log = path.join(relay.root, 'foreground.log')
  const bundle = path.join(relay.root, 'supervisor.js')
  fs.copyFileSync(supervisorFile, bundle) // It keeps its wrapper beside itself.
  const child = execa('node', [bundle, 'supervise', '--stay', relay.state.root], {
    env: {
      ...relay.env,
      LD_PRELOAD: faketimeLibrary(),
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    extendEnv: false,
    reject: false,
    stderr: { file: log },
  })
  child.catch(() => undefined)
  await eventually(() => relay.supervisorPid() === child.pid)
  return { step }
}

/** What the supervisor takes for the time, told by its heartbeat, in hours from now. */
function hoursAhead(relay: Relay): number {
  const { heartbeatAtMs } = JSON.parse(fs.readFileSync(relay.state.supervisorRecord, 'utf8')) as {
    heartbeatAtMs: number
  }
  return (heartbeatAtMs - Date.now()) / 3_600_000
}

describe.runIf(hasTool('faketime')).concurrent('a clock that steps', () => {
  test('forward by two days does not end the wait for required files; what comes late still counts', async ({
    relay,
    expect,
  }) => {
    const { step } = await superviseWithClock(relay)
    const id = await relay.start({
      command: 'true',
      watch: {
        requireFiles: ['late.txt'],
        readyTimeoutSec: 3600,
        readyPollSec: 1,
        thenTask: 'Analyze.',
        runTasks: true,
      },
    })
    await relay.untilState(id, 'settling')
    step('+2d')
    await eventually(() => hoursAhead(relay) > 40, 20_000) // It beats every 10 s: the step has reached it.
    expect(relay.show(id).state).toBe('settling')
    fs.writeFileSync(inWorkspace(relay, 'late.txt'), 'here')
    expect((await relay.untilState(id, 'succeeded', 'blocked')).state).toBe('succeeded')
    expect(await relay.untilDelivered(id)).toMatchObject({ followUp: { state: 'done' } })
    expect(relay.handoffEntries(id)).toBe(1)
  }, 60_000)

  test('back by a day does not lengthen the wait for required files', async ({ relay, expect }) => {
    const { step } = await superviseWithClock(relay)
    const id = await relay.start({
      command: 'true',
      watch: { requireFiles: ['never.txt'], readyTimeoutSec: 10, readyPollSec: 1 },
    })
    await relay.untilState(id, 'settling')
    const begun = performance.now()
    step('-1d')
    await relay.untilState(id, 'blocked')
    expect(performance.now() - begun).toBeLessThan(14_000)
  }, 60_000)

  test('back by an hour after a stop was asked for: a job that then ends gracefully is still stopped', async ({
    relay,
    expect,
  }) => {
    const { step } = await superviseWithClock(relay)
    step('+1h')
    const id = await relay.start({
      command: `trap '${waitFor('let-go')}; exit 0' TERM; echo ready; ${waitFor('never')}`,
      watch: { thenTask: 'Analyze.', runTasks: true },
    })
    await untilLogged(relay, id, 'ready')
    await relay.run(['stop', id, '--no-wait'])
    step('+0')
    fs.writeFileSync(inWorkspace(relay, 'let-go'), '')
    const job = await relay.untilState(id, 'stopped', 'succeeded', 'failed')
    expect(job).toMatchObject({ state: 'stopped', followUp: null })
    expect(fs.existsSync(relay.state.supervisorLog) ? supervisorLog(relay) : '').toBe('')
  }, 60_000)
})
