// Taking requests: one file at a time, each either carried out durably and then removed, or refused with a reason.
import fs from 'node:fs'
import path from 'node:path'
import { isPassing, RelayError } from '../core/relayError'
import { jobIdSchema, type JobId } from '../core/jobs/jobId'
import { writeDurably } from '../store/durableFile'
import { type Rejection, type Request, requestSchema } from '../store/request'
import type { StateFolder } from '../store/stateFolder'
import type { Logger } from './logger'

export interface InboxHandlers {
  /** Carries a request out, durably. A RelayError refuses it; trouble that passes leaves it for later. */
  take(request: Request): void
  /** A wrapper says that its job has ended. */
  ring(jobId: JobId): void
}

/** Looks through the inbox once. True if something was left for later. */
export function readInbox(state: StateFolder, handlers: InboxHandlers, log: Logger): boolean {
  let left = false
  for (const name of fs.readdirSync(state.inbox).sort()) {
    const file = path.join(state.inbox, name)
    if (name.endsWith('.ended')) {
      fs.rmSync(file, { force: true })
      const id = jobIdSchema.safeParse(name.slice(0, -'.ended'.length))
      if (id.success) handlers.ring(id.data)
    } else if (name.endsWith('.json')) {
      left = !takeFile(state, file, handlers, log) || left
    }
  }
  return left
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
    refuse(state, id, file, { code: error.code, message: error.message })
    return true
  }
  fs.rmSync(file, { force: true })
  return true
}

function parseRequest(file: string): Request {
  let value: unknown
  try {
    value = JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new RelayError('bad_request', `Cannot read the request ${file}: ${why}`)
  }
  const parsed = requestSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const where = issue === undefined ? '' : ` (${issue.path.join('.')}: ${issue.message})`
  throw new RelayError('bad_request', `The request ${file} is not one this version understands${where}.`)
}

/** The refusal is told before the request goes; what was asked is kept beside it, but for the environment. */
function refuse(state: StateFolder, id: string, file: string, rejection: Rejection): void {
  writeDurably(state.rejection(id), JSON.stringify(rejection))
  writeDurably(path.join(state.rejected, `${id}.request`), withoutEnvironment(fs.readFileSync(file, 'utf8')))
  fs.rmSync(file, { force: true })
}

function withoutEnvironment(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), (key, value: unknown) => (key === 'env' ? undefined : value))
  } catch {
    return text // Not JSON: kept as it came.
  }
}
