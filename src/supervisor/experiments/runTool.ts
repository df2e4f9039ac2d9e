// Runs a program of the workspace's own for a part of the work after a run: bounded in time, its whole group killed, its last words
// kept. One that an earlier supervisor left running is ended first: two at once would both append.
import fs from 'node:fs'
import { handleSchema } from '../../core/jobs/handle'
import { handleOf, isAlive } from '../../store/processIdentity'
import { readIfExists, writeDurably } from '../../store/durableFile'
import { runCommand } from '../jobs/preflight'

export interface ToolRun {
  /** A shell command, as it was approved. */
  readonly command: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly limitMs: number
  /** Where it is noted who runs. */
  readonly note: string
}

const outputChars = 2_000

/** Never rejects for what the program does: `passed` is whether it ended with 0 in time. */
export async function runTool({
  command,
  cwd,
  env,
  limitMs,
  note,
}: ToolRun): Promise<{ passed: boolean; detail: string }> {
  endLeftover(note)
  try {
    return await runCommand(command, limitMs, {
      cwd,
      env,
      outputChars,
      onStart: (pid) => {
        const handle = handleOf(pid)
        if (handle !== null) writeDurably(note, JSON.stringify(handle))
      },
    })
  } finally {
    fs.rmSync(note, { force: true })
  }
}

function endLeftover(note: string): void {
  const text = readIfExists(note)
  if (text === null) return
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return // Cut off by a crash; the program has its time limit no more, but then it had not begun for long.
  }
  const handle = handleSchema.safeParse(value)
  if (!handle.success || !isAlive(handle.data)) return
  try {
    process.kill(-handle.data.pid, 'SIGKILL')
  } catch {
    // It ended just now.
  }
}
