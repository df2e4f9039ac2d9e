// VS Code's own server, on this machine only: with a data folder, a port and a secret of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import readline from 'node:readline'
import { execa } from 'execa'
import { z } from 'zod'
import { RelayError } from '../../../src/core/relayError'
import { processStartTime } from '../../../src/store/processIdentity'
import { installHost } from './install'

export interface ServerOptions {
  /** Where everything of the server lies; made if it is not there. */
  readonly dataDir: string
  /** The whole environment of the server, of the extensions and of the terminals. */
  readonly env: Readonly<Record<string, string>>
  readonly settings?: Readonly<Record<string, unknown>>
  /** Folders of extensions that run from where they lie, as if they were installed. */
  readonly extensions?: readonly string[]
  /** Lets windows run tests in the extension host (see Payload). VS Code then shows no notifications. */
  readonly testDriver?: boolean
}

/** What a window can be opened with. All are absolute paths. */
export interface Payload {
  readonly openFile?: string
  /** The folder of an extension under development; only with `testDriver`. */
  readonly extensionDevelopmentPath?: string
  /** A module with `run(): Promise<void>`, which is called inside of the extension host. */
  readonly extensionTestsPath?: string
}

const manifestSchema = z.object({ publisher: z.string(), name: z.string(), version: z.string() })

const startMs = 60_000
const stopMs = 5_000

/** A throw-away profile asks nothing, shows nothing of its own and reports nothing. */
export const quietSettings = {
  'security.workspace.trust.enabled': false,
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'telemetry.telemetryLevel': 'off',
  'extensions.ignoreRecommendations': true,
}

/** A process that is told from every later one with its number. */
export interface ProcessIdentity {
  readonly pid: number
  readonly startTime: string
}

export class VsCodeServer {
  private readonly hosts = new Map<string, ProcessIdentity>()

  private constructor(
    readonly process: ChildProcess,
    output: readline.Interface,
    /** host:port */
    readonly authority: string,
    private readonly token: string,
  ) {
    output.on('line', (line) => {
      const [, connection = '', number] = /\[(\w+)\]\[ExtensionHostConnection\] <(\d+)> Launched/.exec(line) ?? []
      const pid = Number(number)
      const startTime = number === undefined ? null : processStartTime(pid)
      if (startTime !== null) this.hosts.set(connection, { pid, startTime })
    })
  }

  /** Resolves when windows can be opened. Throws RelayError if the server cannot be installed or does not start. */
  static async start(options: ServerOptions): Promise<VsCodeServer> {
    const { dataDir, env, settings = {}, extensions = [], testDriver = false } = options
    const { node, serverMain } = await installHost()
    for (const scope of ['User', 'Machine'])
      writeJson(path.join(dataDir, 'data', scope, 'settings.json'), { ...quietSettings, ...settings })
    if (extensions.length > 0)
      writeJson(path.join(dataDir, 'extensions/extensions.json'), extensions.map(installedEntry))
    // In a file: every user of the machine can read the arguments of a process.
    const token = randomBytes(24).toString('hex')
    const tokenFile = path.join(dataDir, 'token')
    fs.writeFileSync(tokenFile, token, { mode: 0o600 })
    const address = ['--host', '127.0.0.1', '--port', '0', '--connection-token-file', tokenFile]
    const quiet = ['--accept-server-license-terms', '--disable-telemetry', '--log', 'info']
    const driver = testDriver ? ['--enable-smoke-test-driver'] : []
    const child = spawn(node, [serverMain, ...address, ...quiet, ...driver, '--server-data-dir', dataDir], {
      // No marketplace: nothing is asked of the internet.
      env: { ...env, EXTENSIONS_GALLERY: '{}' },
      // A group of its own, so that Ctrl+C reaches us alone and stop() reaches all of it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    try {
      // Read to the end of its life: a full pipe would stop the server.
      const output = readline.createInterface({ input: child.stdout })
      return new VsCodeServer(child, output, await readAuthority(child, output), token)
    } catch (error) {
      await endGroup(child)
      throw error
    }
  }

  /** Installs an extension package for servers with this data folder. */
  static async installExtension(vsix: string, { dataDir, env }: ServerOptions): Promise<void> {
    const { node, serverMain } = await installHost()
    await execa(
      node,
      [serverMain, '--install-extension', vsix, '--server-data-dir', dataDir, '--accept-server-license-terms'],
      { env, extendEnv: false, stdin: 'ignore', timeout: startMs },
    )
  }

  /** The address of a window on `folder` or a .code-workspace file. Whoever has it can run programs as you. */
  url(folder: string, payload: Payload = {}): string {
    const files: readonly [string, string][] = Object.entries({ ...payload })
    const pairs = files.map(([name, file]) => [name, `vscode-remote://${this.authority}${encodeURI(file)}`])
    const place = folder.endsWith('.code-workspace') ? { workspace: folder } : { folder }
    const query = new URLSearchParams({ tkn: this.token, ...place, payload: JSON.stringify(pairs) })
    return `http://${this.authority}/?${query.toString()}`
  }

  /** The process that runs the extensions of a connection, named by its reconnection token; undefined if it has none. */
  extensionHost(reconnectionToken: string): ProcessIdentity | undefined {
    const host = this.hosts.get(reconnectionToken.slice(0, 8)) // As the server's log shortens it.
    return host !== undefined && processStartTime(host.pid) === host.startTime ? host : undefined
  }

  /** Ends the server with its extension hosts and terminals. What has left its process group, as jobs do, goes on. */
  async stop(): Promise<void> {
    await endGroup(this.process)
  }
}

/** A line of VS Code's list of installed extensions. */
function installedEntry(folder: string): unknown {
  const manifest = manifestSchema.parse(JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')))
  const { publisher, name, version } = manifest
  return { identifier: { id: `${publisher}.${name}` }, version, location: { $mid: 1, scheme: 'file', path: folder } }
}

export function writeJson(file: string, value: unknown): void {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, JSON.stringify(value, null, 2))
}

/** Waits until the server says where it listens. */
async function readAuthority({ stderr }: ChildProcess, output: readline.Interface): Promise<string> {
  let said = ''
  return new Promise((resolve, reject) => {
    const fail = (what: string) => {
      reject(new RelayError('host_failed', `VS Code's server ${what}. It said:\n${said}`))
    }
    const timer = setTimeout(() => fail(`did not start within ${startMs / 1000} s`), startMs)
    stderr?.on('data', (data: Buffer) => (said += data.toString()))
    output.on('line', (line) => {
      said += `${line}\n`
      const port = /Web UI available at http:\/\/[^/\s]+:(\d+)/.exec(line)?.[1]
      if (port === undefined) return
      clearTimeout(timer)
      resolve(`127.0.0.1:${port}`)
    })
    output.on('close', () => {
      clearTimeout(timer)
      fail('ended')
    })
  })
}

/** The number of a process names its group as long as the process is alive, or has ended only just now. */
async function endGroup(leader: ChildProcess): Promise<void> {
  const { pid } = leader
  if (pid === undefined || leader.exitCode !== null || leader.signalCode !== null) return
  const ended = once(leader, 'exit')
  const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), stopMs)
  signalGroup(pid, 'SIGTERM')
  await ended
  clearTimeout(timer)
  signalGroup(pid, 'SIGKILL')
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // All of it has ended.
  }
}
