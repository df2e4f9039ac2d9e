// The tree that a job is launched with, changes that are not committed among them, as a commit that no branch has. It is made with an
// index of our own; where there is too much that git does not know, that is left out and said.
import fs from 'node:fs'
import path from 'node:path'
import { RelayError } from '../../core/relayError'
import { askGit, type GitOptions, runGit } from './treeGit'

const maxFileBytes = 10 * 1024 * 1024
const maxBytes = 500 * 1024 * 1024
const maxFiles = 50_000

export interface Snapshot {
  readonly commit: string
  /** Untracked files that were too large, from the top of the repository on. */
  readonly leftOut: readonly string[]
}

/**
 * `ref` keeps it from being cleared away. Made again, it is another commit: whoever asks keeps the first. Throws RelayError.
 */
export async function takeSnapshot(
  folder: string,
  ref: string,
  index: string,
  git: Pick<GitOptions, 'env' | 'signal'>,
): Promise<Snapshot> {
  const top = await runGit(['rev-parse', '--show-toplevel'], { ...git, cwd: folder })
  const at: GitOptions = { ...git, cwd: top, index }
  const head = await askGit(['rev-parse', '--verify', '-q', 'HEAD^{commit}'], { ...git, cwd: top })
  const parent = head.exitCode === 0 ? head.stdout.trim() : null
  const own = path.resolve(top, await runGit(['rev-parse', '--git-path', 'index'], { ...git, cwd: top }))
  fs.mkdirSync(path.dirname(index), { recursive: true, mode: 0o700 })
  try {
    // What git knows of the files already saves reading them all.
    if (fs.existsSync(own)) fs.copyFileSync(own, index)
    else if (parent !== null) await runGit(['read-tree', parent], at)
    await runGit(['add', '--update', '--', '.'], at)
    const { kept, leftOut } = await listUntracked(top, at)
    if (kept.length > 0)
      await runGit(['update-index', '--add', '-z', '--stdin'], {
        ...at,
        input: kept.map((file) => `${file}\0`).join(''),
      })
    const tree = await runGit(['write-tree'], at)
    const message = 'The files that a tracked job began with\n'
    const words = ['commit-tree', tree, ...(parent === null ? [] : ['-p', parent])]
    const commit = await runGit(words, { ...at, input: message })
    await runGit(['update-ref', ref, commit], at)
    return { commit, leftOut }
  } finally {
    fs.rmSync(index, { force: true })
    fs.rmSync(`${index}.lock`, { force: true })
  }
}

/** What git would add: neither ignored, nor a repository of its own, nor too much. */
async function listUntracked(top: string, at: GitOptions): Promise<{ kept: string[]; leftOut: string[] }> {
  const text = await runGit(['ls-files', '--others', '--exclude-standard', '-z'], at)
  const files = text.split('\0').filter((file) => file !== '' && !file.endsWith('/'))
  if (files.length > maxFiles)
    throw new RelayError(
      'too_many_files',
      `There are ${files.length} files that git does not know in ${top}: add what is no source to .gitignore.`,
    )
  const kept: string[] = []
  const leftOut: string[] = []
  let bytes = 0
  for (const file of files) {
    const stat = fs.lstatSync(path.join(top, file), { throwIfNoEntry: false })
    // It may be gone by now; a pipe or a socket is no file of the job.
    if (stat === undefined || !(stat.isFile() || stat.isSymbolicLink())) continue
    if (stat.size > maxFileBytes || bytes + stat.size > maxBytes) leftOut.push(file)
    else {
      bytes += stat.size
      kept.push(file)
    }
  }
  return { kept, leftOut }
}
