// What the texts of an action say, whatever their shape: placeholders left in, characters a reader cannot see, paths
// that lead out of the workspace. Each is shown at the exact characters of the source.
import { checkCommand } from './checkCommand'
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
  alertOn: 'label',
}

// A zero-width joiner inside an emoji and the emoji variation selector are what people write.
const invisible =
  /(?![\n\t\uFE0F])(?!(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F])\u200D(?=\p{Extended_Pictographic}))[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu
/** Taking these away leaves the text that a reader saw. */
const harmless = /^[\u00AD\u200B-\u200D\u2060\uFEFF\p{Zs}]$/u
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
      const title = `${newText ? 'Replace' : 'Remove'} ${codePointName(char)}`
      // What turns the direction of the letters around it makes them look like another text.
      const fix = { title, ...range, newText, ...(!harmless.test(char) && { isGuess: true as const }) }
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
  if (role === 'command') {
    for (const { start, end, fix, ...finding } of checkCommand(value)) {
      if (findings.isFull) return
      const moved = fix && { ...fix, ...rangeOf(fix.start, fix.end) }
      findings.add({ ...finding, severity: 'hint', ...rangeOf(start, end), ...(moved && { fix: moved }) })
    }
  }
  if (name !== 'requireFiles' && name !== 'path') return
  const range = rangeOf(0, value.length)
  if (escapesUpwards(value)) {
    const isRequired = name === 'requireFiles'
    const message = isRequired
      ? '"requireFiles" leads out of the workspace. Name a file inside it.'
      : 'This check looks outside the workspace. Name a path inside it if you can.'
    const severity = isRequired ? 'error' : 'hint'
    findings.add({ code: 'path-outside-workspace', severity, message, ...range })
  } else if (/^(?:[/~]|[A-Za-z]:[\\/])/.test(value)) {
    const message = value.startsWith('~')
      ? `"${name}" is no shell: ~ is not the home folder here. Write a path inside the workspace.`
      : `"${name}" names an absolute path, which must lie in the workspace and fits no other machine. Write it from the workspace on.`
    findings.add({ code: 'path-absolute', severity: 'hint', message, ...range })
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
