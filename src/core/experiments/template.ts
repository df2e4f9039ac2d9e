// A template of an experiment, templates/experiments/*.yaml: the command of a run with names for what differs between runs. The
// file is the user's: whatever is wrong with it is a finding with its place, and never thrown.
import * as z from 'zod'
import { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, visit, type Document } from 'yaml'
import { nearestName } from '../blocks/nearestName'
import { type Preflight, preflightSchema, type Watch, watchSchema } from '../blocks/schema'
import { whyNotToParse } from './boundYaml'
import { reservedNames } from './keyValues'
import { placeholdersIn } from './substitute'

export interface ExperimentTemplate {
  readonly id: string
  readonly description: string | null
  /** The words of the command, with their placeholders. */
  readonly command: readonly string[]
  /** By what its runs are ranked; null: not at all. */
  readonly primary: { readonly name: string; readonly higherIsBetter: boolean } | null
  readonly defaults: Readonly<Record<string, string>>
  readonly watch: Watch
  readonly preflight: Preflight | null
  /** Names of files that a run writes, with placeholders. */
  readonly artifacts: Readonly<Record<string, string>>
  /** Every name that a value may be given for, in the order in which they are asked for. */
  readonly names: readonly string[]
}

/** `line` and `column` count from 1. An `error` means that the template cannot be run. */
export interface TemplateFinding {
  readonly severity: 'error' | 'warning'
  /** What is wrong and what to do, in sentences. */
  readonly message: string
  readonly line: number
  readonly column: number
}

export interface ParsedTemplate {
  /** Null if there is an error among the findings. */
  readonly template: ExperimentTemplate | null
  readonly findings: readonly TemplateFinding[]
}

const word = z
  .string('must be a text')
  .max(4_000, 'must have at most 4,000 characters')
  .regex(/^[^\0\r\n]*$/, 'must be one line')
const name = z.string('must be a text').regex(/\S/, 'must not be empty').max(200, 'must have at most 200 characters')
const templateSchema = z.strictObject({
  id: z
    .string('must be a text')
    .regex(/^[A-Za-z0-9][\w.-]{0,79}$/, 'must be a name of letters, digits, "_", "-" and "."')
    .optional(),
  description: z.string('must be a text').max(200, 'must have at most 200 characters').nullable().optional(),
  command: z
    .array(word, 'must be a list of words: one line "- word" for each')
    .min(1, 'must have at least one word')
    .max(512, 'must have at most 512 words'),
  primary_metric: z
    .strictObject({ name, higher_is_better: z.boolean('must be true or false') }, 'must have name and higher_is_better')
    .optional(),
  defaults: z
    .record(
      z.string().regex(/^[A-Za-z_][\w.-]{0,63}$/, 'must be a name of letters, digits, "_", "-" and "."'),
      word.nullable(),
      'must be a map of names to values',
    )
    .nullable()
    .optional(),
  watch: watchSchema.nullable().optional(),
  preflight: preflightSchema.nullable().optional(),
  artifacts: z.record(z.string(), word, 'must be a map of names to paths').nullable().optional(),
})

/** Reads the text of a template; `stem` is the name of its file without the ending, its id where it has none of its own. */
export function parseTemplate(text: string, stem: string): ParsedTemplate {
  const refusal = whyNotToParse(text)
  if (refusal !== null) return failed([{ severity: 'error', message: refusal, line: 1, column: 1 }])
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    stringKeys: true,
    strict: true,
    schema: 'core',
    version: '1.2',
    logLevel: 'error',
    prettyErrors: false,
  })
  const findings: TemplateFinding[] = []
  const add = (severity: TemplateFinding['severity'], message: string, offset: number) => {
    const { line, col } = lines.linePos(Math.min(Math.max(offset, 0), text.length))
    findings.push({ severity, message, line: Math.max(line, 1), column: Math.max(col, 1) })
  }
  // A warning of the parser is a tag that it does not know: whatever was meant by it, it would not happen.
  for (const { code, message, pos } of [...document.errors, ...document.warnings].slice(0, 20))
    add('error', explainSyntax(code, message), pos[0])
  refuseAnchors(document, (offset) =>
    add('error', 'Anchors and aliases (& and *) are not understood in a template: write the value out.', offset),
  )
  if (findings.length > 0) return failed(findings)

  keepSpelling(document)
  const parsed = templateSchema.safeParse(document.toJS({ maxAliasCount: 0 }))
  for (const issue of parsed.error?.issues ?? []) {
    const path = issue.path.map(String)
    if (issue.code === 'unrecognized_keys')
      for (const key of issue.keys) add(...unknownKey(path, key), offsetOf(document, [...path, key]))
    else add('error', explainIssue(path, issue, document), offsetOf(document, path))
  }
  if (findings.some(({ severity }) => severity === 'error')) return failed(findings)
  const data = parsed.data ?? templateSchema.safeParse(withoutUnknown(document)).data
  if (data === undefined)
    return failed([...findings, { severity: 'error', message: 'It cannot be read.', line: 1, column: 1 }])

  const id = data.id ?? stem
  if (!/^[A-Za-z0-9][\w.-]{0,79}$/.test(id))
    add(
      'error',
      `The name of the file (${id.slice(0, 80)}) cannot be an id: give it one, for example "id: baseline".`,
      0,
    )
  const defaults: Record<string, string> = {}
  for (const [key, value] of Object.entries(data.defaults ?? {})) {
    if (reservedNames.some((one) => one === key))
      add('error', `${key} is filled in by relay: it cannot have a default.`, offsetOf(document, ['defaults', key]))
    else if (value !== null) defaults[key] = value
  }
  if (data.primary_metric === undefined)
    add('warning', 'It has no primary_metric: its runs are recorded, but none of them can be called the best.', 0)
  if (findings.some(({ severity }) => severity === 'error')) return failed(findings)
  const asked = placeholdersIn([
    ...data.command,
    ...Object.values(data.artifacts ?? {}),
    ...(data.watch?.requireFiles ?? []),
    ...(data.preflight?.checks ?? []).flatMap((check) => Object.values(check).filter((one) => typeof one === 'string')),
  ]).filter((one) => !reservedNames.some((reserved) => reserved === one))
  return {
    template: {
      id,
      description: data.description ?? null,
      command: data.command,
      primary:
        data.primary_metric === undefined
          ? null
          : { name: data.primary_metric.name, higherIsBetter: data.primary_metric.higher_is_better },
      defaults,
      watch: data.watch ?? {},
      preflight: data.preflight ?? null,
      artifacts: data.artifacts ?? {},
      names: [...new Set([...asked, ...Object.keys(defaults)])],
    },
    findings,
  }
}

function failed(findings: readonly TemplateFinding[]): ParsedTemplate {
  return { template: null, findings }
}

function refuseAnchors(document: Document, refuse: (offset: number) => void): void {
  visit(document, {
    Alias: (_, node) => {
      refuse(node.range?.[0] ?? 0)
      return visit.BREAK
    },
    Value: (_, node) => {
      if (node.anchor === undefined) return undefined
      refuse(node.range?.[0] ?? 0)
      return visit.BREAK
    },
  })
}

/** Words of the command and values become the texts that were written: `3e-4` must not become `0.0003`, nor `1.0` `1`. */
function keepSpelling(document: Document): void {
  if (!isMap(document.contents)) return
  for (const { key, value } of document.contents.items) {
    const section = isScalar(key) ? key.value : undefined
    const items = isSeq(value) ? value.items : isMap(value) ? value.items.map((pair) => pair.value) : []
    if (!['command', 'defaults', 'artifacts'].includes(String(section))) continue
    for (const item of items) {
      const scalar = isPair(item) ? item.value : item
      if (isScalar(scalar) && (typeof scalar.value === 'number' || typeof scalar.value === 'boolean'))
        scalar.value = scalar.source ?? String(scalar.value)
    }
  }
}

function explainSyntax(code: string, message: string): string {
  const [first = ''] = message.split('\n')
  if (code === 'DUPLICATE_KEY') return 'A key is written twice here: keep one of the two.'
  if (code === 'MULTIPLE_DOCS') return 'The file holds several documents (---): a template is one.'
  return `This is not YAML as a template needs it: ${first.slice(0, 200)}.`.replace(/\.\.$/, '.')
}

const knownKeys = Object.keys(templateSchema.shape)

function unknownKey(path: readonly string[], key: string): ['error' | 'warning', string] {
  const [section] = path
  const known =
    section === undefined
      ? knownKeys
      : section === 'watch'
        ? Object.keys(watchSchema.shape)
        : section === 'primary_metric'
          ? ['name', 'higher_is_better']
          : []
  const meant = nearestName(key, known)
  const what = `${[...path, key].join('.').slice(0, 80)} is not known and has no effect`
  // At the top a tool of the user's may keep something of its own; below it would be a promise that is broken.
  return [
    section === undefined ? 'warning' : 'error',
    meant === undefined ? `${what}.` : `${what}. Was ${meant} meant?`,
  ]
}

function explainIssue(
  path: readonly string[],
  { message, code }: { readonly message: string; readonly code: string },
  document: Document,
): string {
  if (path.length === 0)
    return document.contents === null
      ? 'The file is empty: a template needs at least a command.'
      : 'A template is a map of keys: command, primary_metric, defaults, …'
  const where = path.join('.').slice(0, 80)
  if (where === 'command' && !document.has('command'))
    return 'command is missing: a list of words, one line "- word" each.'
  const said =
    code === 'invalid_type' && message.startsWith('Invalid input: ')
      ? `is not what it should be (${message.slice('Invalid input: '.length)})`
      : message
  return `${where} ${said}.`
}

/** Where a value, or else the nearest thing around it, begins. */
function offsetOf(document: Document, path: readonly string[]): number {
  for (let length = path.length; length > 0; length--) {
    const keys = path.slice(0, length).map((key) => (/^\d+$/.test(key) ? Number(key) : key))
    const node: unknown = document.getIn(keys, true)
    const range = isScalar(node) || isMap(node) || isSeq(node) ? node.range : undefined
    if (range) return range[0]
  }
  return 0
}

/** What remains when keys at the top that are not known are left out. */
function withoutUnknown(document: Document): unknown {
  const value: unknown = document.toJS({ maxAliasCount: 0 })
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).filter(([key]) => knownKeys.includes(key)))
}
