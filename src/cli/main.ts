// The `relay` command. Composition root: the only file of this layer that reads argv and the environment.
import path from 'node:path'
import { parseArgs } from 'node:util'
import { RelayError } from '../core/relayError'
import { build } from '../store/build'
import { JobRequests } from '../store/jobs/jobRequests'
import { JobStore } from '../store/jobs/jobStore'
import { defaultRoot, StateFolder } from '../store/stateFolder'
import { removeVerb, restartVerb, stopVerb } from './act'
import { chainsVerb } from './chains'
import { checkVerb } from './check'
import { completionVerb } from './completion'
import { configVerb } from './config'
import { type Console, processConsole } from './console'
import { doVerb } from './do'
import { expVerb } from './exp'
import { listVerb } from './list'
import { logsVerb } from './logs'
import { holdVerb, queueVerb, releaseVerb } from './queue'
import { processVerb } from './process'
import { runsVerb } from './runs'
import { sampleVerb } from './sample'
import { schemaVerb } from './schema'
import { showVerb } from './show'
import { skillVerb } from './skill'
import { slurmVerb } from './slurm'
import { startVerb } from './start'
import { doTasksVerb, stepsVerb } from './steps'
import { superviseVerb } from './supervise'
import { exitError, exitOk, exitUsage, parseArgsOptions, type Options, type Verb, type VerbContext } from './verb'
import { taskVerb } from './task'
import { trackVerb } from './track'
import { waitVerb } from './wait'

const verbs: readonly Verb[] = [
  startVerb,
  doVerb,
  checkVerb,
  schemaVerb,
  listVerb,
  showVerb,
  logsVerb,
  waitVerb,
  stopVerb,
  restartVerb,
  removeVerb,
  queueVerb,
  holdVerb,
  releaseVerb,
  slurmVerb,
  processVerb,
  runsVerb,
  stepsVerb,
  doTasksVerb,
  taskVerb,
  trackVerb,
  chainsVerb,
  expVerb,
  sampleVerb,
  configVerb,
  skillVerb,
  superviseVerb,
  completionVerb(() => verbs),
]

const console = processConsole(process.env)
main(process.argv.slice(2)).then(
  (status) => {
    process.exitCode = status
  },
  (error: unknown) => {
    console.err(error instanceof Error ? (error.stack ?? error.message) : String(error))
    process.exitCode = exitError
  },
)

async function main([first, ...words]: readonly string[]): Promise<number> {
  // Words of a chat, as people paste them: `/do-tasks-v2`.
  const name = first?.replace(/^\/(?=[a-z])/, '')
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    console.out(renderHelp(console))
    return name === undefined ? exitUsage : exitOk
  }
  if (name === '--version') {
    console.out(build)
    return exitOk
  }
  const verb = verbs.find((one) => one.name === name)
  if (verb === undefined) {
    console.err(`relay: there is no verb ${name}. See relay --help.`)
    return exitUsage
  }
  const rest = verb.takesRest === true && words.includes('--') ? words.indexOf('--') : words.length
  const own = words.slice(0, rest)
  if (own.includes('--help') || own.includes('-h')) {
    console.out(renderVerbHelp(verb))
    return exitOk
  }
  const parsed = parseWords(verb, own, words.slice(rest))
  if (typeof parsed === 'string') {
    console.err(`relay ${name}: ${parsed}\n${renderUsage(verb)}`)
    return exitUsage
  }
  try {
    return await verb.run(makeContext(), parsed.operands, parsed.options)
  } catch (error) {
    if (!(error instanceof RelayError)) throw error
    if (own.includes('--json')) console.out(JSON.stringify({ error: { code: error.code, message: error.message } }))
    console.err(`relay: ${error.message}`)
    return exitError
  }
}

function makeContext(): VerbContext {
  // `relay check` must work where no state folder can be had; it is opened when something asks for it.
  const supervisorBundle = path.join(__dirname, 'supervisor.js')
  let opened: StateFolder | undefined
  const state = () => {
    if (process.platform === 'win32')
      throw new RelayError('windows', 'Jobs do not run on Windows itself. Open a WSL terminal and run relay there.')
    return (opened ??= StateFolder.open(defaultRoot(process.env)))
  }
  return {
    console,
    env: process.env,
    cwd: process.cwd(),
    get state() {
      return state()
    },
    get store() {
      return new JobStore(state())
    },
    get requests() {
      return new JobRequests(state(), supervisorBundle, () => Date.now())
    },
    supervisorBundle,
    sample: path.join(__dirname, '..', 'media', 'sample'),
    skills: path.join(__dirname, '..', 'media', 'skills'),
    experiments: path.join(__dirname, '..', 'media', 'experiments'),
    now: () => Date.now(),
  }
}

/** The operands and options, or what is wrong with the words. */
function parseWords(
  verb: Verb,
  words: readonly string[],
  rest: readonly string[],
): { operands: readonly string[]; options: Options } | string {
  try {
    const { positionals, values } = parseArgs({
      args: [...words],
      options: parseArgsOptions(verb),
      allowPositionals: true,
    })
    const needed = verb.operands.filter((word) => !word.startsWith('[')).length
    if (positionals.length < needed) return `${verb.operands[positionals.length] ?? ''} is missing`
    if (positionals.length > verb.operands.length && verb.operands.at(-1)?.includes('…') !== true)
      return `${positionals.slice(verb.operands.length).join(' ')} is too much`
    return { operands: [...positionals, ...rest], options: values as Options }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function renderUsage(verb: Verb): string {
  const options = Object.keys(verb.options).length > 0 ? ' [options]' : ''
  return `usage: relay ${[verb.name, ...verb.operands].join(' ')}${options}`
}

function renderVerbHelp(verb: Verb): string {
  const options = Object.entries(verb.options).map(([name, { short, value, summary }]) => {
    const flag = `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`
    return `  ${flag.padEnd(30)} ${summary}`
  })
  return [`${verb.summary}.`, '', renderUsage(verb), ...(options.length > 0 ? ['', ...options] : [])].join('\n')
}

function renderHelp(out: Console): string {
  const rows = verbs.map((verb) => `  ${[verb.name, ...verb.operands].join(' ').padEnd(24)} ${verb.summary}`)
  return [
    out.paint('bold', 'relay') + ' — long work runs by itself, survives everything, and comes back with its analysis.',
    '',
    'usage: relay VERB …        relay VERB --help tells the options',
    '',
    ...rows,
    '',
    'ID is a job id, the beginning or the end of one, or `latest`.',
  ].join('\n')
}
