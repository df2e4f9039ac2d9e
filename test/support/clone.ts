// A clone of a bare repository, in which nothing of a person's may change: real git, in a home of the test's own.
import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

export class Clone {
  readonly home: string
  readonly bare: string
  /** The working tree. */
  readonly folder: string
  readonly env: Record<string, string>

  /** The remote has the address of a repository at GitHub, and is a bare repository on this disk. */
  constructor(
    readonly root: string,
    readonly address = 'https://github.com/ada/space.git',
  ) {
    this.home = path.join(root, 'home')
    this.bare = path.join(root, 'remote.git')
    this.folder = path.join(root, 'space')
    fs.mkdirSync(this.home, { recursive: true })
    fs.writeFileSync(
      path.join(this.home, '.gitconfig'),
      `[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n[url "${this.bare}"]\n\tinsteadOf = ${address}\n`,
    )
    this.env = { PATH: process.env['PATH'] ?? '', HOME: this.home, GIT_CONFIG_NOSYSTEM: '1', TMPDIR: os.tmpdir() }
    this.git(['init', '--quiet', '--bare', this.bare], root)
    this.git(['init', '--quiet', this.folder], root)
    this.git(['remote', 'add', 'origin', address])
  }

  static make(address?: string): Clone {
    return new Clone(fs.mkdtempSync(path.join(os.tmpdir(), 'relay-clone-')), address)
  }

  remove(): void {
    fs.rmSync(this.root, { recursive: true, force: true })
  }

  git(words: readonly string[], cwd = this.folder): string {
    return execFileSync('git', [...words], {
      cwd,
      env: this.env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trimEnd()
  }

  write(file: string, text: string | Buffer): void {
    const whole = path.join(this.folder, file)
    fs.mkdirSync(path.dirname(whole), { recursive: true })
    fs.writeFileSync(whole, text)
  }

  commitAll(message = 'work'): string {
    this.git(['add', '--all'])
    this.git(['commit', '--quiet', '--no-verify', '--message', message])
    return this.git(['rev-parse', 'HEAD'])
  }

  /** A commit, and a remote that has it. */
  begin(
    files: Readonly<Record<string, string>> = { 'docs/moons.md': '# Two moons\n\nMine.\n', 'train.py': 'print(1)\n' },
  ): string {
    for (const [file, text] of Object.entries(files)) this.write(file, text)
    const commit = this.commitAll('begin')
    this.git(['push', '--quiet', 'origin', 'HEAD:main'])
    return commit
  }

  /** A file of a branch of the remote; null: there is none. */
  remoteFile(branch: string, file: string): string | null {
    try {
      return execFileSync('git', ['show', `${branch}:${file}`], {
        cwd: this.bare,
        env: this.env,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      })
    } catch {
      return null
    }
  }

  remoteCommits(branch: string): readonly string[] {
    return this.git(['log', '--format=%H', branch, '--not', 'main', '--'], this.bare)
      .split('\n')
      .filter((line) => line !== '')
  }

  remoteBranches(): readonly string[] {
    return this.git(['for-each-ref', '--format=%(refname:short)', 'refs/heads'], this.bare).split('\n')
  }

  /** Somebody else's change of a branch at the remote. */
  changeAtRemote(branch: string, file: string, change: (text: string) => string): string {
    const other = fs.mkdtempSync(path.join(this.root, 'other-'))
    this.git(['clone', '--quiet', '--branch', branch, this.bare, other], this.root)
    const whole = path.join(other, file)
    fs.writeFileSync(whole, change(fs.readFileSync(whole, 'utf8')))
    this.git(['commit', '--quiet', '--all', '--message', 'by hand'], other)
    this.git(['push', '--quiet', 'origin', branch], other)
    return this.git(['rev-parse', 'HEAD'], other)
  }

  /**
   * Everything that is the person's, byte for byte: files, index, HEAD, settings, hooks, and all references but those of results
   * branches; of worktrees those that are not below `ours`.
   */
  print(): Readonly<Record<string, string>> {
    const print: Record<string, string> = {}
    const visit = (folder: string) => {
      for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
        const file = path.join(folder, entry.name)
        const name = path.relative(this.folder, file)
        if (
          /^\.git\/(?:objects|worktrees)$|^\.git\/(?:logs\/)?refs\/(?:heads|remotes\/[^/]+)\/results(?:$|[/-])/.test(
            name,
          )
        )
          continue
        if (entry.isDirectory()) visit(file)
        else if (entry.isSymbolicLink()) print[name] = `link ${fs.readlinkSync(file)}`
        else
          print[name] =
            `${fs.statSync(file).mode.toString(8)} ${createHash('sha256').update(fs.readFileSync(file)).digest('hex')}`
      }
    }
    visit(this.folder)
    return print
  }
}
