// The run that would tell most next, as a command to discuss. It is only ever shown: nothing runs it.
import type { Failure } from '../followUps/failureClass'
import { formatNumber } from '../followUps/quantities'
import { shellQuote } from '../shellQuote'
import type { Comparison } from './compareRuns'
import { settingsKey } from './compareRuns'
import type { ParamValue, RunRecord } from './registryRecord'

export interface NextRun {
  /** One line for a shell. Null: there is no template to make one from. */
  readonly command: string | null
  /** A sentence. */
  readonly why: string
}

export interface NextInput {
  readonly record: RunRecord
  readonly comparison: Comparison
  readonly failure: Failure | null
  readonly records: readonly RunRecord[]
  /** The names that its template takes; of what else the run says of itself no command is made. Null: not known. */
  readonly names: readonly string[] | null
}

/** How many seeds tell something about noise. */
const wantedSeeds = 3

export function proposeNext({ record, comparison, failure, records, names }: NextInput): NextRun {
  const { template } = record
  const taken = (params: RunRecord['params']) =>
    names === null ? params : Object.fromEntries(Object.entries(params).filter(([name]) => names.includes(name)))
  if (template === null)
    return {
      command: null,
      why: 'It was made from no template, so there is no command to change one value of: write one in templates/experiments.',
    }
  const run = (params: Readonly<Record<string, ParamValue>>, why: string): NextRun => ({
    command: renderRunCommand(template, taken(params)),
    why,
  })
  const params = taken(record.params)
  if (record.status === 'canceled')
    return run(params, 'It was stopped before it could tell anything: the same once more.')
  if (record.status === 'failed') return afterFailure(params, failure, run)

  const seeds = seedsOf(record, records)
  const another = { ...params, seed: Math.max(...seeds, 0) + 1 }
  const mayVarySeed = seeds.length > 0 && names?.includes('seed') !== false
  const best = records.find(({ runId }) => runId === comparison.best?.runId)
  switch (comparison.verdict) {
    case 'not_comparable':
      return run(
        params,
        `It succeeded without a finite ${record.primary?.name ?? 'primary metric'}: make it write one, then run it again.`,
      )
    case 'within_noise':
    case 'equal':
      if (mayVarySeed && seeds.length < wantedSeeds)
        return run(another, 'It cannot be told from the best run by one run each: another seed of these settings.')
      break
    case 'first':
    case 'better':
      if (mayVarySeed && seeds.length < wantedSeeds)
        return run(
          another,
          `${comparison.verdict === 'first' ? 'There is nothing before it' : 'It is better'}, with ${seeds.length} seed${seeds.length === 1 ? '' : 's'}: another one says whether it holds.`,
        )
      break
    case 'worse':
      break
  }
  const changed = best === undefined ? null : oneChange(record, best)
  if (changed !== null) {
    const { name, own, theirs } = changed
    if (comparison.verdict === 'worse') {
      const middle = between(own, theirs)
      return run(
        { ...params, [name]: middle },
        `${name} ${show(own)} was worse than ${show(theirs)}: the value between them says on which side the best lies.`,
      )
    }
    const further = beyond(own, theirs)
    return run(
      { ...params, [name]: further },
      `${name} went from ${show(theirs)} to ${show(own)} and it ${comparison.verdict === 'better' ? 'got better' : 'made no difference that can be told'}: one step further in the same direction.`,
    )
  }
  const base =
    comparison.verdict === 'worse' && best !== undefined && best.template === template ? taken(best.params) : params
  const name = tunable(base)
  if (name !== null) {
    const value = Number(base[name])
    return run(
      { ...base, [name]: tidy(value / 2) },
      `Nothing but ${name} changed, from ${show(value)}: the settings of the best run with one thing different.`,
    )
  }
  return run(
    mayVarySeed ? another : params,
    'There is no number among its settings to change: the same again says how much it varies.',
  )
}

function afterFailure(
  params: RunRecord['params'],
  failure: Failure | null,
  run: (params: Readonly<Record<string, ParamValue>>, why: string) => NextRun,
): NextRun {
  const halved = (pattern: RegExp, by: number, why: string): NextRun | null => {
    const name = Object.keys(params).find((one) => pattern.test(one) && typeof params[one] === 'number')
    const value = Number(params[name ?? ''])
    if (name === undefined || !Number.isFinite(value) || value === 0) return null
    const smaller = Number.isInteger(value) ? Math.max(1, Math.floor(value / by)) : tidy(value / by)
    return smaller === value
      ? null
      : run({ ...params, [name]: smaller }, `${why} ${name} ${show(smaller)} instead of ${show(value)}.`)
  }
  const changed =
    failure?.class === 'oom'
      ? halved(/batch/i, 2, 'It ran out of memory:')
      : failure?.class === 'nan'
        ? halved(/^(?:lr|learning_?rate)$|(?:^|[._-])lr$/i, 10, 'Its numbers stopped being finite:')
        : null
  return (
    changed ??
    run(params, `It failed. ${failure?.nextStep ?? 'Find out why, then run it again.'} Then the same once more.`)
  )
}

/** `relay exp run ID key=value …`, each word quoted where a shell would read it otherwise. */
export function renderRunCommand(template: string, params: Readonly<Record<string, ParamValue>>): string {
  const words = Object.entries(params).map(([name, value]) => `${name}=${value === null ? '' : String(value)}`)
  return ['relay', 'exp', 'run', template, ...words].map(quoteIfNeeded).join(' ')
}

export function quoteIfNeeded(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : shellQuote(word)
}

/** The seeds that the settings of a run were run with. */
function seedsOf(record: RunRecord, records: readonly RunRecord[]): number[] {
  const key = settingsKey(record)
  const seeds = [record, ...records].flatMap((one) => (settingsKey(one) === key && one.seed !== null ? one.seed : []))
  return [...new Set(seeds)]
}

/** The one number in which two runs of a template differ, seeds apart; null if it is none, or more. */
function oneChange(record: RunRecord, best: RunRecord): { name: string; own: number; theirs: number } | null {
  if (best.template !== record.template) return null
  const names = [...new Set([...Object.keys(record.params), ...Object.keys(best.params)])].filter(
    (name) => name !== 'seed' && record.params[name] !== best.params[name],
  )
  const [name] = names
  if (name === undefined || names.length > 1) return null
  const [own, theirs] = [record.params[name], best.params[name]]
  return typeof own === 'number' && typeof theirs === 'number' ? { name, own, theirs } : null
}

/** The geometric middle of two numbers of one sign, else the middle; whole where both are and there is one. */
function between(a: number, b: number): number {
  const middle = a * b > 0 ? Math.sign(a) * Math.sqrt(a * b) : (a + b) / 2
  const whole = Math.round(middle)
  return Number.isInteger(a) && Number.isInteger(b) && whole !== a && whole !== b ? whole : tidy(middle)
}

function beyond(own: number, theirs: number): number {
  const next = own * theirs > 0 ? (own * own) / theirs : own + (own - theirs)
  return Number.isInteger(own) && Number.isInteger(theirs) && Math.round(next) !== own ? Math.round(next) : tidy(next)
}

function tidy(value: number): number {
  return Number(value.toPrecision(3))
}

/** A number that is likely to matter: a learning rate before anything else. */
function tunable(params: Readonly<Record<string, ParamValue>>): string | null {
  const names = Object.keys(params).filter((name) => {
    const value = params[name]
    return name !== 'seed' && typeof value === 'number' && value !== 0 && !Number.isInteger(value)
  })
  return names.find((name) => /lr|rate/i.test(name)) ?? names[0] ?? null
}

function show(value: number): string {
  return formatNumber(value)
}
