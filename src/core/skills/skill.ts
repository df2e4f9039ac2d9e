// A skill as agents read it: Markdown with front matter. What ships in media/skills is read by this, and nothing else.
import { RelayError } from '../relayError'

export interface Skill {
  readonly name: string
  readonly description: string
  /** The whole file; its lines end with `\n`. */
  readonly text: string
  /** What follows the front matter, without the blank line that parts the two. */
  readonly body: string
}

const form = /^---\n([\s\S]*?)\n---\n\n*([\s\S]*)$/
/** The letters that every agent takes for a name. It becomes a directory. */
const nameForm = /^[a-z0-9]+(?:-[a-z0-9]+)*$/

/** Throws RelayError if the text is no skill: front matter with a name and a description, each on one line. */
export function parseSkill(text: string): Skill {
  const lines = text.replace(/\r\n/g, '\n')
  const [, head = '', body = ''] = form.exec(lines) ?? []
  const field = (key: string) => new RegExp(`^${key}:[ \\t]*(.+)$`, 'm').exec(head)?.[1]?.trim() ?? ''
  const name = field('name')
  const description = field('description')
  if (!nameForm.test(name) || name.length > 64 || description === '' || body.trim() === '')
    throw new RelayError('not_a_skill', 'This is no skill: it needs a name, a description and a text.')
  return { name, description, text: lines, body }
}
