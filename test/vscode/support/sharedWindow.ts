// Tests that share one Relay, one server and one window, because each of these takes seconds: a file calls this once. What
// a test starts stays for those after it, so each looks for its own job by its name.
import fs from 'node:fs'
import path from 'node:path'
import { test as base } from 'vitest'
import { Relay } from '../../support/relay'
import { startServer, type VsCodeFixtures } from './vscodeTest'
import { launchBrowser, pictureFailure, Workbench } from './workbench'

/**
 * `settings` are those of the server and its windows; `others` are extensions of test/vscode/fixtures; `sample` is what the
 * workspace is a copy of, with `open` in the editor.
 */
export function sharedWindow(
  settings: Readonly<Record<string, unknown>> = {},
  others: readonly string[] = [],
  { sample, open }: { readonly sample: string; readonly open: string } = { sample: 'sample', open: 'experiment.md' },
) {
  const file = { scope: 'file' } as const
  return base.extend<VsCodeFixtures & { readonly pictureOfFailure: null }>({
    browser: [
      async ({}, use) => {
        const browser = await launchBrowser()
        await use(browser)
        await browser.close()
      },
      file,
    ],
    relay: [
      async ({}, use) => {
        const relay = new Relay()
        fs.cpSync(`media/${sample}`, relay.workspace, { recursive: true })
        await use(relay)
        await relay.dispose()
      },
      file,
    ],
    server: [
      async ({ relay }, use) => {
        const server = await startServer(relay, settings, others)
        await use(server)
        await server.stop()
      },
      file,
    ],
    workbench: [
      async ({ browser, relay, server }, use) => {
        const openFile = path.join(relay.workspace, open)
        const workbench = await Workbench.open(browser, server, { folder: relay.workspace, payload: { openFile } })
        await use(workbench)
        await workbench.close()
      },
      file,
    ],
    pictureOfFailure: [
      async ({ browser, task }, use) => {
        await use(null)
        if (task.result?.state === 'fail') await pictureFailure(browser, task.name)
      },
      { auto: true },
    ],
  })
}
