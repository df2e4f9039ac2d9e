// `key=value` words, as a person types them behind the name of a template.
import { nearestName } from '../blocks/nearestName'
import type { ParamValue } from './registryRecord'

/** What relay itself fills in. */
export const reservedNames = ['run_id', 'run_dir', 'out_dir'] as const

const namePattern = /^[A-Za-z_][\w.-]{0,63}$/
const maxValueChars = 4_000

export interface KeyValues {
  readonly values: Readonly<Record<string, string>>
  /** What is wrong, a sentence each; with one of them nothing should be started. */
  readonly problems: readonly string[]
}

/** Reads the words; `known` are the names that have a meaning here. A value may be empty, and may hold any `=`. */
export function parseKeyValues(words: readonly string[], known: readonly string[]): KeyValues {
  const values: Record<string, string> = {}
  const problems: string[] = []
  for (const word of words) {
    const at = word.indexOf('=')
    const name = at < 0 ? word : word.slice(0, at)
    const value = at < 0 ? '' : word.slice(at + 1)
    const shown = JSON.stringify(word.slice(0, 60))
    if (at < 0) problems.push(`${shown} is no key=value: write ${namePattern.test(name) ? `${name}=…` : 'name=value'}.`)
    else if (!namePattern.test(name))
      problems.push(`${shown}: a name has letters, digits, "_", "-" and ".", no blanks.`)
    else if (reservedNames.some((one) => one === name)) problems.push(`${name} is filled in by relay: leave it out.`)
    else if (Object.hasOwn(values, name)) problems.push(`${name} is given twice: say it once.`)
    else if (!known.includes(name)) problems.push(unknownName(name, known))
    else if (/[\0\r\n]/.test(value) || value.length > maxValueChars)
      problems.push(`The value of ${name} must be one line of at most ${maxValueChars} characters.`)
    else values[name] = value
  }
  return { values, problems }
}

function unknownName(name: string, known: readonly string[]): string {
  const meant = nearestName(name, known)
  const others = known.filter((one) => !reservedNames.some((reserved) => reserved === one))
  const list = others.length === 0 ? 'It has none.' : `Known: ${others.join(', ')}.`
  return `The template has no ${name}. ${meant === undefined ? list : `Was ${meant} meant?`}`
}

/** A value as it is recorded: a number or a truth value where it is written as one, else the text. */
export function typedParam(text: string): ParamValue {
  if (text === 'true' || text === 'false') return text === 'true'
  // `007` and `+1` are names rather than numbers, and a number that is not kept whole is none.
  const value = Number(text)
  const isWritten = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text)
  const isKept =
    Number.isFinite(value) && !Object.is(value, -0) && (Number.isSafeInteger(value) || !/^-?\d+$/.test(text))
  return isWritten && isKept ? value : text
}
