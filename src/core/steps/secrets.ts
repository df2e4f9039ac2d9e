// Commands that print a secret, or a part of one: what a check prints goes into a log, and from there into other hands.
import { simpleCommands, type SimpleCommand } from '../blocks/shellWords'

export interface PrintedSecret {
  /** The variable, or what else would be printed. */
  readonly name: string
  /** Offsets in the command. */
  readonly start: number
  readonly end: number
  /** A whole command that checks the same and prints nothing; null if there is none that can be named. */
  readonly instead: string | null
}

const secretName = /(?:^|_)(?:API_?KEY|KEY|TOKEN|SECRETS?|PASS(?:WORD|WD|PHRASE)?|CREDENTIALS?|PAT|AUTH)(?:_|$)/i
const variable = /\$\{?(\w+)/g
/** What leaves nothing of what it reads. */
const swallows: Readonly<Record<string, RegExp>> = {
  wc: /^/,
  grep: /(?:^|\s)-\w*[qc]|--quiet|--count/,
  md5sum: /^/,
  sha1sum: /^/,
  sha256sum: /^/,
}
const intoNowhere = />\s*\/dev\/null|>&-/

/** The first place where `command` prints a secret; null if it does not, as far as can be seen from its words. */
export function findPrintedSecret(command: string): PrintedSecret | null {
  const simple = simpleCommands(command)
  for (const [at, one] of simple.entries()) {
    const name = printedBy(one)
    if (name === null || isSwallowed(simple, at, command)) continue
    const isWhole = one.start === command.search(/\S/) && simple.slice(1).every(({ before }) => before === '|')
    const instead = isWhole && /^\w+$/.test(name) ? `test -n "$${name}"` : null
    return { name, start: one.start, end: one.end, instead }
  }
  return null
}

/** What is kept of an output: nothing, if the command prints a secret, of which no shape can be told once it is cut. */
export function keptOutput(command: string, output: string): string {
  const printed = findPrintedSecret(command)
  return printed === null || output === '' ? output : `[not kept: it prints ${printed.name}]`
}

function printedBy({ words }: SimpleCommand): string | null {
  const [{ text: program }, ...rest] = words
  const args = rest.map(({ text }) => text)
  switch (program.split('/').at(-1)) {
    case 'echo':
    case 'printf':
      for (const arg of args)
        for (const { 1: name = '', index } of arg.matchAll(variable)) {
          // `${#X}` is a length, and `${X:+set}` a word of ours.
          const after = arg.slice(index)
          if (secretName.test(name) && !/^\$\{\w+:?\+/.test(after)) return name
        }
      return null
    case 'printenv':
      return args.length === 0 ? 'the whole environment' : (args.find((arg) => secretName.test(arg)) ?? null)
    case 'cat':
    case 'head':
    case 'tail':
    case 'less':
      return (
        args.find((arg) => /(?:^|\/)(?:\.env(?:\.\w+)?|\.netrc|id_(?:rsa|ed25519|ecdsa)|credentials)$/.test(arg)) ??
        null
      )
    case 'python':
    case 'python3': {
      const code = args[args.indexOf('-c') + 1] ?? ''
      const found = /print\([^)]*(?:environ(?:\.get)?|getenv)\s*[[(]\s*['"]?(\w+)/.exec(code)?.[1]
      return args.includes('-c') && found !== undefined && secretName.test(found) ? found : null
    }
    default:
      return null
  }
}

function isSwallowed(all: readonly SimpleCommand[], at: number, command: string): boolean {
  for (let index = at; index < all.length; index++) {
    const one = all[index]
    if (one === undefined) return false
    if (intoNowhere.test(command.slice(one.end, one.afterStart))) return true
    const [{ text: program }, ...args] = one.words
    const pattern = index > at && Object.hasOwn(swallows, program) ? swallows[program] : undefined
    if (pattern?.test(args.map(({ text }) => text).join(' ')) === true) return true
    if (one.after !== '|' && one.after !== '|&') return false
  }
  return false
}
