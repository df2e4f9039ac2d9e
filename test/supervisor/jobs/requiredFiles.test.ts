// The files that a job promised: what counts as there, what is said of what is not.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { FileFinding } from '../../../src/core/jobs/fileFinding'
import { waitFor } from '../../fixtures/relayTest'
import { printFiles, RequiredFiles } from '../../../src/supervisor/jobs/requiredFiles'
import { eventually } from '../../support/eventually'
import { Relay } from '../../support/relay'

describe.concurrent('a job with required files', () => {
  let relay: Relay
  beforeAll(() => {
    relay = new Relay()
  })
  afterAll(() => relay.dispose())
  const file = (name: string) => path.join(relay.workspace, name)
  const calledBack = { thenTask: 'Analyze.', runTasks: true, readyTimeoutSec: 10, readyPollSec: 1 }

  test('is blocked when they are stale, cut, empty, missing or elsewhere, each with its reason, and calls nobody', async ({
    expect,
  }) => {
    fs.writeFileSync(file('stale.json'), '{"loss": 1}')
    fs.writeFileSync(path.join(relay.root, 'elsewhere.json'), '{}')
    const id = await relay.start({
      command: `printf '{"loss": 0.' > cut.json; : > empty.json; ln -s ../elsewhere.json outside.json; touch -h outside.json; echo 1 > good.txt`,
      watch: {
        ...calledBack,
        requireFiles: ['stale.json', 'cut.json', 'empty.json', 'missing.json', 'outside.json', 'good.txt'],
      },
    })
    const job = await relay.untilDelivered(id)
    expect(job).toMatchObject({ state: 'blocked', exit: { code: 0 }, followUp: null })
    expect(Object.fromEntries(job.requiredFiles.map(({ path, state }) => [path, state]))).toEqual({
      'stale.json': 'unchanged',
      'cut.json': 'invalid_json',
      'empty.json': 'empty',
      'missing.json': 'missing',
      'outside.json': 'outside',
      'good.txt': 'ready',
    })
    expect(job.reason).toMatch(/^Exit 0, but after 10 s required files are not ready: stale\.json \(not written since/)
    expect(job.reason).toMatch(
      /missing\.json \(not there\), outside\.json \(outside of the workspace\)\. The follow-up is not run\.$/,
    )
    expect(job.reason).not.toContain('good.txt')
    expect(relay.handoffEntries(id)).toBe(0)
  })

  test('calls back all the same where its block says enqueue, and the report names the missing file', async ({
    expect,
  }) => {
    const id = await relay.start({
      command: 'true',
      watch: { ...calledBack, onMissing: 'enqueue', requireFiles: ['results/never.json'] },
    })
    const job = await relay.untilDelivered(id)
    // The analyst cannot do its task without them either.
    expect(job).toMatchObject({ state: 'blocked', followUp: { id: `${id}-f1`, state: 'blocked' } })
    expect(relay.show(`${id}-f1`)).toMatchObject({ state: 'succeeded', answer: 'blocked' })
    expect(job.reason).toContain('The follow-up is run all the same.')
    expect(relay.log(`${id}-f1`)).toContain('never.json')
    expect(relay.handoffEntries(id)).toBe(1)
  })

  test('succeeds as soon as a late file is whole, without waiting for a poll', async ({ expect }) => {
    const id = await relay.start({
      command: `(mkdir -p late; ${waitFor('go-late')}; printf '{"acc":' > late/metrics.json; ${waitFor('go-whole')}; echo ' 0.5}' >> late/metrics.json) & true`,
      watch: { requireFiles: ['late/metrics.json'], readyTimeoutSec: 600, readyPollSec: 600 },
    })
    await relay.untilState(id, 'settling')
    fs.writeFileSync(file('go-late'), '')
    await eventually(() => fs.existsSync(file('late/metrics.json')))
    expect(relay.show(id).state).toBe('settling')
    const begun = performance.now()
    fs.writeFileSync(file('go-whole'), '')
    const job = await relay.untilState(id, 'succeeded', 'blocked')
    expect(job).toMatchObject({ state: 'succeeded', reason: 'Exit 0; all required files are ready.' })
    expect(performance.now() - begun).toBeLessThan(5_000)
  })

  test('that failed is told with its files as they are, without waiting for them', async ({ expect }) => {
    const id = await relay.start({
      command: 'echo 1 > partial.txt; exit 3',
      watch: { ...calledBack, requireFiles: ['partial.txt', 'absent.txt'], readyTimeoutSec: 600 },
    })
    const job = await relay.untilDelivered(id)
    expect(job).toMatchObject({ state: 'failed', exit: { code: 3 }, followUp: { state: 'done' } })
    expect(job.requiredFiles.map(({ state }) => state)).toEqual(['ready', 'missing'])
  })

  test('rewrites a file of the same size within the same second and is believed', async ({ expect }) => {
    fs.writeFileSync(file('same.txt'), 'aaaa')
    const id = await relay.start({
      command: 'printf bbbb > same.txt',
      watch: { requireFiles: ['same.txt'], readyTimeoutSec: 10, readyPollSec: 1 },
    })
    expect((await relay.untilState(id, 'succeeded', 'blocked')).state).toBe('succeeded')
  })
})

describe('a look at the required files', () => {
  let folder: string
  beforeEach(() => {
    folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'relay-files-')))
  })
  afterEach(() => {
    fs.rmSync(folder, { recursive: true, force: true })
  })
  const write = (name: string, text: string) => fs.writeFileSync(path.join(folder, name), text)

  /** What is seen of `name` once it holds still, when `change` happened after the start. */
  async function stateAfter(name: string, change: () => void): Promise<string> {
    const before = (await printFiles(folder, [name])) ?? []
    change()
    const files = new RequiredFiles(folder, folder, before, [name])
    return eventually(async () => {
      const now = (await files.look())[0]?.state
      return now === 'growing' ? undefined : now
    })
  }

  test.each<readonly [FileFinding['state'], string, string, () => void]>([
    ['ready', 'f.json', 'whole JSON', () => write('f.json', '[1]')],
    ['ready', 'f.txt', 'text that is no JSON', () => write('f.txt', '{')],
    ['invalid_json', 'f.json', 'JSON with a torn end', () => write('f.json', '{"a":')],
    ['missing', 'f.json', 'nothing', () => undefined],
    ['empty', 'f.json', 'an empty file', () => write('f.json', '')],
    ['missing', 'f.json', 'a link to nothing', () => fs.symlinkSync('nowhere', path.join(folder, 'f.json'))],
    ['outside', 'f.json', 'a link to the kernel', () => fs.symlinkSync('/proc/mounts', path.join(folder, 'f.json'))],
    ['outside', 'f.json', 'a link to a file outside', () => fs.symlinkSync('/etc/passwd', path.join(folder, 'f.json'))],
  ])('finds it %s: %s is %s', async (state, name, _what, change) => {
    expect(await stateAfter(name, change)).toBe(state)
  })

  test('a link that was there before and leads to a file inside is unchanged until that file is written', async () => {
    write('real.json', '{}')
    fs.symlinkSync('real.json', path.join(folder, 'f.json'))
    expect(await stateAfter('f.json', () => undefined)).toBe('unchanged')
    expect(await stateAfter('f.json', () => write('real.json', '{"a":1}'))).toBe('ready')
  })

  test('a named pipe never holds up the look', async () => {
    const begun = performance.now()
    const state = await stateAfter('f.json', () => execFileSync('mkfifo', [path.join(folder, 'f.json')]))
    expect(state).not.toBe('ready')
    expect(performance.now() - begun).toBeLessThan(5_000)
  })

  test('a file that goes on growing is growing at every look', async () => {
    write('f.txt', '')
    const files = new RequiredFiles(folder, folder, (await printFiles(folder, ['f.txt'])) ?? [], ['f.txt'])
    const end = performance.now() + 600
    while (performance.now() < end) {
      fs.appendFileSync(path.join(folder, 'f.txt'), 'more\n')
      expect((await files.look())[0]?.state).toBe('growing')
      await delay(40)
    }
    await eventually(async () => (await files.look())[0]?.state === 'ready')
  })
})
