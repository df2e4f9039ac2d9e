import fs from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type JobId, jobIdSchema } from '../../src/core/jobs/jobId'
import type { ToPage } from '../../src/core/jobs/jobPage'
import { translateWords } from '../../src/core/jobs/jobPageWords'
import { JobPageFeed } from '../../src/store/jobs/jobPageFeed'
import { eventually } from '../support/eventually'
import { Relay } from '../support/relay'
import { hasTool } from '../support/tools'
import { browserPath, type OpenedPage, Pages, type Theme } from './openPage'

const words = translateWords((english) => english)

/** The words a page gets first, and what feeds it from then on. */
function feedOf(relay: Relay, id: JobId) {
  const { store } = relay
  const feed = new JobPageFeed({
    id,
    store,
    read: (one) => store.read(one),
    words,
    translate: (text) => text,
    now: Date.now,
  })
  const first: ToPage = { kind: 'words', jobId: id, words, locale: 'en' }
  const next = async (): Promise<readonly ToPage[]> => (await feed.next(new AbortController().signal)).messages
  return { feed, first, next }
}

async function tell(opened: OpenedPage, relay: Relay, id: JobId) {
  const { feed, first, next } = feedOf(relay, id)
  await opened.send([first, ...(await next())])
  return { feed, next }
}

describe.skipIf(!hasTool(browserPath))('the page of a job', () => {
  let pages: Pages
  let sample: Relay
  let sampleId: JobId
  const relays: Relay[] = []
  const opened: OpenedPage[] = []

  beforeAll(async () => {
    pages = await Pages.launch()
    sample = new Relay()
    const { exitCode, stderr } = await sample.run(['sample', '--dir', path.join(sample.root, 'sample')])
    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
    sampleId = sample.store.find('latest').job.spec.id
  }, 90_000)

  afterAll(async () => {
    await pages.close()
    await sample.dispose()
  })

  afterEach(async () => {
    for (const { page } of opened.splice(0)) await page.close()
    for (const relay of relays.splice(0)) await relay.dispose()
  })

  async function open(theme: Theme = 'dark', width = 900, kept: unknown = null): Promise<OpenedPage> {
    const one = await pages.open(theme, width, kept)
    opened.push(one)
    return one
  }

  it.each(['dark', 'light', 'high-contrast'] as const)('shows a finished job in the %s theme', async (theme) => {
    const one = await open(theme)
    await tell(one, sample, sampleId)
    const { page } = one
    const headings = await page.getByRole('heading', { level: 2 }).allTextContents()
    expect(headings).toEqual(['Facts', 'Timeline', 'Numbers', 'End of the log', 'Required files', 'Follow-up'])
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Two moons: baseline with 12 hidden units')
    expect(await page.locator('.state').textContent()).toMatch(/^✓succeeded0:\d\d$/)
    expect(await page.getByRole('listitem').filter({ hasText: 'Command ended' }).textContent()).toContain('exit 0')
    expect(await page.getByRole('img', { name: 'loss', exact: true }).count()).toBe(1)
    expect(await page.getByRole('figure').first().textContent()).toMatch(
      /train_loss: Best 0\.\d+ at epoch \d+ \(lower is better\)/,
    )
    expect(await page.getByRole('log').textContent()).toContain('epoch 12/12 train_loss=')
    expect(await page.locator('.files').textContent()).toContain('exp/results/demo/metrics.jsonready')
    expect(await page.locator('.report').getByRole('heading', { level: 4 }).allTextContents()).toContain('Next step')
    expect(await page.locator('.report').getByRole('table').count()).toBe(2)
    // Something was drawn, in colours that can be told from the ground.
    expect(await page.evaluate(countDrawnColors)).toBeGreaterThan(10)
    expect(one.troubles).toEqual([])
  })

  it('fits a narrow column', async () => {
    const one = await open('light', 300)
    await tell(one, sample, sampleId)
    expect(await one.page.evaluate('document.documentElement.scrollWidth')).toBe(300)
    expect(one.troubles).toEqual([])
  })

  it('is used with the keyboard alone, and asks for what its buttons say', async () => {
    const one = await open()
    await tell(one, sample, sampleId)
    const reached: unknown[] = []
    for (let presses = 0; presses < 16; presses++) {
      await one.page.keyboard.press('Tab')
      reached.push(await one.page.evaluate(describeFocus))
    }
    expect(reached.slice(0, 14)).toEqual([
      ...[
        'Restart',
        'Restart with Edits',
        'Show Log',
        'Open Report',
        'Reveal Folder',
        'Copy Id',
        'Copy Command',
        'Remove',
      ],
      ...['Everything it may do', 'loss', 'val_accuracy', 'lr', 'Logarithmic', 'The numbers as a table'],
    ])
    expect(reached[14]).toBe('End of the log')
    await one.page.getByRole('button', { name: 'Copy Id' }).focus()
    await one.page.keyboard.press('Enter')
    expect(await one.said()).toEqual([{ kind: 'ready' }, { kind: 'run', action: 'copyId' }])
  })

  it('says its numbers in a table, and keeps what was chosen when it is loaded again', async () => {
    const one = await open()
    await tell(one, sample, sampleId)
    await one.page.getByRole('checkbox', { name: 'lr' }).uncheck()
    await one.page.getByRole('checkbox', { name: 'Logarithmic' }).check()
    await one.page.getByText('The numbers as a table').click()
    await eventually(async () => JSON.stringify(await one.state()).includes('"table":true'))
    const again = await open('dark', 900, await one.state())
    await tell(again, sample, sampleId)
    expect(await again.page.getByRole('checkbox', { name: 'lr' }).isChecked()).toBe(false)
    expect(await again.page.getByRole('checkbox', { name: 'Logarithmic' }).isChecked()).toBe(true)
    expect(await again.page.getByRole('figure').count()).toBe(2)
    const row = again.page.getByRole('row').filter({ has: again.page.getByRole('rowheader', { name: 'val_loss' }) })
    expect(await row.last().textContent()).toMatch(
      /^val_losslog0\.\d+ \(epoch 1\)0\.\d+ \(epoch \d+\)0\.\d+ \(epoch 12\)12$/,
    )
    expect(await again.state()).toMatchObject({ jobId: sampleId })
  })

  it('is drawn again in another theme while it is shown', async () => {
    const one = await open('dark')
    await tell(one, sample, sampleId)
    const before = await one.page.evaluate(chartPixels)
    await one.setTheme('light')
    await eventually(async () => (await one.page.evaluate(chartPixels)) !== before)
    expect(one.troubles).toEqual([])
  })

  it('follows a running job to its end with what has changed alone', async () => {
    const relay = new Relay()
    relays.push(relay)
    const gate = path.join(relay.root, 'gate')
    const id = jobIdSchema.parse(
      await relay.start({
        description: 'Waits',
        command: `for i in 1 2 3; do echo "step $i loss=0.$i"; done; until [ -e ${gate} ]; do sleep 0.05; done; echo "step 4 loss=0.05"; echo '{"v":1}' > out.json`,
        watch: { everySec: 5, requireFiles: ['out.json'], readyTimeoutSec: 10 },
      }),
    )
    await relay.untilState(id, 'running')
    await eventually(() => relay.log(id).includes('step 3'))
    const one = await open()
    const { next } = await tell(one, relay, id)
    const { page } = one
    expect(await page.getByRole('button', { name: 'Stop' }).count()).toBe(1)
    expect(await page.getByRole('button', { name: 'Restart' }).count()).toBe(0)
    expect(await page.locator('.files').textContent()).toContain('awaited')
    const elapsed = await page.locator('.elapsed').textContent()
    await eventually(async () => (await page.locator('.elapsed').textContent()) !== elapsed)
    await page.getByRole('button', { name: 'Copy Id' }).focus()
    fs.writeFileSync(gate, '')
    await relay.untilState(id, 'succeeded')
    const news = await next()
    const series = news.find((message) => message.kind === 'series')
    expect(series).toMatchObject({ reset: false, parts: [{ key: 'loss', from: 3, xs: [4], ys: [0.05] }] })
    expect(news.find((message) => message.kind === 'log')).toMatchObject({
      change: { add: ['step 3 loss=0.3', 'step 4 loss=0.05'] },
    })
    await one.send(news)
    expect(await page.getByRole('log').textContent()).toBe(
      'step 1 loss=0.1step 2 loss=0.2step 3 loss=0.3step 4 loss=0.05',
    )
    expect(await page.getByRole('status').textContent()).toBe('Waits: succeeded')
    expect(await page.locator('.files').textContent()).toContain('ready')
    // The focus is where the person left it, though the buttons are others.
    expect(await page.evaluate(describeFocus)).toBe('Copy Id')
    expect(await next()).toEqual([])
    expect(one.troubles).toEqual([])
  })

  it('shows what a job says and never runs it', async () => {
    const relay = new Relay()
    relays.push(relay)
    const attack = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    fs.writeFileSync(
      path.join(relay.workspace, 'evil.sh'),
      `printf '%s\\n' '${attack}' '\x1b]8;;command:x\x07link' '[a](command:b) loss=0.1'; exit 3\n`,
    )
    const id = jobIdSchema.parse(
      await relay.start({
        description: attack,
        command: 'sh evil.sh',
        watch: { thenTask: attack, runTasks: true, onMissing: 'enqueue' },
      }),
    )
    await relay.untilDelivered(id)
    const one = await open()
    await tell(one, relay, id)
    const { page } = one
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(attack)
    expect(await page.getByRole('log').textContent()).toContain(attack)
    expect(await page.getByRole('log').textContent()).not.toContain('\x1b')
    expect(await page.locator('.report').textContent()).toContain(attack)
    expect(await page.title()).toBe(attack)
    expect(await page.locator('img, a, main script').count()).toBe(0)
    expect(one.troubles).toEqual([])
  })

  it('says when the job is gone', async () => {
    const one = await open()
    const { first } = feedOf(sample, sampleId)
    await one.send([first, { kind: 'gone' }])
    expect(await one.page.getByRole('status').textContent()).toContain('was removed')
  })
})

// In words of the browser: these tests know nothing of its types.

const describeFocus = `(() => {
  const at = document.activeElement
  return at.getAttribute('aria-label') ?? (at.closest('label') ?? at).textContent
})()`

const chartPixels = `document.querySelector('canvas').toDataURL()`

const countDrawnColors = `(() => {
  const canvas = document.querySelector('canvas')
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  return new Set(new Uint32Array(data.buffer)).size
})()`
