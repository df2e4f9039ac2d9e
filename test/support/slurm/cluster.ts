// A real SLURM of a test's own on loopback, with all its daemons, and the ways in which a test takes parts of it away.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { eventually } from '../eventually'
import { hasTool } from '../tools'

/** A benchmark runs elsewhere. */
const scripts = path.resolve(process.env['RELAY_BENCH_REPOSITORY'] ?? '.', 'test/support/slurm')

/** Whether all programs are here; said loudly where not. */
export function hasSlurm(): boolean {
  return ['sbatch', 'slurmctld', 'munged', 'slurmdbd', 'mariadbd'].every((name) => hasTool(name))
}

type Daemon = 'slurmctld' | 'slurmdbd' | 'n1' | 'n2' | 'mariadbd'

export class SlurmCluster {
  private constructor(readonly directory: string) {}

  static async start({
    accounting,
    base = os.tmpdir(),
  }: {
    readonly accounting: boolean
    readonly base?: string
  }): Promise<SlurmCluster> {
    // munged wants to own every directory above its key, or root to, and everybody to be let through them.
    const directory = fs.mkdtempSync(path.join(base, 'relay-slurm-'))
    const ports = await freePorts()
    const words = [path.join(scripts, 'up.sh'), directory, ...(accounting ? ['--accounting'] : [])]
    await execa('bash', words, { env: { PORT: String(ports) }, timeout: 60_000 })
    return new SlurmCluster(directory)
  }

  get conf(): string {
    return path.join(this.directory, 'slurm.conf')
  }

  async stop(): Promise<void> {
    await execa('bash', [path.join(scripts, 'down.sh'), this.directory], { timeout: 60_000 })
    fs.rmSync(this.directory, { recursive: true, force: true })
  }

  /** What one of its programs prints. */
  run(...words: string[]): string {
    const [program = '', ...rest] = words
    return execFileSync(program, rest, {
      env: { ...process.env, SLURM_CONF: this.conf },
      encoding: 'utf8',
      timeout: 30_000,
    })
  }

  /** SIGSTOP: it hangs. SIGKILL: it is gone. */
  signal(daemon: Daemon, signal: NodeJS.Signals): void {
    process.kill(this.pid(daemon), signal)
  }

  isAlive(daemon: Daemon): boolean {
    try {
      process.kill(this.pid(daemon), 0)
      return true
    } catch {
      return false
    }
  }

  /**
   * The controller has written down what it knows by now. Killed before, it gives the numbers of its last jobs again, and
   * drains the nodes that have seen them.
   */
  async untilSaved(): Promise<void> {
    const file = path.join(this.directory, 'ctld', 'job_state')
    const sinceMs = Date.now()
    await eventually(() => (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) > sinceMs, 20_000)
  }

  /** Starts one that is gone, and waits until it answers. */
  async restart(daemon: Daemon): Promise<void> {
    const env = { SLURM_CONF: this.conf, MYSQL_UNIX_PORT: path.join(this.directory, 'run', 'db.sock') }
    if (daemon === 'mariadbd')
      await execa('bash', [path.join(scripts, 'database.sh'), this.directory], { timeout: 30_000 })
    else if (daemon === 'n1' || daemon === 'n2') await execa('slurmd', ['-N', daemon], { env })
    else await execa(daemon, { env })
    if (daemon === 'slurmctld') await eventually(() => this.answers('sinfo'), 30_000)
    if (daemon === 'slurmdbd') await eventually(() => this.answers('sacctmgr', '-n', 'show', 'cluster'), 30_000)
  }

  /** The log of one of its daemons. */
  log(daemon: Daemon): string {
    return fs.readFileSync(path.join(this.directory, 'log', `${daemon}.log`), 'utf8')
  }

  /** Numbers of the jobs that were ever submitted under a name, those that the queue has forgotten not among them. */
  submitted(name: string): string[] {
    const lines = this.run('squeue', '-h', '-t', 'all', '-n', name, '-o', '%F').split('\n')
    return [...new Set(lines.filter((line) => line !== ''))]
  }

  private answers(...words: string[]): boolean {
    try {
      this.run(...words)
      return true
    } catch {
      return false
    }
  }

  private pid(daemon: Daemon): number {
    return Number(fs.readFileSync(path.join(this.directory, 'run', `${daemon}.pid`), 'utf8').trim())
  }
}

/** Four ports in a row that nobody listens on. */
async function freePorts(): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const first = 20_000 + Math.floor(Math.random() * 10_000)
    const free = await Promise.all([0, 1, 2, 3].map((more) => isFree(first + more)))
    if (free.every(Boolean)) return first
  }
  throw new Error('there are no four free ports in a row')
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
