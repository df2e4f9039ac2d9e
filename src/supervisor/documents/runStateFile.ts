// Writes the state file that a block has asked for into the workspace. A file of that name that is none is left as it is.
import fs from 'node:fs/promises'
import path from 'node:path'
import type { Job } from '../../core/jobs/job'
import { tellRunState } from '../../core/jobs/runState'
import { isPassing, RelayError } from '../../core/relayError'
import { asRelayError, errorCode } from '../../store/durableFile'
import { lookPatiently, renderSilence } from '../jobs/patientLook'

/** A state file is a few KB. */
const maxBytes = 256 * 1024

/** What is being written, by file: what is asked for later is written later. */
const writing = new Map<string, Promise<unknown>>()

/** Writes what is known of the job now; a second time does no harm. Throws RelayError for trouble that may pass. */
export async function writeRunState(job: Job): Promise<{ path: string; problem: string | null }> {
  const { cwd, runState } = job.spec.plan
  const file = path.resolve(cwd, runState?.file ?? '')
  const state = tellRunState(job)
  if (state === null) return { path: file, problem: null }
  const before = writing.get(file) ?? Promise.resolve()
  const write = before
    .catch(() => undefined)
    .then(() => writeOnce(file, job.spec.folder, `${JSON.stringify(state, null, 2)}\n`))
  writing.set(file, write)
  try {
    return { path: file, problem: await write }
  } finally {
    if (writing.get(file) === write) writing.delete(file)
  }
}

/** Null, or why it was not written. */
async function writeOnce(file: string, folder: string, text: string): Promise<string | null> {
  const notWritten = (why: string) => `The state file ${file} was not written: ${why}.`
  try {
    const answer = await lookPatiently(`write ${file}`, () => replace(file, folder, text))
    if (answer.kind === 'silent') throw new RelayError('io', notWritten(`its place ${renderSilence()}`))
    return null
  } catch (error) {
    if (error instanceof RelayError && isPassing(error)) throw error
    return error instanceof RelayError ? notWritten(error.message.replace(/\.$/, '')) : notWritten(String(error))
  }
}

async function replace(file: string, folder: string, text: string): Promise<void> {
  const directory = path.dirname(file)
  try {
    // Before anything is made: a link may have been put there since the start.
    const relative = path.relative(await fs.realpath(folder), await realPlace(directory))
    if (relative.startsWith('..') || path.isAbsolute(relative))
      throw new RelayError('outside', `it would lie outside of ${folder}`)
    await fs.mkdir(directory, { recursive: true })
    await assertOurs(file)
    const temporary = path.join(directory, `.${path.basename(file)}.${process.pid}.tmp`)
    try {
      await fs.writeFile(temporary, text)
      await fs.rename(temporary, file)
    } catch (error) {
      await fs.rm(temporary, { force: true })
      throw error
    }
  } catch (error) {
    throw error instanceof RelayError ? error : asRelayError(error, 'write', file)
  }
}

/** Where a directory is, or will be once it is made. */
async function realPlace(directory: string): Promise<string> {
  try {
    return await fs.realpath(directory)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || path.dirname(directory) === directory) throw error
    return path.join(await realPlace(path.dirname(directory)), path.basename(directory))
  }
}

/** What somebody else keeps under this name is not replaced. */
async function assertOurs(file: string): Promise<void> {
  let text: string
  try {
    const stat = await fs.lstat(file)
    if (!stat.isFile() || stat.size > maxBytes) throw new RelayError('not_ours', 'there is something else of that name')
    text = await fs.readFile(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return
    throw error
  }
  if (text.trim() === '') return
  try {
    const known: unknown = JSON.parse(text)
    if (typeof known === 'object' && known !== null && 'run_id' in known && 'phases' in known) return
  } catch {
    // No JSON.
  }
  throw new RelayError('not_ours', 'there is another file of that name, which is kept')
}
