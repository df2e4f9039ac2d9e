// What can be written at a place of the definitions, and what a field there means. It looks at lines and their indentation,
// because what is being typed is seldom YAML.
import type { Range } from '../blocks/diagnostic'
import { type StepField, stepFields, type StepPlace } from './fields'
import { stepNumberOf } from './parseDefinitions'
import type { StepWorkspace } from './workspace'

export interface StepCompletion extends Range {
  readonly kind: 'key' | 'value' | 'step'
  readonly label: string
  readonly detail: string
  readonly doc: string
  /** In the syntax of snippets. */
  readonly snippet: string
}

export interface StepHover extends Range {
  readonly field: StepField
}

interface Line {
  readonly start: number
  /** The column of the key, behind a dash if there is one. */
  readonly column: number
  /** The column of the dash; null without one. */
  readonly dash: number | null
  /** Empty if there is none yet. */
  readonly key: string
  /** Where the value begins; null if there is no colon. */
  readonly valueStart: number | null
}

const shape = /^([ ]*)(?:(-)([ ]+|$))?(?:"?([^\s:"'#][^:"'\r\n]*?)"?[ ]*(:)(?=[ ]|$)[ ]*)?/
/** A step that is far longer is not written by hand. */
const maxLinesAround = 2_000

/** A definition to begin with, in the syntax of snippets; `name` is a key, `objective` any text. */
export function stepSnippet(number: number, name: string, objective: string): string {
  const goal = JSON.stringify(objective).replace(/[\\$}]/g, '\\$&')
  return `step_${number}_\${1:${name}}:\n  pre_flight:\n    - task: \${2:check}\n      command: \${3:test -f data.jsonl}\n      timeout: 5\n\n  main:\n    objective: \${4:${goal}}\n    script: \${5:run.py}\n    timeout: \${6:300}\n$0`
}

/** The same for a step of a document. */
export function stepSnippetFor(number: number, title: string): string {
  const words = title.toLowerCase().match(/[a-z0-9]+/g) ?? []
  const name = words.join('_').slice(0, maxNameChars).replace(/_+$/, '')
  return stepSnippet(number, name === '' ? 'name' : name, title === '' ? 'What is to be reached' : title)
}

const maxNameChars = 30

/** Everything that can be written at `offset`, in the order in which it is offered. */
export function stepCompletionsAt(text: string, offset: number, workspace: StepWorkspace): readonly StepCompletion[] {
  const lines = linesAround(text, offset)
  const at = lines.findIndex(({ start }, index) => start <= offset && offset < (lines[index + 1]?.start ?? Infinity))
  const line = lines[at]
  if (line === undefined) return []
  const end = lineEnd(text, line.start)
  const written = text.slice(line.start, end)
  if (/(?:^|\s)#/.test(text.slice(line.start, offset))) return []
  if (line.valueStart !== null && offset >= line.valueStart) return valuesAt(text, offset, lines, at, workspace)
  const item = /^[ ]*-[ ]+["']?([^\s"':]*)$/.exec(written)
  if (line.dash !== null && item !== null) {
    const [parent] = ancestors(lines, at)
    const field = fieldOf(lines, parent)
    if (field?.names !== undefined) return offerNames(field, workspace, wordAround(text, offset, line.start))
  }
  const range = wordAround(text, offset, line.start)
  if (line.dash === null && line.column === 0) {
    const used = [...text.matchAll(/^step[-_ ]?(\d{1,6})/gim)].map(([key]) => stepNumberOf(`${key}_`) ?? 0)
    const next = Math.max(0, ...used) + 1
    return [
      {
        kind: 'step',
        label: `step_${next}`,
        detail: 'a step',
        doc: 'Checks, a main phase, and checks of what it has made.',
        snippet: stepSnippet(next, 'name', 'What is to be reached'),
        ...range,
      },
    ]
  }
  const place = placeAt(lines, at)
  if (place === null) return []
  const siblings = siblingKeys(lines, at)
  return stepFields(place)
    .filter(({ name }) => !siblings.includes(name))
    .map((field) => ({
      kind: 'key',
      label: field.name,
      detail: field.type,
      doc: field.doc,
      snippet: snippetOf(field, line.valueStart !== null),
      ...range,
    }))
}

/** The field whose key is at the offset. */
export function stepHoverAt(text: string, offset: number): StepHover | null {
  const lines = linesAround(text, offset)
  const at = lines.findIndex(({ start }, index) => start <= offset && offset < (lines[index + 1]?.start ?? Infinity))
  const line = lines[at]
  if (line === undefined || line.key === '') return null
  const start = line.start + line.column
  const end = start + line.key.length
  if (offset < start || offset > end) return null
  const place = placeAt(lines, at)
  const field = place === null ? undefined : stepFields(place).find(({ name }) => name === line.key)
  return field === undefined ? null : { field, start, end }
}

function valuesAt(
  text: string,
  offset: number,
  lines: readonly Line[],
  at: number,
  workspace: StepWorkspace,
): readonly StepCompletion[] {
  const place = placeAt(lines, at)
  const line = lines[at]
  const field = place === null ? undefined : stepFields(place).find(({ name }) => name === line?.key)
  if (field === undefined || line === undefined) return []
  const range = wordAround(text, offset, line.valueStart ?? line.start)
  if (field.names !== undefined) return offerNames(field, workspace, range)
  return (field.values ?? []).map((label) => ({
    kind: 'value',
    label,
    detail: field.name,
    doc: field.doc,
    snippet: label,
    ...range,
  }))
}

function offerNames(field: StepField, { agents, skills }: StepWorkspace, range: Range): readonly StepCompletion[] {
  const names = field.names === 'agents' ? agents.map(({ name }) => name) : field.names === 'skills' ? skills : []
  return names.map((label) => ({
    kind: 'value',
    label,
    detail: field.name,
    doc: field.doc,
    snippet: label.replace(/[\\$}]/g, '\\$&'),
    ...range,
  }))
}

const below: Readonly<Record<NonNullable<StepField['below']>, string>> = {
  checks: '\n  - task: ${1:name}\n    command: ${2:command}\n    timeout: ${3:5}',
  monitors: '\n  - task: ${1:name}\n    command: ${2:command}\n    interval: ${3:60}',
  map: '\n  $0',
  list: '\n  - ${1}',
  chunks: '\n  - size: ${1:100}',
}

function snippetOf({ name, below: lower }: StepField, hasColon: boolean): string {
  if (hasColon) return name
  return lower === undefined ? `${name}: ` : `${name}:${below[lower]}`
}

function placeAt(lines: readonly Line[], at: number): StepPlace | null {
  const [parent, grand] = ancestors(lines, at)
  if (parent === undefined) return null
  if (grand === undefined) return stepNumberOf(`${parent.key}_`) === null ? null : 'step'
  switch (parent.key) {
    case 'pre_flight':
    case 'post_validation':
      return 'check'
    case 'background':
      return 'monitor'
    case 'main':
      return 'main'
    case 'chunks':
      return 'chunk'
    case 'test':
      return 'test'
    default:
      return null
  }
}

/** The field that the items of a list belong to. */
function fieldOf(lines: readonly Line[], parent: Line | undefined): StepField | undefined {
  const place = parent === undefined ? null : placeAt(lines, lines.indexOf(parent))
  return place === null ? undefined : stepFields(place).find(({ name }) => name === parent?.key)
}

/** The keys that a line lies below, innermost first. */
function ancestors(lines: readonly Line[], at: number): readonly Line[] {
  const line = lines[at]
  if (line === undefined) return []
  const found: Line[] = []
  // A list may stand at the very column of its key.
  let limit = line.dash === null ? line.column : line.dash + 1
  for (let index = at - 1; index >= 0 && limit > 0; index--) {
    const above = lines[index]
    if (above === undefined || above.key === '' || above.column >= limit) continue
    found.push(above)
    limit = above.dash === null ? above.column : above.dash + 1
  }
  return found
}

function siblingKeys(lines: readonly Line[], at: number): readonly string[] {
  const line = lines[at]
  if (line === undefined) return []
  const keys: string[] = []
  const collect = (step: 1 | -1) => {
    let isEnd = step === -1 && line.dash !== null
    for (let index = at + step; !isEnd; index += step) {
      const other = lines[index]
      if (other === undefined || (other.key !== '' && other.column < line.column)) break
      const isOwn = other.column === line.column
      if (step === 1 && isOwn && other.dash !== null) break
      if (isOwn && other.key !== '') keys.push(other.key)
      isEnd = step === -1 && isOwn && other.dash !== null
    }
  }
  collect(-1)
  collect(1)
  return keys
}

/** The lines of the step that holds the offset, and no more than some around it. */
function linesAround(text: string, offset: number): readonly Line[] {
  let from = text.lastIndexOf('\n', offset - 1) + 1
  for (let count = 0; count < maxLinesAround && from > 0 && !/^[^\s#-]/.test(text.slice(from, from + 1)); count++)
    from = text.lastIndexOf('\n', from - 2) + 1
  const lines: Line[] = []
  for (let start = from, passed = 0; start <= text.length && passed < maxLinesAround;) {
    const end = lineEnd(text, start)
    const line = text.slice(start, Math.min(end, start + 1_000))
    if (start > offset && /^[^\s#-]/.test(line)) break
    if (start > offset) passed++
    const isCursor = start <= offset && offset <= end
    if (isCursor || !/^\s*(?:#|$)/.test(line)) lines.push(readLine(line, start))
    const newline = text.indexOf('\n', start)
    if (newline < 0) break
    start = newline + 1
  }
  return lines
}

function readLine(line: string, start: number): Line {
  const [head = '', blanks = '', dash, gap = '', key = '', colon] = shape.exec(line) ?? []
  const column = blanks.length + (dash === undefined ? 0 : 1 + Math.max(1, gap.length))
  return {
    start,
    column,
    dash: dash === undefined ? null : blanks.length,
    key,
    valueStart: colon === undefined ? null : start + head.length,
  }
}

function lineEnd(text: string, start: number): number {
  const newline = text.indexOf('\n', start)
  const end = newline < 0 ? text.length : newline
  return end > start && text[end - 1] === '\r' ? end - 1 : end
}

function wordAround(text: string, offset: number, from: number): Range {
  const isWord = (at: number) => /[^\s:"',[\]{}#]/.test(text.charAt(at))
  let start = offset
  while (start > from && isWord(start - 1)) start--
  let end = offset
  while (end < text.length && isWord(end)) end++
  return { start, end }
}
