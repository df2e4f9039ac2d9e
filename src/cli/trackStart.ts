// From what a person points at to a track: look around, plan, show all of it on one screen, ask once, begin.
import fs from 'node:fs'
import path from 'node:path'
import { sbatchOptionsSchema, type SbatchOptions } from '../core/backends/backendPlan'
import type { Agent } from '../core/followUps/agent'
import type { AgentSettings } from '../core/followUps/agentSettings'
import { agentChoices, type AgentChoice, withSettings } from '../core/followUps/agentSettings'
import { shorten } from '../core/jobs/jobWords'
import { showInvisible } from '../core/logs/plainText'
import { chooseAgent } from '../core/followUps/chooseAgent'
import { environmentCaveat, type PlanFact, planCaveat } from '../core/jobs/renderPlan'
import { RelayError } from '../core/relayError'
import { shellQuote } from '../core/shellQuote'
import { readMemoryMb, readTimeSec } from '../core/tracking/attemptPlan'
import { fixing } from '../core/tracking/fixingAgent'
import { type LaunchChoice, launchChoices } from '../core/tracking/launchChoice'
import { planTrack } from '../core/tracking/planTrack'
import { renderRepository } from '../core/tracking/remote'
import { renderTrackPlan } from '../core/tracking/renderTrackPlan'
import { maxAttempts } from '../core/tracking/trackPlan'
import type { Pointed, Surroundings, TrackWish } from '../core/tracking/trackWish'
import { findAgents } from '../store/followUps/findAgents'
import { jobEnvironment } from '../store/jobs/jobEnvironment'
import { resolveFolder } from '../store/jobs/jobRequests'
import { settingsOf } from '../store/settingsFile'
import { folderKey } from '../store/stateFolder'
import { detachmentCaveats } from '../store/detachment'
import { pointAtProcess } from '../store/tracking/pointedAt'
import { readRemembered, remember, type Remembered } from '../store/tracking/remembered'
import { listTrackable } from '../store/tracking/listTrackable'
import { slurmAgain } from '../store/tracking/slurmAgain'
import { lookAround } from '../store/tracking/surroundings'
import { UndertakingRequests } from '../store/undertakings/undertakingRequests'
import { renderFactLines } from './approve'
import { readSbatchOptions } from './backendOptions'
import { exitError, exitOk, type Options, type VerbContext } from './verb'

const maxScriptBytes = 64 * 1024

export async function startTrack(context: VerbContext, operands: readonly string[], options: Options): Promise<number> {
  const { console, state, env, now } = context
  const json = options['json'] === true
  const folder = resolveFolder(textOf(options, 'cwd') ?? context.cwd)
  const settings = trackSettings(context)
  const paths = state.folder(folderKey(folder))
  const clean = jobEnvironment(env)
  const here = await lookAround({ folder, env: clean, sshHost: settings['relay.tracking.sshHost'], nowMs: now() })
  const pointed = await pointAt(context, operands, options, here, clean)
  const last = readRemembered(paths)
  const wish = readWish(context, pointed, options, settings, last)
  const planned = planTrack(wish, here)
  if ('refusals' in planned) throw new RelayError('refused', planned.refusals.join(' '))
  const { plan, notes } = planned
  const facts = renderTrackPlan(plan)
  if (options['plan'] === true) {
    const caveats = [environmentCaveat, planCaveat, ...detachmentCaveats(env)]
    if (json)
      console.out(JSON.stringify({ plan, folder, facts, notes: [...tellSurroundings(here), ...notes], caveats }))
    else show(context, here, facts, notes, console.out)
    return exitOk
  }
  const how = await approve(context, options, () =>
    show(context, here, facts, notes, console.isTerminal ? console.out : console.err),
  )
  if (how === null) return exitError
  const requests = new UndertakingRequests(state, context.requests, now)
  const id = await requests.start({ plan, folder, how, env: clean })
  const results = wish.results.length > 0 ? wish.results : (last?.results ?? [])
  remember(paths, { document: plan.document, results: [...results], metrics: [...plan.metrics] })
  if (json) console.out(JSON.stringify({ id }))
  else {
    console.out(id)
    console.err(console.paint('dim', `relay track show ${id} · relay track stop ${id} · nothing more is asked`))
  }
  return exitOk
}

/** What could be tracked: the person's own SLURM jobs, processes and workflow runs, each asked for once. */
export async function listThere(context: VerbContext, _words: readonly string[], options: Options): Promise<number> {
  const { console, state, env, now } = context
  const folder = resolveFolder(textOf(options, 'cwd') ?? context.cwd)
  const clean = jobEnvironment(env)
  const settings = trackSettings(context)
  const here = await lookAround({ folder, env: clean, sshHost: settings['relay.tracking.sshHost'], nowMs: now() })
  const found = await listTrackable(here, clean, now())
  if (options['json'] === true)
    console.out(
      JSON.stringify({
        there: tellSurroundings(here),
        found,
        dispatchable: here.dispatchable,
        documents: here.documents,
        remembered: readRemembered(state.folder(folderKey(folder))),
      }),
    )
  else {
    for (const line of tellSurroundings(here)) console.out(line)
    for (const { kind, id, name, detail } of found)
      console.out(
        `${kind.padEnd(8)} ${id.padEnd(12)} ${shorten(showInvisible(name), 60).padEnd(60)}  ${showInvisible(detail)}`,
      )
  }
  return exitOk
}

/** Those of the settings file, and what a window says of its own, which counts more. */
function trackSettings({ state, env }: VerbContext): AgentSettings {
  const text = env['RELAY_SETTINGS']
  if (text === undefined) return settingsOf(state)
  try {
    const values: unknown = JSON.parse(text)
    return withSettings({ ...settingsOf(state), ...(typeof values === 'object' ? values : {}) })
  } catch {
    return settingsOf(state) // Not ours: somebody else's variable of that name.
  }
}

/** The whole of it on one screen: what is there, what will happen, what was decided for the person. */
function show(
  { console, env }: VerbContext,
  here: Surroundings,
  facts: readonly PlanFact[],
  notes: readonly string[],
  print: (text: string) => void,
): void {
  print(console.paint('bold', 'What is there'))
  for (const line of tellSurroundings(here)) print(`  ${line}`)
  print(console.paint('bold', 'What is approved'))
  for (const line of renderFactLines(facts, console)) print(line)
  for (const caveat of [environmentCaveat, planCaveat]) print(console.paint('dim', `  ${caveat}`))
  for (const caveat of [...detachmentCaveats(env), ...notes]) print(console.paint('yellow', `  ! ${caveat}`))
}

function tellSurroundings(here: Surroundings): string[] {
  const { hasSlurm, slurmProblem, sshHost, gh, git, repository, dispatchable, documents } = here
  const ghWords = {
    ready: `gh is logged in${repository === null || repository.host === 'github.com' ? '' : ` at ${repository.host}`}`,
    no_login: `gh is not logged in at ${repository?.host ?? 'github.com'}`,
    absent: 'gh is not installed',
    unknown: 'gh was not asked, or GitHub is out of reach',
  }
  const remote =
    git?.remote === undefined || git.remote === null
      ? 'no remote'
      : `remote ${git.remote}${repository === null ? '' : ` (${renderRepository(repository)})`}`
  return [
    hasSlurm
      ? `SLURM: squeue is here${slurmProblem === undefined ? '' : ', and reaches no cluster'}.`
      : sshHost === null
        ? 'SLURM: none here, and no host is set.'
        : `SLURM: on ${sshHost}, by ssh.`,
    git === null ? 'Git: none here.' : `Git: ${git.current ?? 'no branch is checked out'}, ${remote}; ${ghWords[gh]}.`,
    `Workflows that can be dispatched: ${dispatchable.length === 0 ? 'none' : dispatchable.map(({ file }) => file).join(', ')}.`,
    `Documents: ${documents.length === 0 ? 'none' : documents.slice(0, 8).join(', ')}${documents.length > 8 ? ', …' : ''}.`,
  ]
}

async function approve(
  { console }: VerbContext,
  options: Options,
  tell: () => void,
): Promise<'asked' | 'yes_flag' | null> {
  if (options['yes'] === true) {
    if (options['json'] !== true) tell()
    return 'yes_flag'
  }
  tell()
  const answer = await console.ask('Track it? [y]es, [N]o: ')
  if (answer === null)
    throw new RelayError('needs_approval', 'Not begun: nobody can be asked to approve it here. Use --yes.')
  if (/^y(es)?$/i.test(answer.trim())) return 'asked'
  console.err('Not begun.')
  return null
}

async function pointAt(
  { cwd }: VerbContext,
  operands: readonly string[],
  options: Options,
  here: Surroundings,
  env: Readonly<Record<string, string>>,
): Promise<Pointed> {
  const at = operands.indexOf('--')
  const command = at < 0 ? [] : operands.slice(at + 1)
  const words = at < 0 ? operands : operands.slice(0, at)
  const named = ['pid', 'run', 'workflow', 'script'].filter((name) => options[name] !== undefined)
  const count = named.length + words.length + (command.length > 0 ? 1 : 0)
  if (count !== 1)
    throw new RelayError(
      'usage',
      count === 0
        ? 'say what to track: the id of a SLURM job, --pid N, --run ID, --workflow FILE, --script FILE, or -- and a command'
        : 'say one thing to track, not several',
    )
  const pid = textOf(options, 'pid')
  if (pid !== null) {
    if (!/^[1-9]\d{0,8}$/.test(pid)) throw new RelayError('usage', `--pid wants the number of a process, not ${pid}`)
    return pointAtProcess(Number(pid))
  }
  const run = textOf(options, 'run')
  if (run !== null) {
    const id = /^(?:https:\/\/\S+\/actions\/runs\/)?([1-9]\d{0,18})(?:\/\S*)?$/.exec(run)?.[1]
    if (id === undefined)
      throw new RelayError('usage', `--run wants the id or the address of a workflow run, not ${run}`)
    return { kind: 'run', id }
  }
  const workflow = textOf(options, 'workflow')
  if (workflow !== null) {
    const ref = textOf(options, 'ref') ?? here.git?.current ?? here.git?.base ?? 'main'
    return { kind: 'workflow', file: path.basename(workflow), ref, inputs: readFields(listOf(options, 'field')) }
  }
  const script = textOf(options, 'script')
  if (script !== null) return readScript(script, cwd, here.folder)
  const [id] = words
  if (id !== undefined) {
    if (!/^[1-9]\d{0,11}(?:_\d{1,9})?$/.test(id))
      throw new RelayError(
        'usage',
        `${id} is no id of a SLURM job; a command stands behind --, as in relay track -- ${id}`,
      )
    const host = here.hasSlurm ? null : here.sshHost
    if (!here.hasSlurm && host === null) return { kind: 'slurm', id, again: null }
    const again = await slurmAgain(id, host, here.folder, env)
    return again.kind === 'known'
      ? { kind: 'slurm', id, again }
      : { kind: 'slurm', id, again: null, whyOnce: again.why }
  }
  // One word is a line for the shell, several are its words.
  const [line = ''] = command
  const isScript = command.length === 1 && /^[\w./-]+\.(?:sh|sbatch|slurm)$/.test(line)
  if (isScript && fs.existsSync(path.resolve(cwd, line))) return readScript(line, cwd, here.folder)
  return { kind: 'launch', command: command.length === 1 ? line : command.map(quote).join(' ') }
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : shellQuote(word)
}

function readScript(file: string, cwd: string, folder: string): Pointed {
  const absolute = path.resolve(cwd, file)
  const stat = fs.statSync(absolute, { throwIfNoEntry: false })
  if (stat?.isFile() !== true) throw new RelayError('no_script', `There is no file ${file}.`)
  if (stat.size > maxScriptBytes)
    throw new RelayError('script_large', `${file} is larger than ${maxScriptBytes} bytes.`)
  const inside = path.relative(folder, fs.realpathSync(absolute))
  const shown = inside.startsWith('..') ? absolute : inside
  return { kind: 'script', file: shown, text: fs.readFileSync(absolute, 'utf8') }
}

function readFields(fields: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    fields.map((field) => {
      const at = field.indexOf('=')
      if (at < 1) throw new RelayError('usage', `-f wants NAME=VALUE, not ${field}`)
      return [field.slice(0, at), field.slice(at + 1)]
    }),
  )
}

function readWish(
  { env }: VerbContext,
  pointed: Pointed,
  options: Options,
  settings: AgentSettings,
  last: Remembered | null,
): TrackWish {
  const agent = chooseTrackAgent(textOf(options, 'agent'), settings, env)
  const time = textOf(options, 'time')
  return {
    pointed,
    last,
    experiment: textOf(options, 'experiment'),
    document: textOf(options, 'doc'),
    results: listOf(options, 'results'),
    metrics: listOf(options, 'metric'),
    attempts: readAttempts(textOf(options, 'attempts')),
    maxMemoryMb: readSize(options, 'max-memory'),
    maxTimeSec: readTime(options, 'max-time'),
    links: listOf(options, 'link').length > 0 ? listOf(options, 'link') : null,
    options: readSbatch(options),
    timeLimitSec: time === null ? null : readTime(options, 'time'),
    launch: readLaunch(textOf(options, 'launch') ?? settings['relay.tracking.launch']),
    title: settings['relay.tracking.title'],
    body: settings['relay.tracking.body'],
    trailer: settings['relay.tracking.trailer'],
    pullRequest: options['no-pr'] !== true,
    fixer: agent === null ? null : fixing(agent),
    discusser: agent,
  }
}

/** Null: nobody. */
function chooseTrackAgent(name: string | null, settings: AgentSettings, env: NodeJS.ProcessEnv): Agent | null {
  if (name === 'none') return null
  const choice = agentChoices.find((one) => one === name)
  if (name !== null && choice === undefined)
    throw new RelayError('usage', `--agent wants one of ${agentChoices.join(', ')}, none, not ${name}`)
  const wanted: AgentSettings =
    choice === undefined ? settings : { ...settings, 'relay.followUps.agent': choice satisfies AgentChoice }
  return chooseAgent(wanted, findAgents(env), null).agent
}

function readAttempts(text: string | null): number {
  if (text === null) return maxAttempts
  if (!/^[1-3]$/.test(text)) throw new RelayError('usage', `--attempts wants 1, 2 or 3, not ${text}`)
  return Number(text)
}

function readSize(options: Options, name: string): number | null {
  const text = textOf(options, name)
  if (text === null) return null
  const size = readMemoryMb(text)
  if (size === null) throw new RelayError('usage', `--${name} wants a size, as in 16G, not ${text}`)
  return size
}

function readTime(options: Options, name: string): number | null {
  const text = textOf(options, name)
  if (text === null) return null
  const seconds = readTimeSec(text)
  if (seconds === null || seconds < 1)
    throw new RelayError('usage', `--${name} wants minutes, HH:MM:SS or D-HH:MM:SS, not ${text}`)
  return seconds
}

function readSbatch(options: Options): SbatchOptions {
  const parsed = sbatchOptionsSchema.safeParse(readSbatchOptions(options))
  if (parsed.success) return parsed.data
  const name = String(parsed.error.issues[0]?.path[0] ?? '')
  throw new RelayError('usage', `--${name === 'extra' ? 'sbatch' : name} is not as sbatch wants it`)
}

function readLaunch(text: string): LaunchChoice {
  const choice = launchChoices.find((one) => one === text)
  if (choice === undefined)
    throw new RelayError('usage', `--launch wants one of ${launchChoices.join(', ')}, not ${text}`)
  return choice
}

function textOf(options: Options, name: string): string | null {
  const value = options[name]
  return typeof value === 'string' ? value : null
}

function listOf(options: Options, name: string): readonly string[] {
  const value = options[name]
  return Array.isArray(value) ? (value as readonly string[]) : []
}
