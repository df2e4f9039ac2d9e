// The table of experiments in a real browser: what a person sorts, filters, pins and compares, at the size it has to bear.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type {
  ComparedLine,
  ComparedSeries,
  FromExperiments,
  ToExperiments,
} from '../../src/core/experiments/experimentsPage'
import { noChoices, runActions } from '../../src/core/experiments/experimentsPage'
import { translateExperimentsWords } from '../../src/core/experiments/experimentsWords'
import { pageRuns } from '../../src/core/experiments/pageRuns'
import type { RunTable } from '../../src/core/experiments/runTable'
import { thinLine } from '../../src/core/experiments/thinLine'
import { eventually } from '../support/eventually'
import { manyRuns } from '../support/manyRuns'
import { hasTool } from '../support/tools'
import { browserPath, type OpenedPage, Pages, type Theme } from './openPage'

const words = translateExperimentsWords((english) => english)
const perMessage = 200

function messagesOf(table: RunTable): readonly ToExperiments[] {
  const folder = { key: 'project', name: 'project', table, live: [] }
  const { columns, rows } = pageRuns([folder], words, () => runActions)
  const pieces: ToExperiments[] = []
  for (let from = 0; from === 0 || from < rows.length; from += perMessage)
    pieces.push({
      kind: 'rows',
      rows: rows.slice(from, from + perMessage),
      removed: [],
      notes: [],
      done: from + perMessage >= rows.length,
    })
  return [
    { kind: 'words', words, locale: 'en', choices: noChoices, restricted: false },
    { kind: 'columns', columns },
    ...pieces,
  ]
}

describe.skipIf(!hasTool(browserPath))('the table of experiments', () => {
  let pages: Pages
  const opened: OpenedPage[] = []

  beforeAll(async () => {
    pages = await Pages.launch()
  }, 90_000)
  afterAll(() => pages.close())
  afterEach(async () => {
    for (const { page } of opened.splice(0)) await page.close()
  })

  async function open(table: RunTable, theme: Theme = 'dark', kept: unknown = null, width = 1200): Promise<OpenedPage> {
    const one = await pages.open(theme, width, kept, 'experiments')
    opened.push(one)
    await one.send(messagesOf(table))
    return one
  }

  /** The page draws what it was told, or what was chosen in it, with the next frame. */
  const untilDrawn = ({ page }: OpenedPage) =>
    page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
  /** The texts of the rows in sight, cell by cell. */
  const rowsOf = async (one: OpenedPage): Promise<string[][]> => {
    await untilDrawn(one)
    return one.page.evaluate(visibleRows)
  }
  const columnOf = async (one: OpenedPage, label: string): Promise<string[]> => {
    const labels: string[] = await one.page.locator('.grid thead .label').allTextContents()
    const at = labels.indexOf(label) + 1
    return (await rowsOf(one)).map((cells) => cells[at] ?? '')
  }
  const saidLast = async (one: OpenedPage, kind: FromExperiments['kind']): Promise<FromExperiments | undefined> =>
    ((await one.said()) as readonly FromExperiments[]).findLast((said) => said.kind === kind)

  it('shows the newest run first, the best with a star, and each with its distance to the best', async () => {
    const one = await open(manyRuns(40))
    const { page } = one
    await page.getByText('40 runs').waitFor()
    expect((await rowsOf(one))[0]?.[1]).toBe('r20261101-003900-0013')
    const best = page
      .locator('.grid tbody tr')
      .filter({ has: page.getByRole('img', { name: 'the best run of its metric' }) })
    expect(await best.count()).toBe(1)
    expect(await best.textContent()).toMatch(/^★ r\S+✓ success0\.9\d+0/)
    expect((await columnOf(one, 'Δ best')).filter((text) => text.startsWith('−')).length).toBeGreaterThan(20)
    expect(one.troubles).toEqual([])
  })

  it('sorts by any column, up, down and as at first, and puts what is missing last', async () => {
    const one = await open(manyRuns(40))
    const head = one.page.getByRole('columnheader', { name: 'val_accuracy' })
    const button = head.getByRole('button')
    await button.click()
    expect(await head.getAttribute('aria-sort')).toBe('descending')
    const down = (await columnOf(one, 'val_accuracy')).map((text) => (text === '' ? null : Number(text)))
    expect(down).toEqual(
      [...down].sort((a, b) => (a === null || b === null ? Number(a === null) - Number(b === null) : b - a)),
    )
    await button.click()
    expect(await head.getAttribute('aria-sort')).toBe('ascending')
    const up = await columnOf(one, 'val_accuracy')
    expect(Number(up[0])).toBeLessThan(Number(up[5]))
    await button.click()
    expect(await head.getAttribute('aria-sort')).toBe('none')
    expect((await rowsOf(one))[0]?.[1]).toBe('r20261101-003900-0013')
  })

  it('filters by words and comparisons, and says what it does not know', async () => {
    const one = await open(manyRuns(200))
    const { page } = one
    await page.getByRole('searchbox').fill('val_loss<0.2 lr=0.01 baseline')
    await page.getByText(/^\d+ of 200 runs$/).waitFor()
    const losses = (await columnOf(one, 'val_loss')).map(Number)
    expect(losses.length).toBeGreaterThan(3)
    expect(Math.max(...losses)).toBeLessThan(0.2)
    expect(new Set(await columnOf(one, 'lr'))).toEqual(new Set(['0.01']))
    await page.getByRole('searchbox').fill('val_los<0.2')
    await page.getByText('No column is called val_los. Was val_loss meant?').waitFor()
    await page.getByText('200 runs', { exact: true }).waitFor()
    await page.getByRole('searchbox').fill('no such words')
    await page.getByText('No run passes the filter.').waitFor()
  })

  it('shows, hides and pins columns, leaves out those that are all the same, and keeps that when it is loaded again', async () => {
    const table = manyRuns(60)
    const one = await open(table)
    const { page } = one
    const labels = async (of: OpenedPage) => {
      await untilDrawn(of)
      return of.page.locator('.grid thead .label').allTextContents()
    }
    expect(await labels(one)).toContain('lr')
    expect(await labels(one)).not.toContain('optimizer')
    await page.getByText('Columns', { exact: true }).click()
    await page.getByRole('checkbox', { name: 'Show optimizer' }).check()
    await page.getByRole('checkbox', { name: 'Pin lr at the left' }).check()
    await page.screenshot({ path: '.vscode-test/screenshots/experiments-columns.png' })
    expect((await labels(one)).slice(0, 2)).toEqual(['Run', 'lr'])
    expect(await labels(one)).toContain('optimizer')
    await page.getByRole('checkbox', { name: 'Differing columns only' }).check()
    expect(await labels(one)).not.toContain('optimizer')
    expect(await labels(one)).not.toContain('Template')
    // What is pinned stays where it is.
    const left = async () => (await page.getByRole('columnheader', { name: 'lr' }).boundingBox())?.x
    const before = await left()
    await page.setViewportSize({ width: 500, height: 700 })
    await page.evaluate("document.querySelector('.grid').scrollLeft = 300")
    expect(await left()).toBe(before)
    const again = await open(table, 'light', await one.state())
    expect((await labels(again)).slice(0, 2)).toEqual(['Run', 'lr'])
    expect(await again.page.getByRole('checkbox', { name: 'Differing columns only' }).isChecked()).toBe(true)
    expect(await saidLast(one, 'choices')).toMatchObject({ choices: { pinned: ['param:lr'], differing: true } })
  })

  it('is used with the keyboard alone', async () => {
    const one = await open(manyRuns(1000))
    const { page } = one
    await page.getByRole('searchbox').focus()
    await page.locator('.grid thead button[tabindex="0"]').focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    expect(await page.evaluate(focusText)).toBe('val_accuracy')
    await page.keyboard.press('ArrowDown')
    const focused = async () =>
      page.evaluate<string>('document.activeElement.cells?.[1]?.textContent ?? document.activeElement.className')
    expect(await focused()).toBe('r20261101-163900-00rr')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press(' ')
    await page.keyboard.press('End')
    expect(await focused()).toBe('r20261101-000000-0000')
    await page.keyboard.press(' ')
    await page.keyboard.press('Home')
    expect(await focused()).toBe('r20261101-163900-00rr')
    await page.keyboard.press('Enter')
    expect(await saidLast(one, 'run')).toEqual({
      kind: 'run',
      action: 'openReport',
      key: 'project/r20261101-163900-00rr',
    })
    expect(await page.getByRole('button', { name: 'Compare 2 runs' }).isEnabled()).toBe(true)
    await page.getByRole('button', { name: 'Run Again with Changes…' }).press('Enter')
    expect(await saidLast(one, 'run')).toMatchObject({ action: 'runAgain' })
    // Of a thousand rows only some are in the document, and each says which it is.
    expect(await page.locator('.grid tbody tr').count()).toBeLessThan(80)
    expect(await page.getByRole('grid').getAttribute('aria-rowcount')).toBe('1001')
  })

  it('shows what runs say and never runs it', async () => {
    const attack = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    const one = await open(
      manyRuns(3, [
        {
          runId: attack,
          name: attack,
          value: 1,
          higherIsBetter: true,
          template: attack,
          params: { [attack]: attack, lr: '=cmd()', ['__proto__']: 'x', constructor: 'y' },
          startedAt: '2026-12-01T00:00:00Z',
        },
      ]),
    )
    const { page } = one
    await expect.poll(async () => (await rowsOf(one))[0]?.[1]).toContain(attack)
    expect(await page.locator('.active-run .name').textContent()).toBe(attack)
    expect(await page.locator('img, main script').count()).toBe(0)
    expect(await page.title()).toBe('Experiments')
    expect(one.troubles).toEqual([])
  })

  it('reads the best and last value of metrics for the rows in sight only, and sorts by them', async () => {
    const one = await open(manyRuns(500))
    const { page } = one
    await page.getByRole('checkbox', { name: 'Best and last' }).check()
    const asked = (await saidLast(one, 'curves')) as Extract<FromExperiments, { kind: 'curves' }>
    expect(asked.keys.length).toBeLessThan(80)
    expect(asked.keys[0]).toMatch(/^project\/r/)
    expect(new Set(await columnOf(one, 'val_loss best'))).toEqual(new Set(['…']))
    await one.send([
      {
        kind: 'curves',
        curves: asked.keys.map((key, index) => ({ key, metrics: { val_loss: { best: index / 1000, last: 0.5 } } })),
      },
    ])
    expect((await columnOf(one, 'val_loss best')).slice(0, 3)).toEqual(['0', '0.001', '0.002'])
    await page.getByRole('columnheader', { name: 'val_loss best' }).getByRole('button').click()
    expect((await columnOf(one, 'val_loss best'))[0]).toBe(String((asked.keys.length - 1) / 1000))
    // To sort by it, all have to be read.
    const rest = (await saidLast(one, 'curves')) as Extract<FromExperiments, { kind: 'curves' }>
    expect(rest.keys.length + asked.keys.length).toBe(500)
  })

  it('asks again for the best and last values of a run that goes on, and of no other', async () => {
    const one = await open(manyRuns(3))
    const { page } = one
    const { rows } = pageRuns([{ key: 'project', name: 'project', table: manyRuns(3), live: [] }], words, () => [])
    const running = rows.slice(0, 1).map((row) => ({ ...row, state: 'live' as const }))
    await one.send([{ kind: 'rows', rows: running, removed: [], notes: [], done: true }])
    await page.clock.install()
    await page.getByRole('checkbox', { name: 'Best and last' }).check()
    const asked = (await saidLast(one, 'curves')) as Extract<FromExperiments, { kind: 'curves' }>
    expect(asked.keys).toHaveLength(3)
    const curves = asked.keys.map((key) => ({ key, metrics: { val_loss: { best: 0.25, last: 0.5 } } }))
    await one.send([{ kind: 'curves', curves }])
    expect(await saidLast(one, 'curves')).toEqual(asked)
    await page.clock.runFor(70_000)
    expect(await saidLast(one, 'curves')).toEqual({ kind: 'curves', keys: running.map(({ key }) => key) })
  })

  it('asks for the file of what is shown', async () => {
    const one = await open(manyRuns(20))
    await one.page.getByRole('searchbox').fill('lr=0.1')
    await one.page.getByText('5 of 20 runs').waitFor()
    await one.page.getByRole('button', { name: 'Export as CSV…' }).click()
    const said = (await saidLast(one, 'export')) as Extract<FromExperiments, { kind: 'export' }>
    expect(said.keys).toHaveLength(5)
    expect(said.columns.slice(0, 3)).toEqual(['run', 'status', 'value'])
  })

  it('compares runs side by side with one line for each in every plot', async () => {
    const one = await open(manyRuns(30), 'light')
    const { page } = one
    for (const at of [0, 1, 2]) await page.locator('.grid tbody input').nth(at).check()
    await page.getByRole('button', { name: 'Compare 3 runs' }).click()
    const { keys } = (await saidLast(one, 'compare')) as Extract<FromExperiments, { kind: 'compare' }>
    expect(keys).toHaveLength(3)
    await page.getByText('Reading the numbers of these runs…').waitFor()
    await one.send([comparison(keys)])
    const asked = ((await one.said()) as readonly FromExperiments[]).filter((said) => said.kind === 'points')
    expect(asked.map(({ id }) => id)).toEqual(['val_accuracy', 'val_loss', 'train_loss'])
    await one.send(asked.map(({ id }): ToExperiments => ({ kind: 'points', id, lines: lines(keys, 300) })))
    // One is drawn with each frame.
    await page
      .getByRole('figure')
      .last()
      .getByText(/Best 0\.9\d* at step \d+/)
      .first()
      .waitFor()
    expect(await page.locator('canvas').count()).toBe(3)
    const facts = await page.locator('.facts tbody th').allTextContents()
    expect(facts).toContain('seed')
    expect(facts).not.toContain('optimizer')
    await page.screenshot({ path: '.vscode-test/screenshots/experiments-compare-light.png', fullPage: true })
    await page
      .getByRole('button', { name: /^Leave out/ })
      .first()
      .click()
    expect(await page.locator('.facts thead .run').count()).toBe(2)
    await page.keyboard.press('Escape')
    await page.getByRole('grid').waitFor()
    // The editor is told, and need not follow these runs any more.
    expect(await saidLast(one, 'compare')).toEqual({ kind: 'compare', keys: [] })
    expect(one.troubles).toEqual([])
  })

  it.each(['dark', 'light', 'high-contrast'] as const)('looks right in the %s theme', async (theme) => {
    const one = await open(manyRuns(300), theme)
    await one.page.locator('.grid tbody tr').nth(3).click()
    await one.page.screenshot({ path: `.vscode-test/screenshots/experiments-table-${theme}.png` })
    expect(await one.page.evaluate('document.documentElement.scrollWidth')).toBe(1200)
    expect(one.troubles).toEqual([])
  })

  it('draws of 1,000 runs only those that are seen, and compares 4 of 10,000 points each', async () => {
    const one = await pages.open('dark', 1200, null, 'experiments')
    opened.push(one)
    const { page } = one
    const longestMs = await pages.longestTaskMs(one, async () => {
      // As the editor sends them: each piece by itself.
      for (const message of messagesOf(manyRuns(1000))) await one.send([message])
      await page.getByText('1000 runs').waitFor()
      await page.getByRole('columnheader', { name: 'val_accuracy' }).getByRole('button').click()
      await page.evaluate("document.querySelector('.grid').scrollTop = 12000")
      await eventually(async () => (await rowsOf(one)).length > 10)
      expect((await rowsOf(one)).length).toBeLessThan(100)
      await page.evaluate("document.querySelector('.grid').scrollTop = 0")
      for (const at of [0, 1, 2, 3]) await page.locator('.grid tbody input').nth(at).check()
      await page.getByRole('button', { name: 'Compare 4 runs' }).click()
      const { keys } = (await saidLast(one, 'compare')) as Extract<FromExperiments, { kind: 'compare' }>
      await one.send([comparison(keys)])
      for (const id of ['val_accuracy', 'val_loss', 'train_loss'])
        await one.send([{ kind: 'points', id, lines: lines(keys, 10_000) }])
      await eventually(async () => (await page.locator('canvas').count()) === 3)
    })
    console.info(`The longest task of the page took ${Math.round(longestMs)} ms.`)
    expect(longestMs).toBeGreaterThan(0)
  })

  function comparison(keys: readonly string[]): ToExperiments {
    const series = ['val_accuracy', 'val_loss', 'train_loss'].map((id): ComparedSeries => ({
      id,
      name: id,
      better: id === 'val_accuracy' ? 'higher' : 'lower',
      runs: keys.map((key) => ({ key, count: 10_000, best: { x: 42, y: 0.91 }, last: '0.9', nonFinite: 0 })),
    }))
    return { kind: 'series', keys, series }
  }

  /** As the editor thins them out. */
  function lines(keys: readonly string[], count: number): ComparedLine[] {
    return keys.map((key, at) => {
      const xs = Array.from({ length: count }, (_, index) => index + 1)
      const ys = xs.map((x) => 1 - Math.exp(-x / (count / (4 + at))) + 0.02 * Math.sin(x * (1 + at)))
      return { key, xName: 'step', ...thinLine({ xs, ys }, 1_000), best: { x: 42, y: ys[41] ?? 0 } }
    })
  }
})

// In words of the browser: these tests know nothing of its types.

const visibleRows = `[...document.querySelectorAll('.grid tbody tr:not(.spacer)')].map((row) =>
  [...row.cells].map((cell) => cell.textContent))`

const focusText = 'document.activeElement.textContent'
