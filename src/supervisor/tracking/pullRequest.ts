// A pull request through the person's own `gh`. The one of a branch is looked for before one is opened, so that there is never a second; of
// its text only what `change` gives back differs.
import * as z from 'zod'
import type { GhProblem } from '../../core/tracking/ghProblem'
import { namesTrack } from '../../core/tracking/regions'
import { ghRepository, type RemoteRepository } from '../../core/tracking/remote'
import { askGh, readGhJson } from '../../store/tracking/askGh'
import type { CallOptions } from '../../store/tracking/callProgram'

export interface PullRequest {
  readonly number: number
  readonly url: string
  readonly state: 'OPEN' | 'CLOSED' | 'MERGED'
  readonly body: string
}

export interface PullPlace {
  /** Where it is opened. */
  readonly repository: RemoteRepository
  /** Where its branch is. */
  readonly head: RemoteRepository
  readonly branch: string
  /** Null: the default branch. */
  readonly base: string | null
  /** The id of the track: in the text of every pull request that it has opened. */
  readonly track: string
}

export type Answer<T> =
  { readonly kind: 'done'; readonly value: T } | { readonly kind: 'problem'; readonly problem: GhProblem }

/** gh needs no repository around it, and finds none. */
type GhOptions = Omit<CallOptions, 'cwd'>

const listSchema = z.array(
  z.object({
    number: z.int().min(1),
    url: z.string(),
    state: z.enum(['OPEN', 'CLOSED', 'MERGED']),
    body: z.string(),
    headRepositoryOwner: z.object({ login: z.string() }).nullable(),
  }),
)

/** The open one of its branch, else the newest that this track has opened; null: there is none. */
export async function findPullRequest(
  { repository, head, branch, track }: PullPlace,
  options: GhOptions,
): Promise<Answer<PullRequest | null>> {
  const what = 'Pull requests of the branch could not be looked for'
  const words = [
    'pr',
    'list',
    `--repo=${ghRepository(repository)}`,
    `--head=${branch}`,
    '--state=all',
    '--limit=30',
    '--json=number,url,state,body,headRepositoryOwner',
  ]
  const answer = await askGh(what, words, { ...options, cwd: '/' })
  if (answer.kind === 'problem') return answer
  const read = readGhJson(what, answer.text, listSchema)
  if ('problem' in read) return { kind: 'problem', problem: read.problem }
  // Another fork may have a branch of that name; the owner is not told of a fork that is gone.
  const own = read.value.filter(
    ({ headRepositoryOwner }) => headRepositoryOwner?.login.toLowerCase() === head.owner.toLowerCase(),
  )
  // A branch of that name may have been merged and deleted long ago: what was opened for it then is over, and not of this track.
  const found = own.find(({ state }) => state === 'OPEN') ?? own.find(({ body }) => namesTrack(body, track))
  return { kind: 'done', value: found ?? null }
}

/** Opens one. That there is one already is found out by gh, too: then that one is the answer. */
export async function openPullRequest(
  place: PullPlace,
  title: string,
  body: string,
  options: GhOptions,
): Promise<Answer<PullRequest>> {
  const { repository, head, branch, base } = place
  const from = head.owner.toLowerCase() === repository.owner.toLowerCase() ? branch : `${head.owner}:${branch}`
  const words = [
    'pr',
    'create',
    `--repo=${ghRepository(repository)}`,
    `--head=${from}`,
    `--title=${title}`,
    '--body-file=-',
    ...(base === null ? [] : [`--base=${base}`]),
  ]
  const answer = await askGh('The pull request could not be opened', words, { ...options, cwd: '/', input: body })
  if (answer.kind === 'answer') {
    const url = /https?:\/\/\S+\/pull\/(\d+)/.exec(answer.text)
    if (url?.[1] !== undefined)
      return { kind: 'done', value: { number: Number(url[1]), url: url[0], state: 'OPEN', body } }
  } else if (answer.problem.kind !== 'exists') return answer
  const found = await findPullRequest(place, options)
  if (found.kind === 'problem') return found
  if (found.value !== null) return { kind: 'done', value: found.value }
  const why = answer.kind === 'problem' ? answer.problem.sentence : 'gh says that it was, and shows none.'
  return {
    kind: 'problem',
    problem: { kind: 'refused', isPassing: true, sentence: `The pull request could not be opened: ${why}` },
  }
}

const pullSchema = z.object({
  body: z.string().nullable(),
  state: z.string(),
  merged: z.boolean().optional(),
  html_url: z.string(),
})

/** As it is now. */
export async function readPullRequest(
  { repository }: PullPlace,
  number: number,
  options: GhOptions,
): Promise<Answer<PullRequest>> {
  const what = 'The pull request could not be read'
  const answer = await askGh(what, [...api(repository), path(repository, number)], { ...options, cwd: '/' })
  if (answer.kind === 'problem') return answer
  const read = readGhJson(what, answer.text, pullSchema)
  if ('problem' in read) return { kind: 'problem', problem: read.problem }
  const { body, state, merged, html_url } = read.value
  const shown = state === 'open' ? 'OPEN' : merged === true ? 'MERGED' : 'CLOSED'
  return { kind: 'done', value: { number, url: html_url, state: shown, body: body ?? '' } }
}

/**
 * Gives it another text. By the interface itself: `gh pr edit` also asks for boards, which a login may not see, and which GitHub has
 * taken away, and then does nothing.
 */
export async function editPullRequest(
  { repository }: PullPlace,
  number: number,
  body: string,
  options: GhOptions,
): Promise<GhProblem | null> {
  const words = [...api(repository), '--method=PATCH', path(repository, number), '--input=-', '--silent']
  const answer = await askGh('The text of the pull request could not be changed', words, {
    ...options,
    cwd: '/',
    input: JSON.stringify({ body }),
  })
  return answer.kind === 'problem' ? answer.problem : null
}

function api({ host }: RemoteRepository): readonly string[] {
  return ['api', `--hostname=${host}`]
}

function path({ owner, name }: RemoteRepository, number: number): string {
  return `repos/${owner}/${name}/pulls/${number}`
}
