// What the extension costs in a real VS Code: its size, its activation, how soon jobs are seen, and how often it draws.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Relay } from '../support/relay'
import { writeFinishedJobs } from './support/finishedJobs'
import { VsCodeServer, writeJson } from '../vscode/host/server'
import { launchBrowser, Workbench } from '../vscode/support/workbench'
import type { Bench } from './support/benchmark'
import { median, ms, percentile } from './support/samples'

const bundleAim = 300_000
const activationAimMs = 30
const seenAimMs = 2_000
const drawsAim = 5
/** Writes about 20 MB/s. */
const chatterbox = `while :; do yes 'epoch 1/2 loss=0.123456 and a few words more' | head -c 2000000; sleep 0.1; done`
const watchedSec = 5

export async function run(bench: Bench): Promise<void> {
  // The host is installed in the repository, and the extension runs from there.
  const repository = process.env['RELAY_BENCH_REPOSITORY'] ?? '.'
  process.chdir(repository)
  measureBundles(bench)
  const browser = await launchBrowser()
  try {
    await measureWindows(bench, (relay) => startServer(relay, repository), browser)
  } finally {
    await browser.close()
  }
}

type StartServer = (relay: Relay) => Promise<VsCodeServer>
type Browser = Awaited<ReturnType<typeof launchBrowser>>

function startServer(relay: Relay, repository: string): Promise<VsCodeServer> {
  const dataDir = path.join(relay.root, 'vscode')
  return VsCodeServer.start({ dataDir, env: relay.env, extensions: [repository, writeBareExtension(relay.root)] })
}

/** An extension that is activated as ours is and shows one word: sooner than that nobody can show anything. */
function writeBareExtension(parent: string): string {
  const folder = path.join(parent, 'bare-extension')
  writeJson(path.join(folder, 'package.json'), {
    publisher: 'relay-bench',
    name: 'bare',
    version: '1.0.0',
    engines: { vscode: '^1.101.0' },
    main: 'extension.js',
    activationEvents: ['onStartupFinished'],
  })
  const show = "const item = require('vscode').window.createStatusBarItem(); item.text = 'bare'; item.show()"
  fs.writeFileSync(path.join(folder, 'extension.js'), `exports.activate = () => { ${show} }\n`)
  return folder
}

function measureBundles(bench: Bench): void {
  const files = [
    'extension.js',
    'showJobs.js',
    'blocks/blockLanguage.js',
    'cli.js',
    'supervisor.js',
    'webview/jobDetails.js',
    'webview/approval.js',
  ]
  const sizes = new Map(files.map((file) => [file, fs.statSync(path.join('dist', file)).size]))
  bench.table([['bundle', 'minified'], ...[...sizes].map(([file, bytes]) => [file, kb(bytes)])])
  const size = (sizes.get('extension.js') ?? 0) + (sizes.get('showJobs.js') ?? 0)
  bench.aim({
    aim: `the extension's own code ≤ ${kb(bundleAim)}`,
    measured: kb(size),
    ratio: `${(size / bundleAim).toFixed(2)} of it`,
    reached: size <= bundleAim,
  })
}

async function measureWindows(bench: Bench, start: StartServer, browser: Browser): Promise<void> {
  const rounds = bench.count(9, 3)
  const count = bench.count(10_000, 1_000)
  const relay = new Relay()
  try {
    fs.cpSync('media/sample', relay.workspace, { recursive: true })
    writeFinishedJobs(relay, count)
    execFileSync('git', ['init', '--quiet', '--initial-branch=trunk', relay.workspace], { env: relay.env })
    const id = await relay.start({ command: chatterbox, description: 'Prints without end' })
    await relay.untilState(id, 'running')
    const server = await start(relay)
    try {
      const openFile = path.join(relay.workspace, 'experiment.md')
      const window = await Workbench.open(browser, server, { folder: relay.workspace, payload: { openFile } })
      await window.page.setViewportSize({ width: 1400, height: 2000 }) // All running extensions are on the screen at once.
      await window.runCommand('Relay: Show Jobs')
      await untilRow(window)
      const draws = await countDraws(window)
      const activations: number[] = []
      const builtIn: number[] = []
      const seen: number[] = []
      const branchSeen: number[] = []
      const bareSeen: number[] = []
      for (let round = 0; round < rounds; round++) {
        await window.reload()
        const begun = performance.now()
        await Promise.all([
          untilRow(window).then(() => seen.push(performance.now() - begun)),
          untilBranch(window).then(() => branchSeen.push(performance.now() - begun)),
          untilBare(window).then(() => bareSeen.push(performance.now() - begun)),
        ])
        const times = await readActivations(window)
        activations.push(times.own)
        builtIn.push(times.git)
      }
      await window.close()
      bench.print(`${count} finished jobs, one that prints 20 MB/s; ${rounds} reloads`)
      bench.table([
        ['in a real window', 'median', 'p95'],
        ['activation, as VS Code measures it', ms(median(activations)), ms(percentile(activations, 0.95))],
        ['activation of the built-in Git extension', ms(median(builtIn)), ms(percentile(builtIn, 0.95))],
        ['from the window until the running job is in the tree', ms(median(seen)), ms(percentile(seen, 0.95))],
        [
          "from the window until Git's branch is in the status bar",
          ms(median(branchSeen)),
          ms(percentile(branchSeen, 0.95)),
        ],
        [
          'from the window until an extension that does nothing else shows a word',
          ms(median(bareSeen)),
          ms(percentile(bareSeen, 0.95)),
        ],
        ['redraws of the tree per second', draws.toFixed(1), ''],
      ])
      bench.aim({
        aim: `activation ≤ ${activationAimMs} ms`,
        measured: ms(median(activations)),
        ratio: `${(median(activations) / median(builtIn)).toFixed(2)}× Git's`,
        reached: median(activations) <= activationAimMs,
      })
      bench.aim({
        aim: `jobs seen again ≤ ${seenAimMs} ms after the window stands`,
        measured: ms(median(seen)),
        ratio: `${(median(seen) / median(bareSeen)).toFixed(2)}× the soonest, ${(median(seen) / median(branchSeen)).toFixed(2)}× Git's`,
        reached: median(seen) <= seenAimMs,
      })
      bench.aim({
        aim: `redraws ≤ ${drawsAim}/s while a job prints 20 MB/s`,
        measured: `${draws.toFixed(1)}/s`,
        ratio: `${(draws / drawsAim).toFixed(2)} of it`,
        reached: draws <= drawsAim,
      })
    } finally {
      await server.stop()
    }
  } finally {
    await relay.dispose()
  }
}

/** The built-in Git extension has looked at the workspace. */
async function untilBranch(window: Workbench): Promise<void> {
  await window.page.locator('.statusbar-item [aria-label*="trunk"]').first().waitFor()
}

async function untilBare(window: Workbench): Promise<void> {
  await window.statusBarItem('bare').waitFor()
}

async function untilRow(window: Workbench): Promise<void> {
  await (await window.treeRow('Jobs', /Prints without end/)).waitFor()
}

/** How often a second the rows of the tree change, counted in the page: changes within 50 ms are one redraw. */
async function countDraws(window: Workbench): Promise<number> {
  const rows = (await window.view('Jobs')).locator('.monaco-list-rows')
  await rows.evaluate((element) => {
    // The page has names that this process has not.
    const page = globalThis as unknown as {
      MutationObserver: new (changed: () => void) => { observe(target: unknown, what: object): void }
      relayDraws: number
    }
    page.relayDraws = 0
    let lastAtMs = -Infinity
    new page.MutationObserver(() => {
      if (performance.now() - lastAtMs > 50) page.relayDraws++
      lastAtMs = performance.now()
    }).observe(element, { subtree: true, childList: true, characterData: true, attributes: true })
  })
  await delay(watchedSec * 1000)
  const draws = await window.page.evaluate(() => (globalThis as unknown as { relayDraws: number }).relayDraws)
  return draws / watchedSec
}

/** What VS Code says of the activation of extensions, in ms. */
async function readActivations(window: Workbench): Promise<{ own: number; git: number }> {
  await window.runCommand('Developer: Show Running Extensions')
  const of = async (name: string) => {
    const row = window.page.locator('.runtime-extensions-editor .monaco-list-row').filter({ hasText: name }).first()
    await row.waitFor()
    return Number(/(\d+)\s*ms/.exec(await row.innerText())?.[1] ?? NaN)
  }
  const own = await of('Relay Jobs')
  return { own, git: await of('Git') }
}

function kb(bytes: number): string {
  return `${(bytes / 1000).toFixed(0)} kB`
}
