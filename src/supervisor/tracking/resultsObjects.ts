// The commits of a results branch, put together out of git's objects, so that no filter, hook or submodule has a part in it and no file of a
// person's is touched.
import fs from 'node:fs'
import path from 'node:path'
import { askGit, type GitOptions, runGit, runGitBytes, tryGit } from '../../store/tracking/askGit'

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
/** Who commits where git does not know who the person is. */
const fallback = { name: 'Relay Jobs', email: 'relay-jobs@localhost' }

export interface TreeFile {
  readonly kind: 'file' | 'absent' | 'other'
  /** Of a file; its mode is kept. */
  readonly mode: string
  readonly bytes: Buffer | null
}

export class ResultsObjects {
  /** `atMs`: of the commits: the same act done again makes the same commit. */
  constructor(
    private readonly call: GitOptions,
    private readonly atMs: number,
  ) {}

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
    const date = `@${Math.floor(this.atMs / 1000)} +0000`
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
