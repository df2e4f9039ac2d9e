// Whether an attempt that is moved into the worktree of a fix would run what was fixed, and not the person's own files beside it.
import type { Plan } from '../jobs/plan'

/** Absolute places that a command names, those of the home folder with them; what a shell would only find out is not among them. */
export function placesIn(text: string, home: string | null): readonly string[] {
  const places = new Set<string>()
  for (const match of text.matchAll(/(?<![\w.@%+~:/}*-])(?:~|\$HOME|\$\{HOME\})?\/[^\s'"`;|&<>()$:,=*?[\]{}]*/g)) {
    const place = match[0].replace(/^(?:~|\$HOME|\$\{HOME\})(?=\/)/, home ?? '')
    if (place.startsWith('/')) places.add(place.length > 1 ? place.replace(/\/+$/, '') : place)
  }
  return [...places].slice(0, 200)
}

export interface Sight {
  /** The workspace folder, real. */
  readonly folder: string
  /** What is linked into the worktree, from the folder on: there it is the same, whoever names it. */
  readonly links: readonly string[]
  /** Where a place leads; the place itself where it leads nowhere. */
  readonly realOf: (place: string) => string
  readonly home: string | null
}

/** A sentence for whoever reads what became of the fix; null: it runs what was fixed. */
export function whyUnfixed({ work, cwd }: Plan, { folder, links, realOf, home }: Sight): string | null {
  const here = folder.replace(/\/+$/, '')
  const linked = links.map((link) => `${here}/${link.replace(/^\.\//, '').replace(/\/+$/, '')}`)
  const isIn = (place: string, of: string) => place === of || place.startsWith(`${of}/`)
  const isSame = (place: string) => linked.some((link) => isIn(place, link))
  const byHand = 'the fix is on the results branch, to be taken by a person.'
  if (!isIn(cwd, here)) return `It runs in ${cwd}, outside of the workspace folder, where nothing is fixed: ${byHand}`
  if (isSame(cwd)) return `It runs in ${cwd}, which is linked and not copied, so nothing is fixed there: ${byHand}`
  const text = work.kind === 'command' ? work.command : ''
  const named = [...namesOf(text, here), ...placesIn(text, home)].find((place) => {
    const real = realOf(place)
    return [place, real].some((one) => isIn(one, here) && !isSame(one)) && !isSame(place)
  })
  return named === undefined
    ? null
    : `Its command names ${named} itself, so it would run without the fix, in your folder: ${byHand}`
}

/** Wherever the folder itself is written, whatever is around it: its name may have a blank. */
function namesOf(text: string, folder: string): readonly string[] {
  const parts = text.split(folder)
  return parts.slice(1).flatMap((rest, index) => {
    const before = parts[index] ?? ''
    // Another folder may begin or end with its name; an option has its value right after its letter.
    if (/^[\w.-]/.test(rest) || (/[\w.@%+~}-]$/.test(before) && !/(?:^|\s)-[A-Za-z]$/.test(before))) return []
    return [`${folder}${/^\/[^\s'"`;|&<>()]*/.exec(rest)?.[0] ?? ''}`.replace(/\/+$/, '')]
  })
}
