// What the texts of an action say, whatever their shape: placeholders left in, characters a reader cannot see, paths
// that lead out of the workspace. Each is shown at the exact characters of the source.
import type { Findings } from './findings'
import type { JsonNode } from './jsonTree'
import { codePointName } from './jsonString'
import { findPlaceholders } from './placeholder'
import { sourceOffsets } from './sourceOffsets'

type Role = 'command' | 'path' | 'task' | 'label'
const roles: Readonly<Record<string, Role>> = {
  command: 'command',
  cmd: 'command',
  smokeCmd: 'command',
  fullCmd: 'command',
  path: 'path',
  requireFiles: 'path',
  smokeRequiredFiles: 'path',
  fullRequiredFiles: 'path',
  stateFile: 'path',
  smokeRunDir: 'path',
  gateOut: 'path',
  gateErr: 'path',
  cwd: 'path',
  projectRoot: 'path',
  runId: 'path',
  thenTask: 'task',
  text: 'task',
  description: 'label',
  thenTaskDescription: 'label',
  expectStatus: 'label',
}

// A zero-width joiner inside an emoji and the emoji variation selector are what people write.
const invisible =
  /(?![\n\t\uFE0F])(?!(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F])\u200D(?=\p{Extended_Pictographic}))[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu
/** In a command or path they look like a blank and are none. */
const oddBlanks = /(?! )\p{Zs}/gu

export function checkTexts(node: JsonNode, body: string, findings: Findings, name = ''): void {
  if (node.kind === 'object') {
    for (const property of node.properties) checkTexts(property.value, body, findings, property.name)
  }
  if (node.kind === 'list') for (const item of node.items) checkTexts(item, body, findings, name)
  const role = Object.hasOwn(roles, name) ? roles[name] : undefined
  if (node.kind !== 'string' || !role) return

  const { value } = node
  const offset = sourceOffsets(body, node)
  const rangeOf = (start: number, end: number) => ({ start: offset(start), end: offset(end) })
  const reportCharacters = (pattern: RegExp, newText: string, advice: string) => {
    for (const { 0: char, index } of value.matchAll(pattern)) {
      if (findings.isFull) return
      const range = rangeOf(index, index + char.length)
      const message = `"${name}" contains ${codePointName(char)}, which a reader cannot tell apart. ${advice}`
      const fix = { title: `${newText ? 'Replace' : 'Remove'} ${codePointName(char)}`, ...range, newText }
      findings.add({ code: 'invisible-character', severity: 'error', message, ...range, fix })
    }
  }
  reportCharacters(invisible, '', 'Remove it.')
  if (role === 'command' || role === 'path') reportCharacters(oddBlanks, ' ', 'Write a plain blank.')

  if (role !== 'label') {
    for (const { start, end } of findPlaceholders(value)) {
      if (findings.isFull) return
      const message = `The placeholder ${value.slice(start, end)} in "${name}" was not filled in. Write what goes there.`
      findings.add({ code: 'placeholder-left', severity: 'error', message, ...rangeOf(start, end) })
    }
  }
  if ((name === 'requireFiles' || name === 'path') && escapesUpwards(value)) {
    const isRequired = name === 'requireFiles'
    const message = isRequired
      ? '"requireFiles" leads out of the workspace. Name a file inside it.'
      : 'This check looks outside the workspace. Name a path inside it if you can.'
    const severity = isRequired ? 'error' : 'warning'
    findings.add({ code: 'path-outside-workspace', severity, message, ...rangeOf(0, value.length) })
  }
}

/** Judged by its letters alone: absolute paths are left to those who know the folder. */
function escapesUpwards(path: string): boolean {
  if (path.startsWith('/')) return false
  let depth = 0
  for (const part of path.split('/')) {
    if (part === '..') depth--
    else if (part !== '' && part !== '.') depth++
    if (depth < 0) return true
  }
  return false
}
