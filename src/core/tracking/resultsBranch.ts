// Names of results branches, in an alphabet of our own: they stand in arguments, addresses and files.
import { redactSecrets } from '../logs/redactSecrets'

const maxNameChars = 60

/** `Two Moons: 12 hidden units` gives `two-moons-12-hidden-units`; what has nothing of our alphabet gives `experiment`. */
export function branchWord(experiment: string): string {
  const word = redactSecrets(experiment)
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, maxNameChars)
    .replace(/^-+|-+$/g, '')
  return word === '' ? 'experiment' : word
}

/** `date`: `YYYY-MM-DD`. */
export function branchName(experiment: string, date: string): string {
  return `results/${branchWord(experiment)}-${date}`
}

/** Whether a name is one of ours: whatever else is in a plan or a file is used for nothing. */
export function isBranchName(name: string): boolean {
  return /^results[/-][a-z0-9]+(?:-[a-z0-9]+)*$/.test(name) && name.length <= 120
}

const maxSuffix = 99

/**
 * The name itself, or the first with a number that nobody has; `taken` are names of branches, here and on the remote. Where a branch
 * `results` leaves no room for `results/…`, a dash takes the place of the slash. Null if there are too many.
 */
export function freeBranch(wanted: string, taken: readonly string[]): string | null {
  const lower = new Set(taken.map((name) => name.toLowerCase()))
  const base = lower.has('results') ? wanted.replace('/', '-') : wanted
  for (let number = 1; number <= maxSuffix; number++) {
    const name = number === 1 ? base : `${base}-${number}`
    const isFree = !lower.has(name) && ![...lower].some((one) => one.startsWith(`${name}/`))
    if (isFree) return name
  }
  return null
}
