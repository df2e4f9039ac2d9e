// The results branch of a track with everything that is to be on it: fixes, then the document, each on top of what is there, whoever has put
// it there. What is chosen is written down before there is a branch.
import fs from 'node:fs'
import path from 'node:path'
import { RelayError } from '../../core/relayError'
import { editDocument, isForeignText, problemOfDocument } from '../../core/tracking/editDocument'
import { hasSecret, plainTitle } from '../../core/tracking/harmless'
import { isRemoteName } from '../../core/tracking/remote'
import { renderCommitMessage, renderStand } from '../../core/tracking/renderResults'
import { freeBranch, isBranchName } from '../../core/tracking/resultsBranch'
import type { ResultsFix } from '../../core/tracking/resultsPage'
import { readResultsRecord, type ResultsRecord, writeResultsRecord } from '../../store/tracking/resultsFiles'
import type { Publication } from './publication'

/** The branch with everything that is to be on it. Null: there can be none. */
export async function bringBranch(publication: Publication): Promise<ResultsRecord | null> {
  const { files } = publication.request
  const known = readResultsRecord(files)
  const record = known ?? (await chooseBranch(publication))
  if (record === null) return null
  const tip = await findTip(publication, record)
  const commit = await addCommits(publication, record, tip)
  await publication.repository.holdInTree(files.tree, commit)
  await moveLocal(publication, record, commit)
  const now = { ...record, commit }
  if (commit !== record.commit) writeResultsRecord(files, now)
  return now
}

/** A name that nobody has, here or there, and where it begins: written down before there is a branch. */
async function chooseBranch(publication: Publication): Promise<ResultsRecord | null> {
  const { branch: wanted, remote, files } = publication.request
  if (!isBranchName(wanted)) {
    publication.fail(`${plainTitle(wanted)} is no name of a results branch.`, false)
    return null
  }
  const base = await publication.repository.commitOf('HEAD')
  if (base === null) {
    publication.fail(
      'There is no commit yet, so there can be no branch: commit once, and it is made with the next update.',
      false,
    )
    return null
  }
  const taken = [...(await publication.repository.listBranches())]
  if (remote !== null && isRemoteName(remote)) {
    const listed = await publication.listRemote(remote)
    // Out of reach: whether the name is free there is seen when it is pushed.
    if ('heads' in listed) taken.push(...listed.heads.keys())
  }
  const branch = freeBranch(wanted, taken)
  if (branch === null) {
    publication.fail(`There are too many branches named ${wanted}: delete those that are done with.`, false)
    return null
  }
  if (branch !== wanted) publication.notes.push(`There is a branch ${wanted} already, so this one is ${branch}.`)
  const record: ResultsRecord = { v: 1, branch, base, commit: null, pushed: null, pull: null }
  writeResultsRecord(files, record)
  return record
}

/** What the next commit is made on: ours, or what a person has put on top of it. */
async function findTip(publication: Publication, record: ResultsRecord): Promise<string> {
  const { remote, page } = publication.request
  const local = await publication.repository.commitOf(`refs/heads/${record.branch}`)
  let own = record.commit ?? record.base
  if (!(await publication.repository.hasCommit(own)))
    throw new RelayError(
      'git_failed',
      `The commit ${own.slice(0, 12)} of the results is gone from this publication.repository.`,
    )
  // A commit of ours that was made just before we were cut off.
  const isLater = local !== null && local !== own && (await publication.repository.isAncestor(own, local))
  if (isLater && (await publication.repository.areOurs(own, local, page.track))) own = local
  else if (isLater && remote === null) own = local
  const isOnRemote = record.pushed !== null && remote !== null && isRemoteName(remote)
  if (!isOnRemote) return own
  const listed = await publication.listRemote(remote)
  const there = 'heads' in listed ? (listed.heads.get(record.branch) ?? null) : null
  if (there === null || there === own) return own
  if (
    !(await publication.repository.hasCommit(there)) &&
    (await publication.repository.remotes.fetch(remote, record.branch)) !== null
  )
    return own
  if (await publication.repository.isAncestor(there, own)) return own
  publication.notes.push('Somebody has pushed to the results branch: the results are put on top of that.')
  return there
}

/** Fixes that are not there yet, then the document. Nothing new: the tip itself, except that a branch begins with a commit. */
async function addCommits(publication: Publication, record: ResultsRecord, tip: string): Promise<string> {
  const { page, fixes, trailer, files } = publication.request
  let commit = tip
  const done = fixes.length === 0 ? [] : await publication.repository.listTrailers(record.base, tip, 'Relay-Fix')
  for (const fix of fixes) {
    if (done.includes(String(fix.attempt))) continue
    commit = (await addFix(publication, commit, fix, files.index)) ?? commit
  }
  const isFirst = record.commit === null && tip === record.base
  const file = await editedDocument(publication, commit, isFirst)
  const message = renderCommitMessage(page, renderStand(page), trailer)
  if (file !== null || (isFirst && commit === tip))
    commit = await publication.repository.objects.commit(commit, file, message)
  return commit
}

async function addFix(
  publication: Publication,
  tip: string,
  { attempt, from, to }: ResultsFix,
  index: string,
): Promise<string | null> {
  const { page, trailer } = publication.request
  const keep = (why: string) => {
    publication.notes.push(`The fix before attempt ${attempt} is not on the branch: ${why}`)
    return null
  }
  const automation = (await publication.repository.objects.listDifference(from, to)).find(runsByItself)
  if (automation !== undefined)
    return keep(`it changes ${plainTitle(automation)}, which would run by itself when it is pushed.`)
  const patch = await publication.repository.objects.renderDifference(from, to)
  if (hasSecret(patch)) return keep('there is something in it that looks like a secret.')
  const lines = renderCommitMessage(page, `fix before attempt ${attempt}`, trailer).replace(
    '\n\n',
    `\n\nRelay-Fix: ${attempt}\n`,
  )
  const commit = await publication.repository.objects.commitDifference(tip, from, to, index, lines)
  return commit ?? keep('it rests on changes that are not committed, and does not fit without them.')
}

/** Null: it is as it is to be, or cannot be written, which is said. */
async function editedDocument(
  publication: Publication,
  commit: string,
  isFirst: boolean,
): Promise<{ path: string; mode: string; bytes: Buffer } | null> {
  const { document, page } = publication.request
  if (document === null) return null
  const file = path.posix.normalize(publication.repository.prefix + document)
  const skip = (why: string) => {
    publication.notes.push(`${plainTitle(document)} ${why}: the table is in the pull request alone.`)
    return null
  }
  const problem = problemOfDocument(file)
  if (problem !== null) return skip(problem)
  const found = await publication.repository.objects.readFile(commit, file)
  if (found.kind === 'other')
    return skip('is no file of its own in the repository (a link, a folder, a submodule), or is too large')
  const before = found.bytes === null ? null : decode(found.bytes)
  if (found.bytes !== null && (before === null || isForeignText(before)))
    return skip('is no text in UTF-8, or is kept in Git LFS')
  if (isFirst && before === null && fs.existsSync(path.join(publication.request.folder, document)))
    publication.notes.push(
      `${plainTitle(document)} is not committed: on the results branch there is a new one with the table alone.`,
    )
  const { text, notes } = editDocument(before, page, isFirst)
  publication.notes.push(...notes)
  return text === (before ?? '') ? null : { path: file, mode: found.mode, bytes: Buffer.from(text) }
}

/** The person's branch follows, unless they have it checked out, or have put something else on it. */
async function moveLocal(
  publication: Publication,
  { branch, commit: before, base }: ResultsRecord,
  commit: string,
): Promise<void> {
  const local = await publication.repository.commitOf(`refs/heads/${branch}`)
  if (local === commit) return
  if (local === null && before !== null) {
    publication.notes.push(`The branch ${branch} was deleted here by somebody, and is not made again.`)
    return
  }
  if (local !== null && !(await publication.repository.isAncestor(local, commit))) {
    publication.notes.push(`Your branch ${branch} has commits that are not pushed, and stays where it is.`)
    return
  }
  const at = local === null ? null : await publication.repository.checkedOutAt(branch)
  if (at !== null) {
    publication.notes.push(
      `${branch} is checked out in ${at}, and stays where it is there: git merge --ff-only ${commit.slice(0, 12)} brings it up to date.`,
    )
    return
  }
  if (!(await publication.repository.moveBranch(branch, local, commit)))
    throw new RelayError(
      'io',
      `The branch ${branch} was moved by somebody in this moment (it began at ${base.slice(0, 12)}).`,
    )
}

/** What a service runs when it is pushed, whoever has written it. */
function runsByItself(file: string): boolean {
  return /^(?:\.github\/|\.circleci\/|\.buildkite\/|\.woodpecker|\.gitlab-ci|\.travis|azure-pipelines|bitbucket-pipelines|Jenkinsfile|\.drone|appveyor|\.appveyor)/i.test(
    file,
  )
}

function decode(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
