// An sshd of a test's own with keys of its own, and an `ssh` before all others on the PATH of a Relay Jobs that knows it as `loopback`.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { eventually } from './eventually'
import type { Relay } from './relay'

export interface Sshd {
  readonly process: ChildProcess
}

/** `conf`: the cluster that a login there knows. */
export async function startSshd(relay: Relay, conf: string): Promise<Sshd> {
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
