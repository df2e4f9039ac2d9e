// Taking requests: one file at a time, each either carried out durably and then removed, or refused with a reason.
import fs from 'node:fs'
import path from 'node:path'
import * as z from 'zod'
import { isPassing, RelayError } from '../core/relayError'
import { jobIdSchema, type JobId } from '../core/jobs/jobId'
import { readIfExists, writeDurably } from '../store/durableFile'
import { type Rejection, type Request, requestSchema } from '../store/request'
import { SameRunningError } from '../store/jobs/sameJobs'
import type { StateFolder } from '../store/stateFolder'
import type { Logger } from './logger'

export interface InboxHandlers {
  /** Carries a request out, durably. A RelayError refuses it; trouble that passes leaves it for later. */
  take(request: Request): void
  /** Nothing more is to be taken. */
  isClosed(): boolean
  /** A wrapper says that its job has ended. */
  ring(jobId: JobId): void
}

/** Looks through the inbox once. True if something was left for later. */
export function readInbox(state: StateFolder, handlers: InboxHandlers, log: Logger): boolean {
  let left = false
  for (const { name } of listFiles(state.inbox)) {
    if (handlers.isClosed()) break
    const file = path.join(state.inbox, name)
    try {
      if (name.endsWith('.ended')) takeBell(file, handlers)
      else if (name.endsWith('.json')) left = !takeFile(state, file, handlers, log) || left
    } catch (error) {
      // A bug, or something odd in the inbox: it must not keep the others waiting.
      log(`${name} was put off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      left = true
    }
  }
  return left
}

/** What may be ours, a hand-over first. Nobody who follows the rules puts anything else here, and it is left alone. */
function listFiles(directory: string): fs.Dirent[] {
  const entries = fs.readdirSync(directory, { withFileTypes: true })
  const isOurs = (entry: fs.Dirent) => entry.isFile() && /^[a-z0-9-]{1,80}\.(json|ended)$/.test(entry.name)
  return entries.filter(isOurs).sort((a, b) => rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : 1))
}

function rank(name: string): number {
  return name.startsWith('hand-over-') ? 0 : 1
}

function takeBell(file: string, handlers: InboxHandlers): void {
  const id = jobIdSchema.safeParse(path.basename(file, '.ended'))
  if (id.success) handlers.ring(id.data)
  fs.rmSync(file, { force: true })
}

/** False if the request has to wait. */
function takeFile(state: StateFolder, file: string, handlers: InboxHandlers, log: Logger): boolean {
  const id = path.basename(file, '.json')
  try {
    const request = parseRequest(file)
    if (request.id !== id) throw new RelayError('bad_request', `The request ${file} says that it is ${request.id}.`)
    handlers.take(request)
  } catch (error) {
    if (!(error instanceof RelayError)) throw error
    log(`request ${id} was ${isPassing(error) ? 'put off' : 'refused'}: ${error.message}`)
    if (isPassing(error)) return false
    const { code, message } = error
    refuse(
      state,
      id,
      file,
      error instanceof SameRunningError ? { code, message, running: error.running } : { code, message },
    )
    return true
  }
  fs.rmSync(file, { force: true })
  return true
}

function parseRequest(file: string): Request {
  const text = readIfExists(file) ?? ''
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new RelayError('bad_request', `Cannot read the request ${file}: ${why}`)
  }
  const parsed = requestSchema.safeParse(value)
  if (parsed.success) return parsed.data
  // From a newer version: it lies here until that one takes over.
  if (z.looseObject({ v: z.number().min(2) }).safeParse(value).success)
    throw new RelayError('io', `The request ${file} was written by a newer version of Relay Jobs.`)
  const issue = parsed.error.issues[0]
  const where = issue === undefined ? '' : ` (${issue.path.join('.')}: ${issue.message})`
  throw new RelayError('bad_request', `The request ${file} is not one this version understands${where}.`)
}

/** The refusal is told before the request goes; what was asked is kept beside it, but for the environment. */
function refuse(state: StateFolder, id: string, file: string, rejection: Rejection): void {
  writeDurably(state.rejection(id), JSON.stringify(rejection))
  writeDurably(path.join(state.rejected, `${id}.request`), withoutEnvironment(readIfExists(file) ?? ''))
  fs.rmSync(file, { force: true })
}

function withoutEnvironment(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), (key, value: unknown) => (key === 'env' ? undefined : value))
  } catch {
    return text // Not JSON: kept as it came.
  }
}
