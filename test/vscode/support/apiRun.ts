// One run of test/vscode/api inside of an extension host, whichever can be had, and its records.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { runTests } from '@vscode/test-electron'
import { build } from 'esbuild'
import { processStartTime } from '../../../src/store/processIdentity'
import { eventually } from '../../support/eventually'
import { cliFile, Relay } from '../../support/relay'
import { type ApiRecord, readRecords, recordsVariable } from '../api/support/record'
import { findDesktop } from '../host/desktop'
import { VsCodeServer } from '../host/server'
import { serverEnvironment } from './vscodeTest'
import { launchBrowser, Workbench } from './workbench'

const runMs = 600_000

export interface ApiRun {
  /** Where it ran, in words. */
  readonly host: string
  readonly records: readonly ApiRecord[]
  /** Why it did not come to its end, or null. */
  readonly broken: string | null
}

/**
 * Runs all *.api.ts, or with RELAY_API=NAME only NAME.api.ts. RELAY_VSCODE=desktop asks for a desktop VS Code, which is
 * downloaded if there is none here; without it the installed one is taken, or else the server host.
 */
export async function runApiTests(): Promise<ApiRun> {
  // Inside of the repository, for the bundles load mocha.
  const bundles = fs.mkdtempSync(path.resolve('.vscode-test/api-'))
  await bundle(bundles)
  const relay = new Relay()
  fs.cpSync('media/sample', relay.workspace, { recursive: true })
  const file = path.join(relay.root, 'records.jsonl')
  const desktop = findDesktop()
  const onDesktop = process.env['RELAY_VSCODE'] === 'desktop' || desktop !== null
  const host = onDesktop ? 'a desktop VS Code' : "VS Code's server host with a browser"
  try {
    const where = { relay, file, tests: path.join(bundles, 'main.js') }
    const broken = await (onDesktop ? runOnDesktop(where, desktop?.executable) : runOnServer(where)).then(
      () => null,
      (error: unknown) => String(error),
    )
    return { host, records: readRecords(file), broken }
  } finally {
    await relay.dispose()
    fs.rmSync(bundles, { recursive: true })
  }
}

async function bundle(outdir: string): Promise<void> {
  // The build that dist/ says it is, so that the tests and the supervisor they start are one.
  const version = execFileSync(process.execPath, [cliFile, '--version'], { encoding: 'utf8' }).trim()
  await build({
    entryPoints: ['test/vscode/api/support/main.ts', `test/vscode/api/**/${process.env['RELAY_API'] ?? '*'}.api.ts`],
    entryNames: '[name]',
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    sourcemap: 'inline',
    mainFields: ['module', 'main'],
    external: ['vscode', 'mocha'],
    define: { __BUILD__: JSON.stringify(version) },
    loader: { '.sh': 'text' },
    logLevel: 'warning',
  })
}

interface Where {
  readonly relay: Relay
  /** For the records. */
  readonly file: string
  readonly tests: string
}

async function runOnDesktop({ relay, file, tests }: Where, executable: string | undefined): Promise<void> {
  await runTests({
    ...(executable === undefined ? {} : { vscodeExecutablePath: executable }),
    extensionDevelopmentPath: path.resolve('.'),
    extensionTestsPath: tests,
    extensionTestsEnv: { ...relay.env, [recordsVariable]: file },
    launchArgs: [relay.workspace, '--disable-workspace-trust', '--user-data-dir', path.join(relay.root, 'vscode')],
  })
}

/** Rejects if the extension host ends before its tests. */
async function runOnServer({ relay, file, tests }: Where): Promise<void> {
  const server = await VsCodeServer.start({
    dataDir: path.join(relay.root, 'vscode'),
    env: { ...serverEnvironment(relay), [recordsVariable]: file },
    testDriver: true,
  })
  const browser = await launchBrowser()
  try {
    await Workbench.open(browser, server, {
      folder: relay.workspace,
      payload: { extensionDevelopmentPath: path.resolve('.'), extensionTestsPath: tests },
    })
    const outcome = await eventually(() => outcomeOf(file), runMs)
    if (outcome !== 'ended') throw new Error(outcome)
  } finally {
    await browser.close()
    await server.stop()
  }
}

/** `ended`, or what went wrong, or null while the tests run. VS Code starts a host that died again, and its tests too. */
function outcomeOf(file: string): string | null {
  const [began, ...rest] = readRecords(file)
  if (began?.kind !== 'began') return null
  if (rest.some(({ kind }) => kind === 'ended')) return 'ended'
  return processStartTime(began.pid) === null ? `The extension host ended after ${rest.length} tests.` : null
}
