// Which build of Relay Jobs this is.

/** `<version>+<digest of the sources>`, put in by the bundler; from sources (tests) it is `0.0.0+source`. */
export const build: string = typeof __BUILD__ === 'string' ? __BUILD__ : '0.0.0+source'

declare const __BUILD__: string | undefined

/** A build, and when its file was made (ms since the epoch). */
export interface Build {
  readonly build: string
  readonly builtAtMs: number
}

/**
 * Whether `ours` should take over from `theirs`: always from an older version, never from a newer one, and within one
 * version from another build that was made before (somebody is developing).
 */
export function supersedes(ours: Build, theirs: Build): boolean {
  const [a, b] = [versionNumbers(ours.build), versionNumbers(theirs.build)]
  for (const [index, number] of a.entries()) {
    const other = b[index] ?? 0
    if (number !== other) return number > other
  }
  return ours.build !== theirs.build && ours.builtAtMs > theirs.builtAtMs
}

function versionNumbers(text: string): number[] {
  return (text.split('+')[0] ?? '').split('.').map((part) => Number.parseInt(part, 10) || 0)
}
