// The process behind every job. Composition root: the only file of this layer that reads argv and the environment.
import fs from 'node:fs'
import { isPassing, RelayError } from '../core/relayError'
import { jobIdSchema } from '../core/jobs/jobId'
import { defaultRoot, StateFolder } from '../store/stateFolder'
import { isMatcherThread, serveMatches } from './jobs/patternMatcher'
import { stderrLogger } from './logger'
import { Supervisor } from './supervisor'

/** Exit status that tells the keeper not to try again: what is wrong does not pass by itself. */
const cannotWork = 3
const defaultIdleMs = 10_000

const [verb, ...words] = process.argv.slice(2)
const log = stderrLogger()

process.on('uncaughtException', (error) => {
  log(`a bug ended this process: ${error.stack ?? error.message}`)
  process.exit(1)
})

if (isMatcherThread()) serveMatches()
else run()

function run(): void {
  switch (verb) {
    case 'supervise':
      widenThreads()
      supervise(words)
      break
    case 'turn':
    // Scripts of jobs that an earlier release has started.
    case 'analyse':
      void turn(words)
      break
    default:
      log(`unknown verb ${verb ?? ''}: this program is started by relay, see relay --help`)
      process.exitCode = cannotWork
  }
}

/** A disk that does not answer holds a thread for each look at it: there are to be others for the rest of the work. */
function widenThreads(): void {
  if (process.env['UV_THREADPOOL_SIZE'] !== undefined) return
  process.env['UV_THREADPOOL_SIZE'] = '12'
  // Read when the first is needed; no job is to see it.
  fs.stat('/', () => delete process.env['UV_THREADPOOL_SIZE'])
}

/** `supervise [--stay] ROOT`: with --stay it does not end when nothing is live. */
function supervise(args: readonly string[]): void {
  const stay = args.includes('--stay')
  const root = args.find((word) => !word.startsWith('--')) ?? defaultRoot(process.env)
  try {
    const supervisor = Supervisor.start(StateFolder.open(root), {
      bundle: __filename,
      idleMs: stay ? null : defaultIdleMs,
      log,
      onEnd: () => process.exit(0),
    })
    if (supervisor === null) {
      log('another supervisor is there')
      return
    }
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => supervisor.end(signal))
  } catch (error) {
    if (!(error instanceof RelayError)) throw error
    log(error.message)
    // A full disk passes; the keeper tries again.
    process.exit(isPassing(error) ? 1 : cannotWork)
  }
}

/** `turn ROOT JOB`: takes the turn of an agent. Exit status 1: there is no answer, and the answer file says why. */
async function turn([root, id]: readonly string[]): Promise<void> {
  const { takeTurn } = await import('./followUps/turn')
  try {
    const answered = await takeTurn(StateFolder.open(root ?? ''), jobIdSchema.parse(id), process.env)
    process.exitCode = answered ? 0 : 1
  } catch (error) {
    if (!(error instanceof RelayError)) throw error
    process.stdout.write(`${error.message}\n[[task:blocked]]\n`)
    process.exitCode = 1
  }
}
