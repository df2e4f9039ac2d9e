// The terminal of a job, against real jobs of a supervisor of its own. It writes what VS Code would be given to draw.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, afterEach, before, describe, it } from 'mocha'
import * as vscode from 'vscode'
import type { JobStart } from '../../../src/core/blocks/schema'
import type { JobDescription } from '../../../src/core/jobs/describeJob'
import type { JobId } from '../../../src/core/jobs/jobId'
import { planJob } from '../../../src/core/jobs/plan'
import { RelayError } from '../../../src/core/relayError'
import { JobTerminal, type JobTerminalSource, scrollBackBytes } from '../../../src/extension/jobs/jobTerminal'
import { JobTerminals } from '../../../src/extension/jobs/jobTerminals'
import { maxWriteChars, writeEveryMs } from '../../../src/extension/jobs/writeBatch'
import { JobRequests } from '../../../src/store/jobs/jobRequests'
import { JobStore } from '../../../src/store/jobs/jobStore'
import { folderKey, StateFolder } from '../../../src/store/stateFolder'
import { signalProcess } from '../../../src/supervisor/jobs/processTable'
import { eventually } from '../../support/eventually'
import { ownProcesses } from '../../support/relay'

const question = 'Stop this job? y stops it, any other key leaves it running.'
const interrupt = '\u0003'

/** A state folder with jobs of its own. */
class Jobs {
  readonly root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'relay-terminal-')))
  readonly workspace = path.join(this.root, 'workspace')
  private readonly state = StateFolder.open(path.join(this.root, 'state'))
  readonly store = new JobStore(this.state)
  readonly requests = new JobRequests(this.state, supervisorFile(), () => Date.now())
  private readonly env = { HOME: this.root, PATH: process.env['PATH'] ?? '' }
  private readonly changes = new vscode.EventEmitter<void>()
  private readonly watch = this.store.watch(this.state.folder(folderKey(this.workspace)), () => this.changes.fire())
  /** How many look at the jobs. */
  listeners = 0

  constructor() {
    fs.mkdirSync(this.workspace)
  }

  async start(command: string, more: Partial<JobStart> = {}): Promise<JobId> {
    const planned = planJob({ type: 'job_start', command, ...more }, this.workspace)
    assert('plan' in planned)
    const { workspace: folder, env } = this
    return this.requests.start({
      ...planned,
      folder,
      env,
      origin: { kind: 'block', file: null, line: 1 },
      how: 'asked',
    })
  }

  async restart(id: JobId): Promise<void> {
    await this.requests.restart(this.stored(id).job, 'asked', this.env)
  }

  /** Lets a command go on that waits for this file. */
  touch(name: string): void {
    fs.writeFileSync(path.join(this.workspace, name), '')
  }

  show(id: JobId): JobDescription {
    return this.store.describe(this.stored(id), Date.now())
  }

  stored(id: JobId) {
    const stored = this.store.read(id)
    assert(stored !== null, `there is no job ${id}`)
    return stored
  }

  async untilEnded(id: JobId): Promise<JobDescription> {
    return eventually(() => {
      const job = this.show(id)
      return job.endedAt !== null && job
    })
  }

  source(id: JobId): JobTerminalSource {
    return {
      read: () => {
        const stored = this.store.read(id)
        return stored === null ? null : this.store.describe(stored, Date.now())
      },
      onDidChange: (listener: (change: unknown) => unknown) => {
        this.listeners++
        const subscription = this.changes.event(() => {
          listener(undefined)
        })
        return new vscode.Disposable(() => {
          this.listeners--
          subscription.dispose()
        })
      },
      stop: () => this.requests.stop(this.stored(id).job),
    }
  }

  async dispose(): Promise<void> {
    this.watch.close()
    this.changes.dispose()
    await eventually(() => {
      const ours = ownProcesses(this.root)
      for (const process of ours) signalProcess(process, 'SIGKILL')
      return ours.length === 0
    })
    fs.rmSync(this.root, { recursive: true })
  }
}

/** An open terminal with all that it has written. */
class Screen {
  readonly writes: { readonly text: string; readonly atMs: number }[] = []
  private readonly terminal: JobTerminal

  constructor(source: JobTerminalSource) {
    this.terminal = new JobTerminal(source)
    this.terminal.onDidWrite((text) => this.writes.push({ text, atMs: performance.now() }))
    this.terminal.open()
  }

  get text(): string {
    return this.writes.map(({ text }) => text).join('')
  }

  type(...keys: readonly string[]): void {
    for (const key of keys) this.terminal.handleInput(key)
  }

  async until(part: string | RegExp, withinMs = 15_000): Promise<void> {
    await eventually(() => {
      const { text } = this
      if (typeof part === 'string' ? text.includes(part) : part.test(text)) return true
      throw new Error(`the terminal does not show ${String(part)} but ${JSON.stringify(text.slice(-2_000))}`)
    }, withinMs)
  }

  count(part: string): number {
    return this.text.split(part).length - 1
  }

  dispose(): void {
    this.terminal.close()
  }
}

/** The built supervisor of the extension under test. */
function supervisorFile(): string {
  const extension = vscode.extensions.getExtension('relay-jobs.relay-jobs')
  assert(extension, 'the extension is not there')
  return path.join(extension.extensionPath, 'dist/supervisor.js')
}

describe('The terminal of a job', function () {
  this.timeout(60_000)
  let jobs: Jobs
  const opened: { dispose(): void }[] = []
  before(() => {
    jobs = new Jobs()
  })
  afterEach(() => {
    for (const one of opened.splice(0)) one.dispose()
    assert.equal(jobs.listeners, 0)
  })
  after(() => jobs.dispose())

  function open(source: JobTerminalSource): Screen {
    const screen = new Screen(source)
    opened.push(screen)
    return screen
  }

  it('tells the whole life of a job: checks, output, stop, restart, end, follow-up, removal', async () => {
    const command = [
      String.raw`printf 'plain\n\033[31mred\033[0m\033]0;a title\007\033[3J\n50%%\r'`,
      'until [ -e go ]; do sleep 0.05; done',
      'echo the end',
    ].join('\n')
    const checks = [{ type: 'cmd_exit_zero', cmd: 'until [ -e checked ]; do sleep 0.05; done' }] as const
    const id = await jobs.start(command, {
      preflight: { checks: [...checks] },
      watch: { thenTask: 'Analyze.', runTasks: true },
    })
    const screen = open(jobs.source(id))
    await screen.until('[relay] waiting: checks run')
    assert(screen.text.startsWith(`\u001b[0m\u001b[2m[relay] job ${id} · attempt 1 · ${jobs.workspace}\u001b[0m\r\n`))
    assert(screen.text.includes('$ printf '))
    assert(!screen.text.includes('the end'))
    jobs.touch('checked')
    await screen.until('plain\r\n\u001b[31mred\u001b[0m\r\n50%\r')

    screen.type('x', 'x')
    await screen.until('read-only')
    assert.equal(screen.count('read-only'), 1)

    screen.type(interrupt)
    await screen.until(question)
    screen.type('n')
    await screen.until('[relay] not stopped')
    assert.equal(jobs.stored(id).job.stopRequestedAtMs, null)
    screen.type(interrupt, 'y')
    await screen.until('[relay] asked to stop')
    await screen.until(/\[relay\] ■ stopped · .+ · 0:\d\d/)
    screen.type(interrupt)
    await screen.until('[relay] this job has ended')

    await jobs.restart(id)
    await screen.until('[relay] attempt 2')
    jobs.touch('go')
    await screen.until(/the end\r\n.*\[relay\] ✓ succeeded · exit 0 · 0:\d\d/)
    await screen.until("[relay] follow-up done · Show Report from the job's menu", 30_000)
    assert.equal(screen.count('plain\r\n'), 2)
    assert.equal(screen.count('\u001b]'), 0)

    await eventually(() => jobs.store.isDelivered(jobs.stored(id)))
    await jobs.requests.remove(jobs.stored(id).job)
    await screen.until('[relay] this job was removed')
    assert.equal(jobs.listeners, 0)
  })

  it('is a view only: closed, it leaves nothing behind but the job, and others go on', async () => {
    const id = await jobs.start('echo one; until [ -e second ]; do sleep 0.05; done; echo two')
    const [closed, other] = [open(jobs.source(id)), open(jobs.source(id))]
    await closed.until('one\r\n')
    await other.until('one\r\n')
    const perTerminal = jobs.listeners / 2
    closed.dispose()
    assert.equal(jobs.listeners, perTerminal)
    const writes = closed.writes.length
    assert.equal(jobs.stored(id).job.stopRequestedAtMs, null)
    jobs.touch('second')
    await other.until('✓ succeeded')
    assert(other.text.includes('two\r\n'))
    assert.equal(closed.writes.length, writes)
  })

  it('shows the end of a long log from the start of a line, and says where the rest is', async () => {
    const id = await jobs.start('seq 1 300000')
    const { log } = await jobs.untilEnded(id)
    assert(log !== null)
    const screen = open(jobs.source(id))
    await screen.until('✓ succeeded')
    assert(screen.text.includes(`[relay] … earlier output is in ${log}`))
    const numbers = screen.text.split('\r\n').filter((line) => /^\d+$/.test(line))
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => String(300_000 - numbers.length + 1 + index)),
    )
    assert(Math.abs(numbers.length * 7 - scrollBackBytes) <= 14)

    fs.rmSync(log)
    const without = open(jobs.source(id))
    await without.until(`[relay] Cannot read ${log}: there is no such file.`)
    await without.until('✓ succeeded')
  })

  it('is not flooded by a job that writes as fast as it can', async () => {
    const id = await jobs.start('until [ -e flood ]; do sleep 0.05; done; yes "$(printf %099d 0)" | head -c 80000000')
    const screen = open(jobs.source(id))
    jobs.touch('flood')
    await screen.until('✓ succeeded', 45_000)
    const { writes } = screen
    assert(writes.length >= 3)
    assert(screen.text.includes('[relay] Skipped'))
    assert(writes.every(({ text }) => text.length <= maxWriteChars))
    // A timer may fire up to a millisecond early.
    const spans = writes.slice(1).map(({ atMs }, index) => atMs - (writes[index]?.atMs ?? 0))
    assert(Math.min(...spans) >= writeEveryMs - 2, `only ${Math.min(...spans)} ms between two writes`)
  })

  it('says why a job cannot be stopped or read, and goes on', async () => {
    const id = await jobs.start('until [ -e third ]; do sleep 0.05; done')
    let isReadable = true
    const source = jobs.source(id)
    const screen = open({
      ...source,
      read: () => {
        if (isReadable) return source.read()
        throw new RelayError('spec_corrupt', 'Cannot read spec.json: it is damaged.')
      },
      stop: () => Promise.reject(new RelayError('not_taken', 'No supervisor has taken the request.')),
    })
    await screen.until(id)
    screen.type(interrupt, 'y')
    await screen.until('[relay] No supervisor has taken the request.')
    isReadable = false
    screen.type(interrupt)
    await screen.until('[relay] Cannot read spec.json: it is damaged.')
    isReadable = true
    jobs.touch('third')
    await screen.until('✓ succeeded')
  })

  it('says what kept a job from starting', async () => {
    const id = await jobs.start('echo never', { preflight: { checks: [{ type: 'path_exists', path: 'missing.bin' }] } })
    await jobs.untilEnded(id)
    const screen = open(jobs.source(id))
    await screen.until(/\[relay\] ! blocked/)
    await screen.until(/\[relay\] Not started: .*missing\.bin/)
    assert(!screen.text.includes('waiting'))
  })

  it('keeps the questions of a log from the emulator', async () => {
    const questions = String.raw`\033[6n\033[c\033[>c\033[>q\033[?u\033[?6n\033[14t\033]10;?\007\033P+q544e\033\\\033P$qm\033\\`
    const id = await jobs.start(`printf '${questions}'; echo asked`)
    await jobs.untilEnded(id)
    const pty = new JobTerminal(jobs.source(id))
    const [input, output, own] = [[] as string[], [] as string[], new vscode.EventEmitter<string>()]
    pty.onDidWrite((text) => {
      output.push(text)
      own.fire(text)
    })
    const terminal = vscode.window.createTerminal({
      name: 'questions',
      pty: {
        onDidWrite: own.event,
        open: () => pty.open(),
        close: () => pty.close(),
        handleInput: (data: string) => input.push(data),
      },
    })
    opened.push(terminal)
    terminal.show()
    await eventually(() => /asked.*✓ succeeded/s.test(output.join('')))
    // It answers in order, so that an answer to this one would come after any other.
    own.fire('\u001b[5n')
    await eventually(() => input.length > 0)
    assert.deepEqual(input, ['\u001b[0n'])
    terminal.dispose()
    await eventually(() => jobs.listeners === 0)
  })

  it('is one a job in a window, and is made anew after it was closed', async () => {
    const id = await jobs.start('echo shown')
    const job = await jobs.untilEnded(id)
    const terminals = new JobTerminals()
    opened.push(terminals)
    const [first, same] = await Promise.all([1, 2].map(() => terminals.show(job, jobs.source(id))))
    assert.ok(first)
    assert.equal(same, first)
    assert.equal(first.name, '▶ echo shown')
    await eventually(() => jobs.listeners > 0)
    first.dispose()
    await eventually(() => !vscode.window.terminals.includes(first))
    await eventually(() => jobs.listeners === 0)
    const second = await terminals.show(job, jobs.source(id))
    assert.ok(second)
    assert.notEqual(second, first)
    terminals.dispose()
    await eventually(() => !vscode.window.terminals.includes(second))
    await eventually(() => jobs.listeners === 0)
  })
})
