// Brings a track's results branch and pull request to what is known now. It can be asked for any number of times, and be cut off at any
// instant: what there is is looked at first, what is chosen is written down before it is acted on, and nothing that a person has done to
// branch, document or text is undone.
import fs from 'node:fs'
import { isPassing, RelayError } from '../../core/relayError'
import { shellQuote } from '../../core/shellQuote'
import { plainTitle } from '../../core/tracking/harmless'
import { renderBody, renderTitle, updateBody } from '../../core/tracking/renderResults'
import { defaultBodyTemplate } from '../../core/tracking/resultsTemplate'
import { readIfExists, writeDurably } from '../../store/durableFile'
import type { ResultsFiles, ResultsRecord } from '../../store/tracking/resultsFiles'
import { bringBranch } from './bringBranch'
import { bringPull } from './bringPull'
import { Publication, type Published, type PublishRequest, type PublishTools, type Trouble } from './publication'
import type { PullRequest } from './pullRequest'
import { pushBranch } from './pushBranch'
import { ResultsRepository } from './resultsRepository'

/** One after the other for each track: two that are asked for at once must not do the same thing. */
const underWay = new Map<string, Promise<unknown>>()

/** Never rejects for what the world does. */
export async function publishResults(request: PublishRequest, tools: PublishTools): Promise<Published> {
  const key = request.files.directory
  const before = underWay.get(key) ?? Promise.resolve()
  const mine = before.catch(() => undefined).then(async () => publish(request, tools))
  underWay.set(key, mine)
  try {
    return await mine
  } finally {
    if (underWay.get(key) === mine) underWay.delete(key)
  }
}

/** Gives the worktree back once nothing more is published; the branch stays. */
export async function releaseResults(folder: string, files: ResultsFiles, tools: PublishTools): Promise<void> {
  const repository = await ResultsRepository.open(folder, { ...tools, atMs: 0 })
  await repository?.releaseTree(files.tree)
}

interface Reached {
  readonly record: ResultsRecord | null
  readonly isPushed: boolean
  readonly pull: PullRequest | null
}

async function publish(request: PublishRequest, tools: PublishTools): Promise<Published> {
  const reached: { -readonly [Key in keyof Reached]: Reached[Key] } = { record: null, isPushed: false, pull: null }
  let publication: Publication | null = null
  let trouble: Trouble | null = null
  try {
    const repository = await ResultsRepository.open(request.folder, { ...tools, atMs: request.atMs })
    if (repository === null)
      trouble = {
        sentence: 'This folder is in no git repository. To have a branch: git init, and commit once.',
        isPassing: false,
      }
    else {
      publication = new Publication(request, tools, repository)
      reached.record = await bringBranch(publication)
      if (reached.record !== null) Object.assign(reached, await pushBranch(publication, reached.record))
      if (reached.record !== null && reached.isPushed) reached.pull = await bringPull(publication, reached.record)
    }
  } catch (error) {
    if (!(error instanceof RelayError)) throw error
    trouble = { sentence: error.message, isPassing: isPassing(error) || error.code === 'slow' }
  }
  const first = publication?.trouble ?? trouble
  const { record, isPushed, pull } = reached
  const text = pull === null ? keepText(request, record) : null
  if (pull !== null) fs.rmSync(request.files.text, { force: true })
  return {
    branch: record?.branch ?? null,
    commit: record?.commit ?? null,
    pushed: isPushed,
    url: pull?.url ?? record?.pull?.url ?? null,
    text,
    problem:
      first === null ? null : first.sentence + (first.isPassing || text === null ? '' : byHand(request, reached)),
    passing: first?.isPassing ?? false,
    notes: publication?.notes ?? [],
  }
}

/** The text for whoever opens it by hand, with what they have made of it meanwhile. Null: there is a pull request. */
function keepText(
  { files, page, body: template = defaultBodyTemplate }: PublishRequest,
  record: ResultsRecord | null,
): string | null {
  if (record?.pull !== null && record?.pull !== undefined) return null
  const before = readIfExists(files.text)
  writeDurably(files.text, before === null ? renderBody(page, template) : updateBody(before, page, template).text)
  return files.text
}

/** What a person can do where we could not. */
function byHand({ files, page, title, remote, base }: PublishRequest, { record, isPushed }: Reached): string {
  if (record === null) return ''
  const words = [
    ...['gh', 'pr', 'create', '--head', record.branch, '--title', quote(plainTitle(renderTitle(page, title), 240))],
    ...(base === null ? [] : ['--base', quote(plainTitle(base))]),
    ...['--body-file', quote(files.text)],
  ]
  const push = isPushed ? [] : [`git push ${quote(plainTitle(remote ?? 'origin'))} ${record.branch}`]
  return ` By hand: ${[...push, words.join(' ')].join(' && ')}`
}

/** Words that need no quotes are read more easily without. */
function quote(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : shellQuote(word)
}
