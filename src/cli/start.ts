// relay start: from a block to a running job, with everything shown and approved in between.
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Block, parseBlocks } from '../core/blocks/parseBlocks'
import { lineColumnAt } from '../core/blocks/position'
import { renderCheckJson } from '../core/blocks/renderCheck'
import type { JobStart } from '../core/blocks/schema'
import { startableAction } from '../core/blocks/startableAction'
import { planDefaults } from '../core/followUps/agentSettings'
import { chooseAgent } from '../core/followUps/chooseAgent'
import type { JobId } from '../core/jobs/jobId'
import type { Plan } from '../core/jobs/plan'
import { RelayError } from '../core/relayError'
import { planDigest } from '../store/approval'
import { findAgents } from '../store/followUps/findAgents'
import { jobEnvironment } from '../store/jobs/jobEnvironment'
import { type JobOrder, resolveFolder } from '../store/jobs/jobRequests'
import { planInFolder } from '../store/jobs/planInFolder'
import { findSameJobs, isSameRunning } from '../store/jobs/sameJobs'
import { settingsOf } from '../store/settingsFile'
import { folderKey } from '../store/stateFolder'
import { backendOptions, onBackend, readBackendOptions } from './backendOptions'
import { approve, needsAgain, type StartWish } from './approve'
import { readInput, renderDiagnostic } from './check'
import type { Console } from './console'
import { queueOptions, readQueueOptions, withQueue } from './queueOptions'
import { exitError, exitOk, exitUsage, type Verb, type VerbContext } from './verb'
import { exitStatus, waitForEnd } from './wait'

export const startVerb: Verb = {
  name: 'start',
  operands: ['FILE|-'],
  summary: 'Show everything a relay block would run, ask, and start it',
  options: {
    cwd: { type: 'string', value: 'DIR', summary: 'The folder to run in (default: this one)' },
    line: { type: 'string', value: 'N', summary: 'The block at this line, where the file has several' },
    'dry-run': {
      type: 'boolean',
      summary: 'Run its checks only, and tell what they found (0 it would start, 125 not)',
    },
    again: { type: 'boolean', summary: 'Start it although the same block is running' },
    ...queueOptions,
    ...backendOptions,
    yes: { type: 'boolean', short: 'y', summary: 'Approve without being asked' },
    json: { type: 'boolean', summary: 'Print JSON' },
  },
  run: async (context, [file = '-'], options) => {
    const { cwd, line } = options
    const folder = resolveFolder(typeof cwd === 'string' ? cwd : context.cwd)
    if (typeof line === 'string' && !/^[1-9]\d*$/.test(line)) {
      context.console.err(`--line wants the number of a line, not ${line}`)
      return exitUsage
    }
    const text = readInput(file)
    const place = { text, file, line: typeof line === 'string' ? line : null }
    const is = (name: string) => options[name] === true
    const wish = {
      yes: is('yes'),
      json: is('json'),
      dryRun: is('dry-run'),
      again: is('again'),
      queue: readQueueOptions(options),
      backend: readBackendOptions(options),
    }
    return startFrom(context, place, folder, wish)
  },
}

/** A text with blocks; `file` is its path, or `-` if it is in none. */
export interface BlockText {
  readonly text: string
  readonly file: string
  /** The line of the block that is meant, where there are several. */
  readonly line: string | null
  /** Which of its actions is meant, from 0. */
  readonly nth?: number | null
}

/** Shows what a block would do in `folder`, asks, and starts it; the exit status. Throws RelayError. */
export async function startFrom(
  context: VerbContext,
  place: BlockText,
  folder: string,
  wish: StartWish,
): Promise<number> {
  const { text, file } = place
  const { console, store, state } = context
  const { yes, json } = wish
  const chosen = chooseJobStart(place, console, !yes)
  if (chosen === null) return tellErrors(text, console, json)
  const origin = { kind: 'block' as const, file: file === '-' ? null : path.resolve(file), line: chosen.line }
  const settings = settingsOf(state)
  const choose = () => chooseAgent(settings, findAgents(context.env), null)
  const action = withQueue(chosen.action, wish.queue ?? {})
  const planned = planInFolder(
    action,
    folder,
    choose,
    { store, folder: state.folder(folderKey(folder)) },
    planDefaults(settings),
  )
  const plan = onBackend(planned.plan, wish.backend ?? null)
  return startPlanned(context, { ...planned, plan, origin, folder }, wish)
}

/** Shows what a plan would do, asks, and starts it; the exit status. `folder` is a real path. Throws RelayError. */
export async function startPlanned(
  context: VerbContext,
  {
    plan,
    description,
    agentChoice = null,
    origin,
    folder,
  }: Pick<JobOrder, 'plan' | 'description' | 'origin' | 'folder'> & {
    readonly agentChoice?: string | null
  },
  wish: StartWish,
): Promise<number> {
  const { console, store, now } = context
  const { json, dryRun } = wish
  const paths = context.state.folder(folderKey(folder))
  const same = dryRun ? { running: [], before: null } : findSameJobs(paths, planDigest(plan))
  const how = await approve(context, paths, { plan, agentChoice }, same, wish)
  if (how === null) return exitError
  const order = { plan, description, folder, origin, how, env: jobEnvironment(context.env), dryRun }
  const knows = same.running.map(({ job }) => job.spec.id)
  const id = await startKnowing(context, order, knows, wish)
  if (id === null) return exitError
  if (dryRun) return tellDryRun(context, id, json)
  if (json) {
    const stored = store.read(id)
    console.out(JSON.stringify(stored === null ? { id } : store.describe(stored, now())))
  } else {
    console.out(id)
    await sayWhatNow(context, id, plan)
  }
  return exitOk
}

/** For a program, the errors that were printed already. */
export function tellErrors(text: string, console: Console, json: boolean): number {
  const error = { code: 'block_errors', message: 'Not started: the block has errors.', check: renderCheckJson(text) }
  if (json) console.out(JSON.stringify({ error }))
  return exitError
}

/** Starts it. If the same was started elsewhere meanwhile, that is asked about; null: they would rather not. */
async function startKnowing(
  { console, requests }: VerbContext,
  order: JobOrder,
  known: readonly JobId[],
  { yes, again }: StartWish,
): Promise<JobId | null> {
  let knows = known
  for (;;) {
    try {
      return await requests.start({ ...order, knows })
    } catch (error) {
      if (!isSameRunning(error)) throw error
      knows = [...knows, ...error.running]
      if (again) continue
      const answer = yes ? null : await console.ask(`${error.message}\nStart it a second time? [y]es, [N]o: `)
      if (answer === null) throw needsAgain(error.running)
      if (!/^y(es)?$/i.test(answer.trim())) {
        console.err('Not started.')
        return null
      }
    }
  }
}

/** What a dry run has found, when it has. */
async function tellDryRun(context: VerbContext, id: JobId, json: boolean): Promise<number> {
  const { console } = context
  const job = await waitForEnd(context, id, Infinity, false)
  if (job === null) return exitError
  if (json) console.out(JSON.stringify(job))
  else {
    for (const { passed, name, detail } of job.checks)
      console.out(`  ${console.paint(passed ? 'green' : 'red', passed ? '✓' : '✗')} ${name}: ${detail}`)
    console.out(`Dry run ${id}: ${job.reason ?? job.state} Nothing was started.`)
  }
  return job.state === 'succeeded' ? exitOk : exitStatus(job)
}

/** How long the checks of a new job are waited for, to say at once that they kept it from starting. */
const checksWithinMs = 3_000

/** Tells a person where to look next, and anybody that the job was kept from starting. */
async function sayWhatNow({ console, store }: VerbContext, id: JobId, plan: Plan): Promise<void> {
  const deadline = performance.now() + (plan.preflight.checks.length > 0 ? checksWithinMs : 0)
  let job = store.read(id)?.job
  while (job?.state.kind === 'checking' && performance.now() < deadline) {
    await delay(50)
    job = store.read(id)?.job
  }
  if (job?.state.kind === 'ended' && job.state.outcome === 'blocked') console.err(`! blocked: ${job.state.reason}`)
  else if (console.isTerminal)
    console.err(
      `It runs by itself now.\n  relay logs -f ${id}\n  relay wait ${id}${plan.followUp?.run === true ? ' --follow-up' : ''}`,
    )
}

/** The one `job_start` to be started; null when its errors have been printed. Throws RelayError if there is no choice. */
function chooseJobStart(place: BlockText, console: Console, asksPerson: boolean): ChosenStart | null {
  const chosen = chooseBlock(place, console, asksPerson)
  if (chosen === null) return null
  const { block, line, nth } = chosen
  const [only] = block.actions
  if (nth === null && block.actions.length === 1 && only?.type !== 'job_start')
    throw new RelayError(
      'not_a_start',
      `The block at line ${line} is a ${only?.type ?? ''}, which starts no job: use \`relay do\`.`,
    )
  return { action: startableAction(block, `The block at line ${line}`, nth), line }
}

interface ChosenStart {
  readonly action: JobStart
  readonly line: number
}

/** A block without errors that stands where it was looked for. `nth` is the action that is meant, if that was said. */
export interface ChosenBlock {
  readonly block: Block
  readonly line: number
  readonly nth: number | null
}

/** The one block that is meant; null when its errors have been printed. Throws RelayError if there is no choice. */
export function chooseBlock(
  { text, file, line: lineText, nth = null }: BlockText,
  console: Console,
  asksPerson: boolean,
): ChosenBlock | null {
  const { blocks, diagnostics } = parseBlocks(text)
  const place = lineColumnAt(text)
  const withLines = blocks.map((block) => ({ block, line: place(block.start).line, endLine: place(block.end).line }))
  const wantedLine = lineText === null ? null : Number(lineText)
  const candidates = withLines.filter(
    ({ line, endLine }) => wantedLine === null || (line <= wantedLine && wantedLine <= endLine),
  )
  const [first] = candidates
  if (first === undefined) {
    const checked = renderCheckJson(text)
    for (const diagnostic of checked.diagnostics) console.err(renderDiagnostic(diagnostic, file, console))
    if (diagnostics.some(({ severity }) => severity === 'error')) return null
    const where = wantedLine === null ? '' : ` at line ${lineText ?? ''}`
    throw new RelayError('no_block', `There is no relay block in ${file === '-' ? 'the input' : file}${where}.`)
  }
  if (candidates.length > 1)
    throw new RelayError(
      'several_blocks',
      `There are ${candidates.length} relay blocks, at lines ${candidates.map(({ line }) => line).join(', ')}: choose one with --line.`,
    )

  const { block, line } = first
  const index = blocks.indexOf(block)
  const found = renderCheckJson(text).blocks[index]?.diagnostics ?? []
  for (const diagnostic of found)
    if (diagnostic.severity !== 'hint') console.err(renderDiagnostic(diagnostic, file, console))
  if (found.some(({ severity }) => severity === 'error')) return null
  // A person who reads the warning may go on; a script would lose what the unknown key was meant to do.
  if (block.unknownKeys.length > 0 && !(asksPerson && console.isTerminal)) {
    console.err('Not started: a key that is not known has no effect, and nobody is there to say that this is fine.')
    return null
  }
  return { block, line, nth }
}
