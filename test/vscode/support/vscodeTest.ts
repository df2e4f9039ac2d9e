// A test with a hand in a real VS Code: a Relay of its own, a server of its own, and a window on the sample workspace.
import fs from 'node:fs'
import path from 'node:path'
import type { Browser } from 'playwright-core'
import { test as base } from 'vitest'
import { Relay } from '../../support/relay'
import { VsCodeServer } from '../host/server'
import { launchBrowser, pictureFailure, Workbench } from './workbench'

export interface VsCodeFixtures {
  readonly browser: Browser
  /** Its workspace is the sample. */
  readonly relay: Relay
  /** Runs the built extension as an installed one. */
  readonly server: VsCodeServer
  /** A window on the workspace, with experiment.md open. */
  readonly workbench: Workbench
}

/** Settings that let a test see: the terminal's rows are in the DOM. */
export const testSettings = { 'terminal.integrated.gpuAcceleration': 'off' }

export const test = base.extend<VsCodeFixtures>({
  browser: [
    async ({}, use) => {
      const browser = await launchBrowser()
      await use(browser)
      await browser.close()
    },
    { scope: 'worker' },
  ],
  relay: async ({}, use) => {
    const relay = new Relay()
    fs.cpSync('media/sample', relay.workspace, { recursive: true })
    await use(relay)
    await relay.dispose()
  },
  server: async ({ relay }, use) => {
    const server = await startServer(relay)
    await use(server)
    await server.stop()
  },
  workbench: async ({ browser, relay, server, task }, use) => {
    const openFile = path.join(relay.workspace, 'experiment.md')
    const workbench = await Workbench.open(browser, server, { folder: relay.workspace, payload: { openFile } })
    await use(workbench)
    if (task.result?.state === 'fail') await pictureFailure(browser, task.name)
    await workbench.close()
  },
})

/** VS Code's server with the built extension, on the state folder of a Relay; `others` are extensions of tests by name. */
export async function startServer(
  relay: Relay,
  settings: Readonly<Record<string, unknown>> = {},
  others: readonly string[] = [],
): Promise<VsCodeServer> {
  return VsCodeServer.start({
    dataDir: path.join(relay.root, 'vscode'),
    env: serverEnvironment(relay),
    settings: { ...testSettings, ...settings },
    extensions: [path.resolve('.'), ...others.map((name) => path.resolve('test/vscode/fixtures', name))],
  })
}

/** The environment of a Relay for VS Code's server, which leaves its sockets behind: with the rest of the test. */
export function serverEnvironment(relay: Relay): Record<string, string> {
  return { ...relay.env, XDG_RUNTIME_DIR: relay.root }
}
