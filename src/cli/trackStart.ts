// From what a person points at to a track: look around, plan, show all of it on one screen, ask once, begin.
import { environmentCaveat, type PlanFact, planCaveat } from '../core/jobs/renderPlan'
import { RelayError } from '../core/relayError'
import { planTrack } from '../core/tracking/planTrack'
import { renderTrackPlan } from '../core/tracking/renderTrackPlan'
import type { Surroundings } from '../core/tracking/trackWish'
import { detachmentCaveats } from '../store/detachment'
import { jobEnvironment } from '../store/jobs/jobEnvironment'
import { resolveFolder } from '../store/jobs/jobRequests'
import { folderKey } from '../store/stateFolder'
import { readRemembered, remember } from '../store/tracking/remembered'
import { lookAround } from '../store/tracking/surroundings'
import { UndertakingRequests } from '../store/undertakings/undertakingRequests'
import { renderFactLines } from './approve'
import { pointAt } from './trackPoint'
import { trackSettings } from './trackSettings'
import { tellSurroundings } from './trackThere'
import { readWish } from './trackWish'
import { exitError, exitOk, type Options, textOf, type VerbContext } from './verb'

export async function startTrack(context: VerbContext, operands: readonly string[], options: Options): Promise<number> {
  const { console, state, env, now } = context
  const json = options['json'] === true
  const folder = resolveFolder(textOf(options, 'cwd') ?? context.cwd)
  const settings = trackSettings(context)
  const paths = state.folder(folderKey(folder))
  const clean = jobEnvironment(env)
  const here = await lookAround({ folder, env: clean, sshHost: settings['relay.tracking.sshHost'], nowMs: now() })
  const pointedAt = await pointAt(context, operands, options, here, clean)
  const last = readRemembered(paths)
  const wish = readWish(context, pointedAt, options, settings, last)
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
