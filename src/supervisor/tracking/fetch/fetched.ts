// What became of fetching the files of an attempt, and how one is put into the folder that is ours: whole or not at all, under a name that
// was looked at.
import fs from 'node:fs/promises'
import path from 'node:path'
import { isPathInside, type ListedFile } from '../../../core/tracking/chooseFiles'
import { RelayError } from '../../../core/relayError'
import { makeDirectory, writeDurably } from '../../../store/durableFile'

export interface Fetched {
  readonly files: number
  readonly bytes: number
  /** Whether nothing that was looked for is missing here. */
  readonly complete: boolean
  /** Trying again may help. */
  readonly passing: boolean
  /** Which are missing, and why: a sentence each, and at least one where it is not complete. */
  readonly problems: readonly string[]
  /** There was nothing that could be fetched. */
  readonly isEmpty?: true
}

export const nothing: Fetched = { files: 0, bytes: 0, complete: true, passing: false, problems: [] }

export function failed(problem: string, passing: boolean): Fetched {
  return { ...nothing, complete: false, passing, problems: [problem] }
}

/** Where it belongs below `target`. Throws RelayError for a name that would lead out of it. */
export function placeOf(target: string, file: string): string {
  if (!isPathInside(file)) throw new RelayError('bad_name', 'A name of a result file leads out of its folder.')
  return path.join(target, file)
}

/** Nothing in `target` but this makes anything there, so no link is on the way. Throws RelayError. */
export async function keep(target: string, { path: name, atMs }: ListedFile, bytes: Buffer): Promise<void> {
  const place = placeOf(target, name)
  makeDirectory(path.dirname(place))
  writeDurably(place, bytes)
  await fs.utimes(place, atMs / 1000, atMs / 1000)
}

/** An earlier try has fetched it. */
export async function isKept(target: string, { path: name, atMs }: ListedFile): Promise<boolean> {
  const stat = await fs.lstat(placeOf(target, name)).catch(() => null)
  return stat?.isFile() === true && Math.abs(stat.mtimeMs - atMs) < 2
}
