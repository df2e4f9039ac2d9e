// The results branch in a person's repository, made without a file of theirs being touched: commits are put together out of git's objects,
// so that no filter, hook or submodule has a part in it, and a worktree of our own holds them, with no file checked out. Every change of
// a reference says what it expects to find.
import fs from 'node:fs'
import path from 'node:path'
import { judgePush, type PushProblem } from '../../core/tracking/pushProblem'
import { askGit, type GitOptions, runGit, runGitBytes, tryGit } from '../../store/tracking/askGit'

export interface RepositoryOptions {
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** Of the commits: the same act done again makes the same commit. */
  readonly atMs: number
}

const none = '0'.repeat(40)
/** Whatever is set for how differences look. */
const difference = [
  'diff-tree',
  '-r',
  '-p',
  '--no-color',
  '--no-ext-diff',
  '--no-textconv',
  '--no-renames',
  '--src-prefix=a/',
  '--dst-prefix=b/',
]
const maxDocumentBytes = 4 * 1024 * 1024
const networkLimitMs = 180_000
/** Who commits where git does not know who the person is. */
const fallback = { name: 'Relay Jobs', email: 'relay-jobs@localhost' }

export interface TreeFile {
  readonly kind: 'file' | 'absent' | 'other'
  /** Of a file; its mode is kept. */
  readonly mode: string
  readonly bytes: Buffer | null
}

export class ResultsRepository {
  private constructor(
    /** Top of the person's working tree. */
    readonly top: string,
    /** Of the folder in it: empty, or ends with a slash. */
    readonly prefix: string,
    private readonly options: RepositoryOptions,
  ) {}

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
  private get network(): GitOptions {
    return { ...this.call, limitMs: networkLimitMs }
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

  /** Of the branches of the remote that begin with `results`, what each points to; a problem where it cannot be asked. */
  async listRemote(
    remote: string,
  ): Promise<{ readonly heads: ReadonlyMap<string, string> } | { readonly problem: PushProblem }> {
    const words = [
      'ls-remote',
      '--heads',
      '--',
      remote,
      'refs/heads/results',
      'refs/heads/results*',
      'refs/heads/results/*',
    ]
    const { exitCode, stdout, stderr } = await askGit(words, this.network)
    if (exitCode !== 0) return { problem: judgePush(remote, 'results', stderr) }
    const heads = new Map<string, string>()
    for (const line of stdout.toString('utf8').split('\n')) {
      const [, commit, name] = /^([0-9a-f]{40,64})\trefs\/heads\/(\S+)$/.exec(line) ?? []
      if (commit !== undefined && name !== undefined) heads.set(name, commit)
    }
    return { heads }
  }

  /** Gets what a branch of the remote points to, and writes no reference for it. Null: it is there now. */
  async fetch(remote: string, branch: string): Promise<PushProblem | null> {
    const words = [
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-prune',
      '--no-write-fetch-head',
      '--refmap=',
      '--recurse-submodules=no',
    ]
    const { exitCode, stderr } = await askGit([...words, '--', remote, `refs/heads/${branch}`], this.network)
    return exitCode === 0 ? null : judgePush(remote, branch, stderr)
  }

  /** A file as a commit has it: as it is kept, without what filters would make of it. */
  async readFile(commit: string, file: string): Promise<TreeFile> {
    const other: TreeFile = { kind: 'other', mode: '', bytes: null }
    const parts = file.split('/')
    for (let depth = 1; depth <= parts.length; depth++) {
      const at = parts.slice(0, depth).join('/')
      const line = await runGit(['ls-tree', '-z', commit, '--', at], this.call)
      const [, mode, type, id] = /^(\d+) (\w+) ([0-9a-f]+)\t/.exec(line) ?? []
      if (mode === undefined || id === undefined) return { kind: 'absent', mode: '100644', bytes: null }
      const isLast = depth === parts.length
      if (!isLast && type !== 'tree') return other
      if (!isLast) continue
      if (type !== 'blob' || mode === '120000') return other
      const size = Number(await runGit(['cat-file', '-s', id], this.call))
      if (size > maxDocumentBytes) return other
      return { kind: 'file', mode, bytes: await runGitBytes(['cat-file', 'blob', id], this.call) }
    }
    return other
  }

  /** A commit on top of `parent` in which one file is different; `file` null: none is. The same asked for twice is the same commit. */
  async commit(
    parent: string,
    file: { readonly path: string; readonly mode: string; readonly bytes: Buffer } | null,
    message: string,
  ): Promise<string> {
    const tree = file === null ? `${parent}^{tree}` : await this.withFile(parent, file)
    return this.commitTree(await runGit(['rev-parse', '--verify', tree], this.call), parent, message)
  }

  /**
   * A commit on top of `parent` with what lies between `from` and `to`. Null: it does not fit there, or there is nothing of it.
   * `index`: where an index of our own may be for that time.
   */
  async commitDifference(
    parent: string,
    from: string,
    to: string,
    index: string,
    message: string,
  ): Promise<string | null> {
    const patch = await runGitBytes([...difference, '--binary', '--full-index', from, to], this.call)
    if (patch.length === 0) return null
    const own: GitOptions = { ...this.call, own: { GIT_INDEX_FILE: index } }
    fs.mkdirSync(path.dirname(index), { recursive: true, mode: 0o700 })
    try {
      await runGit(['read-tree', parent], own)
      const apply = ['apply', '--cached', '--3way', '--whitespace=nowarn']
      const fits = (await askGit(apply, { ...own, input: patch })).exitCode === 0
      // Where a part of it does not fit, the index has all sides of that part: no tree can be written of it.
      const tree = fits ? await tryGit(['write-tree'], own) : null
      if (tree === null || tree === (await runGit(['rev-parse', `${parent}^{tree}`], this.call))) return null
      return await this.commitTree(tree, parent, message)
    } finally {
      fs.rmSync(index, { force: true })
      fs.rmSync(`${index}.lock`, { force: true })
    }
  }

  /** The files that differ, from the top of the repository on. */
  async listDifference(from: string, to: string): Promise<readonly string[]> {
    const list = await runGit(['diff-tree', '-r', '-z', '--name-only', '--no-renames', from, to], this.call)
    return list.split('\0').filter((name) => name !== '')
  }

  /** The difference as text, for people. */
  async renderDifference(from: string, to: string): Promise<string> {
    return runGit([...difference, from, to], this.call)
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

  /**
   * Pushes `commit` to the branch, which has to be at `expected` there (null: not there). Whoever asks has seen that `commit` descends
   * from it, so that nothing is ever overwritten; the lease adds that nothing is made anew that somebody has deleted.
   */
  async push(remote: string, branch: string, expected: string | null, commit: string): Promise<PushProblem | null> {
    if (expected !== null && !(await this.isAncestor(expected, commit)))
      return judgePush(remote, branch, 'non-fast-forward')
    const ref = `refs/heads/${branch}`
    const words = [
      'push',
      '--no-verify',
      '--quiet',
      '--no-signed',
      `--force-with-lease=${ref}:${expected ?? ''}`,
      '--',
      remote,
      `${commit}:${ref}`,
    ]
    const { exitCode, stderr } = await askGit(words, this.network)
    return exitCode === 0 ? null : judgePush(remote, branch, stderr)
  }

  /** The value of a setting of git, or null. */
  async setting(key: string): Promise<string | null> {
    return tryGit(['config', '--get', key], this.call)
  }

  async remoteAddress(remote: string): Promise<string | null> {
    return tryGit(['remote', 'get-url', '--push', '--', remote], this.call)
  }

  private async withFile(
    parent: string,
    file: { readonly path: string; readonly mode: string; readonly bytes: Buffer },
  ): Promise<string> {
    const blob = await runGit(['hash-object', '-w', '--no-filters', '--stdin'], { ...this.call, input: file.bytes })
    const parts = file.path.split('/')
    let entry = { mode: file.mode, type: 'blob', id: blob }
    for (let depth = parts.length - 1; depth >= 0; depth--) {
      const folder = parts.slice(0, depth).join('/')
      // One character a byte: names of others may be in any encoding, and stay what they are.
      const name = Buffer.from(parts[depth] ?? '').toString('latin1')
      const list = await askGit(
        ['ls-tree', '-z', folder === '' ? `${parent}^{tree}` : `${parent}:${folder}`],
        this.call,
      )
      const lines = list.exitCode === 0 ? list.stdout.toString('latin1').split('\0') : []
      const others = lines.filter((line) => line !== '' && line.slice(line.indexOf('\t') + 1) !== name)
      const all = [...others, `${entry.mode} ${entry.type} ${entry.id}\t${name}`].map((line) => `${line}\0`).join('')
      const id = await runGit(['mktree', '-z', '--missing'], { ...this.call, input: Buffer.from(all, 'latin1') })
      entry = { mode: '040000', type: 'tree', id }
    }
    return entry.id
  }

  private async commitTree(tree: string, parent: string, message: string): Promise<string> {
    const date = `@${Math.floor(this.options.atMs / 1000)} +0000`
    const known = await tryGit(['var', 'GIT_AUTHOR_IDENT'], this.call)
    const who =
      known === null
        ? {
            GIT_AUTHOR_NAME: fallback.name,
            GIT_AUTHOR_EMAIL: fallback.email,
            GIT_COMMITTER_NAME: fallback.name,
            GIT_COMMITTER_EMAIL: fallback.email,
          }
        : {}
    const own = { ...who, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date }
    return runGit(['commit-tree', '--no-gpg-sign', '-p', parent, tree], { ...this.call, own, input: message })
  }
}

/** Where references and objects are, for all worktrees; null: in none of git's. */
async function commonFolder(call: GitOptions): Promise<string | null> {
  const folder = await tryGit(['rev-parse', '--git-common-dir'], call)
  return folder === null ? null : fs.realpathSync(path.resolve(call.cwd, folder))
}
