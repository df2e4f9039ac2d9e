// The worktree in which an agent looks for a fix and the next attempt runs, and what was changed there. It lies in the state folder; what
// of the person's folder is needed there, and was approved, is linked.
import fs from 'node:fs'
import path from 'node:path'
import { RelayError } from '../../core/relayError'
import { writeDurably } from '../../store/durableFile'
import { askGit, type GitOptions, runGit } from './treeGit'

export interface FixTreeOptions {
  /** The workspace folder. */
  readonly folder: string
  readonly directory: string
  /** The commit that it begins with. */
  readonly base: string
  /** From the workspace folder on. */
  readonly links: readonly string[]
  readonly git: Pick<GitOptions, 'env' | 'signal'>
}

/** Where the workspace folder is in the worktree. One that is there, and whole, is used again. Throws RelayError. */
export async function makeFixTree({ folder, directory, base, links, git }: FixTreeOptions): Promise<string> {
  const top = await runGit(['rev-parse', '--show-toplevel'], { ...git, cwd: folder })
  const inside = path.relative(fs.realpathSync(top), fs.realpathSync(folder))
  const at = { ...git, cwd: top }
  const ready = path.join(path.dirname(directory), `${path.basename(directory)}.ready`)
  const there = path.join(directory, inside)
  if (fs.existsSync(ready)) return there
  if (fs.existsSync(directory)) {
    await askGit(['worktree', 'remove', '--force', '--force', directory], at)
    fs.rmSync(directory, { recursive: true, force: true })
  }
  fs.mkdirSync(path.dirname(directory), { recursive: true, mode: 0o700 })
  // Twice forced: one that is registered, but was never made, is made anew.
  await runGit(['worktree', 'add', '--force', '--force', '--detach', directory, base], at)
  if (!fs.existsSync(there))
    throw new RelayError('no_folder', `${inside} is not in the commit that the job began with.`)
  const linked = new Set(links.map((link) => linkInto(folder, there, link)))
  const modules = await runGit(['ls-files', '--stage', '-z'], { ...git, cwd: directory })
  const missing = modules
    .split('\0')
    .flatMap((line) => (line.startsWith('160000 ') ? [line.slice(line.indexOf('\t') + 1)] : []))
    .filter((module) => !linked.has(path.join(directory, module)))
  if (missing.length > 0)
    throw new RelayError(
      'submodules',
      `The job uses submodules (${missing.slice(0, 5).join(', ')}), which a worktree of its own does not have: approve them as links.`,
    )
  writeDurably(ready, '')
  return there
}

/** What stands in its way and holds something of git's is left. The place of the link. Throws RelayError. */
function linkInto(folder: string, there: string, link: string): string {
  const source = path.resolve(folder, link)
  const place = path.resolve(there, link)
  const isInside = (one: string, of: string) => one.startsWith(`${of}${path.sep}`)
  if (!isInside(source, folder) || !isInside(place, there))
    throw new RelayError('link_outside', `${link} is not inside of the workspace folder.`)
  if (!fs.existsSync(source)) return place
  const known = fs.lstatSync(place, { throwIfNoEntry: false })
  if (known?.isDirectory() === true && fs.readdirSync(place).length === 0) fs.rmdirSync(place)
  else if (known !== undefined) return place
  fs.mkdirSync(path.dirname(place), { recursive: true })
  fs.symlinkSync(source, place)
  return place
}

export interface Fix {
  /** Null: nothing was changed. */
  readonly commit: string | null
  readonly files: readonly string[]
  readonly added: number
  readonly removed: number
}

/**
 * What was changed since `base`, as a commit that `ref` keeps; the patch is written to `patch`. `links` are from the top of the
 * worktree on. Throws RelayError.
 */
export async function takeFix(
  directory: string,
  { base, links, ref, patch, git }: Pick<FixTreeOptions, 'base' | 'links' | 'git'> & { ref: string; patch: string },
): Promise<Fix> {
  const at = { ...git, cwd: directory }
  // A rule such as `data/` ignores no link of that name.
  const excludes = links.map((link) => `:(exclude,literal)${link}`)
  await runGit(['add', '--all', '--', '.', ...excludes], at)
  const diff = ['diff', '--cached', '--no-ext-diff', '--no-textconv', '--no-renames']
  const stat = await runGit([...diff, '--numstat', '-z', base], at)
  const rows = stat.split('\0').filter((row) => row !== '')
  if (rows.length === 0) return { commit: null, files: [], added: 0, removed: 0 }
  const { stdout } = await askGit([...diff, '--binary', base], at)
  writeDurably(patch, stdout)
  const tree = await runGit(['write-tree'], at)
  const commit = await runGit(['commit-tree', tree, '-p', base], {
    ...at,
    input: 'A fix by the agent of a tracked job\n',
  })
  await runGit(['update-ref', ref, commit], at)
  const numbers = rows.map((row) => row.split('\t'))
  const sum = (column: number) => numbers.reduce((all, row) => all + (Number(row[column]) || 0), 0)
  return { commit, files: numbers.map((row) => row.slice(2).join('\t')), added: sum(0), removed: sum(1) }
}
