// The pull request of a results branch that was pushed: opened if there is none, and its marked parts brought up to date.
import { plainTitle } from '../../core/tracking/harmless'
import { parseRemote, type RemoteRepository, renderRepository } from '../../core/tracking/remote'
import { renderBody, renderTitle, updateBody } from '../../core/tracking/renderResults'
import { defaultBodyTemplate } from '../../core/tracking/resultsTemplate'
import { type ResultsRecord, writeResultsRecord } from '../../store/tracking/resultsFiles'
import type { Publication, Trouble } from './publication'
import {
  editPullRequest,
  findPullRequest,
  openPullRequest,
  type PullPlace,
  type PullRequest,
  readPullRequest,
} from './pullRequest'

/** Null: there is none. What could not be done is told. */
export async function bringPull(publication: Publication, record: ResultsRecord): Promise<PullRequest | null> {
  const { opens, files, page, title, body: template = defaultBodyTemplate } = publication.request
  const place = await pullPlace(publication, record.branch)
  if (place === null) return null
  if (!opens) {
    publication.notes.push('The pull request is left to a person.')
    return null
  }
  const options = { env: publication.tools.env, signal: publication.tools.signal }
  const known = record.pull
  const found =
    known === null ? await findPullRequest(place, options) : await readPullRequest(place, known.number, options)
  if (found.kind === 'problem') return failPull(publication, found.problem)
  let pull = found.value
  if (pull === null) {
    const shown = plainTitle(renderTitle(page, title), 240)
    const opened = await openPullRequest(place, shown, renderBody(page, template), options)
    if (opened.kind === 'problem') return failPull(publication, opened.problem)
    pull = opened.value
  }
  if (known?.number !== pull.number)
    writeResultsRecord(files, {
      ...record,
      pull: { repository: renderRepository(place.repository), number: pull.number, url: pull.url },
    })
  if (pull.state !== 'OPEN') {
    publication.notes.push(
      `The pull request was ${pull.state === 'MERGED' ? 'merged' : 'closed'} by somebody: its text is left as it is, and no other is opened.`,
    )
    return pull
  }
  const updated = updateBody(pull.body, page, template)
  publication.notes.push(...updated.notes)
  if (updated.text !== pull.body) {
    const problem = await editPullRequest(place, pull.number, updated.text, options)
    if (problem !== null) publication.fail(problem.sentence, problem.isPassing)
  }
  return pull
}

function failPull(publication: Publication, { sentence, isPassing }: Trouble): null {
  publication.fail(sentence, isPassing)
  return null
}

/** Where gh has been told to (gh repo set-default), else where the branch is. Null: not at GitHub. */
async function pullPlace(publication: Publication, branch: string): Promise<PullPlace | null> {
  const { remote, base, page } = publication.request
  if (remote === null) return null
  const head = await repositoryOf(publication, remote)
  if (head === null) {
    publication.fail(`${remote} is no repository that gh knows, so the pull request is opened by hand.`, false)
    return null
  }
  return {
    repository: (await chosenRepository(publication, remote, head.host)) ?? head,
    head,
    branch,
    base,
    track: page.track,
  }
}

async function chosenRepository(
  publication: Publication,
  remote: string,
  host: string,
): Promise<RemoteRepository | null> {
  for (const name of [...new Set(['upstream', remote, 'origin'])]) {
    const chosen = await publication.repository.setting(`remote.${name}.gh-resolved`)
    if (chosen === 'base') return repositoryOf(publication, name)
    if (chosen !== null) return parseRemote(`https://${host}/${chosen}`)
  }
  return null
}

async function repositoryOf(publication: Publication, remote: string): Promise<RemoteRepository | null> {
  const set =
    (await publication.repository.setting(`remote.${remote}.pushurl`)) ??
    (await publication.repository.setting(`remote.${remote}.url`))
  const parsed = set === null ? null : parseRemote(set)
  if (parsed !== null) return parsed
  const used = await publication.repository.remotes.remoteAddress(remote)
  return used === null ? null : parseRemote(used)
}
