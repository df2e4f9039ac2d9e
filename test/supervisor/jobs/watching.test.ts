// A running job that is looked after: what it uses, that it stands still, what its log says.
import fs from 'node:fs'
import path from 'node:path'
import { describe } from 'vitest'
import type { Alert } from '../../../src/core/jobs/job'
import { PatternMatcher } from '../../../src/supervisor/jobs/patternMatcher'
import { lookPatiently } from '../../../src/supervisor/jobs/patientLook'
import { inWorkspace, killSupervision, processesNamed, test, waitFor } from '../../fixtures/relayTest'
import { eventually } from '../../support/eventually'
import { type Relay, supervisorFile } from '../../support/relay'

function alertsOf(relay: Relay, id: string): readonly Alert[] {
  return relay.store.find(id).job.alerts
}

async function untilAlerted(relay: Relay, id: string, key: string, text: RegExp): Promise<Alert> {
  return eventually(() => alertsOf(relay, id).find((alert) => alert.key === key && text.test(alert.text)), 20_000)
}

const usageOf = (relay: Relay, id: string) => relay.store.find(id).job.look?.usage ?? null

describe.concurrent('a running job', () => {
  test('is measured, its use of a graphics card too; the program that tells is asked once for all jobs', async ({
    relay,
    expect,
  }) => {
    // No machine of ours has a card: a program that says what the real one says of the processes in a file.
    const bin = path.join(relay.root, 'bin')
    const calls = path.join(relay.root, 'calls')
    fs.mkdirSync(bin)
    const fake = `#!/bin/sh
echo "$@" >>${calls}
echo '# gpu         pid   type     sm    mem    enc    dec    jpg    ofa     fb   ccpm    command'
echo '# Idx           #    C/G      %      %      %      %      %      %     MB     MB    name'
for pid in $(cat ${relay.workspace}/*.pid); do echo "    0    $pid     C     40     10      -      -      -      -   1000      0    sh"; done
echo '    1          -     -      -      -      -      -      -      -      -      -    -'
`
    fs.writeFileSync(path.join(bin, 'nvidia-smi'), fake, { mode: 0o755 })
    relay.env['PATH'] = `${bin}:${relay.env['PATH'] ?? ''}`
    const busy = (name: string) => `echo $$ >${name}.pid; ${waitFor('go').replace('sleep 0.05', ':')}`
    const ids = []
    for (const name of ['a', 'b']) ids.push(await relay.start({ command: busy(name), watch: { everySec: 1 } }))
    for (const id of ids) {
      const usage = await eventually(() => {
        const known = usageOf(relay, id)
        return known?.gpu !== null && (known?.cpuPercent ?? 0) > 5 ? known : undefined
      }, 20_000)
      expect(usage).toMatchObject({ gpu: { percent: 40, memoryBytes: 1000 * 1024 * 1024 } })
      expect(usage.processes).toBeGreaterThanOrEqual(2) // Its wrapper, and bash.
      expect(usage.memoryBytes).toBeGreaterThan(500_000)
    }
    expect(fs.readFileSync(calls, 'utf8').split('\n')[0]).toBe('pmon -c 1 -s um')
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    for (const id of ids) await relay.untilState(id, 'succeeded')
  })

  test('that stands still is told of, left alone, and no longer so when it works again; over a restart of the supervisor', async ({
    relay,
    expect,
  }) => {
    const command = `echo up; while [ ! -e go ]; do sleep 600 & wait; done; while [ ! -e end ]; do :; done`
    const id = await relay.start({ command, watch: { everySec: 1, staleSec: 2 } })
    const alert = await untilAlerted(relay, id, 'stale', /neither written nor worked/)
    expect(alert).toMatchObject({ kind: 'stale', clearedAtMs: null })
    expect(relay.show(id)).toMatchObject({ state: 'running', alerts: [{ kind: 'stale', clearedAt: null }] })
    expect((await relay.run(['show', id])).stdout).toMatch(/Alert +⚠ It has neither written nor worked/)
    expect((await relay.run(['list'])).stdout).toMatch(/⚠ It has neither/)

    await killSupervision(relay)
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    await relay.run(['list']) // Wakes another supervisor.
    for (const pid of processesNamed(relay, 'sleep 600').map((one) => one.pid)) process.kill(pid)
    await eventually(() => alertsOf(relay, id).find(({ clearedAtMs }) => clearedAtMs !== null), 20_000)
    expect(alertsOf(relay, id)).toHaveLength(1)
    fs.writeFileSync(inWorkspace(relay, 'end'), '')
    await relay.untilState(id, 'succeeded')
  })

  test('that says something of trouble in its log is told of once, with the line; a progress bar is read as it stands', async ({
    relay,
    expect,
  }) => {
    const bar = String.raw`printf 'epoch 1 loss=0.3\repoch 2 loss=nan\r'`
    const command = `echo 0 errors; echo 'error_rate=0.1'; ${bar}; ${waitFor('go')}; echo; printf '\\033[31mValueError: bad \\033[0mshape\\n'; ${waitFor('end')}`
    const id = await relay.start({ command, watch: { everySec: 1 } })
    const nan = await untilAlerted(relay, id, 'pattern:6', /nan/)
    expect(nan.text).toBe('Its log says: epoch 2 loss=nan')
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    const exception = await untilAlerted(relay, id, 'pattern:3', /ValueError/)
    expect(exception.text).toBe('Its log says: ValueError: bad shape')
    expect(alertsOf(relay, id)).toHaveLength(2)
    fs.writeFileSync(inWorkspace(relay, 'end'), '')
    await relay.untilState(id, 'succeeded')
  })

  test('a check that only warns is told of like everything else', async ({ relay, expect }) => {
    const preflight = { checks: [{ type: 'path_exists', path: 'data' }], onFail: 'warn' }
    const id = await relay.start({ command: waitFor('go'), preflight })
    await relay.untilState(id, 'running')
    expect(relay.show(id).alerts).toMatchObject([{ kind: 'check', clearedAt: null }])
    expect(relay.show(id).alerts[0]?.text).toMatch(/^Started with a warning: path exists: data/)
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    await relay.untilState(id, 'succeeded')
  })
})

describe('patterns of somebody', () => {
  test('that would take for ever hold up nobody, and are given up with a word', async ({ expect }) => {
    const matcher = new PatternMatcher(supervisorFile)
    const evil = '(a+)+$'
    const lines = [`${'a'.repeat(40)}b`, 'all is lost']
    expect(await matcher.match(['lost', evil], lines)).toEqual([])
    expect(await matcher.match(['lost', evil], lines)).toEqual([{ pattern: 1, count: 1, line: evil, gaveUp: true }])
    expect(await matcher.match(['lost', evil], lines)).toEqual([{ pattern: 0, count: 1, line: 'all is lost' }])
  }, 20_000)

  test('are not given up for a machine that is slow to begin with them', async ({ relay, expect }) => {
    const slow = path.join(relay.root, 'slow.mjs')
    const stall = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_500)'
    fs.writeFileSync(slow, `${stall}\nawait import(${JSON.stringify(supervisorFile)})\n`)
    const matcher = new PatternMatcher(slow)
    expect(await matcher.match(['lost'], ['all is lost'])).toEqual([{ pattern: 0, count: 1, line: 'all is lost' }])
  })
})

describe('a look at a disk that does not answer', () => {
  test('is given up, is not asked again while it hangs, and is when it has answered', async ({ expect }) => {
    let answer: (value: string) => void = () => undefined
    let asked = 0
    const look = () => {
      asked++
      return new Promise<string>((resolve) => (answer = resolve))
    }
    expect(await lookPatiently('a', look, 20)).toEqual({ kind: 'silent' })
    expect(await lookPatiently('a', look, 20)).toEqual({ kind: 'silent' })
    expect(asked).toBe(1)
    expect(await lookPatiently('b', () => Promise.resolve('b'), 1000)).toEqual({ kind: 'answer', value: 'b' })
    answer('late')
    const again = lookPatiently('a', look, 1000)
    await eventually(() => asked === 2)
    answer('here')
    expect(await again).toEqual({ kind: 'answer', value: 'here' })
  })
})
