// What steps of a folder would do, as their files say it now.
import type { StepDefinition } from '../../core/steps/definition'
import { type ParsedDefinitions, parseDefinitions } from '../../core/steps/parseDefinitions'
import { type PlanContext, type PlannedStep, planStep } from '../../core/steps/planStep'
import { readSpec } from '../../core/steps/specDocument'
import { RelayError } from '../../core/relayError'

/** The texts of the two files; null where one is not there. */
export interface StepTexts {
  readonly definitions: string | null
  readonly spec: string | null
  /** How the first is called, to be named. */
  readonly definitionsFile: string
}

/** Thousands of steps take a while: the same texts are read once. */
const known = new WeakMap<StepTexts, ParsedDefinitions>()

function parsedOf(texts: StepTexts): ParsedDefinitions {
  const parsed = known.get(texts) ?? parseDefinitions(texts.definitions ?? '')
  known.set(texts, parsed)
  return parsed
}

/** Numbers of steps that are defined or listed, in order, without doubles. */
export function stepNumbers(texts: StepTexts): readonly number[] {
  const defined = parsedOf(texts).steps.map(({ number }) => number)
  const listed = readSpec(texts.spec ?? '').map(({ number }) => number)
  return [...new Set([...defined, ...listed])].sort((a, b) => a - b)
}

/** Those that can be run, should nothing else be wrong. */
export function definedNumbers(texts: StepTexts): readonly number[] {
  return parsedOf(texts)
    .steps.map(({ number }) => number)
    .sort((a, b) => a - b)
}

/** The plans of these steps. Throws RelayError for the first that is not defined, or whose definition has errors. */
export function planSteps(
  numbers: readonly number[],
  texts: StepTexts,
  context: PlanContext,
): readonly (PlannedStep & { readonly definition: StepDefinition })[] {
  const { definitions, definitionsFile: file } = texts
  if (definitions === null)
    throw new RelayError('no_definitions', `There is no ${file} in ${context.cwd}: steps are defined there.`)
  const parsed = parsedOf(texts)
  const byNumber = new Map(parsed.steps.map((step) => [step.number, step]))
  const lines = readSpec(texts.spec ?? '')
  return numbers.map((step) => {
    const found = byNumber.get(step)
    if (found === undefined)
      throw new RelayError(
        'no_such_step',
        `Step ${step} is not defined in ${file}: its key would begin with step_${step}.`,
      )
    if (found.definition === null) {
      const [first] = parsed.findings.filter(
        ({ severity, start }) => severity === 'error' && start >= found.start && start <= found.end,
      )
      const why = first === undefined ? '' : ` ${first.message}`
      throw new RelayError('step_has_errors', `Step ${step} has errors:${why} See relay steps check.`)
    }
    const line = lines.find(({ number }) => number === step)
    const { definition } = found
    return { ...planStep(definition, line === undefined ? null : line.title, context), definition }
  })
}
