// relay start: from a block to a running job, with everything shown and approved in between.
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseBlocks } from '../core/blocks/parseBlocks'
import { lineColumnAt } from '../core/blocks/position'
import { renderCheckJson } from '../core/blocks/renderCheck'
import type { JobStart } from '../core/blocks/schema'
import { startableAction } from '../core/blocks/startableAction'
import type { Approval } from '../core/jobs/event'
import type { JobId } from '../core/jobs/jobId'
import type { Plan } from '../core/jobs/plan'
import { environmentCaveat, planCaveat, renderPlan } from '../core/jobs/renderPlan'
import { RelayError } from '../core/relayError'
import { isApprovalRemembered, rememberApproval } from '../store/approval'
import { detachmentCaveats } from '../store/detachment'
import { jobEnvironment } from '../store/jobs/jobEnvironment'
import { resolveFolder } from '../store/jobs/jobRequests'
import { planInFolder } from '../store/jobs/planInFolder'
import { folderKey } from '../store/stateFolder'
import { readInput, renderDiagnostic } from './check'
import type { Console } from './console'
import { exitError, exitOk, exitUsage, type Verb, type VerbContext } from './verb'

export const startVerb: Verb = {
  name: 'start',
  operands: ['FILE|-'],
  summary: 'Show everything a relay block would run, ask, and start it',
  options: {
    cwd: { type: 'string', value: 'DIR', summary: 'The folder to run in (default: this one)' },
    line: { type: 'string', value: 'N', summary: 'The block at this line, where the file has several' },
    yes: { type: 'boolean', short: 'y', summary: 'Approve without being asked' },
    json: { type: 'boolean', summary: 'Print JSON' },
  },
  run: async (context, [file = '-'], { cwd, line, yes, json }) => {
    const folder = resolveFolder(typeof cwd === 'string' ? cwd : context.cwd)
    if (typeof line === 'string' && !/^[1-9]\d*$/.test(line)) {
      context.console.err(`--line wants the number of a line, not ${line}`)
      return exitUsage
    }
    const text = readInput(file)
    const place = { text, file, line: typeof line === 'string' ? line : null }
    return startFrom(context, place, folder, { yes: yes === true, json: json === true })
  },
}

/** A text with blocks; `file` is its path, or `-` if it is in none. */
interface BlockText {
  readonly text: string
  readonly file: string
  /** The line of the block that is meant, where there are several. */
  readonly line: string | null
}

/** Shows what a block would do in `folder`, asks, and starts it; the exit status. Throws RelayError. */
export async function startFrom(
  context: VerbContext,
  { text, file, line }: BlockText,
  folder: string,
  { yes, json }: { yes: boolean; json: boolean },
): Promise<number> {
  const chosen = chooseJobStart(text, file, line, context.console, !yes)
  if (chosen === null) {
    const error = {
      code: 'block_errors',
      message: 'Not started: the block has errors.',
      check: renderCheckJson(text),
    }
    if (json) context.console.out(JSON.stringify({ error }))
    return exitError
  }
  const { plan, description } = planInFolder(chosen.action, folder)

  const how = await approve(context, folder, plan, yes, json)
  if (how === null) return exitError
  const id = await context.requests.start({
    plan,
    description,
    folder,
    origin: { kind: 'block', file: file === '-' ? null : path.resolve(file), line: chosen.line },
    how,
    env: jobEnvironment(context.env),
  })
  if (json) {
    const stored = context.store.read(id)
    context.console.out(JSON.stringify(stored === null ? { id } : context.store.describe(stored, context.now())))
  } else {
    context.console.out(id)
    await sayWhatNow(context, id, plan)
  }
  return exitOk
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
function chooseJobStart(
  text: string,
  file: string,
  lineText: string | null,
  console: Console,
  asksPerson: boolean,
): { action: JobStart; line: number } | null {
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
  return { action: startableAction(block, `The block at line ${line}`), line }
}

/** How the plan came to be approved, or null if it was not. */
async function approve(
  { console, state, env, now }: VerbContext,
  folder: string,
  plan: Plan,
  yes: boolean,
  json: boolean,
): Promise<Approval['how'] | null> {
  const paths = state.folder(folderKey(folder))
  const show = (print: (text: string) => void) => {
    for (const line of renderPlanLines(plan, console)) print(line)
    for (const caveat of detachmentCaveats(env)) print(console.paint('yellow', `  ! ${caveat}`))
  }
  if (yes) {
    if (!json) show(console.err)
    return 'yes_flag'
  }
  if (isApprovalRemembered(paths, plan)) {
    if (!json) {
      show(console.err)
      console.err('Approved before, for good.')
    }
    return 'remembered'
  }
  show(console.isTerminal ? console.out : console.err)
  const answer = await console.ask('Start it? [y]es once, [a]lways exactly this, [N]o: ')
  if (answer === null)
    throw new RelayError(
      'needs_approval',
      'Not started: nobody can be asked to approve it here (no terminal, or the block came on standard input). Use --yes, or approve it once in a terminal with "always".',
    )
  switch (answer.trim().toLowerCase()) {
    case 'a':
    case 'always':
      rememberApproval(paths, plan, now())
      return 'asked'
    case 'y':
    case 'yes':
      return 'asked'
    default:
      console.err('Not started.')
      return null
  }
}

export function renderPlanLines(plan: Plan, console: Console): string[] {
  const facts = renderPlan(plan).map(({ label, value }) => {
    const [first = '', ...rest] = value.split('\n')
    return [
      `  ${console.paint('bold', label.padEnd(13))} ${first}`,
      ...rest.map((line) => `  ${' '.repeat(13)} ${line}`),
    ].join('\n')
  })
  return [...facts, ...[environmentCaveat, planCaveat].map((caveat) => console.paint('dim', `  ${caveat}`))]
}
