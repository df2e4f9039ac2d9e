// Result files of a job on a host that is reached by ssh, or on this machine where it ran outside of the workspace, copied into a folder of
// ours. An earlier try may have brought a part of them.
import { chooseFiles, type ListedFile, readGlobs } from '../../../core/tracking/chooseFiles'
import { isPassing, RelayError } from '../../../core/relayError'
import { Cluster } from '../../../store/backends/cluster'
import { problemOfRun, type Ran } from '../../../store/backends/runProgram'
import { failed, type Fetched, isKept, keep } from './fetched'
import { parseCopy, parseList, renderCopy, renderList, type RemoteList, type WhyNone } from './remoteFolder'

export interface There {
  /** Null: this machine. */
  readonly host: string | null
  /** Absolute; no link leads out of it. */
  readonly directory: string
}

export interface SshWish {
  readonly fetch: There
  /** From the directory of the plan on. */
  readonly folder: string
  readonly globs: readonly string[]
  /** By the clock of that host. */
  readonly sinceMs: number | null
  /** The folder that gets them. */
  readonly target: string
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

const listWithinMs = 60_000
const copyWithinMs = 300_000
/** Of one answer. */
const batch = { bytes: 16 * 1024 * 1024, files: 50 }
const maxLinksTold = 5

/** Rejects with RelayError for what is wrong with the disk here. */
export async function fetchOverSsh(wish: SshWish): Promise<Fetched> {
  const { fetch, folder, globs, sinceMs, target, env, signal } = wish
  const { directory } = fetch
  const host = fetch.host ?? 'this machine'
  const cluster = new Cluster(fetch.host, env)
  const asked = await cluster.script(renderList(directory, folder), listWithinMs)
  const list = asked.kind === 'ended' ? parseList(asked.stdout) : null
  if (list === null) return failed(unreached(host, asked), asked.kind !== 'absent')
  if (list.kind === 'none') return failed(whyNone(list.why, fetch, folder), false)
  const { fits, problems } = readGlobs(globs)
  const { files, lost } = chooseFiles(eachOnce(list.files.filter(({ path }) => fits(path))), sinceMs)
  const links = tellLinks(list, fits, directory)
  const missing = [...problems, ...lost, ...links.missing]
  if (list.odd > 0) missing.push(`Not fetched: ${list.odd} files on ${host} whose names are no UTF-8.`)
  if (list.isCut) missing.push(`${folder} on ${host} holds more files than can be looked through.`)
  let bytes = 0
  let count = 0
  const open: ListedFile[] = []
  for (const file of files) {
    if (await isKept(target, file)) {
      bytes += file.bytes
      count++
    } else open.push(file)
  }
  for (const part of inBatches(open)) {
    signal.throwIfAborted()
    const ran = await cluster.script(renderCopy(directory, folder, part), copyWithinMs)
    const copy = parseCopy(ran.kind === 'ended' ? ran.stdout : '')
    for (const [index, file] of part.entries()) {
      const got = copy.files.get(index)
      if (got === null) missing.push(`${file.path} cannot be read on ${host}.`)
      if (got === null || got === undefined) continue
      const problem = await keepOne(target, file, got)
      if (problem === null) {
        bytes += got.length
        count++
      } else missing.push(problem)
    }
    if (!copy.isWhole) return { ...failed(unreached(host, ran), true), problems: [unreached(host, ran), ...missing] }
  }
  return { files: count, bytes, complete: missing.length === 0, passing: false, problems: [...missing, ...links.notes] }
}

/** What a link and its own name lead to comes once. */
function eachOnce(files: readonly ListedFile[]): readonly ListedFile[] {
  const known = new Map<string, ListedFile>()
  for (const file of [...files].sort((a, b) => Number(a.from !== undefined) - Number(b.from !== undefined))) {
    const key = file.from ?? `./${file.path}`
    if (!known.has(key)) known.set(key, file)
  }
  return [...known.values()]
}

/** Links that are not followed. Of one to a folder nobody can say whether it leads to results: it is told, and nothing waits for it. */
function tellLinks(
  { links }: Extract<RemoteList, { kind: 'list' }>,
  fits: (name: string) => boolean,
  directory: string,
): { readonly missing: readonly string[]; readonly notes: readonly string[] } {
  const files = links.filter(({ path, why }) => why !== 'folder' && fits(path))
  const missing = files
    .slice(0, maxLinksTold)
    .map(({ path, why }) =>
      why === 'broken'
        ? `${path} was not fetched: it is a link that leads nowhere.`
        : `${path} was not fetched: it is a link that leads out of ${directory}.`,
    )
  const more = files.length - missing.length
  if (more > 0) missing.push(`${more} more links were not fetched.`)
  const notes = links
    .filter(({ why }) => why === 'folder')
    .slice(0, maxLinksTold)
    .map(({ path }) => `${path} was not looked through: it is a link to another folder.`)
  return { missing, notes }
}

/** Why it could not be put here. Rejects with what passes, such as a full disk. */
async function keepOne(target: string, file: ListedFile, bytes: Buffer): Promise<string | null> {
  try {
    await keep(target, file, bytes)
    return null
  } catch (error) {
    if (!(error instanceof RelayError) || isPassing(error)) throw error
    return error.message
  }
}

function* inBatches(files: readonly ListedFile[]): Generator<readonly ListedFile[]> {
  let part: ListedFile[] = []
  let bytes = 0
  for (const file of files) {
    if (part.length > 0 && (part.length === batch.files || bytes + file.bytes > batch.bytes)) {
      yield part
      part = []
      bytes = 0
    }
    part.push(file)
    bytes += file.bytes
  }
  if (part.length > 0) yield part
}

function unreached(host: string, ran: Ran): string {
  const program = host === 'this machine' ? 'sh' : 'ssh'
  return `The results on ${host} could not be fetched: ${problemOfRun(program, ran) ?? 'its answer was cut off'}.`
}

function whyNone(why: WhyNone, { host: named, directory }: There, folder: string): string {
  const host = named ?? 'this machine'
  switch (why) {
    case 'directory':
      return `Nothing was fetched: there is no ${directory} on ${host}.`
    case 'folder':
      return `Nothing was fetched: there is no ${folder} in ${directory} on ${host}.`
    case 'outside':
      return `Nothing was fetched: ${folder} leads out of ${directory} on ${host}.`
    case 'stat':
      return `Nothing was fetched: ${host} has no stat that tells how large a file is.`
    case 'base64':
      return `Nothing was fetched: ${host} has neither base64 nor openssl.`
  }
}
