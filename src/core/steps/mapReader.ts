// Reads a map of YAML field by field, with a finding at the exact place for everything that is not as it should be.
import { isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from 'yaml'
import { type Fix, quote, type Range } from '../blocks/diagnostic'
import { guessUnlessSame, nearestName } from '../blocks/nearestName'
import { codePointName } from '../blocks/jsonString'
import { stepFields, type StepPlace } from './fields'
import type { StepCode, StepFinding } from './finding'

/** A text with the place where it is written, quotes included. */
export interface Written extends Range {
  readonly text: string
}

/** Findings of one step, up to a limit: who made a thousand mistakes reads the first hundred. */
export class StepFindings {
  private readonly found: StepFinding[] = []

  add(severity: StepFinding['severity'], code: StepCode, message: string, at: Range, fix?: StepFinding['fix']): void {
    if (this.found.length < 100)
      this.found.push({ code, severity, message, start: at.start, end: at.end, ...(fix && { fix }) })
  }

  get all(): readonly StepFinding[] {
    return this.found
  }
}

// A zero-width joiner inside an emoji and the emoji variation selector are what people write.
const invisible = /(?![\n\t\uFE0F])(?!(?<=[\p{Extended_Pictographic}\uFE0F])\u200D)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

export function rangeOfNode(node: { readonly range?: readonly number[] | null | undefined }): Range {
  const [start = 0, end = start] = node.range ?? []
  return { start, end }
}

export class MapReader {
  private readonly values = new Map<string, { readonly key: Range; readonly value: Node | null }>()

  /** Tells of every key that `place` does not know. `at` is what leads to the map: it is underlined for what is missing. */
  constructor(
    map: YAMLMap,
    readonly place: StepPlace,
    readonly at: Range,
    readonly findings: StepFindings,
  ) {
    const known = stepFields(place).map(({ name }) => name)
    const written = map.items.map(({ key }) => (isScalar(key) ? String(key.value) : ''))
    for (const [index, { key, value }] of map.items.entries()) {
      const name = written[index] ?? ''
      const range = isScalar(key) || isMap(key) || isSeq(key) ? rangeOfNode(key) : at
      // The parser gives nodes only: nothing here was made by hand.
      const node = isScalar(value) || isMap(value) || isSeq(value) ? value : null
      if (known.includes(name)) this.values.set(name, { key: range, value: node })
      else this.tellUnknown(name, range, known, written)
    }
  }

  has(name: string): boolean {
    return this.values.has(name)
  }

  /** The key of a field that is there, else what leads to the map. */
  keyOf(name: string): Range {
    return this.values.get(name)?.key ?? this.at
  }

  /** A text that is not empty; null if there is none, which is told unless the field is left out. */
  text(name: string, maxChars = 4_000): Written | null {
    const found = this.values.get(name)
    if (found === undefined) return null
    return this.textOf(name, found.value, found.key, maxChars)
  }

  whole(name: string, min: number, max: number): (Range & { readonly value: number }) | null {
    const found = this.values.get(name)
    if (found === undefined) return null
    return this.wholeOf(name, found.value, found.key, min, max)
  }

  wholeOf(
    name: string,
    node: Node | null,
    key: Range,
    min: number,
    max: number,
  ): (Range & { readonly value: number }) | null {
    const range = node === null ? key : rangeOfNode(node)
    const value = isScalar(node) ? node.value : undefined
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return { ...range, value }
    const is = typeof value === 'number' ? String(value) : describe(node)
    const digits = typeof value === 'string' ? /^\s*(\d{1,9})\s*s?\s*$/.exec(value)?.[1] : undefined
    const fix = digits === undefined ? undefined : { title: `Write ${digits}`, ...range, newText: digits }
    this.findings.add(
      'error',
      typeof value === 'number' ? 'out-of-range' : 'wrong-type',
      `${quote(name)} must be a whole number from ${min} to ${max}, not ${is}.`,
      range,
      fix,
    )
    return null
  }

  flag(name: string): boolean | null {
    const found = this.values.get(name)
    if (found === undefined) return null
    const value = isScalar(found.value) ? found.value.value : undefined
    if (typeof value === 'boolean') return value
    const range = found.value === null ? found.key : rangeOfNode(found.value)
    const said = typeof value === 'string' ? value.toLowerCase() : ''
    const meant = ['yes', 'on', 'true'].includes(said) ? 'true' : ['no', 'off', 'false'].includes(said) ? 'false' : null
    this.findings.add(
      'error',
      'wrong-type',
      `${quote(name)} must be true or false, not ${describe(found.value)}.`,
      range,
      meant === null ? undefined : { title: `Write ${meant}`, ...range, newText: meant },
    )
    return null
  }

  /** One of a few words. */
  choice<Word extends string>(name: string, words: readonly Word[]): Word | null {
    const found = this.text(name)
    if (found === null) return null
    const chosen = words.find((word) => word === found.text)
    if (chosen !== undefined) return chosen
    const meant = nearestName(found.text, words)
    const fix = meant === undefined ? undefined : renaming(found, found.text, meant)
    this.findings.add(
      'error',
      'wrong-value',
      `${quote(name)} must be ${words.join(', ').replace(/, (?=[^,]*$)/, ' or ')}, not ${quote(found.text)}.`,
      found,
      fix,
    )
    return null
  }

  /** The items of a list; one value that is no list is a list of itself where `single` says so. */
  items(name: string, most: number, single = false): readonly Node[] {
    const found = this.values.get(name)
    if (found === undefined) return []
    const { value, key } = found
    if (isSeq(value)) {
      const items = value.items.filter((item): item is Node => isScalar(item) || isMap(item) || isSeq(item))
      const tooMany = items[most]
      if (tooMany !== undefined)
        this.findings.add(
          'error',
          'too-many-items',
          `${quote(name)} has ${items.length} items, at most ${most} are read.`,
          rangeOfNode(tooMany),
        )
      return items.slice(0, most)
    }
    if (single && isScalar(value) && value.value !== null) return [value]
    const isEmpty = value === null || (isScalar(value) && value.value === null)
    if (isEmpty)
      this.findings.add(
        'warning',
        'empty-field',
        `${quote(name)} is empty: write its list below it, or leave it out.`,
        key,
      )
    else
      this.findings.add(
        'error',
        'wrong-type',
        `${quote(name)} must be a list, lines that begin with "- ", not ${describe(value)}.`,
        rangeOfNode(value),
      )
    return []
  }

  /** Texts of a list, one for each item. */
  texts(name: string, most: number, maxChars: number): readonly Written[] {
    return this.items(name, most, true).flatMap((item) => this.textOf(name, item, rangeOfNode(item), maxChars) ?? [])
  }

  /** A map below the key. */
  map(name: string): YAMLMap | null {
    const found = this.values.get(name)
    if (found === undefined) return null
    if (isMap(found.value)) return found.value
    const isEmpty = found.value === null || (isScalar(found.value) && found.value.value === null)
    this.findings.add(
      'error',
      isEmpty ? 'empty-field' : 'wrong-type',
      isEmpty
        ? `${quote(name)} is empty: write its fields below it, or leave it out.`
        : `${quote(name)} must be a map, lines such as "key: value" below it, not ${describe(found.value)}.`,
      isEmpty ? found.key : rangeOfNode(found.value),
    )
    return null
  }

  isMapAt(name: string): boolean {
    return isMap(this.values.get(name)?.value)
  }

  textOf(name: string, node: Node | null, key: Range, maxChars: number): Written | null {
    const range = node === null ? key : rangeOfNode(node)
    if (node === null || (isScalar(node) && node.value === null)) {
      this.findings.add('error', 'empty-field', `${quote(name)} is empty: write a value, or leave it out.`, key)
      return null
    }
    const text = isScalar(node) ? spelling(node) : null
    if (text === null) {
      this.findings.add('error', 'wrong-type', `${quote(name)} must be a text, not ${describe(node)}.`, range)
      return null
    }
    if (text.trim() === '') {
      this.findings.add('error', 'empty-field', `${quote(name)} is empty: write a value, or leave it out.`, range)
      return null
    }
    if (text.length > maxChars) {
      this.findings.add(
        'error',
        'too-long',
        `${quote(name)} has ${text.length} characters, at most ${maxChars} are read. Put it into a script.`,
        range,
      )
      return null
    }
    const hidden = invisible.exec(text)?.[0]
    if (hidden !== undefined) {
      const message = `${quote(name)} contains ${codePointName(hidden)}, which a reader cannot see. Remove it.`
      this.findings.add('error', 'invisible-character', message, range)
      return null
    }
    return { text: text.trim(), ...range }
  }

  private tellUnknown(name: string, at: Range, known: readonly string[], written: readonly string[]): void {
    const meant = nearestName(
      name,
      known.filter((one) => !written.includes(one)),
    )
    const fix = meant === undefined ? undefined : renaming(at, name, meant)
    const what = `${quote(name)} is not known in ${placeWords[this.place]}`
    const message = meant ? `${what}. Was ${meant} meant?` : `${what}. Known: ${known.join(', ')}.`
    this.findings.add('error', 'unknown-key', message, at, fix)
  }
}

function renaming({ start, end }: Range, from: string, to: string): Fix {
  return { title: `Write ${to}`, start, end, newText: to, ...guessUnlessSame(from, to) }
}

const placeWords: Readonly<Record<StepPlace, string>> = {
  step: 'a step',
  check: 'a check',
  test: 'a test',
  main: 'the main phase',
  chunk: 'a chunk',
  monitor: 'a monitor',
}

/** `1.0`, `true` and `0123` as they are written: a command may well be called so. */
function spelling({ value, source }: Scalar): string | null {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? (source ?? String(value)) : null
}

export function describe(node: Node | null): string {
  if (isMap(node)) return 'a map'
  if (isSeq(node)) return 'a list'
  if (!isScalar(node) || node.value === null) return 'nothing'
  return typeof node.value === 'string' ? `the text ${quote(node.value)}` : quoteless(node.value)
}

function quoteless(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : 'another value'
}
