// The results branch at a remote: asked for, fetched, pushed. What goes wrong there is a problem in words.
import { judgePush, type PushProblem } from '../../core/tracking/pushProblem'
import { askGit, type GitOptions, tryGit } from '../../store/tracking/askGit'

const networkLimitMs = 180_000

export class ResultsRemotes {
  constructor(private readonly call: GitOptions) {}

  private get network(): GitOptions {
    return { ...this.call, limitMs: networkLimitMs }
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

  /**
   * Pushes `commit` to the branch, which has to be at `expected` there (null: not there). Whoever asks has seen that `commit` descends
   * from it, so that nothing is ever overwritten; the lease adds that nothing is made anew that somebody has deleted.
   */
  async push(remote: string, branch: string, expected: string | null, commit: string): Promise<PushProblem | null> {
    if (expected !== null && !(await this.descends(expected, commit)))
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

  async remoteAddress(remote: string): Promise<string | null> {
    return tryGit(['remote', 'get-url', '--push', '--', remote], this.call)
  }

  private async descends(older: string, newer: string): Promise<boolean> {
    return (await askGit(['merge-base', '--is-ancestor', older, newer], this.call)).exitCode === 0
  }
}
