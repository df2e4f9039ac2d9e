// Brings a track's results branch and pull request to what is known now. It can be asked for any number of times, and be cut off at any
// instant: what there is is looked at first, what is chosen is written down before it is acted on, and nothing that a person has done to
// branch, document or text is undone.
import fs from 'node:fs'
import path from 'node:path'
import { isPassing, RelayError } from '../../core/relayError'
import { editDocument, isForeignText, problemOfDocument } from '../../core/tracking/editDocument'
import { plainTitle } from '../../core/tracking/harmless'
import { redactSecrets } from '../../core/logs/redactSecrets'
import { isRemoteName, parseRemote, type RemoteRepository, renderRepository } from '../../core/tracking/remote'
import {
  renderBody,
  renderCommitMessage,
  renderStand,
  renderTitle,
  updateBody,
} from '../../core/tracking/renderResults'
import { freeBranch, isBranchName } from '../../core/tracking/resultsBranch'
import type { ResultsFix, ResultsPage } from '../../core/tracking/resultsPage'
import { defaultBodyTemplate } from '../../core/tracking/resultsTemplate'
import { readIfExists, writeDurably } from '../../store/durableFile'
import {
  readResultsRecord,
  type ResultsFiles,
  type ResultsRecord,
  writeResultsRecord,
} from '../../store/tracking/resultsFiles'
import {
  editPullRequest,
  findPullRequest,
  openPullRequest,
  type PullPlace,
  type PullRequest,
  readPullRequest,
} from './pullRequest'
import { ResultsRepository } from './resultsRepository'

export interface PublishRequest {
  /** Real path of the workspace folder. */
  readonly folder: string
  readonly files: ResultsFiles
  readonly page: ResultsPage
  /** That are to be on the branch, in their order. */
  readonly fixes: readonly ResultsFix[]
  /** The experiment document, from the folder on; null: only the pull request has the table. */
  readonly document: string | null
  readonly branch: string
  /** Null: nothing is pushed. */
  readonly remote: string | null
  /** What it is to be merged into; null: the default of the remote. */
  readonly base: string | null
  /** False: the branch is pushed, and the text of the pull request kept. */
  readonly opens: boolean
  /** May have `{experiment}` in it. */
  readonly title: string
  readonly body?: string
  readonly trailer: string | null
  /** When it was intended: of the commits. */
  readonly atMs: number
}

export interface Published {
  /** Its real name, which may have a number that was not asked for; null: there is no branch. */
  readonly branch: string | null
  readonly commit: string | null
  readonly pushed: boolean
  readonly url: string | null
  /** Where the text is kept that a person can open the pull request with; null: there is one. */
  readonly text: string | null
  /** What could not be done, and the way out; null: all was. */
  readonly problem: string | null
  /** Trying again later may help. */
  readonly passing: boolean
  /** What was left as a person has made it, and other things worth saying: a sentence each. */
  readonly notes: readonly string[]
}

export interface PublishTools {
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** One after the other for each track: two that are asked for at once must not do the same thing. */
const underWay = new Map<string, Promise<unknown>>()

/** Never rejects for what the world does. */
export async function publishResults(request: PublishRequest, tools: PublishTools): Promise<Published> {
  const key = request.files.directory
  const before = underWay.get(key) ?? Promise.resolve()
  const mine = before.catch(() => undefined).then(async () => new Publication(request, tools).run())
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

class Publication {
  private readonly notes: string[] = []
  private problem: { readonly sentence: string; readonly isPassing: boolean } | null = null

  constructor(
    private readonly request: PublishRequest,
    private readonly tools: PublishTools,
  ) {}

  async run(): Promise<Published> {
    let record: ResultsRecord | null = null
    let isPushed = false
    let pull: PullRequest | null = null
    try {
      const repository = await ResultsRepository.open(this.request.folder, { ...this.tools, atMs: this.request.atMs })
      if (repository === null)
        this.fail('This folder is in no git repository. To have a branch: git init, and commit once.', false)
      else {
        record = await this.bringBranch(repository)
        if (record !== null) {
          const pushed = await this.bringRemote(repository, record)
          record = pushed.record
          isPushed = pushed.isPushed
          if (isPushed) pull = await this.bringPull(repository, record)
        }
      }
    } catch (error) {
      if (!(error instanceof RelayError)) throw error
      this.fail(error.message, isPassing(error) || error.code === 'slow')
    }
    const text = pull === null ? this.keepText(record, isPushed) : null
    if (pull !== null) fs.rmSync(this.request.files.text, { force: true })
    return {
      branch: record?.branch ?? null,
      commit: record?.commit ?? null,
      pushed: isPushed,
      url: pull?.url ?? record?.pull?.url ?? null,
      text,
      problem: this.problem?.sentence ?? null,
      passing: this.problem?.isPassing ?? false,
      notes: this.notes,
    }
  }

  /** The first problem is the one that is told: those that follow come from it. */
  private fail(sentence: string, isPassing: boolean): void {
    this.problem ??= { sentence, isPassing }
  }

  /** The branch with everything that is to be on it. Null: there can be none. */
  private async bringBranch(repository: ResultsRepository): Promise<ResultsRecord | null> {
    const { files } = this.request
    const known = readResultsRecord(files)
    const record = known ?? (await this.chooseBranch(repository))
    if (record === null) return null
    const tip = await this.findTip(repository, record)
    const commit = await this.addCommits(repository, record, tip)
    await repository.holdInTree(files.tree, commit)
    await this.moveLocal(repository, record, commit)
    const now = { ...record, commit }
    if (commit !== record.commit) writeResultsRecord(files, now)
    return now
  }

  /** A name that nobody has, here or there, and where it begins: written down before there is a branch. */
  private async chooseBranch(repository: ResultsRepository): Promise<ResultsRecord | null> {
    const { branch: wanted, remote, files } = this.request
    if (!isBranchName(wanted)) {
      this.fail(`${plainTitle(wanted)} is no name of a results branch.`, false)
      return null
    }
    const base = await repository.commitOf('HEAD')
    if (base === null) {
      this.fail(
        'There is no commit yet, so there can be no branch: commit once, and it is made with the next update.',
        false,
      )
      return null
    }
    const taken = [...(await repository.listBranches())]
    if (remote !== null && isRemoteName(remote)) {
      const listed = await repository.listRemote(remote)
      // Out of reach: whether the name is free there is seen when it is pushed.
      if ('heads' in listed) taken.push(...listed.heads.keys())
    }
    const branch = freeBranch(wanted, taken)
    if (branch === null) {
      this.fail(`There are too many branches named ${wanted}: delete those that are done with.`, false)
      return null
    }
    if (branch !== wanted) this.notes.push(`There is a branch ${wanted} already, so this one is ${branch}.`)
    const record: ResultsRecord = { v: 1, branch, base, commit: null, pushed: null, pull: null }
    writeResultsRecord(files, record)
    return record
  }

  /** What the next commit is made on: ours, or what a person has put on top of it. */
  private async findTip(repository: ResultsRepository, record: ResultsRecord): Promise<string> {
    const { remote, page } = this.request
    const local = await repository.commitOf(`refs/heads/${record.branch}`)
    let own = record.commit ?? record.base
    if (!(await repository.hasCommit(own)))
      throw new RelayError('git_failed', `The commit ${own.slice(0, 12)} of the results is gone from this repository.`)
    // A commit of ours that was made just before we were cut off.
    const isLater = local !== null && local !== own && (await repository.isAncestor(own, local))
    if (isLater && (await repository.areOurs(own, local, page.track))) own = local
    else if (isLater && remote === null) own = local
    const isOnRemote = record.pushed !== null && remote !== null && isRemoteName(remote)
    if (!isOnRemote) return own
    const listed = await repository.listRemote(remote)
    const there = 'heads' in listed ? (listed.heads.get(record.branch) ?? null) : null
    if (there === null || there === own) return own
    if (!(await repository.hasCommit(there)) && (await repository.fetch(remote, record.branch)) !== null) return own
    if (await repository.isAncestor(there, own)) return own
    this.notes.push('Somebody has pushed to the results branch: the results are put on top of that.')
    return there
  }

  /** Fixes that are not there yet, then the document. Nothing new: the tip itself, except that a branch begins with a commit. */
  private async addCommits(repository: ResultsRepository, record: ResultsRecord, tip: string): Promise<string> {
    const { page, fixes, trailer, files } = this.request
    let commit = tip
    const done = fixes.length === 0 ? [] : await repository.listTrailers(record.base, tip, 'Relay-Fix')
    for (const fix of fixes) {
      if (done.includes(String(fix.attempt))) continue
      commit = (await this.addFix(repository, commit, fix, files.index)) ?? commit
    }
    const isFirst = record.commit === null && tip === record.base
    const file = await this.editedDocument(repository, commit, isFirst)
    const message = renderCommitMessage(page, renderStand(page), trailer)
    if (file !== null || (isFirst && commit === tip)) commit = await repository.commit(commit, file, message)
    return commit
  }

  private async addFix(
    repository: ResultsRepository,
    tip: string,
    { attempt, from, to }: ResultsFix,
    index: string,
  ): Promise<string | null> {
    const { page, trailer } = this.request
    const keep = (why: string) => {
      this.notes.push(`The fix before attempt ${attempt} is not on the branch: ${why}`)
      return null
    }
    const automation = (await repository.listDifference(from, to)).find(runsByItself)
    if (automation !== undefined)
      return keep(`it changes ${plainTitle(automation)}, which would run by itself when it is pushed.`)
    const patch = await repository.renderDifference(from, to)
    if (redactSecrets(patch) !== patch) return keep('there is something in it that looks like a secret.')
    const lines = renderCommitMessage(page, `fix before attempt ${attempt}`, trailer).replace(
      '\n\n',
      `\n\nRelay-Fix: ${attempt}\n`,
    )
    const commit = await repository.commitDifference(tip, from, to, index, lines)
    return commit ?? keep('it rests on changes that are not committed, and does not fit without them.')
  }

  /** Null: it is as it is to be, or cannot be written, which is said. */
  private async editedDocument(
    repository: ResultsRepository,
    commit: string,
    isFirst: boolean,
  ): Promise<{ path: string; mode: string; bytes: Buffer } | null> {
    const { document, page } = this.request
    if (document === null) return null
    const file = path.posix.normalize(repository.prefix + document)
    const skip = (why: string) => {
      this.notes.push(`${plainTitle(document)} ${why}: the table is in the pull request alone.`)
      return null
    }
    const problem = problemOfDocument(file)
    if (problem !== null) return skip(problem)
    const found = await repository.readFile(commit, file)
    if (found.kind === 'other')
      return skip('is no file of its own in the repository (a link, a folder, a submodule), or is too large')
    const before = found.bytes === null ? null : decode(found.bytes)
    if (found.bytes !== null && (before === null || isForeignText(before)))
      return skip('is no text in UTF-8, or is kept in Git LFS')
    if (isFirst && before === null && fs.existsSync(path.join(this.request.folder, document)))
      this.notes.push(
        `${plainTitle(document)} is not committed: on the results branch there is a new one with the table alone.`,
      )
    const { text, notes } = editDocument(before, page, isFirst)
    this.notes.push(...notes)
    return text === (before ?? '') ? null : { path: file, mode: found.mode, bytes: Buffer.from(text) }
  }

  /** The person's branch follows, unless they have it checked out, or have put something else on it. */
  private async moveLocal(
    repository: ResultsRepository,
    { branch, commit: before, base }: ResultsRecord,
    commit: string,
  ): Promise<void> {
    const local = await repository.commitOf(`refs/heads/${branch}`)
    if (local === commit) return
    if (local === null && before !== null) {
      this.notes.push(`The branch ${branch} was deleted here by somebody, and is not made again.`)
      return
    }
    if (local !== null && !(await repository.isAncestor(local, commit))) {
      this.notes.push(`Your branch ${branch} has commits that are not pushed, and stays where it is.`)
      return
    }
    const at = local === null ? null : await repository.checkedOutAt(branch)
    if (at !== null) {
      this.notes.push(
        `${branch} is checked out in ${at}, and stays where it is there: git merge --ff-only ${commit.slice(0, 12)} brings it up to date.`,
      )
      return
    }
    if (!(await repository.moveBranch(branch, local, commit)))
      throw new RelayError(
        'io',
        `The branch ${branch} was moved by somebody in this moment (it began at ${base.slice(0, 12)}).`,
      )
  }

  private async bringRemote(
    repository: ResultsRepository,
    record: ResultsRecord,
  ): Promise<{ record: ResultsRecord; isPushed: boolean }> {
    const { remote, files } = this.request
    const { commit } = record
    const not = { record, isPushed: false }
    if (commit === null) return not
    if (remote === null || !isRemoteName(remote)) {
      this.fail('There is no remote that it could be pushed to. To push it: git remote add origin <address>.', false)
      return not
    }
    const listed = await repository.listRemote(remote)
    if ('problem' in listed) {
      this.fail(listed.problem.sentence, listed.problem.isPassing)
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
      this.fail(
        `The branch ${record.branch} was deleted on ${remote} by somebody, and is not made again. To push it: git push ${remote} ${commit}:refs/heads/${record.branch}`,
        false,
      )
      return not
    }
    const isTheirs =
      there !== null &&
      record.pushed === null &&
      !((await repository.hasCommit(there)) && (await repository.isAncestor(there, commit)))
    if (isTheirs) return this.moveToFreeName(repository, record, [...heads.keys()])
    const problem = await repository.push(remote, record.branch, there, commit)
    if (problem !== null) {
      this.fail(problem.sentence, problem.isPassing)
      return not
    }
    const pushed = { ...record, pushed: commit }
    writeResultsRecord(files, pushed)
    return { record: pushed, isPushed: true }
  }

  /** Somebody has made a branch of that name there before it was pushed. */
  private async moveToFreeName(
    repository: ResultsRepository,
    record: ResultsRecord,
    there: readonly string[],
  ): Promise<{ record: ResultsRecord; isPushed: boolean }> {
    const { branch: wanted, files } = this.request
    const free = freeBranch(wanted, [...there, ...(await repository.listBranches())])
    const { commit } = record
    if (free === null || commit === null) {
      this.fail(`There are too many branches named ${wanted}: delete those that are done with.`, false)
      return { record, isPushed: false }
    }
    this.notes.push(`Somebody has made a branch ${record.branch} there meanwhile, so this one is ${free}.`)
    const moved = { ...record, branch: free }
    writeResultsRecord(files, moved)
    await repository.moveBranch(free, null, commit)
    if ((await repository.checkedOutAt(record.branch)) === null) await repository.deleteBranch(record.branch, commit)
    return this.bringRemote(repository, moved)
  }

  private async bringPull(repository: ResultsRepository, record: ResultsRecord): Promise<PullRequest | null> {
    const { opens, files, page, title, body: template = defaultBodyTemplate } = this.request
    const place = await this.pullPlace(repository, record.branch)
    if (place === null) return null
    if (!opens) {
      this.notes.push('The pull request is left to a person.')
      return null
    }
    const options = { env: this.tools.env, signal: this.tools.signal }
    const known = record.pull
    const found =
      known === null ? await findPullRequest(place, options) : await readPullRequest(place, known.number, options)
    if (found.kind === 'problem') return this.failPull(found.problem)
    let pull = found.value
    if (pull === null) {
      const shown = plainTitle(renderTitle(page, title), 240)
      const opened = await openPullRequest(place, shown, renderBody(page, template), options)
      if (opened.kind === 'problem') return this.failPull(opened.problem)
      pull = opened.value
    }
    if (known?.number !== pull.number)
      writeResultsRecord(files, {
        ...record,
        pull: { repository: renderRepository(place.repository), number: pull.number, url: pull.url },
      })
    if (pull.state !== 'OPEN') {
      this.notes.push(
        `The pull request was ${pull.state === 'MERGED' ? 'merged' : 'closed'} by somebody: its text is left as it is, and no other is opened.`,
      )
      return pull
    }
    const updated = updateBody(pull.body, page, template)
    this.notes.push(...updated.notes)
    if (updated.text !== pull.body) {
      const problem = await editPullRequest(place, pull.number, updated.text, options)
      if (problem !== null) this.fail(problem.sentence, problem.isPassing)
    }
    return pull
  }

  private failPull({ sentence, isPassing }: { readonly sentence: string; readonly isPassing: boolean }): null {
    this.fail(sentence, isPassing)
    return null
  }

  /** Where gh has been told to (gh repo set-default), else where the branch is. Null: not at GitHub. */
  private async pullPlace(repository: ResultsRepository, branch: string): Promise<PullPlace | null> {
    const { remote, base } = this.request
    if (remote === null) return null
    const head = await this.repositoryOf(repository, remote)
    if (head === null) {
      this.fail(`${remote} is no repository that gh knows, so the pull request is opened by hand.`, false)
      return null
    }
    return { repository: (await this.chosenRepository(repository, remote)) ?? head, head, branch, base }
  }

  private async chosenRepository(repository: ResultsRepository, remote: string): Promise<RemoteRepository | null> {
    for (const name of [...new Set(['upstream', remote, 'origin'])]) {
      const chosen = await repository.setting(`remote.${name}.gh-resolved`)
      if (chosen === 'base') return this.repositoryOf(repository, name)
      if (chosen !== null) return parseRemote(`https://github.com/${chosen}`)
    }
    return null
  }

  private async repositoryOf(repository: ResultsRepository, remote: string): Promise<RemoteRepository | null> {
    const set =
      (await repository.setting(`remote.${remote}.pushurl`)) ?? (await repository.setting(`remote.${remote}.url`))
    const parsed = set === null ? null : parseRemote(set)
    if (parsed !== null) return parsed
    const used = await repository.remoteAddress(remote)
    return used === null ? null : parseRemote(used)
  }

  /** The text for whoever opens it by hand, with what they have made of it meanwhile; the problem says how. */
  private keepText(record: ResultsRecord | null, isPushed: boolean): string | null {
    const { files, page, body: template = defaultBodyTemplate, title, remote } = this.request
    if (record?.pull !== null && record?.pull !== undefined) return null
    const before = readIfExists(files.text)
    writeDurably(files.text, before === null ? renderBody(page, template) : updateBody(before, page, template).text)
    if (record === null || this.problem === null || this.problem.isPassing) return files.text
    const commands = [
      ...(isPushed ? [] : [`git push ${remote ?? 'origin'} ${record.branch}`]),
      `gh pr create --head ${record.branch} --title "${plainTitle(renderTitle(page, title)).replace(/[^\w .:-]/g, '')}" --body-file ${files.text}`,
    ]
    this.problem = { isPassing: false, sentence: `${this.problem.sentence} By hand: ${commands.join(' && ')}` }
    return files.text
  }
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
