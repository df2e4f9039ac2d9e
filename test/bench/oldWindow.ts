// The views of a real VS Code on a machine that has been used for years, beside a view of VS Code's own in the same window.
import path from 'node:path'
import { Relay } from '../support/relay'
import { VsCodeServer } from '../vscode/host/server'
import { launchBrowser, Workbench } from '../vscode/support/workbench'
import type { Bench } from './support/benchmark'
import { makeOld } from './support/oldWorkspace'
import { median, ms, timed, times } from './support/samples'

const aimMs = 1_000

export async function run(bench: Bench): Promise<void> {
  // The host is installed in the repository, and the extension runs from there.
  const repository = process.env['RELAY_BENCH_REPOSITORY'] ?? '.'
  process.chdir(repository)
  const rounds = bench.count(5, 2)
  const relay = new Relay()
  const browser = await launchBrowser()
  try {
    makeOld(relay, bench)
    const dataDir = path.join(relay.root, 'vscode')
    const server = await VsCodeServer.start({ dataDir, env: relay.env, extensions: [repository] })
    try {
      const window = await Workbench.open(browser, server, { folder: relay.workspace })
      const { page } = window
      const firstRow = async (view: string) => (await window.treeRow(view, /./)).waitFor()
      // Everything is loaded once, as after the first look of the day.
      await window.runCommand('Relay: Show Jobs')
      await firstRow('Jobs')
      const work: readonly (readonly [name: string, open: () => Promise<void>, close: () => Promise<void>])[] = [
        [
          "VS Code's own list of files",
          async () => {
            await window.runCommand('View: Show Explorer')
            await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor()
          },
          () => window.runCommand('View: Show Search'),
        ],
        [
          'the Jobs view',
          async () => {
            await window.runCommand('Relay: Show Jobs')
            await firstRow('Jobs')
          },
          () => window.runCommand('View: Show Search'),
        ],
        [
          'the Experiments view',
          async () => {
            await window.runCommand('Relay: Show Experiments')
            await firstRow('Experiments')
          },
          () => window.runCommand('View: Show Search'),
        ],
        [
          'the table of runs',
          async () => {
            await window.runCommand('Relay: Open Experiments Table')
            await window.webview().locator('.grid tbody tr:not(.spacer)').first().waitFor()
          },
          () => window.closeTab('Experiments'),
        ],
      ]
      const rows: string[][] = []
      let baseMs = 0
      let slowestMs = 0
      for (const [index, [name, open, close]] of work.entries()) {
        const samples: number[] = []
        for (let round = 0; round < rounds; round++) {
          samples.push(await timed(open))
          await close()
        }
        const tookMs = median(samples)
        if (index === 0) baseMs = tookMs
        else slowestMs = Math.max(slowestMs, tookMs)
        rows.push([name, ms(tookMs), ms(samples[0] ?? NaN), times(tookMs / baseMs)])
      }
      await window.close()
      bench.table([['opened from the palette, on an old machine', 'median', 'the first time', 'ratio'], ...rows])
      bench.aim({
        aim: `every view in ≤ ${aimMs} ms`,
        measured: `${ms(slowestMs)} the slowest`,
        ratio: `${times(slowestMs / baseMs)} VS Code's own`,
        reached: slowestMs <= aimMs,
      })
    } finally {
      await server.stop()
    }
  } finally {
    await browser.close()
    await relay.dispose()
  }
}
