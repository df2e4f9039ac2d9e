// Success criteria in free text: met by a line of the output that holds the text, or by the claim of an agent that quotes the
// line which shows it. They are never evidence alone.
import { shorten } from '../jobs/jobWords'
import { plainLabel } from '../logs/plainText'
import type { MetCriterion } from './stepRunState'

const maxLineChars = 2_000
const shownChars = 160

/** Takes lines of an output, one after the other, and says which criteria they have met. */
export class CriteriaFinder {
  private readonly wanted: { readonly criterion: string; readonly plain: string }[]
  private readonly found: MetCriterion[] = []

  constructor(criteria: readonly string[]) {
    this.wanted = criteria.map((criterion) => ({ criterion, plain: plain(criterion) }))
  }

  /** Nothing is left to look for. */
  get isDone(): boolean {
    return this.wanted.length === 0
  }

  get met(): readonly MetCriterion[] {
    return this.found
  }

  take(line: string): void {
    if (this.wanted.length === 0) return
    const text = plain(line.slice(0, maxLineChars))
    for (const one of [...this.wanted]) {
      if (one.plain === '' || !text.includes(one.plain)) continue
      this.wanted.splice(this.wanted.indexOf(one), 1)
      this.found.push({ criterion: one.criterion, line: shown(line) })
    }
  }
}

/** What an agent's answer claims: a line with the criterion, and behind it, or quoted below it, a line of output. */
export function readClaims(answer: string, criteria: readonly string[]): readonly MetCriterion[] {
  const lines = answer.split('\n')
  return criteria.flatMap((criterion) => {
    const wanted = plain(criterion)
    for (const [at, line] of lines.entries()) {
      const index = wanted === '' ? -1 : plain(line.slice(0, maxLineChars)).indexOf(wanted)
      if (index < 0) continue
      const quoted = quotedBehind(line, criterion) ?? quotedBelow(lines.slice(at + 1, at + 4))
      // Whoever says that it is not so may well quote the line that shows that.
      if (quoted !== null && !isDenied(plain(line.slice(0, maxLineChars)), wanted, plain(quoted)))
        return [{ criterion, line: shown(quoted) }]
    }
    return []
  })
}

const denial =
  /(?:^|[^\p{L}])(?:not|no|never|none|cannot|nothing|\w+n['’]t|fail(?:s|ed|ure)?|unable|unmet|missing|without|false|pending)(?=$|[^\p{L}])|[✗✘❌×]|\[ \]/u

/** Whether the words around the criterion and the quote say that it is not met. */
function isDenied(line: string, criterion: string, quoted: string): boolean {
  return denial.test(line.replace(criterion, ' ').replace(quoted, ' '))
}

function quotedBehind(line: string, criterion: string): string | null {
  const lower = line.toLowerCase()
  const words = criterion.trim().split(/\s+/)
  const last = words.at(-1)?.replace(/[.!:]+$/, '') ?? ''
  // Where it stands first: what is quoted may hold it, too.
  const whole = lower.indexOf(criterion.trim().toLowerCase())
  const at = whole >= 0 ? whole + criterion.trim().length : lower.indexOf(last.toLowerCase()) + last.length
  const behind = line.slice(at)
  return /["“`«]([^"“”`«»]{3,})["”`»]/.exec(behind)?.[1] ?? null
}

function quotedBelow(lines: readonly string[]): string | null {
  const next = lines.find((line) => line.trim() !== '' && !line.trim().startsWith('```'))
  const isFenced = lines.some((line) => line.trim().startsWith('```'))
  if (next === undefined) return null
  const quote = /^\s*>\s*(\S.{2,})$/.exec(next)?.[1]
  return quote ?? (isFenced && next.trim().length > 2 ? next.trim() : null)
}

function shown(line: string): string {
  return shorten(plainLabel(line.trim(), maxLineChars), shownChars)
}

function plain(text: string): string {
  return text
    .replace(/[\s*_`]+/g, ' ')
    .trim()
    .replace(/[.!]+$/, '')
    .toLowerCase()
}
