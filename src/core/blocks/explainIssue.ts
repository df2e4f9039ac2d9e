// A validation issue of the schema as a diagnostic: where it stands in the text, and what to write instead.
import type { z } from 'zod'
import { quote, type Diagnostic, type DiagnosticCode, type Fix } from './diagnostic'
import { propertyOf, type JsonNode, type JsonObject } from './jsonTree'
import { guessUnlessSame, nearestName } from './nearestName'
import { checkTypes, nulMessage } from './schema'
import { sourceOffsets } from './sourceOffsets'

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text in double quotes',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list in [ ]',
  object: 'an object in { }',
}

/** Undefined for what is reported elsewhere more exactly. `root` is the tree that was validated. */
export function explainIssue(issue: z.core.$ZodIssue, root: JsonObject, body: string): Diagnostic | undefined {
  if (issue.message === nulMessage) return undefined
  const { owner, node, name } = locate(root, issue.path)
  if (!node) {
    const message = `${quote(name)} is missing here. Add it.`
    return { code: 'missing-field', severity: 'error', message, ...anchorOf(owner) }
  }
  const diagnostic = (
    code: DiagnosticCode,
    message: string,
    start = node.start,
    newText?: string,
    guess: Pick<Fix, 'isGuess'> = {},
  ): Diagnostic => {
    const fix: Fix | undefined =
      newText === undefined ? undefined : { title: `Write ${newText}`, start, end: node.end, newText, ...guess }
    return { code, severity: 'error', message, start, end: node.end, ...(fix && { fix }) }
  }
  const is = describe(node)

  switch (issue.code) {
    case 'invalid_type': {
      const own = issue.message.startsWith('must be ') ? issue.message : undefined
      const message = `${quote(name)} ${own ?? `must be ${typeNames[issue.expected] ?? issue.expected}`}, not ${is}.`
      return diagnostic('wrong-type', message, node.start, retyped(node, issue.expected))
    }
    case 'too_big':
    case 'too_small': {
      if (node.kind === 'number') {
        const limit = issue.code === 'too_big' ? issue.maximum : issue.minimum
        // The limits of all whole numbers are no field's own.
        const isOwn = issue.inclusive !== false && Number.isSafeInteger(Number(limit) + Math.sign(Number(limit)))
        const newText = isOwn ? String(limit) : undefined
        return diagnostic('out-of-range', `${quote(name)} ${issue.message}, not ${is}.`, node.start, newText, {
          isGuess: true,
        })
      }
      const limit = issue.code === 'too_big' ? Number(issue.maximum) : 0
      if (node.kind === 'list') {
        const message = `${quote(name)} ${issue.message}, not ${node.items.length}.`
        return diagnostic('too-many-items', message, node.items[limit]?.start)
      }
      const length = node.kind === 'string' ? node.value.length : 0
      const message = `${quote(name)} ${issue.message}, not ${length}: a longer one would be cut. Put it into a file.`
      return diagnostic('too-long', message, sourceOffsets(body, node)(limit))
    }
    case 'invalid_format':
      return name === 'jobId'
        ? diagnostic('invalid-job-id', `"jobId" ${issue.message}: small letters, digits and hyphens, at most 80.`)
        : diagnostic(
            node.kind === 'string' && node.value.trim() !== '' ? 'wrong-value' : 'empty-string',
            `${quote(name)} ${issue.message}.`,
          )
    case 'invalid_value':
      return wrongValue(issue.values.map(String))
    case 'invalid_union':
      return wrongValue(checkTypes)
    default:
      return diagnostic('wrong-value', `${quote(name)}: ${issue.message}.`)
  }

  function wrongValue(options: readonly string[]): Diagnostic {
    const meant = node?.kind === 'string' ? nearestName(node.value, options) : undefined
    const code = node?.kind === 'string' ? 'wrong-value' : 'wrong-type'
    const message = `${quote(name)} must be ${options.map(quote).join(' or ')}, not ${is}.`
    const guess = node?.kind === 'string' && meant ? guessUnlessSame(node.value, meant) : {}
    return diagnostic(code, message, node?.start, meant && quote(meant), guess)
  }
}

/** The node a path leads to, and the last object on the way; `name` is the key that leads there. */
function locate(
  root: JsonObject,
  path: readonly PropertyKey[],
): { owner: Place; node: JsonNode | undefined; name: string } {
  let node: JsonNode | undefined = root
  let owner: Place = { object: root, key: undefined }
  let name = 'action'
  let key: JsonNode | undefined
  for (const step of path) {
    if (node?.kind === 'object') {
      owner = { object: node, key }
      name = String(step)
      const property = propertyOf(node, name)
      key = property && { kind: 'null', ...property.key }
      node = property?.value
    } else if (node?.kind === 'list') node = node.items[Number(step)]
  }
  return { owner, node, name }
}
interface Place {
  readonly object: JsonObject
  readonly key: JsonNode | undefined
}

/** What to underline for something that is not there: the type of its owner, the key that leads to it, or its brace. */
function anchorOf({ object, key }: Place): { start: number; end: number } {
  const range = propertyOf(object, 'type')?.value ?? key ?? { start: object.start, end: object.start + 1 }
  return { start: range.start, end: range.end }
}

function describe(node: JsonNode): string {
  switch (node.kind) {
    case 'string':
      return `the text ${quote(node.value)}`
    case 'number':
    case 'boolean':
      return String(node.value)
    case 'null':
      return 'null'
    case 'list':
      return 'a list'
    case 'object':
      return 'an object'
  }
}

/** What was surely meant, in the type that is wanted. */
function retyped(node: JsonNode, expected: string): string | undefined {
  if (node.kind !== 'string') {
    const isScalar = node.kind === 'number' || node.kind === 'boolean'
    return expected === 'string' && isScalar ? JSON.stringify(String(node.value)) : undefined
  }
  const text = node.value.trim()
  const pattern = { number: /^(?:0|[1-9]\d{0,9})$/, boolean: /^(?:true|false)$/ }
  return Object.hasOwn(pattern, expected) && pattern[expected as keyof typeof pattern].test(text) ? text : undefined
}
