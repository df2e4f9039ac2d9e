// A cluster without accounting, used here and over ssh: from a machine whose own programs know nothing of it.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../support/eventually'
import { Relay, renderBlock } from '../../support/relay'
import { hasSlurm, SlurmCluster } from '../../support/slurm/cluster'
import { hasTool } from '../../support/tools'

const limitMs = 60_000

describe.runIf(hasSlurm() && hasTool('sshd'))('on a SLURM without accounting', { timeout: limitMs }, () => {
  let cluster: SlurmCluster
  let relay: Relay
  let sshd: Sshd

  beforeAll(async () => {
    cluster = await SlurmCluster.start({ accounting: false })
    relay = new Relay()
    relay.env['SLURM_CONF'] = cluster.conf
    sshd = await startSshd(relay, cluster.conf)
  }, limitMs)

  afterAll(async () => {
    sshd.process.kill()
    await relay.dispose()
    await cluster.stop()
  }, limitMs)

  async function run(words: string[], command: string | null = null): Promise<string> {
    const ran = await relay.run(words, command === null ? {} : { input: renderBlock({ command }) })
    if (ran.exitCode !== 0) throw new Error(ran.stderr)
    return ran.stdout.trim()
  }

  const ended = (id: string) =>
    eventually(() => {
      const job = relay.show(id)
      if (job.endedAt === null) throw new Error(`${id} is ${job.state}: ${JSON.stringify(job.remote)} ${job.known.by}`)
      return job
    }, limitMs)

  test('ends are known all the same, and one that nobody knows any more is lost', async () => {
    const job = await run(['start', '-', '--yes', '--backend', 'slurm'], 'exit 5')
    const number = cluster.run('sbatch', '--parsable', '--output=/dev/null', '--wrap', 'exit 3').trim()
    const adopted = await run(['slurm', 'adopt', number, '--yes'])
    const purged = await run(['slurm', 'adopt', '4711', '--yes'])
    expect(await ended(job)).toMatchObject({ state: 'failed', exit: { code: 5 } })
    expect(await ended(adopted)).toMatchObject({ state: 'failed', exit: { code: 3 } })
    expect(await ended(purged)).toMatchObject({ state: 'lost' })
    expect(relay.show(purged).reason).toMatch(/there is no accounting here/)
  })

  test('over ssh a job is submitted, its log copied, its end known by its own record, and one is stopped', async () => {
    const words = [
      'start',
      '-',
      '--yes',
      '--again',
      '--backend',
      'slurm',
      '--on',
      'loopback',
      '--directory',
      relay.workspace,
    ]
    const job = await run(words, 'pwd; printf "%s\\n" "it\'s $HOME" \'$(touch canary)\'; seq 3; exit 6')
    const long = await run(words, 'echo long; sleep 300')
    expect(await ended(job)).toMatchObject({
      state: 'failed',
      exit: { code: 6 },
      remote: { name: expect.stringMatching(/^SLURM job \d+ on loopback$/) as string },
    })
    expect(relay.log(job)).toBe(`${relay.workspace}\nit's ${os.homedir()}\n$(touch canary)\n1\n2\n3\n`)
    expect(fs.existsSync(path.join(relay.workspace, 'canary'))).toBe(false)
    await relay.untilState(long, 'running')
    await eventually(() => relay.log(long) === 'long\n', 30_000)
    const listed = JSON.parse(await run(['slurm', 'list', '--on', 'loopback', '--json'])) as {
      jobs: { name: string; state: string }[]
    }
    expect(listed.jobs).toContainEqual(expect.objectContaining({ name: `relay-${long}-1`, state: 'RUNNING' }))
    await run(['stop', long])
    expect(await ended(long)).toMatchObject({ state: 'stopped' })
  })

  test('a host that cannot be reached keeps a job waiting, and is named', async () => {
    const job = await run(['start', '-', '--yes', '--again', '--backend', 'slurm', '--on', 'nowhere'], 'exit 0')
    await eventually(
      () => fs.readFileSync(relay.state.supervisorLog, 'utf8').includes(`${job} could not be submitted yet`),
      30_000,
    )
    expect(relay.show(job).state).toBe('checking')
    await run(['stop', job])
    expect(await ended(job)).toMatchObject({ state: 'stopped' })
  })
})

interface Sshd {
  readonly process: ChildProcess
}

/** An sshd of our own with keys of our own, and an `ssh` before all others on the PATH that knows it as `loopback`. */
async function startSshd(relay: Relay, conf: string): Promise<Sshd> {
  const folder = path.join(relay.root, 'ssh')
  fs.mkdirSync(folder, { mode: 0o700 })
  const key = (name: string) =>
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path.join(folder, name)])
  key('host')
  key('user')
  fs.copyFileSync(path.join(folder, 'user.pub'), path.join(folder, 'authorized'))
  const port = await freePort()
  const user = os.userInfo().username
  fs.writeFileSync(
    path.join(folder, 'sshd_config'),
    [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${folder}/host`,
      `AuthorizedKeysFile ${folder}/authorized`,
      `PidFile ${folder}/sshd.pid`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'PermitRootLogin prohibit-password',
      // What a login there has: only it knows the cluster.
      `SetEnv SLURM_CONF=${conf}`,
    ].join('\n'),
  )
  const known = fs.readFileSync(path.join(folder, 'host.pub'), 'utf8').split(' ').slice(0, 2).join(' ')
  fs.writeFileSync(path.join(folder, 'known'), `[127.0.0.1]:${port} ${known}\n`)
  fs.writeFileSync(
    path.join(folder, 'config'),
    `Host loopback\n HostName 127.0.0.1\n Port ${port}\n User ${user}\n IdentityFile ${folder}/user\n UserKnownHostsFile ${folder}/known\nHost nowhere\n HostName 127.0.0.1\n Port 1\n`,
  )
  // OpenSSH takes the home of the user from the password file.
  fs.writeFileSync(path.join(folder, 'ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F ${folder}/config "$@"\n`, { mode: 0o755 })
  relay.env['PATH'] = `${folder}:${relay.env['PATH'] ?? ''}`
  relay.env['XDG_RUNTIME_DIR'] = folder
  fs.mkdirSync('/run/sshd', { recursive: true })
  const server = spawn(
    '/usr/sbin/sshd',
    ['-D', '-f', path.join(folder, 'sshd_config'), '-E', path.join(folder, 'log')],
    { stdio: 'ignore' },
  )
  await eventually(async () => !(await isFree(port)))
  return { process: server }
}

async function freePort(): Promise<number> {
  for (;;) {
    const port = 30_000 + Math.floor(Math.random() * 2_000)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.once('error', () => resolve(true))
  })
}
