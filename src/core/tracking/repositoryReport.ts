// What there is for a results pull request: the repository of a folder, where it is pushed to, `gh` and its login. For
// people, with the way out of whatever is in the way; nothing here has changed anything.
import type { RemoteRepository } from './remote'
import { renderRepository, showAddress } from './remote'

export interface RepositoryReport {
  /** Null: the folder is in no repository, or git is not there; why is in `problem`. */
  readonly git: GitReport | null
  readonly problem: string | null
  readonly gh: GhReport
  /** Null: the remote is none at GitHub, or it could not be asked. */
  readonly github: GithubReport | null
}

export interface GitReport {
  /** Real path. */
  readonly top: string
  /** Null: there is no commit yet. */
  readonly head: string | null
  /** Null: no branch is checked out. */
  readonly branch: string | null
  readonly isDirty: boolean
  /** Names of branches here, and of those known of the remote. */
  readonly branches: readonly string[]
  readonly remotes: readonly {
    readonly name: string
    readonly url: string
    readonly repository: RemoteRepository | null
  }[]
  /** The one that is pushed to; null: none, or it cannot be told which. */
  readonly remote: string | null
  /** Commits of yours that the remote is not known to have: they go with the branch. */
  readonly unpushed: number
  readonly usesLfs: boolean
  readonly hasSubmodules: boolean
  readonly signsCommits: boolean
  readonly hasHooks: boolean
  /** `Ada <ada@example.com>`; null: git does not know who commits. */
  readonly identity: string | null
}

export type GhReport =
  | { readonly kind: 'absent' }
  | { readonly kind: 'no_login'; readonly host: string }
  | { readonly kind: 'ready'; readonly host: string; readonly login: string }
  | { readonly kind: 'unknown'; readonly why: string }
  /** No remote is one that gh could know. */
  | { readonly kind: 'not_asked' }

export interface GithubReport {
  readonly repository: RemoteRepository
  readonly canPush: boolean
  readonly defaultBranch: string | null
  /** Of which it is a fork. */
  readonly parent: RemoteRepository | null
  readonly isArchived: boolean
}

/** Whether a pull request can be opened as things are. */
export function canOpen({ gh, github }: RepositoryReport): boolean {
  return gh.kind === 'ready' && github !== null && github.canPush && !github.isArchived
}

/** One sentence each: what will be different from what a person may expect, and what they can do. */
export function tellRepository(report: RepositoryReport): readonly string[] {
  const { git, problem } = report
  if (git === null)
    return [
      problem ??
        'This folder is in no git repository: the text of the pull request is kept and shown. To have a branch: git init, and commit once.',
    ]
  return [...tellGit(git), ...tellGh(report)]
}

function tellGit(git: GitReport): readonly string[] {
  const notes: string[] = []
  if (git.head === null)
    notes.push('There is no commit yet, so there can be no branch: commit once, and it is made with the next update.')
  if (git.branch === null && git.head !== null)
    notes.push(`No branch is checked out: the results branch begins at ${git.head.slice(0, 12)}.`)
  if (git.isDirty) notes.push('Changes that are not committed stay where they are: they are not on the results branch.')
  if (git.remotes.length === 0)
    notes.push(
      'There is no remote: the branch is kept here, and the text of the pull request is shown. To push it: git remote add origin <address>.',
    )
  else if (git.remote === null)
    notes.push(
      `There are several remotes (${git.remotes.map(({ name }) => name).join(', ')}), and none of them is set: git config remote.pushDefault <name> says which.`,
    )
  else if (git.unpushed > 0)
    notes.push(
      `${git.unpushed} ${git.unpushed === 1 ? 'commit' : 'commits'} of yours that ${git.remote} is not known to have ${git.unpushed === 1 ? 'goes' : 'go'} with the results branch.`,
    )
  if (git.hasHooks) notes.push('Hooks of the repository are not run for commits and pushes of the results branch.')
  if (git.usesLfs && git.unpushed > 0)
    notes.push('Files of Git LFS are not uploaded with the results branch: push your own branch first (git push).')
  if (git.hasSubmodules) notes.push('Submodules stay as they are; nothing of them is pushed.')
  if (git.signsCommits)
    notes.push(
      'Commits of the results branch are not signed, for signing may ask for a passphrase while nobody is there.',
    )
  if (git.identity === null)
    notes.push(
      'git does not know who commits: the results are committed as “Relay Jobs”. To change that: git config --global user.name, user.email.',
    )
  return notes
}

function tellGh({ git, gh, github }: RepositoryReport): readonly string[] {
  const remote = git?.remotes.find(({ name }) => name === git.remote)
  if (remote === undefined) return []
  const shown = 'the branch is pushed, and the text of the pull request is shown'
  switch (gh.kind) {
    case 'not_asked':
      return [`${showAddress(remote.url)} is no repository that gh knows: ${shown}.`]
    case 'absent':
      return [
        `gh (GitHub’s command) is not installed: ${shown}. To have it opened: https://cli.github.com, then gh auth login.`,
      ]
    case 'no_login':
      return [`gh is not logged in at ${gh.host}: ${shown}. To have it opened: gh auth login --hostname ${gh.host}`]
    case 'unknown':
      return [`gh could not be asked (${gh.why}): the pull request is opened when it can be.`]
    case 'ready':
      if (github === null)
        return [
          `GitHub shows no repository ${remote.repository === null ? '' : renderRepository(remote.repository)} to ${gh.login}: ${shown}.`,
        ]
      if (github.isArchived)
        return [
          `${renderRepository(github.repository)} is archived: nothing can be pushed there, and the branch is kept here.`,
        ]
      if (!github.canPush)
        return [
          `${gh.login} may not push to ${renderRepository(github.repository)}: the branch is kept here. To go on: gh repo fork --remote, then git config remote.pushDefault <fork>.`,
        ]
      return github.parent === null
        ? []
        : [
            `The pull request is opened in your fork ${renderRepository(github.repository)}, not in ${renderRepository(github.parent)}.`,
          ]
  }
}
