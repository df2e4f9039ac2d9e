// One call of an agent as a process of the job: the prompt on its standard input, its output read line by line. It stays in
// the job's process group, so that a stop of the job is a stop of the agent, too.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import path from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import type { AgentCall } from '../../core/followUps/agentCommand'
import type { StreamEvent } from '../../core/followUps/streams/agentStream'
import type { CallEnd } from '../../core/followUps/turnOutcome'
import { errorCode } from '../../store/durableFile'

export interface CallOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly prompt: string
  readonly limitMs: number
  readonly onEvent: (event: StreamEvent) => void
  /** Ends everything that the job has started, whatever group or session it is in by now. */
  readonly endOthers: () => void
}

/** A longer line is no record of anybody: its rest is dropped. */
const maxLineBytes = 32 * 1024 * 1024
const maxStderrChars = 8_000
/** What is left in the pipes when the process has gone; a grandchild may hold them open for ever. */
const drainMs = 300
/** How long an agent that has said its last word may take to go. */
const leaveMs = 10_000

/** Resolves when the call is over, and never rejects for what an agent or the system may do. */
export function runCall({ program, words, stream }: AgentCall, options: CallOptions): Promise<CallEnd> {
  const { cwd, env, prompt, limitMs, onEvent, endOthers } = options
  let child: ChildProcessWithoutNullStreams
  try {
    child = spawn(program, words, { cwd, env: agentEnvironment(env, program) })
  } catch (error) {
    return Promise.resolve(missing(program, error)) // E2BIG and the like are thrown, not emitted.
  }
  return new Promise((resolve) => {
    let stderr = ''
    let leaving: NodeJS.Timeout | null = null
    let timedOut = false
    const read = (line: string) => {
      for (const event of stream.read(line)) onEvent(event)
      if (stream.isOver) leaving ??= setTimeout(() => child.kill('SIGKILL'), leaveMs)
    }
    const out = new LineReader(read)
    const err = new LineReader((line) => {
      stderr = `${stderr}${line}\n`.slice(-maxStderrChars)
      if (line.trim() !== '') onEvent({ kind: 'note', text: line })
    })
    const limit = setTimeout(() => {
      timedOut = true
      endOthers()
      child.kill('SIGKILL')
    }, limitMs)
    const settle = (end: CallEnd) => {
      clearTimeout(limit)
      if (leaving !== null) clearTimeout(leaving)
      resolve(end)
    }

    child.stdout.on('data', (bytes: Buffer) => out.push(bytes))
    child.stderr.on('data', (bytes: Buffer) => err.push(bytes))
    child.stdin.on('error', () => undefined) // It went away, or does not read: its exit tells.
    child.stdin.end(prompt)
    child.once('error', (error) => settle(missing(program, error)))
    child.once('exit', (status) => {
      let done = false
      const finish = () => {
        if (done) return
        done = true
        child.stdout.destroy()
        child.stderr.destroy()
        out.end()
        err.end()
        const end = stream.end()
        settle(timedOut ? { kind: 'timed_out', end } : { kind: 'exited', status, stderr, end })
      }
      child.once('close', finish)
      setTimeout(finish, drainMs)
    })
  })
}

function missing(program: string, error: unknown): CallEnd {
  const code = errorCode(error)
  const why =
    code === 'ENOENT'
      ? `there is no program ${program}`
      : code === 'EACCES'
        ? `${program} may not be executed`
        : error instanceof Error
          ? error.message
          : String(error)
  return { kind: 'missing', why }
}

/** Of the agent from whose shell the job was started: for another process they are wrong, or make it refuse to start. */
const foreignNames = [
  ...['CLAUDECODE', 'CLAUDE_CODE_ENTRYPOINT', 'CLAUDE_CODE_SSE_PORT', 'CLAUDE_CODE_SESSION_ID', 'CLAUDE_CODE_EXECPATH'],
  ...['CODEX_SANDBOX', 'CODEX_SANDBOX_NETWORK_DISABLED', 'CODEX_THREAD_ID'],
]

/** Agents that are scripts find their interpreter beside them, as they do in the shell in which they were installed. */
function agentEnvironment(env: NodeJS.ProcessEnv, program: string): NodeJS.ProcessEnv {
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !foreignNames.includes(name)))
  if (!path.isAbsolute(program)) return own
  const directories = [own['PATH'] ?? '', path.dirname(program)].filter((one) => one !== '')
  return { ...own, PATH: directories.join(':') }
}

/** Bytes in, lines out. Characters that were cut between two pieces are put together again. */
class LineReader {
  private readonly decoder = new StringDecoder('utf8')
  private pieces: string[] = []
  private length = 0

  constructor(private readonly onLine: (line: string) => void) {}

  push(bytes: Buffer): void {
    this.take(this.decoder.write(bytes))
  }

  end(): void {
    this.take(this.decoder.end())
    if (this.length > 0) this.flush()
  }

  private take(text: string): void {
    const lines = text.split('\n')
    const last = lines.pop() ?? ''
    for (const line of lines) {
      this.add(line)
      this.flush()
    }
    this.add(last)
  }

  private add(piece: string): void {
    if (this.length > maxLineBytes || piece === '') return
    this.pieces.push(piece)
    this.length += piece.length
  }

  private flush(): void {
    const line = this.pieces.join('')
    this.pieces = []
    this.length = 0
    this.onLine(line.endsWith('\r') ? line.slice(0, -1) : line)
  }
}
