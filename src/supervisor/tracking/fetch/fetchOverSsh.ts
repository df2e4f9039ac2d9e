// Result files of a job on a host that is reached by ssh, copied into a folder of ours. An earlier try may have brought a part of them.
import { chooseFiles, type ListedFile, readGlobs } from '../../../core/tracking/chooseFiles'
import type { FetchPlan } from '../../../core/tracking/fetchPlan'
import { isPassing, RelayError } from '../../../core/relayError'
import { Cluster } from '../../../store/backends/cluster'
import { problemOfRun, type Ran } from '../../../store/backends/runProgram'
import { failed, type Fetched, isKept, keep } from './fetched'
import { parseCopy, parseList, renderCopy, renderList } from './remoteFolder'

export interface SshWish {
  readonly fetch: Extract<FetchPlan, { from: 'ssh' }>
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

/** Rejects with RelayError for what is wrong with the disk here. */
export async function fetchOverSsh(wish: SshWish): Promise<Fetched> {
  const { fetch, folder, globs, sinceMs, target, env, signal } = wish
  const { host, directory } = fetch
  const cluster = new Cluster(host, env)
  const asked = await cluster.script(renderList(directory, folder), listWithinMs)
  const list = asked.kind === 'ended' ? parseList(asked.stdout) : null
  if (list === null) return failed(unreached(host, asked), asked.kind !== 'absent')
  if (list.kind === 'none') return failed(whyNone(list.why, fetch, folder), false)
  const { fits, problems } = readGlobs(globs)
  const { files, lost } = chooseFiles(
    list.files.filter(({ path }) => fits(path)),
    sinceMs,
  )
  const missing = [...problems, ...lost]
  if (list.odd > 0) missing.push(`Not fetched: ${list.odd} files on ${host} whose names are no UTF-8.`)
  if (list.isCut) missing.push(`${folder} on ${host} holds more files than can be looked through.`)
  let bytes = 0
  const open: ListedFile[] = []
  for (const file of files) {
    if (await isKept(target, file)) bytes += file.bytes
    else open.push(file)
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
      if (problem === null) bytes += got.length
      else missing.push(problem)
    }
    if (!copy.isWhole) return { ...failed(unreached(host, ran), true), problems: [unreached(host, ran), ...missing] }
  }
  const count = files.length - missing.length
  return { files: Math.max(0, count), bytes, complete: missing.length === 0, passing: false, problems: missing }
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
  return `The results on ${host} could not be fetched: ${problemOfRun('ssh', ran) ?? 'its answer was cut off'}.`
}

function whyNone(
  why: 'directory' | 'folder' | 'outside' | 'find',
  { host, directory }: Extract<FetchPlan, { from: 'ssh' }>,
  folder: string,
): string {
  switch (why) {
    case 'directory':
      return `Nothing was fetched: there is no ${directory} on ${host}.`
    case 'folder':
      return `Nothing was fetched: there is no ${folder} in ${directory} on ${host}.`
    case 'outside':
      return `Nothing was fetched: ${folder} leads out of ${directory} on ${host}.`
    case 'find':
      return `Nothing was fetched: the find of ${host} cannot list files as it is asked to (-printf).`
  }
}
