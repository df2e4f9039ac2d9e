// Reads the definitions of steps, `.claude/tasks/step_definitions.yaml`. The file is the user's: whatever is wrong with it
// is a finding at its place, and whatever it is, reading it neither throws nor takes long.
import { isAlias, isMap, isScalar, parseDocument, visit, type Document } from 'yaml'
import { quote, type Range } from '../blocks/diagnostic'
import { maxYamlChars, whyNotToParse } from '../experiments/boundYaml'
import type { StepDefinition } from './definition'
import { shiftFinding, type StepFinding } from './finding'
import { describe, rangeOfNode, StepFindings } from './mapReader'
import { readStep, type Reference } from './readStep'
import { splitSteps } from './splitSteps'

export const maxDefinitionsChars = 16 * 1024 * 1024
export const maxSteps = 20_000

/** One step as it is written; ranges are offsets of the whole text. */
export interface ParsedStep extends Range {
  readonly number: number
  readonly key: string
  readonly keyRange: Range
  /** Null if there is an error among the findings of this step: it is not to be run. */
  readonly definition: StepDefinition | null
  readonly references: readonly Reference[]
}

export interface ParsedDefinitions {
  /** In the order of the text. */
  readonly steps: readonly ParsedStep[]
  /** In the order of the text. */
  readonly findings: readonly StepFinding[]
}

/** What one piece of the text says, with offsets from its own start. */
interface Piece {
  readonly steps: readonly ParsedStep[]
  readonly findings: readonly StepFinding[]
}

/** Remembers what pieces of a text say, for the next time that almost the same text is read. */
export class DefinitionsCache {
  private pieces = new Map<string, Piece>()

  prepare(text: string): void {
    if (!this.pieces.has(text)) this.pieces.set(text, parsePiece(text))
  }

  /** Keeps what `read` asks for, and nothing older. */
  reading<Result>(read: (parse: (text: string) => Piece) => Result): Result {
    const before = this.pieces
    const now = new Map<string, Piece>()
    this.pieces = now
    return read((text) => {
      const piece = before.get(text) ?? now.get(text) ?? parsePiece(text)
      now.set(text, piece)
      return piece
    })
  }
}

/**
 * Reads `text` into `cache` step by step, so that whoever has other things to do can stop for them; `parseDefinitions` of the
 * same text is quick then.
 */
export function* prepareDefinitions(text: string, cache: DefinitionsCache): Generator<void> {
  if (text.length > maxDefinitionsChars) return
  const pieces = splitSteps(text)
  if (pieces.length > maxSteps) return
  for (const { start, end } of pieces) {
    cache.prepare(text.slice(start, end))
    yield
  }
}

export function parseDefinitions(text: string, cache = new DefinitionsCache()): ParsedDefinitions {
  if (text.length > maxDefinitionsChars)
    return refuse('steps-too-large', `The file has ${text.length} characters, at most ${maxDefinitionsChars} are read.`)
  const pieces = splitSteps(text)
  if (pieces.length > maxSteps)
    return refuse('steps-too-many', `The file has ${pieces.length} steps, at most ${maxSteps} are read.`)
  const steps: ParsedStep[] = []
  const findings: StepFinding[] = []
  cache.reading((parse) => {
    for (const { start, end } of pieces) {
      const piece = parse(text.slice(start, end))
      for (const step of piece.steps) steps.push(shiftStep(step, start))
      for (const finding of piece.findings) findings.push(shiftFinding(finding, start))
    }
  })
  const twice = findTwice(steps)
  const wrong = new Set(twice.map(({ start }) => start))
  return {
    steps: steps.map((step) => (wrong.has(step.keyRange.start) ? { ...step, definition: null } : step)),
    findings: [...findings, ...twice].sort((a, b) => a.start - b.start),
  }
}

function refuse(code: StepFinding['code'], message: string): ParsedDefinitions {
  return { steps: [], findings: [{ code, severity: 'error', message, start: 0, end: 0 }] }
}

/** All but the first of each number. */
function findTwice(steps: readonly ParsedStep[]): StepFinding[] {
  const first = new Map<number, string>()
  return steps.flatMap(({ number, key, keyRange }) => {
    const before = first.get(number)
    if (before === undefined) {
      first.set(number, key)
      return []
    }
    const message = `Step ${number} is defined twice: ${quote(before)} above is step ${number}, too. Give one of them another number.`
    return [{ code: 'step-duplicate', severity: 'error', message, ...keyRange } satisfies StepFinding]
  })
}

function shiftStep(step: ParsedStep, by: number): ParsedStep {
  const move = <One extends Range>(one: One): One => ({ ...one, start: one.start + by, end: one.end + by })
  return { ...move(step), keyRange: move(step.keyRange), references: step.references.map(move) }
}

/** The number in `step_13_training`; null if the key has none. */
export function stepNumberOf(key: string): number | null {
  const digits = /^step[-_ ]?(\d{1,6})(?![\d\p{L}])/iu.exec(key)?.[1]
  return digits === undefined ? null : Number(digits)
}

function parsePiece(text: string): Piece {
  const findings = new StepFindings()
  const firstLine: Range = { start: 0, end: /^[^\r\n]*/.exec(text)?.[0].trimEnd().length ?? 0 }
  if (/^(?:---|\.\.\.)/.test(text)) {
    findings.add(
      'error',
      'yaml-documents',
      'The definitions are one document: remove this line, and what is a document of its own.',
      firstLine,
    )
    return { steps: [], findings: findings.all }
  }
  const refusal =
    text.length > maxYamlChars
      ? `This step has ${text.length} characters, at most ${maxYamlChars} are read: put commands into scripts.`
      : whyNotToParse(text)
  if (refusal !== null) {
    const code = text.length > maxYamlChars ? 'steps-too-large' : 'yaml-too-deep'
    findings.add('error', code, refusal, firstLine)
    return { steps: unreadStep(text), findings: findings.all }
  }
  const document = parseDocument(text, {
    strict: true,
    schema: 'core',
    version: '1.2',
    logLevel: 'error',
    prettyErrors: false,
  })
  tellOfSyntax(document, text, findings)
  if (findings.all.length > 0) return { steps: unreadStep(text), findings: findings.all }
  const { contents } = document
  if (contents === null) return { steps: [], findings: [] }
  if (!isMap(contents)) {
    const range = isScalar(contents) ? rangeOfNode(contents) : firstLine
    const message = `The definitions are a map of steps, lines such as "step_1_prepare:", not ${isScalar(contents) ? describe(contents) : 'a list'}.`
    findings.add('error', 'wrong-type', message, range)
    return { steps: [], findings: findings.all }
  }
  const steps: ParsedStep[] = []
  for (const { key, value } of contents.items) {
    const keyRange = isScalar(key) ? rangeOfNode(key) : firstLine
    const name = isScalar(key) ? String(key.value) : ''
    const own = new StepFindings()
    const number = stepNumberOf(name)
    if (number === null) {
      const digits = /^\D{0,12}(\d{1,6})/.exec(name)?.[1]
      const newText = digits === undefined ? null : `step_${Number(digits)}`
      const message = `${quote(name)} is not the key of a step: it begins with "step_" and its number, such as "step_1_prepare".`
      const fix =
        newText === null ? undefined : { title: `Write ${newText}`, ...keyRange, newText, isGuess: true as const }
      findings.add('error', 'step-key', message, keyRange, fix)
      continue
    }
    if (!isMap(value)) {
      const node = isScalar(value) && value.value !== null ? rangeOfNode(value) : keyRange
      own.add('error', 'wrong-type', `${quote(name)} must be a map with at least "main" below it.`, node)
    }
    const read = isMap(value) ? readStep(number, name, value, keyRange, own) : null
    const isWrong = own.all.some(({ severity }) => severity === 'error')
    steps.push({
      number,
      key: name,
      keyRange,
      start: keyRange.start,
      end: text.trimEnd().length,
      definition: isWrong ? null : (read?.definition ?? null),
      references: read?.references ?? [],
    })
    for (const { severity, code, message, fix, ...range } of own.all) findings.add(severity, code, message, range, fix)
  }
  return { steps, findings: findings.all }
}

/** A step whose definition is no YAML now, as while it is typed, is there all the same: it has errors, and is not undefined. */
function unreadStep(text: string): readonly ParsedStep[] {
  const found = /^(["']?)(step[^\s:"']{0,200})\1[ \t]*:/i.exec(text)
  const key = found?.[2]
  const number = key === undefined ? null : stepNumberOf(key)
  if (found === null || key === undefined || number === null) return []
  const start = found[0].lastIndexOf(key)
  const keyRange = { start, end: start + key.length }
  return [{ number, key, keyRange, start, end: text.trimEnd().length, definition: null, references: [] }]
}

function tellOfSyntax(document: Document, text: string, findings: StepFindings): void {
  // A warning of the parser is a tag that it does not know: whatever was meant by it, it would not happen.
  const told = new Set<string>()
  const lastSign = Math.max(0, text.trimEnd().length - 1)
  for (const { code, message, pos } of [...document.errors, ...document.warnings].slice(0, 20)) {
    // What is missing at the end is told there, and not in the step behind it.
    const start = Math.min(pos[0], pos[0] > lastSign ? lastSign : text.length)
    const same = `${start} ${message}`
    if (told.has(same)) continue
    told.add(same)
    // One character is nothing to look at: the rest of its line is, and never more than that.
    const rest = /^[^\r\n]*/.exec(text.slice(start, start + 200))?.[0].trimEnd().length ?? 0
    const lineEnd = start + Math.max(1, rest)
    const end = pos[1] - start > 1 ? Math.min(pos[1], lineEnd) : lineEnd
    const at = { start, end: Math.min(end, Math.max(text.length, start)) }
    if (code === 'DUPLICATE_KEY')
      findings.add('error', 'yaml-duplicate-key', 'This key is written twice: keep one of the two.', keyAt(text, start))
    else if (code === 'MULTIPLE_DOCS')
      findings.add('error', 'yaml-documents', 'The definitions are one document: remove the line "---".', at)
    else findings.add('error', 'yaml-syntax', explainSyntax(message, text, start), at)
  }
  const refuseAt = (range: Range) =>
    findings.add(
      'error',
      'yaml-anchor',
      'Anchors and aliases (& and *) are not understood here: write the value out.',
      range,
    )
  visit(document, {
    Alias: (_, node) => {
      refuseAt(rangeOfNode(node))
      return visit.BREAK
    },
    Node: (_, node) => {
      if (isAlias(node) || node.anchor === undefined) return undefined
      refuseAt(rangeOfNode(node))
      return visit.BREAK
    },
  })
}

function keyAt(text: string, start: number): Range {
  const key = /^[^\s:]+/.exec(text.slice(start, start + 200))?.[0] ?? ' '
  return { start, end: Math.min(text.length, start + key.length) }
}

function explainSyntax(message: string, text: string, at: number): string {
  const lineStart = text.lastIndexOf('\n', at - 1) + 1
  const line = text.slice(lineStart, (text.indexOf('\n', at) + 1 || text.length + 1) - 1)
  if (/^\s*\t/.test(line) || /tab/i.test(message)) return 'Tabs cannot indent YAML: write blanks.'
  if (message.startsWith('Nested mappings are not allowed'))
    return 'There is a ": " in this value, which makes it a key again: put the whole value in quotes.'
  if (/^Implicit (?:map )?keys need to be/.test(message))
    return 'A key is followed by ": " and its value, or by a colon and lines below it.'
  const [first = ''] = message.split('\n')
  return `This is not YAML: ${first.slice(0, 200).replace(/\.$/, '')}.`
}
