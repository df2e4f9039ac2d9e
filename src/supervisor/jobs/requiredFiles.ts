// Looking at the files that a job promised: new since the start, not empty, no longer changing, and whole if JSON. They may
// lie on a disk that does not answer: nothing here waits for one without a limit.
import fs from 'node:fs/promises'
import path from 'node:path'
import type { FileFinding } from '../../core/jobs/fileFinding'
import { asRelayError, errorCode } from '../../store/durableFile'
import type { FilePrint } from '../../core/jobs/filePrint'
import { lookPatiently, renderSilence } from './patientLook'

type Print = FilePrint['print']

/** A file is stable when it looked the same this long before. */
const stableMs = 150
/** Clocks of file systems are coarse. */
const clockSlackMs = 100
/** JSON files above this are not parsed. */
const parseLimitBytes = 64 * 1024 * 1024

/**
 * What the files look like now, to be compared with later; null where one of them does not answer. `paths` are relative to
 * `cwd`.
 */
export async function printFiles(cwd: string, paths: readonly string[]): Promise<readonly FilePrint[] | null> {
  const prints = await Promise.all(
    paths.map(async (file) => {
      const absolute = path.resolve(cwd, file)
      const answer = await lookPatiently(`print ${absolute}`, () => lookAtFile(absolute))
      if (answer.kind === 'silent') return null
      return { path: file, print: answer.value.kind === 'file' ? answer.value.print : null }
    }),
  )
  const known = prints.filter((print) => print !== null)
  return known.length === prints.length ? known : null
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

  /** Never rejects, and is over soon. What does not answer is unreadable, and says so. */
  async look(): Promise<readonly FileFinding[]> {
    return Promise.all(
      this.paths.map(async (file) => {
        const answer = await lookPatiently(`look ${path.resolve(this.cwd, file)}`, () => this.lookAt(file))
        return answer.kind === 'silent'
          ? { path: file, state: 'unreadable' as const, detail: renderSilence() }
          : { path: file, ...answer.value }
      }),
    )
  }

  /** Where the files are or will be: absolute paths. */
  get absolutePaths(): readonly string[] {
    return this.paths.map((file) => path.resolve(this.cwd, file))
  }

  private async lookAt(file: string): Promise<Omit<FileFinding, 'path'>> {
    const absolute = path.resolve(this.cwd, file)
    const look = await lookAtFile(absolute)
    if (look.kind === 'missing') return { state: 'missing', detail: 'not there' }
    if (look.kind === 'unreadable') return { state: 'unreadable', detail: look.why }
    const { print } = look
    if (!(await isInside(absolute, [this.folder, this.cwd])))
      return { state: 'outside', detail: 'outside of the workspace' }
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

async function checkContent(file: string, size: number): Promise<Omit<FileFinding, 'path'>> {
  const ready = { state: 'ready', detail: `${size} bytes` } as const
  if (!file.endsWith('.json')) return ready
  if (size > parseLimitBytes) return { state: 'ready', detail: `${size} bytes, too large to be parsed` }
  try {
    JSON.parse(await fs.readFile(file, 'utf8'))
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

/** Never rejects: a mount that is gone is a finding about a file, and must not keep the job from its end. */
async function lookAtFile(file: string): Promise<Look> {
  try {
    const stat = await fs.stat(file)
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

async function isInside(file: string, folders: readonly string[]): Promise<boolean> {
  const real = await realPath(file)
  for (const folder of folders) {
    const relative = path.relative(await realPath(folder), real)
    if (relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative)) return true
  }
  return false
}

async function realPath(file: string): Promise<string> {
  try {
    return await fs.realpath(file)
  } catch {
    return file // Gone in this moment: the next look finds it missing.
  }
}
