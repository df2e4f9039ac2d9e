// Repositories and pull requests of the GitHub of our own, as `gh repo`, `gh pr list`, `gh pr create` and `gh api` ask for them.
import { type GithubAnswer, type GithubRequest, type GithubRoute, notFound, queryOf, variablesOf } from './server'

export interface FakeRepository {
  readonly owner: string
  readonly name: string
  permission: 'READ' | 'WRITE' | 'ADMIN'
  isArchived: boolean
  /** `owner/name` of what it is a fork of. */
  readonly parent: string | null
  /** Null: it is empty. */
  readonly defaultBranch: string | null
}

export interface FakePull {
  readonly repository: string
  readonly number: number
  readonly headOwner: string
  readonly head: string
  readonly base: string
  readonly title: string
  body: string
  state: 'OPEN' | 'CLOSED' | 'MERGED'
}

export function fakeRepository(owner: string, name: string, change: Partial<FakeRepository> = {}): FakeRepository {
  return { owner, name, permission: 'WRITE', isArchived: false, parent: null, defaultBranch: 'main', ...change }
}

/** What there is at GitHub; tests change it as people would. */
export class FakeHub {
  readonly pulls: FakePull[] = []
  login = 'ada'

  constructor(readonly repositories: readonly FakeRepository[]) {}

  get routes(): readonly GithubRoute[] {
    return [(request) => this.rest(request), (request) => this.graph(request)]
  }

  find(fullName: string): FakeRepository | undefined {
    return this.repositories.find(({ owner, name }) => `${owner}/${name}`.toLowerCase() === fullName.toLowerCase())
  }

  private rest({ method, path, body }: GithubRequest): GithubAnswer | null {
    if (path === '/' && method === 'GET') return { body: {} }
    if (path === '/user') return { body: { login: this.login } }
    const [, fullName, rest] = /^\/repos\/([^/]+\/[^/?]+)(?:\/([^?]*))?(?:\?.*)?$/.exec(path) ?? []
    if (fullName === undefined) return null
    const repository = this.find(fullName)
    if (repository === undefined) return notFound
    if (rest === undefined || rest === '') return { body: this.restRepository(repository) }
    const number = /^pulls\/(\d+)$/.exec(rest)?.[1]
    if (number === undefined) return null
    const pull = this.pulls.find((one) => one.number === Number(number) && one.repository === nameOf(repository))
    if (pull === undefined) return notFound
    if (method === 'PATCH') {
      if (repository.permission === 'READ')
        return { status: 403, body: { message: 'Resource not accessible by personal access token' } }
      if (typeof body === 'object' && body !== null && 'body' in body && typeof body.body === 'string')
        pull.body = body.body
    }
    return {
      body: {
        number: pull.number,
        html_url: urlOf(pull),
        state: pull.state === 'OPEN' ? 'open' : 'closed',
        merged: pull.state === 'MERGED',
        body: pull.body,
      },
    }
  }

  private restRepository({ owner, name, permission, isArchived, parent, defaultBranch }: FakeRepository): unknown {
    return {
      full_name: `${owner}/${name}`,
      archived: isArchived,
      default_branch: defaultBranch,
      permissions: { push: permission !== 'READ' },
      ...(parent === null ? {} : { parent: { full_name: parent } }),
    }
  }

  private graph({ path, body }: GithubRequest): GithubAnswer | null {
    if (path !== '/graphql') return null
    const query = queryOf(body)
    const variables = variablesOf(body)
    const operation = /(?:query|mutation)\s+(\w+)/.exec(query)?.[1]
    if (operation === 'UserCurrent') return { body: { data: { viewer: { login: this.login } } } }
    if (operation === 'PullRequestCreate') return this.create(variables['input'])
    const repository = this.find(`${String(variables['owner'])}/${String(variables['name'] ?? variables['repo'])}`)
    if (repository === undefined)
      return {
        body: {
          data: { repository: null },
          errors: [
            {
              type: 'NOT_FOUND',
              path: ['repository'],
              message: `Could not resolve to a Repository with the name '${String(variables['owner'])}/${String(variables['name'] ?? variables['repo'])}'.`,
            },
          ],
        },
      }
    const pulls = this.pulls.filter((pull) => pull.repository === nameOf(repository))
    switch (operation) {
      case 'RepositoryInfo':
        return { body: { data: { repository: this.graphRepository(repository, true) } } }
      case 'PullRequestForBranch':
      case 'PullRequestList': {
        const states = Array.isArray(variables['state'] ?? variables['states'])
          ? ((variables['state'] ?? variables['states']) as unknown[])
          : ['OPEN', 'CLOSED', 'MERGED']
        const head = variables['headBranch'] ?? variables['headRefName']
        const nodes = pulls
          .filter((pull) => states.includes(pull.state) && (head === undefined || pull.head === head))
          .reverse()
          .map((pull) => this.graphPull(pull))
        return {
          body: {
            data: {
              repository: {
                pullRequests: { totalCount: nodes.length, nodes, pageInfo: { hasNextPage: false, endCursor: '' } },
                defaultBranchRef: { name: repository.defaultBranch },
              },
            },
          },
        }
      }
      default:
        return { body: { errors: [{ message: `nobody answers ${operation ?? 'this'}` }] } }
    }
  }

  private graphRepository(repository: FakeRepository, withParent: boolean): unknown {
    const { owner, name, permission, isArchived, parent, defaultBranch } = repository
    const above = parent === null ? undefined : this.find(parent)
    return {
      id: nameOf(repository),
      name,
      nameWithOwner: nameOf(repository),
      owner: { id: owner, login: owner },
      hasIssuesEnabled: true,
      hasWikiEnabled: false,
      description: '',
      viewerPermission: permission,
      isArchived,
      isFork: parent !== null,
      defaultBranchRef: { name: defaultBranch },
      url: `https://github.com/${nameOf(repository)}`,
      ...(withParent
        ? {
            parent: above === undefined ? null : this.graphRepository(above, false),
            mergeCommitAllowed: true,
            rebaseMergeAllowed: true,
            squashMergeAllowed: true,
          }
        : {}),
    }
  }

  private graphPull(pull: FakePull): unknown {
    return {
      number: pull.number,
      url: urlOf(pull),
      state: pull.state,
      title: pull.title,
      body: pull.body,
      baseRefName: pull.base,
      headRefName: pull.head,
      isCrossRepository: pull.headOwner !== pull.repository.split('/')[0],
      headRepositoryOwner: { id: pull.headOwner, login: pull.headOwner },
    }
  }

  private create(input: unknown): GithubAnswer {
    const { repositoryId, headRefName, baseRefName, title, body } = input as Readonly<Record<string, string>>
    const repository = this.find(repositoryId ?? '')
    if (repository === undefined || headRefName === undefined)
      return { body: { errors: [{ message: 'Could not resolve to a Repository' }] } }
    const [headOwner, head] = headRefName.includes(':')
      ? (headRefName.split(':') as [string, string])
      : [repository.owner, headRefName]
    const base = baseRefName ?? 'main'
    const same = this.pulls.find(
      (pull) =>
        pull.state === 'OPEN' &&
        pull.repository === nameOf(repository) &&
        pull.head === head &&
        pull.headOwner === headOwner,
    )
    if (same !== undefined)
      return {
        body: {
          data: { createPullRequest: null },
          errors: [{ type: 'UNPROCESSABLE', message: `A pull request already exists for ${headOwner}:${head}.` }],
        },
      }
    const pull: FakePull = {
      repository: nameOf(repository),
      number: this.pulls.length + 1,
      headOwner,
      head,
      base,
      title: title ?? '',
      body: body ?? '',
      state: 'OPEN',
    }
    this.pulls.push(pull)
    return { body: { data: { createPullRequest: { pullRequest: { id: String(pull.number), url: urlOf(pull) } } } } }
  }
}

export function urlOf({ repository, number }: FakePull): string {
  return `https://github.com/${repository}/pull/${number}`
}

function nameOf({ owner, name }: FakeRepository): string {
  return `${owner}/${name}`
}
