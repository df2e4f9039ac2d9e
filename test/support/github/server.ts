// A GitHub of our own for the real `gh`, on a socket in the test's folder: `gh` is told of it by its setting `http_unix_socket`. It has
// only what the tests need, in the shapes that gh itself was seen to ask for, and keeps everything that was asked.
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { once } from 'node:events'

export interface GithubRequest {
  readonly method: string
  readonly path: string
  readonly body: unknown
  readonly authorization: string | undefined
}

export interface GithubAnswer {
  readonly status?: number
  readonly body?: unknown
  /** Bytes instead of JSON. */
  readonly raw?: Buffer | string
  readonly headers?: Readonly<Record<string, string>>
}

/** Null: it is not this one's. */
export type GithubRoute = (request: GithubRequest) => GithubAnswer | null

/** A fault that a test asks for: what is answered instead, or `drop`: nothing is, and the line is cut. */
export type GithubFault = (request: GithubRequest) => GithubAnswer | 'drop' | null

export class GithubServer {
  readonly requests: GithubRequest[] = []
  fault: GithubFault = () => null
  /** Called after an answer was made and before it is sent: what was asked for has happened, and nobody has been told. */
  afterAct: (request: GithubRequest) => void = () => undefined

  private constructor(
    private readonly server: http.Server,
    readonly socket: string,
  ) {}

  /** `folder` must be short: names of sockets are. */
  static async start(folder: string, routes: readonly GithubRoute[]): Promise<GithubServer> {
    const socket = path.join(folder, 'github.sock')
    fs.mkdirSync(folder, { recursive: true })
    const server = http.createServer()
    const github = new GithubServer(server, socket)
    server.on('request', (request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => github.answer(routes, request, Buffer.concat(chunks).toString('utf8'), response))
    })
    server.listen(socket)
    await once(server, 'listening')
    return github
  }

  /** What a program needs to use it: a login, and a home where gh is told of the socket. */
  environment(home: string): Record<string, string> {
    const config = path.join(home, 'gh')
    fs.mkdirSync(config, { recursive: true })
    fs.writeFileSync(path.join(config, 'config.yml'), `http_unix_socket: ${this.socket}\n`)
    return { GH_CONFIG_DIR: config, GH_TOKEN: 'token-of-nobody' }
  }

  /** Those that change something. */
  get acts(): readonly GithubRequest[] {
    return this.requests.filter(({ method, path: at, body }) =>
      at === '/graphql' ? queryOf(body).startsWith('mutation') : method !== 'GET',
    )
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections()
    this.server.close()
    await once(this.server, 'close')
    fs.rmSync(this.socket, { force: true })
  }

  private answer(
    routes: readonly GithubRoute[],
    incoming: http.IncomingMessage,
    text: string,
    response: http.ServerResponse,
  ): void {
    const request: GithubRequest = {
      method: incoming.method ?? 'GET',
      // Some calls go to the host of downloads with their whole address.
      path: (incoming.url ?? '/')
        .replace(/^https?:\/\/[^/]+/, '')
        .replace(/^\/api\/(?:v3(?=\/)|(?=graphql))/, (at) => (at === '/api/' ? '/' : '')),
      body: text === '' ? null : readJson(text),
      authorization: incoming.headers.authorization,
    }
    this.requests.push(request)
    const fault = this.fault(request)
    if (fault === 'drop') {
      incoming.socket.destroy()
      return
    }
    const route = () => routes.map((one) => one(request)).find((one) => one !== null) ?? notFound
    const answer = fault ?? (request.authorization === undefined ? noLogin : route())
    this.afterAct(request)
    const { status = 200, body, raw, headers = {} } = answer
    response.writeHead(status, {
      'Content-Type': raw === undefined ? 'application/json; charset=utf-8' : 'application/octet-stream',
      'X-OAuth-Scopes': 'repo, workflow, read:org',
      ...headers,
    })
    response.end(raw ?? (body === undefined ? '' : JSON.stringify(body)))
  }
}

const noLogin: GithubAnswer = { status: 401, body: { message: 'Requires authentication' } }
export const notFound: GithubAnswer = { status: 404, body: { message: 'Not Found' } }

export const rateLimited: GithubAnswer = {
  status: 403,
  body: { message: 'API rate limit exceeded for user ID 1.' },
  headers: { 'X-RateLimit-Remaining': '0' },
}

export function queryOf(body: unknown): string {
  return typeof body === 'object' && body !== null && 'query' in body && typeof body.query === 'string'
    ? body.query.trim()
    : ''
}

export function variablesOf(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body !== 'object' || body === null || !('variables' in body)) return {}
  return typeof body.variables === 'object' && body.variables !== null
    ? (body.variables as Record<string, unknown>)
    : {}
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
