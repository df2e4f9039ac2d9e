// Result files of a workflow run: its artifacts, got with the person's own gh, and what fits the patterns put into a folder of ours.
import fs from 'node:fs/promises'
import path from 'node:path'
import * as z from 'zod'
import { repositorySchema } from '../../../core/backends/backendPlan'
import type { GithubHandle } from '../../../core/jobs/handle'
import { chooseFiles, fetchLimits, isPathInside, type ListedFile, readGlobs } from '../../../core/tracking/chooseFiles'
import { judgeGh } from '../../../core/tracking/ghProblem'
import { RelayError } from '../../../core/relayError'
import { makeDirectory } from '../../../store/durableFile'
import { askGh, ghEnvironment, readGhJson } from '../../../store/tracking/askGh'
import { callProgram } from '../../../store/tracking/callProgram'
import { failed, type Fetched, placeOf } from './fetched'

export interface ArtifactsWish {
  readonly run: GithubHandle
  /** What a path may begin with, for it is the folder of results; null: nothing is said. */
  readonly folder: string | null
  readonly globs: readonly string[]
  readonly target: string
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

const artifactsSchema = z.object({
  artifacts: z.array(z.object({ name: z.string(), size_in_bytes: z.number(), expired: z.boolean() })),
})

const maxArtifacts = 50
/** What is unpacked of one; more is no result, and may be a trap. */
const maxUnpackedBytes = 512 * 1024 * 1024
const downloadWithinMs = 300_000

/** Rejects with RelayError for what is wrong with the disk or gh here. */
export async function fetchArtifacts(wish: ArtifactsWish): Promise<Fetched> {
  const { run, folder, globs, target, env, signal } = wish
  const what = `The artifacts of run ${run.runId} could not be fetched`
  const { repo, runId, host } = run
  const words = ['api', `repos/${repositorySchema.parse(repo)}/actions/runs/${runId}/artifacts?per_page=100`]
  const asked = await askGh(what, host === undefined ? words : [...words, '--hostname', host], {
    cwd: '/',
    env,
    signal,
  })
  if (asked.kind === 'problem') return failed(asked.problem.sentence, asked.problem.isPassing)
  const read = readGhJson(what, asked.text, artifactsSchema)
  if ('problem' in read) return failed(read.problem.sentence, read.problem.isPassing)
  const { artifacts } = read.value
  if (artifacts.length === 0)
    return { ...failed(`Nothing was fetched: run ${runId} has left no artifacts.`, false), isEmpty: true }
  const { fits, problems } = readGlobs(globs)
  const missing = [...problems]
  if (artifacts.length > maxArtifacts)
    missing.push(`Of ${artifacts.length} artifacts the first ${maxArtifacts} were fetched.`)
  const scratch = `${target}.part`
  const found: (ListedFile & { readonly at: string })[] = []
  let left = fetchLimits.bytes
  try {
    for (const [index, { name, size_in_bytes: size, expired }] of artifacts.slice(0, maxArtifacts).entries()) {
      signal.throwIfAborted()
      if (expired || size > left) {
        missing.push(
          expired
            ? `The artifact ${name} is not there any more: GitHub keeps it for a while only.`
            : `The artifact ${name} was not fetched: it has ${size} bytes, and all together are more than ${fetchLimits.bytes / 1024 / 1024} MB.`,
        )
        continue
      }
      left -= size
      const at = path.join(scratch, String(index))
      await fs.rm(at, { recursive: true, force: true })
      makeDirectory(at)
      const problem = await download(run, name, at, wish)
      if (problem?.isPassing === true) return failed(problem.sentence, true)
      if (problem !== null) {
        missing.push(problem.sentence)
        continue
      }
      const folderName = isPathInside(name) && !name.includes('/') ? name : `artifact-${index + 1}`
      const { files } = await listFiles(at)
      for (const file of files) {
        const inside = folder !== null && file.path.startsWith(`${folder}/`) ? file.path.slice(folder.length + 1) : null
        const names = [file.path, `${folderName}/${file.path}`, ...(inside === null ? [] : [inside])]
        if (fits(...names)) found.push({ ...file, path: `${folderName}/${file.path}`, at: path.join(at, file.path) })
      }
    }
    const { files, lost } = chooseFiles(found, null)
    for (const file of files) {
      const from = found.find((one) => one.path === file.path)?.at
      if (from !== undefined) await put(from, placeOf(target, file.path))
    }
    const problemsOfAll = [...missing, ...lost]
    return {
      files: files.length,
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      complete: problemsOfAll.length === 0,
      passing: false,
      problems: problemsOfAll,
    }
  } finally {
    await fs.rm(scratch, { recursive: true, force: true })
  }
}

/** Null: it is there. What is unpacked is measured on the way. */
async function download(
  { repo, runId, host }: GithubHandle,
  name: string,
  at: string,
  { env, signal }: ArtifactsWish,
): Promise<{ readonly sentence: string; readonly isPassing: boolean } | null> {
  const what = `The artifact ${name} could not be fetched`
  const where = host === undefined ? repo : `${host}/${repo}`
  const stop = new AbortController()
  const watch = setInterval(() => {
    void listFiles(at).then(({ bytes, isCut }) => {
      if (isCut || bytes > maxUnpackedBytes) stop.abort()
    })
  }, 250)
  try {
    const { exitCode, stderr } = await callProgram(
      'gh',
      ['run', 'download', runId, `--repo=${where}`, `--name=${name}`, `--dir=${at}`],
      { cwd: '/', env: ghEnvironment(env), signal: AbortSignal.any([signal, stop.signal]), limitMs: downloadWithinMs },
    )
    if (exitCode === 0) return null
    const { sentence, isPassing } = judgeGh(what, exitCode, stderr, host)
    return { sentence, isPassing }
  } catch (error) {
    signal.throwIfAborted()
    if (stop.signal.aborted)
      return { sentence: `${what}: unpacked it has more than ${maxUnpackedBytes / 1024 / 1024} MB.`, isPassing: false }
    if (error instanceof RelayError && error.code === 'slow')
      return { sentence: `${what}: ${error.message}`, isPassing: true }
    throw error
  } finally {
    clearInterval(watch)
  }
}

interface Unpacked {
  readonly files: readonly ListedFile[]
  readonly bytes: number
  readonly isCut: boolean
}

/** Files alone: what else an archive may hold is passed over. Never rejects. */
async function listFiles(folder: string): Promise<Unpacked> {
  const files: ListedFile[] = []
  let bytes = 0
  let left = fetchLimits.entries
  const visit = async (at: string, depth: number): Promise<void> => {
    const entries = await fs.readdir(path.join(folder, at), { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      if (left-- <= 0) return
      const file = at === '' ? entry.name : `${at}/${entry.name}`
      if (entry.isDirectory() && depth < fetchLimits.depth) await visit(file, depth + 1)
      if (!entry.isFile()) continue
      const stat = await fs.lstat(path.join(folder, file)).catch(() => null)
      if (stat?.isFile() !== true) continue
      bytes += stat.size
      files.push({ path: file, bytes: stat.size, atMs: stat.mtimeMs })
    }
  }
  await visit('', 0)
  return { files, bytes, isCut: left <= 0 }
}

/** What is there from an earlier try is replaced. */
async function put(from: string, to: string): Promise<void> {
  makeDirectory(path.dirname(to))
  const handle = await fs.open(from, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
  await fs.rename(from, to)
}
