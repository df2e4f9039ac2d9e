// relay exp run and list: from a template to a running job, with everything shown and approved in between.
import { parseKeyValues } from '../core/experiments/keyValues'
import { reservedNames } from '../core/experiments/keyValues'
import type { ExperimentTemplate } from '../core/experiments/template'
import { planDefaults } from '../core/followUps/agentSettings'
import { chooseAgent } from '../core/followUps/chooseAgent'
import { showInvisible } from '../core/logs/plainText'
import { RelayError } from '../core/relayError'
import { hasLauncher, prepareRun } from '../store/experiments/prepareRun'
import { findTemplate, readTemplates, renderFindings, type TemplateFile } from '../store/experiments/templateFiles'
import { findAgents } from '../store/followUps/findAgents'
import { resolveFolder } from '../store/jobs/jobRequests'
import { settingsOf } from '../store/settingsFile'
import { startPlanned } from './start'
import { exitError, exitOk, type Options, type VerbContext } from './verb'

export async function expRun(
  context: VerbContext,
  [id, ...words]: readonly string[],
  options: Options,
): Promise<number> {
  const { console } = context
  if (id === undefined) throw new RelayError('usage', 'the id of a template is missing: relay exp list shows them.')
  const folder = workspaceOf(context, options)
  const found = findTemplate(folder, id)
  for (const finding of renderFindings(found)) console.err(console.paint('yellow', showInvisible(finding)))
  const { template } = found
  const given = parseKeyValues(words, [...template.names, ...reservedNames])
  if (given.problems.length > 0) throw new RelayError('usage', given.problems.join(' '))
  if (!hasLauncher(folder))
    throw new RelayError(
      'no_contract',
      `There is no scripts/vr_run.sh in ${folder}, through which every run is recorded: relay exp scaffold writes one.`,
    )
  const values = await askForMissing(context, template, given.values)
  const settings = settingsOf(context.state)
  const chosen = chooseAgent(settings, findAgents(context.env), null)
  const run = prepareRun(folder, template, values, {
    atMs: context.now(),
    random: Math.random,
    agent: chosen.agent,
    defaults: planDefaults(settings),
  })
  if (run.kind === 'missing') throw missing(template, run.names)
  if (run.kind === 'refused') throw new RelayError('not_supported', `Not started: ${run.problems.join(' ')}`)
  const is = (name: string) => options[name] === true
  const wish = { yes: is('yes'), json: is('json'), dryRun: is('dry-run'), again: false }
  const origin = { kind: 'experiment' as const, template: template.id }
  const { plan, description } = run
  return startPlanned(context, { plan, description, agentChoice: chosen.why, origin, folder }, wish)
}

export function expList(context: VerbContext, words: readonly string[], options: Options): Promise<number> {
  const { console } = context
  if (words.length > 0) throw new RelayError('usage', `${words.join(' ')} is too much.`)
  const templates = readTemplates(workspaceOf(context, options))
  if (options['json'] === true) console.out(JSON.stringify(templates.map(describe)))
  else if (templates.length === 0)
    console.err('There is no template here: relay exp scaffold writes two to begin with.')
  else for (const one of templates) for (const line of renderTemplate(one, context)) console.out(line)
  return Promise.resolve(templates.some(({ template }) => template === null) ? exitError : exitOk)
}

/** The workspace that is meant: `--cwd`, or this folder. */
export function workspaceOf({ cwd }: VerbContext, options: Options): string {
  return resolveFolder(typeof options['cwd'] === 'string' ? options['cwd'] : cwd)
}

function describe({ id, file, template, findings }: TemplateFile) {
  return {
    id,
    file,
    description: template?.description ?? null,
    names: template?.names ?? [],
    defaults: template?.defaults ?? {},
    primary: template?.primary ?? null,
    findings,
  }
}

function renderTemplate(one: TemplateFile, { console }: VerbContext): readonly string[] {
  const { id, template } = one
  const names = template?.names.map((name) =>
    Object.hasOwn(template.defaults, name) ? `${name}=${template.defaults[name] ?? ''}` : `${name}=…`,
  )
  return [
    console.paint('bold', id),
    ...(template === null || template.description === null ? [] : [`  ${showInvisible(template.description)}`]),
    ...(names === undefined || names.length === 0 ? [] : [`  ${showInvisible(names.join(' '))}`]),
    ...renderFindings(one).map((finding) => console.paint('yellow', `  ! ${showInvisible(finding)}`)),
  ]
}

/** Values for the names that have neither one nor a default, if somebody is there to be asked. */
async function askForMissing(
  { console }: VerbContext,
  template: ExperimentTemplate,
  given: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const values: Record<string, string> = { ...given }
  const names = template.names.filter((name) => !Object.hasOwn({ ...template.defaults, ...given }, name))
  for (const name of names) {
    const answer = await console.ask(`${name}: `)
    if (answer === null || answer.trim() === '') throw missing(template, names)
    values[name] = answer.trim()
  }
  return values
}

function missing({ id }: ExperimentTemplate, names: readonly string[]): RelayError {
  const words = names.map((name) => `${name}=…`).join(' ')
  return new RelayError(
    'missing_values',
    `Not started: ${id} needs a value for ${names.join(', ')}. Write relay exp run ${id} ${words}`,
  )
}
