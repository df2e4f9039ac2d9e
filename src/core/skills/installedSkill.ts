// What is to be written where a skill is installed. A text that we have written carries its own digest, so that one that
// a person has changed is told from one that is merely old; only the latter is ever replaced.
import type { SkillForm } from './agents'
import type { Skill } from './skill'

/** A digest of a text: lowercase hexadecimal. */
export type Digest = (text: string) => string

/** `text` is the whole new text of the file; null: the file goes. Nothing but our own part of it is different. */
export type SkillChange =
  /** It is as it is to be. */
  | { readonly kind: 'same' }
  /** `was`: whether a text of ours was there before, as this or another version wrote it. */
  | { readonly kind: 'write'; readonly was: 'absent' | 'ours'; readonly text: string | null }
  /** A person's text stands there. `text` is what the file would be with ours instead; null: that cannot be told. */
  | { readonly kind: 'edited'; readonly why: string; readonly text: string | null }

/** The change that installs `skill` in a file with this text; null: there is no file. */
export function planInstall(before: string | null, skill: Skill, form: SkillForm, digest: Digest): SkillChange {
  const old = before ?? ''
  const wanted = withLineEnds(render(skill, form, digest), lineEndOf(old))
  const part = findPart(old, skill, form, digest)
  switch (part.kind) {
    case 'absent':
      return { kind: 'write', was: 'absent', text: form === 'file' ? wanted : append(old, wanted) }
    case 'theirs':
      return { kind: 'edited', why: part.why, text: part.place && splice(old, part.place, wanted) }
    case 'ours':
      return part.isCurrent ? { kind: 'same' } : { kind: 'write', was: 'ours', text: splice(old, part.place, wanted) }
  }
}

/** The change that takes `skill` out of a file with this text. */
export function planRemoval(before: string | null, skill: Skill, form: SkillForm, digest: Digest): SkillChange {
  const old = before ?? ''
  const part = findPart(old, skill, form, digest)
  switch (part.kind) {
    case 'absent':
      return { kind: 'same' }
    case 'theirs':
      return { kind: 'edited', why: part.why, text: part.place && splice(old, part.place, '') }
    case 'ours': {
      // With the blank line that was put before it.
      const head = old.slice(0, part.place.start).replace(/(\r?\n)\r?\n$/, '$1')
      const rest = head + old.slice(part.place.end)
      return { kind: 'write', was: 'ours', text: rest.trim() === '' ? null : rest }
    }
  }
}

interface Place {
  readonly start: number
  readonly end: number
}

type Part =
  | { readonly kind: 'absent' }
  | { readonly kind: 'ours'; readonly isCurrent: boolean; readonly place: Place }
  | { readonly kind: 'theirs'; readonly why: string; readonly place: Place | null }

function findPart(text: string, skill: Skill, form: SkillForm, digest: Digest): Part {
  return form === 'file' ? findFile(text, skill, digest) : findSection(text, skill, digest)
}

function findFile(text: string, skill: Skill, digest: Digest): Part {
  const place = { start: 0, end: text.length }
  const lines = toLf(text)
  if (lines.trim() === '') return { kind: 'absent' }
  if (lines === skill.text) return { kind: 'ours', isCurrent: true, place } // Copied by hand.
  const [, content, mark] = /^([\s\S]*)\n<!-- relay skill \S+ ([0-9a-f]{16}) -->\n?$/.exec(lines) ?? []
  if (content === undefined || mark === undefined) return { kind: 'theirs', why: 'It was not written by relay.', place }
  if (mark !== shorten(digest(content))) return { kind: 'theirs', why: 'It was edited since relay wrote it.', place }
  return { kind: 'ours', isCurrent: content === skill.text, place }
}

function findSection(text: string, skill: Skill, digest: Digest): Part {
  const begins = [...text.matchAll(marker('begin', skill.name, '(?: ([0-9a-f]{16}))?'))]
  const ends = [...text.matchAll(marker('end', skill.name, ''))]
  const [begin] = begins
  const [end] = ends
  if (begin === undefined && end === undefined) return { kind: 'absent' }
  if (begin === undefined || end === undefined || begins.length > 1 || ends.length > 1 || end.index < begin.index)
    return { kind: 'theirs', why: 'Its markers of this skill are not one begin and one end.', place: null }

  const place = { start: begin.index, end: end.index + end[0].length }
  const content = toLf(text.slice(begin.index + begin[0].length, end.index))
  if (begin[1] !== shorten(digest(content)))
    return { kind: 'theirs', why: 'Its section was edited since relay wrote it.', place }
  return { kind: 'ours', isCurrent: content === sectionOf(skill), place }
}

/** A line of its own, with its end. */
function marker(which: 'begin' | 'end', name: string, more: string): RegExp {
  return new RegExp(`^<!-- relay skill ${which} ${name}${more} -->[ \\t]*(?:\\r?\\n|$(?![\\s\\S]))`, 'gm')
}

function render(skill: Skill, form: SkillForm, digest: Digest): string {
  if (form === 'file') return `${skill.text}\n<!-- relay skill ${skill.name} ${shorten(digest(skill.text))} -->\n`
  const content = sectionOf(skill)
  const begin = `<!-- relay skill begin ${skill.name} ${shorten(digest(content))} -->`
  return `${begin}\n${content}<!-- relay skill end ${skill.name} -->\n`
}

/** The body below a heading of its own: one level deeper, outside of code. Without front matter it must say when it is meant. */
function sectionOf({ body, name, description }: Skill): string {
  let inCode = false
  const deeper = body.replace(/^(```|#+ ).*$/gm, (line) => {
    if (line.startsWith('```')) inCode = !inCode
    return inCode || line.startsWith('```') ? line : `#${line}`
  })
  const [, heading = '', rest = ''] = /^(## .*\n)([\s\S]*)$/.exec(deeper) ?? ['', `## ${name}\n`, deeper]
  return `${heading}\nSkill \`${name}\`. ${description}\n${rest}`
}

function append(text: string, part: string): string {
  const lineEnd = lineEndOf(text)
  if (text === '') return part
  return text + (text.endsWith('\n') ? lineEnd : lineEnd + lineEnd) + part
}

function splice(text: string, { start, end }: Place, part: string): string {
  return text.slice(0, start) + part + text.slice(end)
}

const shorten = (digest: string) => digest.slice(0, 16)
const toLf = (text: string) => text.replace(/\r\n/g, '\n')

/** That of the first line; `\n` if there is none. */
function lineEndOf(text: string): '\n' | '\r\n' {
  const end = text.indexOf('\n')
  return end > 0 && text[end - 1] === '\r' ? '\r\n' : '\n'
}

function withLineEnds(text: string, lineEnd: '\n' | '\r\n'): string {
  return lineEnd === '\n' ? text : text.replace(/\n/g, lineEnd)
}
