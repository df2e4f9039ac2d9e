// A command that runs beside jobs, in a group of its own and with a hard limit: a check, a look of a monitor.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'

export interface ShellContext {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** How much of its output is kept: the beginning. */
  readonly outputChars: number
  /** Called with its process id, which is that of its group. */
  readonly onStart?: (pid: number) => void
  /** Ends it with all of its group. */
  readonly signal?: AbortSignal
}

/** `output` is as it was written, cut. */
export type ShellEnd = { readonly output: string } & (
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'timed_out' }
  | { readonly kind: 'not_run'; readonly why: string }
)

/** How long after its end a command's last words are awaited. */
const drainMs = 200

/**
 * Runs a command in a group of its own and waits for the command alone: a grandchild that holds the pipe open must not
 * hold up whoever waits. At the limit, and after the end, the whole group is killed. Never rejects.
 */
export async function runShell(
  command: string,
  timeoutMs: number,
  { cwd, env, outputChars, onStart, signal }: ShellContext,
): Promise<ShellEnd> {
  return new Promise((resolve) => {
    const cannotRun = (error: unknown) =>
      resolve({ kind: 'not_run', why: error instanceof Error ? error.message : String(error), output: '' })
    let child: ChildProcessByStdio<Writable, Readable, Readable>
    try {
      // The shell enters the directory, within the limit: spawning into one that does not answer would hold up the loop.
      // It begins when the one who called has noted who it is.
      const line =
        'read -r go || exit 1; exec </dev/null; cd "$2" || exit 1; command -v bash >/dev/null 2>&1 && exec bash -l -c "$1"; exec sh -c "$1"'
      const shell = ['-c', line, 'sh', command, cwd]
      child = spawn('sh', shell, { cwd: '/', env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
    } catch (error) {
      cannotRun(error) // E2BIG is thrown, not emitted.
      return
    }
    child.stdin.on('error', () => undefined) // It ended before it was let go.
    if (child.pid !== undefined) onStart?.(child.pid)
    child.stdin.end('go\n')
    let output = ''
    const keep = (chunk: Buffer) => {
      if (output.length < outputChars) output += chunk.toString('utf8')
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const finish = (end: Omit<Extract<ShellEnd, { kind: 'timed_out' }>, 'output'> | ExitOrSignal) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', aborted)
      killGroup(child.pid)
      child.stdout.destroy()
      child.stderr.destroy()
      resolve({ ...end, output: output.slice(0, outputChars) })
    }
    const aborted = () => finish({ kind: 'killed', signal: 'SIGKILL' })
    const timer = setTimeout(() => finish({ kind: 'timed_out' }), timeoutMs)
    signal?.addEventListener('abort', aborted, { once: true })
    child.once('error', (error) => {
      clearTimeout(timer)
      cannotRun(error)
    })
    child.once('exit', (code, killedBy) => {
      const end: ExitOrSignal =
        killedBy === null ? { kind: 'exited', code: code ?? 0 } : { kind: 'killed', signal: killedBy }
      // What it wrote last may still lie in the pipe, and a grandchild may hold the pipe open for ever.
      const patience = setTimeout(() => finish(end), drainMs)
      child.once('close', () => {
        clearTimeout(patience)
        finish(end)
      })
    })
  })
}

type ExitOrSignal =
  { readonly kind: 'exited'; readonly code: number } | { readonly kind: 'killed'; readonly signal: string }

/** In a phrase. */
export function renderShellEnd(end: ShellEnd, timeoutMs: number): string {
  switch (end.kind) {
    case 'exited':
      return `exit ${end.code}`
    case 'killed':
      return `killed by ${end.signal}`
    case 'timed_out':
      return `not done after ${timeoutMs / 1000} s`
    case 'not_run':
      return `cannot be run: ${end.why}`
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nothing of the group is left.
  }
}
