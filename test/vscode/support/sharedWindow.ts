// Tests that share one Relay, one server and one window, because each of these takes seconds: a file calls this once. What
// a test starts stays for those after it, so each looks for its own job by its name. After a test has failed all of it is
// made anew, so that neither its second try nor the next test stumbles over what it left: each must be able to run alone.
import fs from 'node:fs'
import path from 'node:path'
import { test as base } from 'vitest'
import { Relay } from '../../support/relay'
import type { VsCodeServer } from '../host/server'
import { startServer, type VsCodeFixtures } from './vscodeTest'
import { launchBrowser, pictureFailure, Workbench } from './workbench'

/** What a window is opened on. */
export interface Place {
  readonly relay: Relay
  readonly folder: string
  /** The file in the editor, if any, relative to the folder. */
  readonly open?: string
  dispose(): Promise<void>
}

/** A workspace that is a copy of one of those in media. */
export function copyOf(sample: string, open: string): Place {
  const relay = new Relay()
  fs.cpSync(`media/${sample}`, relay.workspace, { recursive: true })
  return { relay, folder: relay.workspace, open, dispose: () => relay.dispose() }
}

/** With this set, no test finds anything of another's. */
const apart = process.env['RELAY_APART'] === '1'

/** How a place, VS Code's server on it and a window there are made: each when it is first asked for. */
interface Makers<P extends Place> {
  readonly place: () => P | Promise<P>
  readonly server: (place: P) => Promise<VsCodeServer>
  readonly workbench: (place: P, server: VsCodeServer) => Promise<Workbench>
  /** With those that a test has opened and not closed. */
  readonly closeWindows: () => Promise<void>
}

class Shared<P extends Place> {
  private made: { place?: P; server?: VsCodeServer; workbench?: Workbench } = {}

  constructor(private readonly make: Makers<P>) {}

  async place(): Promise<P> {
    return (this.made.place ??= await this.make.place())
  }

  async server(): Promise<VsCodeServer> {
    return (this.made.server ??= await this.make.server(await this.place()))
  }

  async workbench(): Promise<Workbench> {
    return (this.made.workbench ??= await this.make.workbench(await this.place(), await this.server()))
  }

  /** What is asked for next is made anew. */
  async dispose(): Promise<void> {
    const { place, server } = this.made
    this.made = {}
    await this.make.closeWindows()
    await server?.stop()
    await place?.dispose()
  }
}

interface Fixtures<P extends Place> extends VsCodeFixtures {
  readonly shared: Shared<P>
  readonly place: P
  /** Of the place. */
  readonly relay: Relay
  readonly renewal: null
}

/** A window on the sample; `settings` are those of the server and its windows, `others` extensions of test/vscode/fixtures. */
export function sharedWindow(settings: Readonly<Record<string, unknown>> = {}, others: readonly string[] = []) {
  return sharedWindowOn(() => copyOf('sample', 'experiment.md'), settings, others)
}

export function sharedWindowOn<P extends Place>(
  place: () => P | Promise<P>,
  settings: Readonly<Record<string, unknown>> = {},
  others: readonly string[] = [],
) {
  const file = { scope: 'file' } as const
  return base.extend<Fixtures<P>>({
    browser: [
      async ({}, use) => {
        const browser = await launchBrowser()
        await use(browser)
        await browser.close()
      },
      file,
    ],
    shared: [
      async ({ browser }, use) => {
        const shared = new Shared<P>({
          place,
          server: ({ relay }) => startServer(relay, settings, others),
          workbench: ({ folder, open }, server) => {
            const payload = open === undefined ? {} : { payload: { openFile: path.join(folder, open) } }
            return Workbench.open(browser, server, { folder, ...payload })
          },
          closeWindows: async () => {
            for (const context of browser.contexts()) await context.close()
          },
        })
        await use(shared)
        await shared.dispose()
      },
      file,
    ],
    // Made before what uses the window, and so the last to be cleared away.
    renewal: [
      async ({ browser, shared, task }, use) => {
        await use(null)
        const failed = task.result?.state === 'fail'
        if (failed) await pictureFailure(browser, task.name)
        if (failed || apart) await shared.dispose()
      },
      { auto: true },
    ],
    place: async ({ shared }, use) => use(await shared.place()),
    relay: async ({ shared }, use) => use((await shared.place()).relay),
    server: async ({ shared }, use) => use(await shared.server()),
    workbench: async ({ shared }, use) => use(await shared.workbench()),
  })
}
