// Which files and programs a drafted job names that nobody has told its author about. It finds guesses, not attacks: a
// shell can hide any name, and the person reads the whole command before a start.
import type { JobStart } from '../blocks/schema'

/** What the author of a draft was told. */
export interface Told {
  /** The words of the person and the texts that they attached. */
  readonly texts: readonly string[]
  /** Paths of files and folders in the workspace, relative to it. */
  readonly files: readonly string[]
}

const builtins = words(
  'cd echo printf set export unset exec time env nice nohup test true false exit wait sleep source .',
)
const keywords = words('if then else elif fi for in do done while until case esac ! [ [[ {')
/** Whose first operand is a program again. */
const wrappers = words('exec time env nice nohup xargs if then elif else do while until ! {')
/** Programs that go without saying once such a file is there. */
const impliedBy: readonly (readonly [programs: ReadonlySet<string>, file: RegExp])[] = [
  [words('python python3'), /\.py$/],
  [words('bash sh'), /\.sh$/],
  [words('node'), /\.[cm]?[jt]s$/],
  [words('Rscript'), /\.R$/],
  [words('julia'), /\.jl$/],
  [words('make'), /(^|\/)Makefile$/],
  [words('npm npx yarn pnpm'), /(^|\/)package\.json$/],
  [words('cargo'), /(^|\/)Cargo\.toml$/],
  [words('go'), /(^|\/)go\.mod$/],
]

/** The names in `action` that come from nowhere, in order, each once. */
export function findUntoldNames(action: JobStart, told: Told): readonly string[] {
  const known = new Known(told)
  const { preflight, watch } = action
  const shell = 'command' in action ? [action.command] : [action.supervisor.smokeCmd, action.supervisor.fullCmd]
  const checked = (preflight?.checks ?? []).flatMap((check) => {
    if (check.type === 'cmd_exit_zero') return untoldInShell(check.cmd, known)
    return check.path === undefined || check.path === '.' ? [] : untoldPaths([check.path], known)
  })
  // In prose only what ends like a file is a path: "loss/accuracy" is not.
  const prose = namesIn(watch?.thenTask ?? '').filter((name) => looksLikeFile(name) && !/^\w\.\w$/.test(name))
  return [
    ...new Set([
      ...shell.flatMap((command) => untoldInShell(command, known)),
      ...checked,
      ...untoldPaths([...(watch?.requireFiles ?? []), ...prose], known),
    ]),
  ]
}

class Known {
  private readonly names: ReadonlySet<string>

  constructor({ texts, files }: Told) {
    const paths = files.flatMap((file) => [file, ...ancestors(file)])
    this.names = new Set([...texts.flatMap(namesIn), ...paths].map(normalize))
  }

  /** Told as it is, or a told name in a told folder. */
  hasPath(path: string): boolean {
    const name = normalize(path)
    if (['', '.', '..', '/dev/null'].includes(name) || this.names.has(name)) return true
    const cut = name.lastIndexOf('/')
    if (cut <= 0 || !this.hasPath(name.slice(0, cut))) return false
    const base = name.slice(cut + 1)
    return this.names.has(base) || base.includes('*')
  }

  hasProgram(name: string): boolean {
    if (builtins.has(name) || keywords.has(name) || this.hasPath(name)) return true
    return impliedBy.some(([programs, file]) => programs.has(name) && [...this.names].some((told) => file.test(told)))
  }
}

function untoldInShell(command: string, known: Known): readonly string[] {
  const programs: string[] = []
  for (const simple of command.replace(/["']/g, ' ').split(/[;|&\n(){}`]+/)) {
    const parts = simple.split(/\s+/).filter((word) => word !== '' && !/^\w+=/.test(word))
    parts.forEach((word, index) => {
      const before = parts[index - 1]
      const isHead = before === undefined || wrappers.has(before)
      const isModule = before === '-m' || before === '-c'
      if ((isHead || isModule) && /^[\w./~-]*[A-Za-z]/.test(word) && !word.startsWith('-')) programs.push(word)
    })
  }
  const untold = programs.filter((name) => !known.hasProgram(name))
  const paths = namesIn(command).filter((name) => name.includes('/') || looksLikeFile(name))
  return [...untold, ...untoldPaths(paths, known)]
}

function untoldPaths(paths: readonly string[], known: Known): readonly string[] {
  return paths.filter((path) => !known.hasPath(path))
}

/** Words of prose or of a shell line, without quotes, brackets and the punctuation behind them. */
function namesIn(text: string): readonly string[] {
  return text
    .split(/[\s"'`“”‘’()[\]{}<>|&;,=:]+/)
    .map((word) => word.replace(/[.!?]+$/, (end) => (word === end ? word : '')))
    .filter((word) => word !== '')
}

/** `train.py`, `metrics.json`; not `0.3` or `v1.2`. */
function looksLikeFile(name: string): boolean {
  return /^[\w./~-]*[A-Za-z_][\w-]*\.[A-Za-z][A-Za-z0-9]{0,5}$/.test(name)
}

function normalize(name: string): string {
  return name.replace(/^(\.\/)+/, '').replace(/(?<=.)\/+$/, '')
}

function ancestors(file: string): readonly string[] {
  const parts = file.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '))
}
