// A cluster as its own programs show it, here or over ssh. Words are argv here; over ssh they are quoted for a POSIX shell that reads
// its script from standard input, so that no value is ever part of a command line that another shell reads first.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { shellQuote } from '../../core/shellQuote'
import { type Ran, runProgram } from './runProgram'

/** One question may take so long; sites let their clients wait for the controller for ten seconds and more. */
export const answerWithinMs = 30_000
const submitWithinMs = 60_000
/** A socket's path may have 104 characters, on some systems; ssh adds a name of 58. */
const maxSocketFolder = 44

/** Variables by which the programs of a cluster, and ssh, find what they need. */
const passed = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'SLURM_CONF', 'SLURM_CLUSTERS', 'SSH_AUTH_SOCK', 'KRB5CCNAME', 'XDG_RUNTIME_DIR', 'TZ'] // prettier-ignore

export class Cluster {
  private readonly env: Record<string, string>

  /** `env`: of whoever submits; without a `host`, it is the cluster of this machine. */
  constructor(
    readonly host: string | null,
    env: Readonly<Record<string, string>>,
  ) {
    this.env = { ...pick(process.env, passed), ...pick(env, passed), SLURM_TIME_FORMAT: '%s', LC_ALL: 'C' }
  }

  /** Runs one of its programs. Never rejects. */
  ask(words: readonly string[], limitMs = answerWithinMs): Promise<Ran> {
    if (this.host === null) return runProgram(words, { env: this.env, limitMs })
    return this.script(`exec ${words.map(shellQuote).join(' ')}\n`, limitMs)
  }

  /** Submits, with the environment of the submitter where it is here. */
  submit(
    words: readonly string[],
    env: Readonly<Record<string, string>>,
    onStart: (pid: number) => void,
  ): Promise<Ran> {
    return runProgram(words, {
      env: { ...env, ...pick(this.env, ['PATH', 'SLURM_CONF']) },
      limitMs: submitWithinMs,
      onStart,
    })
  }

  /** Runs a script of ours there, in a login shell without a terminal. */
  script(text: string, limitMs = answerWithinMs, onStart?: (pid: number) => void): Promise<Ran> {
    if (this.host === null) return runProgram(['sh', '-s'], { env: this.env, limitMs, stdin: text })
    const stdin = `SLURM_TIME_FORMAT=%s LC_ALL=C\nexport SLURM_TIME_FORMAT LC_ALL\n${text}`
    return runProgram(['ssh', ...sshOptions(), '--', this.host, 'exec sh -l -s'], {
      env: this.env,
      limitMs,
      stdin,
      ...(onStart === undefined ? {} : { onStart }),
    })
  }
}

function sshOptions(): string[] {
  const folder = socketFolder()
  const options = ['BatchMode=yes', 'ConnectTimeout=15', 'ServerAliveInterval=10', 'ServerAliveCountMax=2', 'ClearAllForwardings=yes'] // prettier-ignore
  const shared = folder === null ? [] : ['ControlMaster=auto', 'ControlPersist=300', `ControlPath=${folder}/%C`]
  return ['-T', '-a', '-x', ...[...options, ...shared].flatMap((option) => ['-o', option])]
}

/** Where one connection serves many questions: a folder that nobody else can write to, or null. */
function socketFolder(): string | null {
  const base = process.env['XDG_RUNTIME_DIR'] ?? os.tmpdir()
  const uid = process.getuid?.() ?? 0
  const folder = path.join(base, `relay-ssh-${uid}`)
  if (folder.length > maxSocketFolder || folder.includes('%')) return null
  try {
    fs.mkdirSync(folder, { mode: 0o700, recursive: true })
    const stat = fs.lstatSync(folder)
    return stat.isDirectory() && stat.uid === uid && (stat.mode & 0o077) === 0 ? folder : null
  } catch {
    return null // Every question has a connection of its own then.
  }
}

function pick(env: Readonly<Record<string, string | undefined>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const])))
}
