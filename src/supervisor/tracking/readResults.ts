// The files from which the results of an attempt are collected: found by globs below one folder, newer than the start, bounded in number and
// size, and never outside of the workspace. What cannot be read is said.
import fs from 'node:fs/promises'
import path from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { readGlob } from '../../core/followUps/globPattern'
import { renderTerminalLines } from '../../core/logs/terminalText'
import { fetchLimits, usualResults } from '../../core/tracking/chooseFiles'
import type { ResultText } from '../../core/tracking/collect'
import { lookPatiently, renderSilence } from '../jobs/patientLook'
import { cutCharacterBytes, openFile, problemOf, readRange } from '../../store/logs/openFile'

/** The same as for what is fetched from elsewhere. */
const { entries: maxEntries, depth: maxDepth, files: maxFiles, fileBytes: maxFileBytes, bytes: maxBytes } = fetchLimits

export interface ResultsWish {
  /** Absolute; what is outside of it is not read, links or not. */
  readonly within: string
  /** Absolute, inside of it; null: nothing is looked for. */
  readonly folder: string | null
  /** From that folder on; empty: everything that is named like results. */
  readonly globs: readonly string[]
  /** Further files, absolute. */
  readonly files: readonly string[]
  /** Older ones are of another run. Null: all count. */
  readonly sinceMs: number | null
}

export interface FoundResults {
  /** In the order in which they were written. */
  readonly texts: readonly ResultText[]
  readonly problems: readonly string[]
}

/** All of it together, on a disk that may not answer. */
const readWithinMs = 120_000

/** Never rejects for what a file system may do, and comes to an end. */
export async function readResults(wish: ResultsWish, limitMs = readWithinMs): Promise<FoundResults> {
  const answer = await lookPatiently(`results ${wish.within}`, async () => read(wish), limitMs)
  return answer.kind === 'answer'
    ? answer.value
    : { texts: [], problems: [`Results in ${wish.within} were not read: its disk ${renderSilence(limitMs)}.`] }
}

async function read({ within, folder, globs, files, sinceMs }: ResultsWish): Promise<FoundResults> {
  const problems: string[] = []
  const root = await fs.realpath(within).catch(() => null)
  if (root === null) return { texts: [], problems: [`Cannot read ${within}: there is no such folder.`] }
  const matchers = (globs.length === 0 ? usualResults : globs).flatMap((glob) => {
    const matcher = readGlob(glob)
    if (matcher === null) problems.push(`The pattern ${glob} cannot be used.`)
    return matcher === null ? [] : [matcher]
  })
  const found = folder === null ? [] : await walk(folder, matchers, problems)
  const seen = new Map<string, { readonly path: string; readonly real: string; readonly atMs: number }>()
  let older = 0
  for (const file of [...files, ...found]) {
    try {
      const real = await fs.realpath(file)
      const stat = await fs.stat(real)
      if (!stat.isFile() || seen.has(real)) continue
      if (!real.startsWith(root + path.sep))
        problems.push(`${shown(root, file)} leads out of the workspace, and was not read.`)
      // Clocks of file systems are a little behind.
      else if (sinceMs !== null && stat.mtimeMs < sinceMs - 2_000) older++
      else seen.set(real, { path: shown(root, real), real, atMs: stat.mtimeMs })
    } catch (error) {
      problems.push(problemOf(file, error).problem)
    }
  }
  if (older > 0) problems.push(`${older} file${older === 1 ? ' was' : 's were'} written before it began, and not read.`)
  const sorted = [...seen.values()].sort((a, b) => a.atMs - b.atMs || (a.path < b.path ? -1 : 1))
  if (sorted.length > maxFiles) problems.push(`Of ${sorted.length} files the newest ${maxFiles} were read.`)
  const texts: ResultText[] = []
  let bytes = 0
  for (const { path: name, real } of sorted.slice(-maxFiles)) {
    const end = await readEndOf(real)
    if ('problem' in end) problems.push(end.problem)
    else if (bytes + end.text.length > maxBytes) problems.push(`${name} was not read: there is too much.`)
    else {
      bytes += end.text.length
      texts.push({
        path: name,
        text: /\.(?:log|txt|out|err)$/i.test(name) ? renderTerminalLines(end.text).join('\n') : end.text,
      })
    }
  }
  return { texts, problems: problems.slice(0, 20) }
}

async function walk(
  folder: string,
  matchers: readonly ((relative: string) => boolean)[],
  problems: string[],
): Promise<readonly string[]> {
  const found: string[] = []
  let left = maxEntries
  const visit = async (directory: string, depth: number): Promise<void> => {
    let entries
    try {
      entries = await fs.readdir(directory, { withFileTypes: true })
    } catch (error) {
      problems.push(problemOf(directory, error).problem)
      return
    }
    for (const entry of entries) {
      if (left-- <= 0) return
      const file = path.join(directory, entry.name)
      if (entry.isDirectory() && entry.name !== '.git' && entry.name !== 'node_modules' && depth < maxDepth)
        await visit(file, depth + 1)
      else if ((entry.isFile() || entry.isSymbolicLink()) && matchers.some((fits) => fits(path.relative(folder, file))))
        found.push(file)
    }
  }
  await visit(folder, 0)
  if (left <= 0) problems.push(`${folder} holds more than ${maxEntries} entries: not all were looked at.`)
  return found
}

/** Of a large file the first line, which may name columns, and the end. */
async function readEndOf(file: string): Promise<{ text: string } | { problem: string }> {
  const opened = await openFile(file)
  if (opened.kind === 'problem') return { problem: opened.problem }
  const { handle, stats } = opened
  try {
    if (stats.size <= maxFileBytes) return { text: decode(await readRange(handle, 0, stats.size)) }
    if (/\.json$/i.test(file)) return { problem: `${path.basename(file)} was not read: it has ${stats.size} bytes.` }
    const head = decode(await readRange(handle, 0, 65_536)).split('\n', 1)[0] ?? ''
    const end = await readRange(handle, stats.size - maxFileBytes, stats.size)
    const text = decode(end.subarray(cutCharacterBytes(end)))
    return { text: `${head}\n${text.slice(text.indexOf('\n') + 1)}` }
  } catch (error) {
    return { problem: problemOf(file, error).problem }
  } finally {
    await handle.close()
  }
}

function decode(bytes: Buffer): string {
  return new StringDecoder('utf8').write(bytes)
}

function shown(root: string, file: string): string {
  const inside = path.relative(root, file)
  return inside === '' || inside.startsWith('..') ? file : inside
}
