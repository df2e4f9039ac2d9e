// The results branch at the remote. Nothing is overwritten there, nothing pushed that is there already, and what somebody has deleted is not
// made again.
import { isRemoteName } from '../../core/tracking/remote'
import { freeBranch } from '../../core/tracking/resultsBranch'
import { type ResultsRecord, writeResultsRecord } from '../../store/tracking/resultsFiles'
import type { Publication } from './publication'

export interface PushedBranch {
  readonly record: ResultsRecord
  readonly isPushed: boolean
}

export async function pushBranch(publication: Publication, record: ResultsRecord): Promise<PushedBranch> {
  const { remote, files } = publication.request
  const { commit } = record
  const not = { record, isPushed: false }
  if (commit === null) return not
  if (remote === null || !isRemoteName(remote)) {
    publication.fail(
      'There is no remote that it could be pushed to. To push it: git remote add origin <address>.',
      false,
    )
    return not
  }
  const listed = await publication.listRemote(remote)
  if ('problem' in listed) {
    publication.fail(listed.problem.sentence, listed.problem.isPassing)
    return not
  }
  const { heads } = listed
  const there = heads.get(record.branch) ?? null
  if (there === commit) {
    if (record.pushed === commit) return { record, isPushed: true }
    const seen = { ...record, pushed: commit }
    writeResultsRecord(files, seen)
    return { record: seen, isPushed: true }
  }
  if (there === null && record.pushed !== null) {
    publication.fail(
      `The branch ${record.branch} was deleted on ${remote} by somebody, and is not made again. To push it: git push ${remote} ${commit}:refs/heads/${record.branch}`,
      false,
    )
    return not
  }
  const isTheirs =
    there !== null &&
    record.pushed === null &&
    !((await publication.repository.hasCommit(there)) && (await publication.repository.isAncestor(there, commit)))
  if (isTheirs) return moveToFreeName(publication, record, [...heads.keys()])
  const problem = await publication.repository.remotes.push(remote, record.branch, there, commit)
  if (problem !== null) {
    publication.fail(problem.sentence, problem.isPassing)
    return not
  }
  const pushed = { ...record, pushed: commit }
  writeResultsRecord(files, pushed)
  return { record: pushed, isPushed: true }
}

/** Somebody has made a branch of that name there before it was pushed. */
async function moveToFreeName(
  publication: Publication,
  record: ResultsRecord,
  there: readonly string[],
): Promise<PushedBranch> {
  const { branch: wanted, files } = publication.request
  const free = freeBranch(wanted, [...there, ...(await publication.repository.listBranches())])
  const { commit } = record
  if (free === null || commit === null) {
    publication.fail(`There are too many branches named ${wanted}: delete those that are done with.`, false)
    return { record, isPushed: false }
  }
  publication.notes.push(`Somebody has made a branch ${record.branch} there meanwhile, so this one is ${free}.`)
  const moved = { ...record, branch: free }
  writeResultsRecord(files, moved)
  await publication.repository.moveBranch(free, null, commit)
  if ((await publication.repository.checkedOutAt(record.branch)) === null)
    await publication.repository.deleteBranch(record.branch, commit)
  return pushBranch(publication, moved)
}
