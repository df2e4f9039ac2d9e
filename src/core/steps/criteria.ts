// Success criteria in free text: met by a line of the output that holds the text, or by the claim of an agent that quotes the
// line which shows it, if that line is found where the agent did not write it. They are never evidence alone.
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

/** What an agent says that it has seen, which is nothing before it was found. */
export interface Claim {
  readonly criterion: string
  /** As it is quoted. */
  readonly quote: string
  /** What may be names of files in which it stands, as they are written beside it. */
  readonly files: readonly string[]
}

/** What an agent's answer claims: a line with the criterion, and behind it, or quoted below it, a line of output. */
export function readClaims(answer: string, criteria: readonly string[]): readonly Claim[] {
  const lines = answer.split('\n')
  return criteria.flatMap((criterion) => {
    const wanted = plain(criterion)
    for (const [at, line] of lines.entries()) {
      const index = wanted === '' ? -1 : plain(line.slice(0, maxLineChars)).indexOf(wanted)
      if (index < 0) continue
      const quoted = quotedBehind(line, criterion) ?? quotedBelow(lines.slice(at + 1, at + 4))
      // Whoever says that it is not so may well quote the line that shows that.
      if (quoted !== null && !isDenied(plain(line.slice(0, maxLineChars)), wanted, plain(quoted)))
        return [{ criterion, quote: quoted, files: filesNamed([line, ...lines.slice(at + 1, at + 4)]) }]
    }
    return []
  })
}

export function metBy({ criterion, quote }: Claim): MetCriterion {
  return { criterion, line: shown(quote) }
}

/** Takes lines of what an agent was told, one after the other, and says which quotes stand in them. */
export class QuoteFinder {
  private readonly wanted: { readonly claim: Claim; readonly plain: string; readonly isCut: boolean }[]
  private readonly all: readonly Claim[]

  constructor(claims: readonly Claim[]) {
    this.all = claims
    this.wanted = claims.map((claim) => {
      const text = claim.quote.trim().replace(/(?:…|\.\.\.)$/, '')
      return { claim, plain: plain(text), isCut: text !== claim.quote.trim() }
    })
  }

  get isDone(): boolean {
    return this.wanted.length === 0
  }

  get open(): readonly Claim[] {
    return this.wanted.map(({ claim }) => claim)
  }

  get found(): readonly Claim[] {
    return this.all.filter((claim) => !this.open.includes(claim))
  }

  take(line: string): void {
    if (this.wanted.length === 0) return
    const text = plain(line.slice(0, maxToldChars))
    for (const one of [...this.wanted])
      if (hasWords(text, one.plain, one.isCut)) this.wanted.splice(this.wanted.indexOf(one), 1)
  }
}

/** Lines that a tool gave back may be those of whole files. */
const maxToldChars = 64 * 1024

/** Whether the words are there as such: `12` is not in `0.123`. `isCut`: the last of them may go on. */
function hasWords(text: string, words: string, isCut: boolean): boolean {
  if (words === '') return false
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) {
    const end = at + words.length
    const goesOnBefore = isWordChar(words[0]) && isWordChar(text[at - 1])
    const goesOnBehind = !isCut && isWordChar(words.at(-1)) && isWordChar(text[end])
    if (!goesOnBefore && !goesOnBehind) return true
  }
  return false
}

function isWordChar(sign: string | undefined): boolean {
  return sign !== undefined && /[\p{L}\p{N}]/u.test(sign)
}

const maxFiles = 8

/** Words with a dot or a slash in them, without what stands around them. */
function filesNamed(lines: readonly string[]): readonly string[] {
  const words = lines.flatMap((line) => line.slice(0, maxLineChars).split(/[\s"“”`'()[\]<>«»]+/))
  const names = words
    .map((word) => word.replace(/^[*_]+|[*_.,:;]+$/g, ''))
    .filter((word) => /[\w-][./][\w-]/.test(word))
  return [...new Set(names)].slice(0, maxFiles)
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
