// Approval by a person, in a real terminal: what is shown, what each answer does.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe } from 'vitest'
import { test } from '../fixtures/relayTest'
import { eventually } from '../support/eventually'
import { cliFile, type Relay, renderBlock } from '../support/relay'
import { hasTool } from '../support/tools'

const question = 'Start it? [y]es once, [a]lways exactly this, [N]o:'

/** A terminal of 180 by 60 with a shell in the workspace, and `relay` on its PATH. */
class Terminal {
  private readonly socket: string
  private lines = 0

  constructor(private readonly relay: Relay) {
    this.socket = path.join(relay.root, 'tmux')
    const bin = path.join(relay.root, 'bin')
    fs.mkdirSync(bin)
    fs.writeFileSync(path.join(bin, 'relay'), `#!/bin/sh\nexec ${process.execPath} ${cliFile} "$@"\n`, { mode: 0o755 })
    const shell = `env PS1='$ ' PATH=${bin}:${relay.env['PATH'] ?? ''} sh`
    this.tmux('-f', '/dev/null', 'new-session', '-d', '-x', '180', '-y', '60', '-c', relay.workspace, shell)
  }

  private tmux(...words: string[]): string {
    return execFileSync('tmux', ['-S', this.socket, ...words], { env: this.relay.env, encoding: 'utf8' })
  }

  get screen(): string {
    return this.tmux('capture-pane', '-p')
  }

  send(...keys: string[]): void {
    this.tmux('send-keys', ...keys)
  }

  /** Runs a line of shell; `status N` is printed when it has ended. */
  type(line: string): void {
    this.lines++
    this.send('-l', `clear; echo "line ${this.lines}"; ${line}; echo "status $?"`)
    this.send('Enter')
  }

  /** The screen as soon as the last line typed has printed `text`. */
  async until(text: string): Promise<string> {
    return eventually(() => {
      const { screen } = this
      // After `clear` this is the first line; what was typed, and what was there before, is gone.
      const printed = screen.startsWith(`line ${this.lines}\n`) ? screen : ''
      if (!printed.includes(text)) throw new Error(`no ${JSON.stringify(text)} in:\n${screen}`)
      return printed
    })
  }

  close(): void {
    this.tmux('kill-server')
  }
}

function jobIds(relay: Relay): string[] {
  return relay.store.list().jobs.map(({ job }) => job.spec.id)
}

describe.runIf(hasTool('tmux')).concurrent('in a terminal, relay start', () => {
  test('shows everything that can happen, and starts it after a yes; the next start asks again', async ({
    relay,
    expect,
  }) => {
    const block = renderBlock({
      command: 'echo first line\necho second line',
      preflight: {
        checks: [
          { type: 'path_exists', path: 'plan.md' },
          { type: 'cmd_exit_zero', cmd: 'test -w .', timeoutSec: 5 },
          { type: 'min_free_disk_gb', gb: 0.001 },
        ],
        onFail: 'warn',
      },
      watch: {
        everySec: 60,
        thenTask: 'Analyze the loss curve.',
        runTasks: true,
        requireFiles: ['plan.md'],
        readyTimeoutSec: 10,
        onMissing: 'enqueue',
      },
    })
    fs.writeFileSync(path.join(relay.workspace, 'plan.md'), block)
    const terminal = new Terminal(relay)
    try {
      terminal.type('relay start plan.md')
      const screen = await terminal.until(question)
      for (const text of [
        /Command +echo first line\n +echo second line\n/,
        new RegExp(`Directory +${relay.workspace}\n`),
        /Variable +PYTHONUNBUFFERED=1/,
        /Check before +there must be, or a warning is shown: plan\.md/,
        /Check before +this must exit with 0 within 5 s, or a warning is shown:\n +test -w \./,
        /Check before +0\.001 GB must be free, or a warning is shown, at: \./,
        /Must write +plan\.md\n +By when +within 10 s after its end; the follow-up runs in any case/,
        /Follow-up +Analyze the loss curve\./,
        /By +the built-in analyst .*run by itself when the job ends/,
        /Documents +an entry is appended to HANDOFF_LOG\.md/,
        /Scripts that the command calls may change/,
      ])
        expect(screen).toMatch(text)
      expect(jobIds(relay), 'nothing before the answer').toEqual([])
      terminal.send('y', 'Enter')
      await terminal.until('status 0')
      const [id = ''] = jobIds(relay)
      expect(terminal.screen).toContain(id)
      expect(relay.store.find(id).job.approval?.how).toBe('asked')
      await relay.untilState(id, 'succeeded', 'blocked')
      terminal.type('relay start plan.md')
      await terminal.until(question)
    } finally {
      terminal.close()
    }
  })

  test('asks about a block that is running, though it was approved for good, and runs its checks dry', async ({
    relay,
    expect,
  }) => {
    const checks = [{ type: 'cmd_exit_zero', cmd: 'true' }]
    const block = renderBlock({ command: 'until [ -e go ]; do sleep 0.05; done', preflight: { checks } })
    fs.writeFileSync(path.join(relay.workspace, 'plan.md'), block)
    const terminal = new Terminal(relay)
    try {
      terminal.type('relay start --dry-run plan.md')
      await terminal.until('Run the checks? [y]es once, [N]o:')
      terminal.send('y', 'Enter')
      expect(await terminal.until('status 0')).toMatch(/✓ exits with 0: true: exit 0\nDry run \S+: Its check passed\./)
      terminal.type('relay start plan.md')
      await terminal.until(question)
      terminal.send('a', 'Enter')
      await terminal.until('status 0')
      expect(jobIds(relay)).toHaveLength(2)
      const again = 'Start it a second time? [y]es once, [a]lways exactly this, [N]o:'
      terminal.type('relay start plan.md')
      expect(await terminal.until(again)).toMatch(/! The same block is running already: \S+ . (checking|running)/)
      terminal.send('n', 'Enter')
      await terminal.until('status 1')
      expect(jobIds(relay)).toHaveLength(2)
      terminal.type('relay start plan.md')
      await terminal.until(again)
      terminal.send('y', 'Enter')
      await terminal.until('status 0')
      fs.writeFileSync(path.join(relay.workspace, 'go'), '')
      expect(jobIds(relay)).toHaveLength(3)
      for (const id of jobIds(relay)) await relay.untilState(id, 'succeeded')
    } finally {
      terminal.close()
    }
  })

  test('does not ask again after always, but does so as soon as one character is different', async ({
    relay,
    expect,
  }) => {
    const file = path.join(relay.workspace, 'plan.md')
    fs.writeFileSync(file, renderBlock({ command: 'echo 1' }))
    const terminal = new Terminal(relay)
    try {
      terminal.type('relay start plan.md')
      await terminal.until(question)
      terminal.send('a', 'Enter')
      await terminal.until('status 0')
      terminal.type('relay start plan.md')
      const screen = await terminal.until('status 0')
      expect(screen).toContain('Approved before, for good.')
      expect(screen).not.toContain(question)
      const ids = jobIds(relay)
      expect(ids).toHaveLength(2)
      fs.writeFileSync(file, renderBlock({ command: 'echo 2' }))
      terminal.type('relay start plan.md')
      await terminal.until(question)
      expect(jobIds(relay)).toEqual(ids)
      for (const id of ids) await relay.untilState(id, 'succeeded')
    } finally {
      terminal.close()
    }
  })

  test.for([
    ['a no', ['n', 'Enter'], 'Not started.'],
    ['Enter alone', ['Enter'], 'Not started.'],
    ['anything else', ['x', 'Enter'], 'Not started.'],
    ['the end of input', ['C-d'], ''],
    ['Ctrl+C', ['C-c'], ''],
  ] as const)('starts nothing after %s, and its status says so', async ([, keys, said], { relay, expect }) => {
    fs.writeFileSync(path.join(relay.workspace, 'plan.md'), renderBlock({ command: 'touch ran' }))
    const terminal = new Terminal(relay)
    try {
      terminal.type('relay start plan.md')
      await terminal.until(question)
      terminal.send(...keys)
      const screen = await terminal.until('status ')
      expect(screen).not.toMatch(/status 0$/m)
      expect(screen).toContain(said)
      expect(screen).not.toMatch(/^ +at /m)
      expect(jobIds(relay)).toEqual([])
      expect(fs.existsSync(path.join(relay.workspace, 'ran'))).toBe(false)
    } finally {
      terminal.close()
    }
  })

  test('shows characters that try to change what is read, instead of printing them', async ({ relay, expect }) => {
    // An escape sequence would clear the line; the block is written as an agent might.
    fs.writeFileSync(
      path.join(relay.workspace, 'plan.md'),
      renderBlock({ command: 'rm -rf x; echo \u001b[2K\u001b[1G ok' }),
    )
    const terminal = new Terminal(relay)
    try {
      terminal.type('relay start plan.md')
      const screen = await terminal.until('status ').catch(() => terminal.screen)
      expect(jobIds(relay)).toEqual([])
      if (screen.includes(question)) expect(screen).toMatch(/Command +rm -rf x; echo \\u\{1b\}\[2K/)
      else expect(screen).toContain('[invisible-character]')
    } finally {
      terminal.close()
    }
  })

  test('an unknown key is a warning that a person may accept', async ({ relay, expect }) => {
    fs.writeFileSync(path.join(relay.workspace, 'plan.md'), renderBlock({ command: 'echo fine', retries: 3 }))
    const terminal = new Terminal(relay)
    try {
      terminal.type('relay start plan.md')
      expect(await terminal.until(question)).toMatch(/warning: .*retries.*\[unknown-key\]/)
      terminal.send('y', 'Enter')
      await terminal.until('status 0')
      for (const id of jobIds(relay)) await relay.untilState(id, 'succeeded')
      expect(jobIds(relay)).toHaveLength(1)
    } finally {
      terminal.close()
    }
  })
})
