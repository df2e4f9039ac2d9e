// The results branch in a person's repository, made without a file of theirs being touched: a worktree of our own holds our commits, with no
// file checked out. Every change of a reference says what it expects to find.
import fs from 'node:fs'
import path from 'node:path'
import { askGit, type GitOptions, runGit, tryGit } from '../../store/tracking/askGit'
import { ResultsObjects } from './resultsObjects'
import { ResultsRemotes } from './resultsRemotes'

export interface RepositoryOptions {
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** Of the commits: the same act done again makes the same commit. */
  readonly atMs: number
}

const none = '0'.repeat(40)
export class ResultsRepository {
  readonly objects: ResultsObjects
  readonly remotes: ResultsRemotes

  private constructor(
    /** Top of the person's working tree. */
    readonly top: string,
    /** Of the folder in it: empty, or ends with a slash. */
    readonly prefix: string,
    private readonly options: RepositoryOptions,
  ) {
    this.objects = new ResultsObjects(this.call, options.atMs)
    this.remotes = new ResultsRemotes(this.call)
  }

  /** Null: the folder is in no repository that has files. Throws RelayError where git cannot be run. */
  static async open(folder: string, options: RepositoryOptions): Promise<ResultsRepository | null> {
    const call: GitOptions = { ...options, cwd: folder }
    const found = await tryGit(['rev-parse', '--show-toplevel', '--show-prefix'], call)
    if (found === null) return null
    const [top = '', prefix = ''] = found.split('\n')
    return top === '' ? null : new ResultsRepository(top, prefix, options)
  }

  private get call(): GitOptions {
    return { cwd: this.top, env: this.options.env, signal: this.options.signal }
  }
  /** Null: there is none. */
  async commitOf(name: string): Promise<string | null> {
    return tryGit(['rev-parse', '--verify', '-q', '--end-of-options', `${name}^{commit}`], this.call)
  }

  async hasCommit(commit: string): Promise<boolean> {
    return (await askGit(['cat-file', '-e', `${commit}^{commit}`], this.call)).exitCode === 0
  }

  async isAncestor(older: string, newer: string): Promise<boolean> {
    return (await askGit(['merge-base', '--is-ancestor', older, newer], this.call)).exitCode === 0
  }

  /** Names of branches here. */
  async listBranches(): Promise<readonly string[]> {
    const refs = await runGit(['for-each-ref', '--format=%(refname)', 'refs/heads'], this.call)
    return refs.split('\n').flatMap((ref) => (ref.startsWith('refs/heads/') ? [ref.slice('refs/heads/'.length)] : []))
  }

  /** Values of a trailer in the commits between. */
  async listTrailers(base: string, tip: string, key: string): Promise<readonly string[]> {
    const format = `--format=%(trailers:key=${key},valueonly,separator=%x00)%x00`
    const text = await runGit(['log', '--max-count=1000', format, `${base}..${tip}`, '--'], this.call)
    return text.split(/[\0\n]/).filter((value) => value !== '')
  }

  /** Whether commits between are all of that track. */
  async areOurs(base: string, tip: string, track: string): Promise<boolean> {
    const text = await runGit(
      ['log', '--max-count=1000', '--format=%x00%(trailers:key=Relay-Track,valueonly)', `${base}..${tip}`, '--'],
      this.call,
    )
    return text
      .split('\0')
      .slice(1)
      .every((value) => value.trim() === track)
  }

  /** The worktree that keeps our commits: it is at `commit`, with no branch and no file checked out. */
  async holdInTree(tree: string, commit: string): Promise<void> {
    const common = await commonFolder(this.call)
    const inTree: GitOptions = { ...this.call, cwd: tree }
    const isThere = fs.existsSync(path.join(tree, '.git')) && (await commonFolder(inTree)) === common
    if (!isThere) {
      // One that was cut off while it was made; nothing of anybody's is in it.
      fs.rmSync(tree, { recursive: true, force: true })
      fs.mkdirSync(path.dirname(tree), { recursive: true, mode: 0o700 })
      // Twice: also where git still knows of one that is gone, or was being made.
      await runGit(
        ['worktree', 'add', '--quiet', '--force', '--force', '--detach', '--no-checkout', '--', tree, commit],
        this.call,
      )
    }
    await runGit(['update-ref', '--no-deref', '-m', 'results', 'HEAD', commit], inTree)
  }

  /** Gives the worktree back; the branch stays. */
  async releaseTree(tree: string): Promise<void> {
    if (fs.existsSync(tree)) await askGit(['worktree', 'remove', '--force', '--force', '--', tree], this.call)
    fs.rmSync(tree, { recursive: true, force: true })
  }

  /** Moves the branch, or makes it; false: it was not where it was expected. `from` null: there is none yet. */
  async moveBranch(branch: string, from: string | null, to: string): Promise<boolean> {
    const words = [
      'update-ref',
      '-m',
      'results',
      `refs/heads/${branch}`,
      to,
      from ?? none.slice(0, to.length).padEnd(to.length, '0'),
    ]
    try {
      await runGit(words, this.call)
      return true
    } catch (error) {
      if ((await this.commitOf(`refs/heads/${branch}`)) !== from) return false
      throw error
    }
  }

  /** Deletes a branch of ours that is where it is expected. */
  async deleteBranch(branch: string, from: string): Promise<void> {
    await askGit(['update-ref', '-d', `refs/heads/${branch}`, from], this.call)
  }

  /** Where a person has the branch checked out; null: nowhere. */
  async checkedOutAt(branch: string): Promise<string | null> {
    const list = await runGit(['worktree', 'list', '--porcelain'], this.call)
    const found = list.split('\n\n').find((entry) => entry.split('\n').includes(`branch refs/heads/${branch}`))
    return found?.split('\n')[0]?.replace(/^worktree /, '') ?? null
  }

  /** The value of a setting of git, or null. */
  async setting(key: string): Promise<string | null> {
    return tryGit(['config', '--get', key], this.call)
  }
}

/** Where references and objects are, for all worktrees; null: in none of git's. */
async function commonFolder(call: GitOptions): Promise<string | null> {
  const folder = await tryGit(['rev-parse', '--git-common-dir'], call)
  return folder === null ? null : fs.realpathSync(path.resolve(call.cwd, folder))
}
