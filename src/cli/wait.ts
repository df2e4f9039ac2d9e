// relay wait: until a job has ended, with the job's own exit status.
import type { JobDescription } from '../core/jobs/describeJob'
import { RelayError } from '../core/relayError'
import type { StoredJob } from '../store/jobs/jobFiles'
import { watchDirectory } from '../store/watchDirectory'
import { keepSupervised } from './keepSupervised'
import { renderElapsed } from '../core/jobs/jobWords'
import { renderState } from './renderState'
import { exitError, exitUsage, type Verb, type VerbContext } from './verb'

export const exitTimedOut = 124
export const exitLostOrBlocked = 125
export const exitStopped = 130

/** How often a waiting client sees to it that a supervisor is there. */
const wakeEveryMs = 5_000

export const waitVerb: Verb = {
  name: 'wait',
  operands: ['ID'],
  summary: "Wait for a job's end; exit with its status (124 time limit, 125 lost or blocked, 130 stopped)",
  options: {
    timeout: { type: 'string', value: 'S', summary: 'Wait at most this many seconds' },
    'follow-up': { type: 'boolean', summary: 'Wait for its follow-up, too' },
    json: { type: 'boolean', summary: 'Print the job as JSON at the end' },
  },
  run: async (context, [id = 'latest'], options) => {
    const timeoutSec = options['timeout'] === undefined ? Infinity : Number(options['timeout'])
    if (!(timeoutSec >= 0)) {
      context.console.err(`--timeout wants a number of seconds, not ${String(options['timeout'])}`)
      return exitUsage
    }
    const { job } = context.store.find(id)
    const description = await waitForEnd(context, job.spec.id, timeoutSec * 1000, options['follow-up'] === true)
    if (description === null) {
      context.console.err(`Job ${job.spec.id} has not ended after ${timeoutSec} s. It goes on.`)
      return exitTimedOut
    }
    if (options['json'] === true) context.console.out(JSON.stringify(description))
    else context.console.err(`${renderState(description.state, context.console)}: ${description.reason ?? ''}`)
    return exitStatus(description)
  },
}

/** The exit status that stands for how a job ended. */
export function exitStatus({ state, exit }: JobDescription): number {
  switch (state) {
    case 'lost':
    case 'blocked':
      return exitLostOrBlocked
    case 'stopped':
      return exitStopped
    default:
      if (exit === null || 'unknown' in exit) return exitError
      if (!('code' in exit)) return exit.status ?? exitError
      // Ended at its time limit, a command may still say 0.
      return state === 'failed' && exit.code === 0 ? exitError : exit.code
  }
}

/** The job when it has ended (and its follow-up, if wanted and promised to run), or null after `timeoutMs`. */
export async function waitForEnd(
  context: VerbContext,
  id: StoredJob['job']['spec']['id'],
  timeoutMs: number,
  followUpToo: boolean,
): Promise<JobDescription | null> {
  const { store, console, now } = context
  const folder = store.folderOf(id)
  if (folder === null) throw new RelayError('no_such_job', `There is no job ${id}.`)
  keepSupervised(context)
  return new Promise((resolve, reject) => {
    const look = () => {
      try {
        const stored = store.read(id)
        if (stored === null) throw new RelayError('no_such_job', `Job ${id} was removed.`)
        const description = store.describe(stored, now())
        const followUpRuns =
          followUpToo &&
          stored.job.followUp?.run === true &&
          ['pending', 'running'].includes(description.followUp?.state ?? '')
        // A follow-up has ended for good only when its document entry is written.
        if (description.endedAt !== null && !followUpRuns && (!followUpToo || store.isDelivered(stored)))
          finish(description)
        else showProgress(description)
      } catch (error) {
        stop()
        reject(error instanceof Error ? error : new Error(String(error)))
      }
    }
    const showProgress = (job: JobDescription) => {
      if (!console.isTerminal) return
      const what = job.endedAt === null ? renderState(job.state, console) : `follow-up ${job.followUp?.state ?? ''}`
      process.stderr.write(`\r\u001b[2K${what} ${renderElapsed(job, now())}`)
    }
    const stop = () => {
      watch.close()
      clearInterval(waker)
      clearInterval(clock)
      if (limit !== null) clearTimeout(limit)
      if (console.isTerminal) process.stderr.write('\r\u001b[2K')
    }
    const finish = (description: JobDescription | null) => {
      stop()
      resolve(description)
    }
    const watch = watchDirectory(folder.directory, look)
    const waker = setInterval(() => keepSupervised(context), wakeEveryMs)
    const clock = setInterval(look, 1000)
    const limit = timeoutMs === Infinity ? null : setTimeout(() => finish(null), Math.min(timeoutMs, 2 ** 31 - 1))
    look()
  })
}
