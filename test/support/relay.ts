// A Relay Jobs of its own for one test: a temporary home, state folder and workspace, and the built `relay` command.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import type { JobDescription } from '../../src/core/jobs/describeJob'
import { jobIdSchema } from '../../src/core/jobs/jobId'
import { signalProcess } from '../../src/supervisor/jobs/processTable'
import { JobStore } from '../../src/store/jobs/jobStore'
import { processStartTime } from '../../src/store/processIdentity'
import { StateFolder } from '../../src/store/stateFolder'
import { liveSupervisor } from '../../src/store/wake'
import { eventually } from './eventually'

export const cliFile = path.resolve('dist/cli.js')
export const supervisorFile = path.resolve('dist/supervisor.js')

export interface Result {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export class Relay {
  readonly root: string
  readonly home: string
  readonly workspace: string
  readonly env: Record<string, string>

  /** `base`: where to put everything (default: a temporary folder). */
  constructor(base: string = os.tmpdir()) {
    this.root = fs.realpathSync(fs.mkdtempSync(path.join(base, 'relay-test-')))
    this.home = path.join(this.root, 'home')
    this.workspace = path.join(this.root, 'workspace')
    fs.mkdirSync(this.home)
    fs.mkdirSync(this.workspace)
    this.env = {
      HOME: this.home,
      PATH: process.env['PATH'] ?? '',
      LANG: 'C.UTF-8',
      XDG_STATE_HOME: path.join(this.root, 'state'),
    }
  }

  get stateRoot(): string {
    return path.join(this.root, 'state', 'relay-jobs')
  }
  get state(): StateFolder {
    return StateFolder.open(this.stateRoot)
  }
  get store(): JobStore {
    return new JobStore(this.state)
  }

  /** Runs `relay`; any exit status is a result. */
  async run(
    words: readonly string[],
    options: { input?: string; env?: Record<string, string>; cwd?: string } = {},
  ): Promise<Result> {
    const { exitCode, stdout, stderr } = await execa('node', [cliFile, ...words], {
      cwd: options.cwd ?? this.workspace,
      env: { ...this.env, ...options.env },
      extendEnv: false,
      reject: false,
      ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
    })
    return { exitCode: exitCode ?? -1, stdout: stdout, stderr: stderr }
  }

  /** Starts the job_start action made of these fields, whatever else is running; its id. */
  async start(action: Readonly<Record<string, unknown>>): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(['start', '-', '--yes', '--again'], {
      input: renderBlock(action),
    })
    if (exitCode !== 0) throw new Error(`relay start ended with ${exitCode}: ${stderr}`)
    return stdout.trim()
  }

  show(id: string): JobDescription {
    const stored = this.store.read(jobIdSchema.parse(id))
    if (stored === null) throw new Error(`there is no job ${id}`)
    return this.store.describe(stored, Date.now())
  }

  /** The job as soon as it is in one of these states. */
  async untilState(id: string, ...states: JobDescription['state'][]): Promise<JobDescription> {
    return eventually(() => {
      const job = this.show(id)
      if (!states.includes(job.state))
        throw new Error(`job ${id} is ${job.state} (${job.reason ?? ''}), not ${states.join(' or ')}`)
      return job
    }, 30_000)
  }

  /** The job when it, its follow-up and its documents are done. */
  async untilDelivered(id: string): Promise<JobDescription> {
    await eventually(() => {
      const stored = this.store.read(jobIdSchema.parse(id))
      return stored !== null && this.store.isDelivered(stored)
    }, 30_000)
    return this.show(id)
  }

  log(id: string, attempt = 1): string {
    const stored = this.store.read(jobIdSchema.parse(id))
    return stored === null ? '' : fs.readFileSync(stored.paths.attempt(attempt).log, 'utf8')
  }

  get handoffLog(): string {
    const file = path.join(this.workspace, 'HANDOFF_LOG.md')
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
  }

  /** How many handoff entries there are for the follow-ups of a job. */
  handoffEntries(id: string): number {
    return this.handoffLog.split(`<!-- relay end handoff-${id}-f`).length - 1
  }

  supervisorPid(): number | null {
    return liveSupervisor(this.state)?.handle.pid ?? null
  }

  /** Ends everything that was started here and removes the folder. */
  async dispose(): Promise<void> {
    await eventually(() => {
      const ours = ownProcesses(this.root)
      for (const process of ours) signalProcess(process, 'SIGKILL')
      return ours.length === 0
    })
    fs.rmSync(this.root, { recursive: true, force: true })
  }
}

/** The text of a relay block with one job_start. */
export function renderBlock(action: Readonly<Record<string, unknown>>): string {
  return renderActions({ type: 'job_start', ...action })
}

/** A block of several actions. */
export function renderActions(...actions: readonly Readonly<Record<string, unknown>>[]): string {
  return `[[relay-actions]]\n${JSON.stringify({ actions })}\n[[/relay-actions]]\n`
}

/** Processes whose command line or environment names `root`: keepers, supervisors, wrappers and their jobs. */
export function ownProcesses(root: string): { pid: number; startTime: string }[] {
  return fs.readdirSync('/proc').flatMap((name) => {
    const pid = Number(name)
    if (!Number.isInteger(pid) || pid === process.pid) return []
    try {
      const text =
        fs.readFileSync(`/proc/${name}/cmdline`, 'latin1') + fs.readFileSync(`/proc/${name}/environ`, 'latin1')
      const startTime = text.includes(root) ? processStartTime(pid) : null
      return startTime === null ? [] : [{ pid, startTime }]
    } catch {
      return [] // It ended while we looked.
    }
  })
}
