// Collects what a follow-up is shown: a bounded sample of the log and the result files. Reads only, and never fails for
// what a file system may do: what could not be read is said in the data.
import type { FileHandle } from 'node:fs/promises'
import { opendir } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import type { Evidence, JobFacts, LogLine, LogSample, ResultFile } from '../../core/followUps/evidence'
import { renderTerminalLines } from '../../core/logs/terminalText'
import { cutCharacterBytes, openFile, problemOf, readRange } from '../../store/logs/openFile'

const mebibyte = 1024 * 1024
const headBytes = mebibyte
const tailBytes = 4 * mebibyte
/** Lines are counted through the middle of logs up to this size. */
const maxCountedBytes = 256 * mebibyte
const maxResultBytes = 4 * mebibyte
const maxResults = 32
const maxSiblingsLookedAt = 4_096

/**
 * The evidence of a finished job. `resultPaths` are relative to the job's directory or absolute; what lies next to them
 * or to the required files and is named like a result (`metrics.json`, `meta.json`, `results.json`, `train.log`, a
 * metrics `.jsonl`) is found here. Required files outside of the workspace are not read. At most 32 results of 4 MiB.
 */
export async function readEvidence(job: JobFacts, task: string, resultPaths: readonly string[]): Promise<Evidence> {
  const outside = new Set(
    job.requiredFiles.filter(({ state }) => state === 'outside').map(({ path }) => resolve(job.cwd, path)),
  )
  const named = [...resultPaths, ...job.requiredFiles.map(({ path }) => path)]
    .map((path) => resolve(job.cwd, path))
    .filter((path) => !outside.has(path))
  const found = new Set(named)
  for (const directory of new Set(named.map((path) => dirname(path)))) {
    for (const sibling of await findSiblings(directory)) found.add(sibling)
  }
  found.delete(resolve(job.cwd, job.logPath))
  const results: ResultFile[] = []
  for (const path of [...found].slice(0, maxResults)) results.push(await readResult(path, displayPath(job.cwd, path)))
  return { job, task, log: await sampleLog(job.logPath), results }
}

/** Relative to the job's directory for what is inside of it. */
function displayPath(cwd: string, path: string): string {
  const inside = relative(cwd, path)
  return inside === '' || inside.startsWith('..') ? path : inside
}

/** Regular files of a directory that are named like results, in the order of their names; links are not followed. */
async function findSiblings(directory: string): Promise<string[]> {
  const found: string[] = []
  try {
    let looked = 0
    for await (const entry of await opendir(directory)) {
      if (++looked > maxSiblingsLookedAt) break
      if (entry.isFile() && isResultName(entry.name)) found.push(join(directory, entry.name))
    }
  } catch (error) {
    // A directory that is missing or closed has no siblings; the files named in it say so themselves.
    problemOf(directory, error)
  }
  return found.sort()
}

function isResultName(name: string): boolean {
  return (
    ['metrics.json', 'meta.json', 'results.json', 'train.log'].includes(name) ||
    /(?:metric|result|history|train|eval).{0,60}\.jsonl$/i.test(name)
  )
}

async function readResult(path: string, shown: string): Promise<ResultFile> {
  if (!/\.(?:json|jsonl|ndjson|log|txt|out|err)$/i.test(basename(path)))
    return { kind: 'problem', path: shown, problem: 'Not read: it is neither JSON nor a log.' }
  const opened = await openFile(path)
  if (opened.kind === 'problem') return { kind: 'problem', path: shown, problem: opened.problem }
  const { handle, stats } = opened
  try {
    if (stats.size > maxResultBytes)
      return { kind: 'problem', path: shown, problem: `Not read: it has ${stats.size} bytes, more than 4 MiB.` }
    return { kind: 'text', path: shown, text: (await readRange(handle, 0, stats.size)).toString('utf8') }
  } catch (error) {
    return { kind: 'problem', path: shown, problem: problemOf(path, error).problem }
  } finally {
    await handle.close()
  }
}

/** The first MiB and the last 4 MiB of a log; a line cut by the border between read and unread is left out. */
async function sampleLog(path: string): Promise<LogSample> {
  const opened = await openFile(path)
  if (opened.kind === 'problem') return { path, bytes: 0, lines: [], omittedBytes: 0, problem: opened.problem }
  const { handle, stats } = opened
  const bytes = stats.size
  try {
    if (bytes <= headBytes + tailBytes) {
      const lines = numberLines(decode(await readRange(handle, 0, bytes)), 1)
      return { path, bytes, lines, omittedBytes: 0, problem: null }
    }
    const head = await readRange(handle, 0, headBytes)
    const headEnd = head.lastIndexOf(0x0a) + 1 || headBytes
    const tailStart = bytes - tailBytes
    const tail = await readRange(handle, tailStart, bytes)
    const newline = tail.indexOf(0x0a)
    const skipped = newline < 0 || newline === tail.length - 1 ? cutCharacterBytes(tail) : newline + 1
    const first = bytes > maxCountedBytes ? null : 1 + (await countLines(handle, 0, tailStart + skipped))
    const lines = [
      ...numberLines(decode(head.subarray(0, headEnd)), 1),
      ...numberLines(decode(tail.subarray(skipped)), first),
    ]
    return { path, bytes, lines, omittedBytes: tailStart + skipped - headEnd, problem: null }
  } catch (error) {
    return { path, bytes, lines: [], omittedBytes: bytes, problem: problemOf(path, error).problem }
  } finally {
    await handle.close()
  }
}

function decode(bytes: Buffer): string {
  return new StringDecoder('utf8').write(bytes)
}

function numberLines(text: string, first: number | null): LogLine[] {
  return renderTerminalLines(text).map((line, index) => ({ number: first === null ? null : first + index, text: line }))
}

async function countLines(handle: FileHandle, from: number, to: number): Promise<number> {
  let lines = 0
  for (let at = from; at < to;) {
    const block = await readRange(handle, at, Math.min(to, at + mebibyte))
    if (block.length === 0) break
    for (let newline = block.indexOf(0x0a); newline >= 0; newline = block.indexOf(0x0a, newline + 1)) lines++
    at += block.length
  }
  return lines
}
