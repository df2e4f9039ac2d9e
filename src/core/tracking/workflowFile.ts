// What a workflow file of a repository says of how it is dispatched: its name and its inputs, with their defaults and choices. A file of a
// workspace is data: what cannot be read is told, and nothing of it is run or trusted.
import { parseDocument } from 'yaml'

export interface WorkflowInput {
  readonly name: string
  readonly description: string | null
  readonly type: 'string' | 'boolean' | 'number' | 'choice' | 'environment'
  readonly required: boolean
  readonly default: string | null
  readonly options: readonly string[]
}

export interface WorkflowFile {
  /** The last part of its path: what `gh workflow run` wants. */
  readonly file: string
  readonly name: string
  /** Null: it cannot be dispatched by hand. */
  readonly inputs: readonly WorkflowInput[] | null
  /** A sentence; null: it could be read. */
  readonly problem: string | null
}

const maxChars = 512 * 1024
/** GitHub allows 25. */
const maxInputs = 25
const types = ['string', 'boolean', 'number', 'choice', 'environment'] as const

/** As it may stand in an argument. */
export function isWorkflowFile(file: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,119}\.ya?ml$/.test(file)
}

/** Never throws. */
export function parseWorkflowFile(file: string, text: string): WorkflowFile {
  const fail = (problem: string): WorkflowFile => ({ file, name: file, inputs: null, problem })
  if (!isWorkflowFile(file)) return fail('Its name cannot be used.')
  if (text.length > maxChars) return fail(`It has ${text.length} characters, more than ${maxChars}.`)
  let value: unknown
  try {
    const document = parseDocument(text, { uniqueKeys: true, schema: 'core', merge: false })
    const [error] = document.errors
    if (error !== undefined) return fail(`It is no YAML: ${error.message.split('\n')[0] ?? ''}`)
    // Aliases that multiply are refused by their number.
    value = document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    return fail(`It cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (!isObject(value)) return fail('It is no workflow.')
  const name = typeof value['name'] === 'string' && value['name'].trim() !== '' ? value['name'].slice(0, 200) : file
  return { file, name, inputs: readInputs(value['on']), problem: null }
}

/** A workflow that takes a script and runs it elsewhere: `sherlock-dispatch.yml`. */
export function isDispatchWorkflow({ file, inputs }: WorkflowFile): boolean {
  return inputs !== null && /-dispatch\.ya?ml$/i.test(file)
}

function readInputs(on: unknown): readonly WorkflowInput[] | null {
  if (on === 'workflow_dispatch') return []
  if (Array.isArray(on)) return on.includes('workflow_dispatch') ? [] : null
  if (!isObject(on) || !('workflow_dispatch' in on)) return null
  const dispatch = on['workflow_dispatch']
  const inputs = isObject(dispatch) ? dispatch['inputs'] : undefined
  if (!isObject(inputs)) return []
  return Object.entries(inputs)
    .slice(0, maxInputs)
    .filter(([name]) => /^[A-Za-z_][A-Za-z0-9_-]{0,99}$/.test(name))
    .map(([name, input]) => readInput(name, isObject(input) ? input : {}))
}

function readInput(name: string, input: Readonly<Record<string, unknown>>): WorkflowInput {
  const type = types.find((one) => one === input['type']) ?? 'string'
  const options = Array.isArray(input['options'])
    ? input['options'].flatMap((one) => textOf(one) ?? []).slice(0, 100)
    : []
  return {
    name,
    description: textOf(input['description']),
    type,
    required: input['required'] === true,
    default: textOf(input['default']),
    options: type === 'boolean' ? ['true', 'false'] : options,
  }
}

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value.slice(0, 1_000)
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
