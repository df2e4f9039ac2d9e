// Asking `git` or `gh` something: words as arguments, texts on standard input, no shell, no terminal, no question, bounded in time and in
// what it says, and its whole group ended with it.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { RelayError } from '../../core/relayError'
import { errorCode } from '../durableFile'

export interface CallOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Ends it. */
  readonly signal?: AbortSignal
  readonly input?: string | Buffer
  readonly limitMs?: number
  readonly maxBytes?: number
}

export interface CallResult {
  readonly exitCode: number
  readonly stdout: Buffer
  readonly stderr: string
}

const maxErrorBytes = 64 * 1024
const drainMs = 2_000

/**
 * Any exit status is a result. Throws RelayError: `no_program` where it cannot be run, `slow` where it took too long, `much` where it
 * said too much, `io` where the signal ended it.
 */
export async function callProgram(
  program: string,
  words: readonly string[],
  options: CallOptions,
): Promise<CallResult> {
  const { cwd, env, signal, input, limitMs = 120_000, maxBytes = 32 * 1024 * 1024 } = options
  const shown = `${program} ${words.find((word) => !word.startsWith('-') && !word.includes('=')) ?? ''}`.trim()
  if (signal?.aborted === true) throw new RelayError('io', `${shown} was not begun, for the supervisor ends.`)
  if (words.some((word) => word.includes('\0'))) throw new RelayError('bad_word', `${shown} was given a NUL.`)
  return new Promise((resolve, reject) => {
    // A group of its own, in a session of its own: there is no terminal that it could ask at.
    const child = spawn(program, [...words], {
      cwd,
      env: withOwnPath(env),
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const out: Buffer[] = []
    const err: Buffer[] = []
    let outBytes = 0
    let errBytes = 0
    let problem: RelayError | null = null
    let drain: NodeJS.Timeout | undefined
    const end = (why: RelayError) => {
      problem ??= why
      killGroup(child.pid)
    }
    const timer = setTimeout(() => end(new RelayError('slow', `${shown} took more than ${limitMs / 1000} s.`)), limitMs)
    const onAbort = () => end(new RelayError('io', `${shown} was ended, for the supervisor ends.`))
    signal?.addEventListener('abort', onAbort, { once: true })
    const settle = () => {
      clearTimeout(timer)
      clearTimeout(drain)
      signal?.removeEventListener('abort', onAbort)
    }
    child.stdout.on('data', (chunk: Buffer) => {
      outBytes += chunk.length
      if (outBytes > maxBytes) end(new RelayError('much', `${shown} said more than can be used.`))
      else out.push(chunk)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      errBytes += chunk.length
      if (errBytes <= maxErrorBytes) err.push(chunk)
    })
    child.stdin.on('error', () => undefined) // It has ended without reading everything: its status tells.
    child.stdin.end(input)
    child.once('error', (error) => {
      settle()
      const isMissing = errorCode(error) === 'ENOENT'
      reject(
        new RelayError(
          'no_program',
          isMissing ? `${program} is not installed, or ${cwd} is gone.` : `${shown} cannot be run: ${error.message}.`,
        ),
      )
    })
    // What it has started may hold its pipes open for ever: after a while the group goes, too.
    child.once('exit', () => {
      drain = setTimeout(() => killGroup(child.pid), drainMs)
    })
    child.once('close', (code, killedBy) => {
      settle()
      if (problem !== null) reject(problem)
      else if (code === null) reject(new RelayError('io', `${shown} was ended by ${killedBy ?? 'a signal'}.`))
      else resolve({ exitCode: code, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString('utf8') })
    })
  })
}

/** A relative entry of the PATH may be a workspace, whose programs are not those that are meant. */
function withOwnPath(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const places = (env['PATH'] ?? '').split(':').filter((place) => path.isAbsolute(place))
  return places.length === 0 ? env : { ...env, PATH: places.join(':') }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It is gone.
  }
}

/** What a program that failed has said, for a sentence: its last lines, without what nobody needs. */
export function lastWords(stderr: string): string {
  const lines = stderr
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(?:hint:|remote:\s*$|Everything up-to-date)/.test(line))
  return lines.slice(-4).join(' ').slice(0, 500)
}
