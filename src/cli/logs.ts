// relay logs: the end of a job's log, and what comes after it.
import { planOf } from '../core/jobs/job'
import { maxLineChars, renderTerminalLines } from '../core/logs/terminalText'
import { followLog } from '../store/logs/followLog'
import { readTail } from '../store/logs/readTail'
import { exitError, exitOk, exitUsage, type Verb, type VerbContext } from './verb'
import { keepSupervised } from './keepSupervised'
import { waitForEnd } from './wait'
import type { JobId } from '../core/jobs/jobId'

export const logsVerb: Verb = {
  name: 'logs',
  operands: ['ID'],
  summary: "Print the end of a job's log",
  options: {
    follow: { type: 'boolean', short: 'f', summary: 'Go on printing until the job ends' },
    lines: { type: 'string', short: 'n', value: 'N', summary: 'How many lines (default: those its block asks for)' },
  },
  run: async (context, [id = 'latest'], { follow, lines }) => {
    const { store, console } = context
    const stored = store.find(id)
    const { job, paths } = stored
    if (!store.isDelivered(stored)) keepSupervised(context)
    const count = lines === undefined ? planOf(job).watch.tailLines : Number(lines)
    if (!Number.isInteger(count) || count < 0) {
      console.err(`--lines wants a whole number, not ${String(lines)}`)
      return exitUsage
    }
    const log = paths.attempt(Math.max(1, job.attempt)).log
    const tail = await readTail(log, count)
    if (tail.problem !== null && follow !== true) {
      console.err(tail.problem)
      return exitError
    }
    if (tail.truncated) console.err('[relay] the log is longer than was looked through')
    for (const line of tail.lines) console.out(line)
    if (follow === true) await printUntilEnd(context, job.spec.id, log, tail.bytes)
    return exitOk
  },
}

/** Prints what is appended to a log until its job has ended and all of it was printed. */
export async function printUntilEnd(context: VerbContext, id: JobId, log: string, fromByte: number): Promise<void> {
  const end = new AbortController()
  void waitForEnd({ ...context, console: { ...context.console, isTerminal: false } }, id, Infinity, false)
    .catch((error: unknown) => context.console.err(`relay: ${error instanceof Error ? error.message : String(error)}`))
    .finally(() => end.abort())
  let rest = ''
  const never = new AbortController()
  for await (const text of followLog(log, { from: fromByte, signal: never.signal, complete: end.signal })) {
    const cut = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1
    if (cut === 0) {
      // A line without an end is not kept whole; what is shown of it is its beginning.
      if (rest.length < maxLineChars * 4) rest += text
      continue
    }
    printText(context, rest + text.slice(0, cut))
    rest = text.slice(cut)
  }
  if (rest !== '') printText(context, `${rest}\n`)
}

/** Whole lines as a terminal would leave them; a progress bar that is still moving is redrawn where somebody looks. */
function printText({ console }: VerbContext, text: string): void {
  const end = text.lastIndexOf('\n') + 1
  for (const line of renderTerminalLines(text.slice(0, end)))
    console.out(console.isTerminal ? `\r\u001b[2K${line}` : line)
  const bar = renderTerminalLines(text.slice(end)).at(-1)
  if (bar !== undefined && console.isTerminal) process.stdout.write(`\r\u001b[2K${bar.slice(0, console.columns - 1)}`)
}
