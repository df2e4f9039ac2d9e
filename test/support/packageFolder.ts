// Packages of the npm registry that tests run but that must never become dependencies: each set in a folder of its own
// below .vscode-test/, in pinned versions.
import fs from 'node:fs'
import path from 'node:path'
import { execa, ExecaError } from 'execa'
import { z } from 'zod'
import { RelayError } from '../../src/core/relayError'

const markerName = 'installed.json'
const markerSchema = z.record(z.string(), z.string())

export type Versions = Readonly<Record<string, string>>

/** Whether all of these packages are there in these versions. */
export function arePackagesInstalled(directory: string, wanted: Versions): boolean {
  const marker = path.join(directory, markerName)
  if (!fs.existsSync(marker)) return false
  const installed = markerSchema.safeParse(JSON.parse(fs.readFileSync(marker, 'utf8'))).data ?? {}
  return Object.entries(wanted).every(([name, version]) => installed[name] === version)
}

/**
 * Installs beside `directory` and then renames, so that there is never half of it; `finish` gets the fresh folder before
 * that. What was there is replaced. Throws RelayError if it cannot be installed.
 */
export async function installPackages(
  directory: string,
  wanted: Versions,
  finish: (fresh: string) => Promise<void>,
): Promise<void> {
  fs.mkdirSync(path.dirname(directory), { recursive: true })
  const fresh = fs.mkdtempSync(`${directory}-`)
  try {
    fs.writeFileSync(path.join(fresh, 'package.json'), JSON.stringify({ private: true, dependencies: wanted }))
    await npmInstall(fresh)
    await finish(fresh)
    fs.writeFileSync(path.join(fresh, markerName), JSON.stringify(wanted))
    fs.rmSync(directory, { recursive: true, force: true })
    fs.renameSync(fresh, directory)
  } catch (error) {
    const cause = error instanceof ExecaError ? error.message : String(error)
    throw new RelayError(
      'not_installed',
      `Cannot install ${Object.keys(wanted).join(', ')} from the npm registry: ${cause}\n` +
        'Look at the network and at `npm config get registry`, then try again.',
    )
  } finally {
    fs.rmSync(fresh, { recursive: true, force: true })
  }
}

/** Install scripts are not run: the native modules that matter come built, and the others would want compilers and headers. */
export async function npmInstall(cwd: string, ...options: readonly string[]): Promise<void> {
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline']
  await execa('npm', ['install', '--ignore-scripts', ...quiet, ...options], { cwd, stdin: 'ignore', timeout: 600_000 })
}
