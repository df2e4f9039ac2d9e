// Runs a program for a short while: words of argv and nothing of a shell, a hard time limit for its whole group, bounded output.
import { spawn } from 'node:child_process'
import { errorCode } from '../durableFile'

export interface ProgramRun {
  readonly env: Readonly<Record<string, string>>
  readonly limitMs: number
  readonly stdin?: string
  readonly maxBytes?: number
  readonly cwd?: string
  readonly onStart?: (pid: number) => void
}

/** `absent`: there is no such program. `silent`: it did not end in time, and was killed. */
export type Ran =
  | { readonly kind: 'ended'; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'absent'; readonly why: string }
  | { readonly kind: 'silent'; readonly why: string }

/** After its end, so long is waited for output that a daemon it left behind keeps open. */
const drainMs = 250

/** Never rejects. */
export function runProgram([program = '', ...words]: readonly string[], run: ProgramRun): Promise<Ran> {
  const { limitMs, stdin, maxBytes = 64 * 1024 * 1024 } = run
  return new Promise((resolve) => {
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[], bytes: 0 }
    let isOver = false
    const finish = (ran: Ran) => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      child.stdout.destroy()
      child.stderr.destroy()
      child.stdin.destroy()
      resolve(ran)
    }
    const child = spawn(program, words, {
      cwd: run.cwd ?? '/',
      env: { ...run.env },
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const kill = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It ended just now.
      }
    }
    const timer = setTimeout(() => {
      kill()
      finish({ kind: 'silent', why: `${program} did not answer within ${limitMs / 1000} s` })
    }, limitMs)
    const take = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
      output.bytes += chunk.length
      if (output.bytes <= maxBytes) output[stream].push(chunk)
      else {
        kill()
        finish({ kind: 'silent', why: `${program} answered with more than ${maxBytes} bytes` })
      }
    }
    child.stdout.on('data', take('stdout'))
    child.stderr.on('data', take('stderr'))
    // It may end without having read what it is told.
    child.stdin.on('error', () => undefined)
    child.once('error', (error) => {
      const code = errorCode(error)
      const isAbsent = code === 'ENOENT' || code === 'EACCES'
      finish(
        isAbsent
          ? { kind: 'absent', why: `there is no program ${program} on the PATH` }
          : { kind: 'silent', why: `${program} could not be started: ${error.message}` },
      )
    })
    const ended = (code: number | null) => {
      const text = (stream: 'stdout' | 'stderr') => Buffer.concat(output[stream]).toString('utf8')
      finish({ kind: 'ended', code: code ?? 255, stdout: text('stdout'), stderr: text('stderr') })
    }
    child.once('close', ended)
    child.once('exit', (code) => void setTimeout(() => ended(code), drainMs))
    if (child.pid !== undefined) run.onStart?.(child.pid)
    child.stdin.end(stdin ?? '')
  })
}

/** One line on why it did not answer as it should; null: it ended with 0. */
export function problemOfRun(program: string, ran: Ran): string | null {
  if (ran.kind !== 'ended') return ran.why
  if (ran.code === 0) return null
  const said = ran.stderr.trim().split('\n').at(-1)?.trim() ?? ''
  return `${program} ended with ${ran.code}${said === '' ? '' : `: ${said.slice(0, 300)}`}`
}
