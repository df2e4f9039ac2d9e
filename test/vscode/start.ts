// `npm start`: the sample workspace in a real VS Code with the extension as it was just built.
// usage: npm start [-- --dir DIR] [-- --host desktop|server]      Jobs go to your own state folder, as in daily use.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { RelayError } from '../../src/core/relayError'
import { type Desktop, findDesktop } from './host/desktop'
import { quietSettings, VsCodeServer, writeJson } from './host/server'
import { openAddress } from './host/openAddress'

/** The profile is thrown away at the end; the workspace stays, for jobs may still write to it. */
const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'relay-vscode-'))
try {
  const { dir, host } = parseArgs({ options: { dir: { type: 'string' }, host: { type: 'string' } } }).values
  const desktop = chooseHost(host)
  const workspace = copySample(dir)
  console.log(`The sample workspace is ${workspace}`)
  await (desktop === null ? showInBrowser(workspace) : showOnDesktop(desktop, workspace))
  console.log(`Jobs that run go on without a window. See them with: node dist/cli.js list`)
} catch (error) {
  if (!(error instanceof RelayError || (error instanceof TypeError && 'code' in error))) throw error
  console.error(error.message)
  process.exitCode = 1
} finally {
  fs.rmSync(profile, { recursive: true, force: true })
}

/** The desktop VS Code to use, or null for the server host. */
function chooseHost(asked: string | undefined): Desktop | null {
  if (asked !== undefined && asked !== 'desktop' && asked !== 'server')
    throw new RelayError('usage', `--host wants desktop or server, not ${asked}`)
  const desktop = asked === 'server' ? null : findDesktop()
  if (asked === 'desktop' && desktop === null)
    throw new RelayError(
      'no_desktop',
      'No desktop VS Code can be opened here: it wants `code` on the PATH and a display.',
    )
  return desktop
}

function copySample(dir: string | undefined): string {
  const target = path.resolve(dir ?? fs.mkdtempSync(path.join(os.tmpdir(), 'relay-sample-')))
  if (fs.existsSync(target) && fs.readdirSync(target).length > 0)
    throw new RelayError(
      'not_empty',
      `${target} is not empty, and nothing in it is to be overwritten. Choose a new folder.`,
    )
  fs.cpSync('media/sample', target, { recursive: true })
  return fs.realpathSync(target)
}

/** Resolves when the window is closed. */
async function showOnDesktop(desktop: Desktop, workspace: string): Promise<void> {
  writeJson(path.join(profile, 'User/settings.json'), quietSettings)
  const own = [`--user-data-dir=${profile}`, `--extensions-dir=${path.join(profile, 'extensions')}`]
  const development = `--extensionDevelopmentPath=${path.resolve('.')}`
  const files = [workspace, path.join(workspace, 'experiment.md')]
  console.log('Opening it in VS Code. This ends when you close its window.')
  const child = spawn(desktop.command, ['--new-window', '--wait', ...own, development, ...files], { stdio: 'inherit' })
  await once(child, 'exit')
}

/** Resolves after Ctrl+C. */
async function showInBrowser(workspace: string): Promise<void> {
  const stopped = Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)))
  const server = await VsCodeServer.start({
    dataDir: profile,
    env: ownEnvironment(),
    extensions: [path.resolve('.')],
  })
  const address = server.url(workspace, { openFile: path.join(workspace, 'experiment.md') })
  console.log(`\nVS Code is ready. Whoever has this address can act as you, so keep it to yourself:\n\n  ${address}\n`)
  if (process.env['SSH_CONNECTION'] !== undefined) {
    const port = server.authority.split(':').at(-1)
    console.log(`From another machine, first: ssh -L ${port}:127.0.0.1:${port} ${os.hostname()}`)
  }
  openAddress(address, path.join(profile, 'open.html'))
  console.log('Ctrl+C stops it.')
  const ended = once(server.process, 'exit').then(() => 'ended')
  if ((await Promise.race([stopped, ended])) === 'ended')
    throw new RelayError('host_failed', "VS Code's server has ended by itself. Start it again with npm start.")
  await server.stop()
  console.log("\nVS Code's server is stopped.")
}

/** Ours, without what an outer VS Code and npm put there. */
function ownEnvironment(): Record<string, string> {
  const foreign = /^(VSCODE_|ELECTRON_|npm_)/
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || foreign.test(name) ? [] : [[name, value]],
    ),
  )
}
