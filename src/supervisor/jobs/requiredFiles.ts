// Looking at the files that a job promised: new since the start, not empty, no longer changing, and whole if JSON.
import fs from 'node:fs'
import path from 'node:path'
import type { FileFinding } from '../../core/jobs/fileFinding'
import { asRelayError, errorCode } from '../../store/durableFile'
import type { FilePrint } from '../../core/jobs/filePrint'

type Print = FilePrint['print']

/** A file is stable when it looked the same this long before. */
const stableMs = 150
/** Clocks of file systems are coarse. */
const clockSlackMs = 100
/** JSON files above this are not parsed. */
const parseLimitBytes = 64 * 1024 * 1024

/** What the files look like now, to be compared with later. `paths` are relative to `cwd`. */
export function printFiles(cwd: string, paths: readonly string[]): readonly FilePrint[] {
  return paths.map((file) => {
    const look = lookAtFile(path.resolve(cwd, file))
    return { path: file, print: look.kind === 'file' ? look.print : null }
  })
}

/** Watches over the required files of one attempt; keeps what it saw before, to tell a stable file from a growing one. */
export class RequiredFiles {
  private readonly seen = new Map<string, { print: Print; sinceMs: number }>()

  constructor(
    private readonly cwd: string,
    /** Files must lie in this folder, symlinks resolved. */
    private readonly folder: string,
    /** What they were like before the start, as far as they were required then. */
    private readonly before: readonly FilePrint[],
    private readonly paths: readonly string[],
    /** In wall time; null: unknown. */
    private readonly startedAtMs: number | null = null,
  ) {}

  look(): readonly FileFinding[] {
    return this.paths.map((file) => ({ path: file, ...this.lookAt(file) }))
  }

  /** Where the files are or will be: absolute paths. */
  get absolutePaths(): readonly string[] {
    return this.paths.map((file) => path.resolve(this.cwd, file))
  }

  private lookAt(file: string): Omit<FileFinding, 'path'> {
    const absolute = path.resolve(this.cwd, file)
    const look = lookAtFile(absolute)
    if (look.kind === 'missing') return { state: 'missing', detail: 'not there' }
    if (look.kind === 'unreadable') return { state: 'unreadable', detail: look.why }
    const { print } = look
    if (!isInside(absolute, [this.folder, this.cwd])) return { state: 'outside', detail: 'outside of the workspace' }
    if (this.isOld(file, print)) return { state: 'unchanged', detail: 'not written since the start' }
    if (print.size === 0) return { state: 'empty', detail: 'empty' }

    const last = this.seen.get(absolute)
    if (last === undefined || !samePrint(last.print, print)) {
      this.seen.set(absolute, { print, sinceMs: performance.now() })
      return { state: 'growing', detail: 'still being written' }
    }
    if (performance.now() - last.sinceMs < stableMs) return { state: 'growing', detail: 'still being written' }
    return checkContent(absolute, print.size)
  }

  private isOld(file: string, print: NonNullable<Print>): boolean {
    const known = this.before.find((one) => one.path === file)
    if (known !== undefined) return samePrint(print, known.print)
    // It was not required at the start, and nobody looked then.
    return this.startedAtMs !== null && print.mtimeMs < this.startedAtMs - clockSlackMs
  }
}

function checkContent(file: string, size: number): Omit<FileFinding, 'path'> {
  const ready = { state: 'ready', detail: `${size} bytes` } as const
  if (!file.endsWith('.json')) return ready
  if (size > parseLimitBytes) return { state: 'ready', detail: `${size} bytes, too large to be parsed` }
  try {
    JSON.parse(fs.readFileSync(file, 'utf8'))
    return ready
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return error instanceof SyntaxError
      ? { state: 'invalid_json', detail: `not valid JSON: ${why}` }
      : { state: 'unreadable', detail: why }
  }
}

type Look =
  | { readonly kind: 'file'; readonly print: NonNullable<Print> }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly why: string }

/** Never throws: a mount that is gone is a finding about a file, and must not keep the job from its end. */
function lookAtFile(file: string): Look {
  try {
    const stat = fs.statSync(file)
    if (!stat.isFile()) return { kind: 'unreadable', why: stat.isDirectory() ? 'a directory' : 'not a file' }
    return { kind: 'file', print: { size: stat.size, mtimeMs: stat.mtimeMs, inode: stat.ino } }
  } catch (error) {
    const isMissing = ['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')
    return isMissing ? { kind: 'missing' } : { kind: 'unreadable', why: asRelayError(error, 'look at', file).message }
  }
}

function samePrint(a: Print, b: Print): boolean {
  return a?.size === b?.size && a?.mtimeMs === b?.mtimeMs && a?.inode === b?.inode
}

function isInside(file: string, folders: readonly string[]): boolean {
  const real = realPath(file)
  return folders.some((folder) => {
    const relative = path.relative(realPath(folder), real)
    return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative)
  })
}

function realPath(file: string): string {
  try {
    return fs.realpathSync(file)
  } catch {
    return file // Gone in this moment: the next look finds it missing.
  }
}
