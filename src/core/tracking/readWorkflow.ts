// What a workflow of the repository wants when it is dispatched, read from its own definition. Bounded; a file that is none is none.
import { parse } from 'yaml'
import { whyNotToParse } from '../experiments/boundYaml'
import type { Dispatchable, WorkflowInput } from './trackWish'

const maxInputs = 25

/** Null: it cannot be dispatched, or is not to be read. */
export function readWorkflow(file: string, text: string): Dispatchable | null {
  if (whyNotToParse(text) !== null) return null
  try {
    const root: unknown = parse(text, { maxAliasCount: 0 })
    // `on` is a truth value in the YAML of old, and the key of that in some readers.
    const on = field(root, 'on') ?? field(root, 'true')
    if (on === 'workflow_dispatch') return { file, inputs: [] }
    if (Array.isArray(on)) return on.includes('workflow_dispatch') ? { file, inputs: [] } : null
    if (typeof on !== 'object' || on === null || !('workflow_dispatch' in on)) return null
    const inputs = field(field(on, 'workflow_dispatch'), 'inputs')
    const entries = typeof inputs === 'object' && inputs !== null ? Object.entries(inputs) : []
    return { file, inputs: entries.slice(0, maxInputs).map(([name, one]) => readInput(name, one)) }
  } catch {
    return null // No YAML of anybody's may keep a person from tracking something.
  }
}

function readInput(name: string, value: unknown): WorkflowInput {
  const usual = field(value, 'default')
  const isText = typeof usual === 'string' || typeof usual === 'number' || typeof usual === 'boolean'
  return { name, required: field(value, 'required') === true, default: isText ? String(usual) : null }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined
}
