// What `git push` means when it fails: whether waiting may help, and what a person can do.

export interface PushProblem {
  readonly kind: 'offline' | 'login' | 'forbidden' | 'protected' | 'lfs' | 'moved' | 'refused' | 'no_repository'
  readonly isPassing: boolean
  readonly sentence: string
}

/** `stderr` is data: of a remote, of a helper. */
export function judgePush(remote: string, branch: string, stderr: string): PushProblem {
  const text = stderr.slice(0, 8_000)
  const what = `The branch ${branch} could not be pushed to ${remote}`
  const by = (kind: PushProblem['kind'], isPassing: boolean, why: string): PushProblem => ({
    kind,
    isPassing,
    sentence: `${what}: ${why}`,
  })
  if (/stale info|fetch first|non-fast-forward|remote ref .*changed|cannot lock ref|failed to update ref/i.test(text))
    return by('moved', true, 'it has moved there meanwhile; it is looked at anew.')
  if (/GH008|LFS object|lfs\.(?:locksverify|url)/i.test(text))
    return by(
      'lfs',
      false,
      `files of Git LFS that its commits name are not there yet. Upload them (git lfs push ${remote} ${branch}); the next update pushes the branch, or git push ${remote} ${branch} does now.`,
    )
  if (/protected branch|GH006|GH013|rule violations|pre-receive hook declined|hook declined/i.test(text))
    return by(
      'protected',
      false,
      `rules of the remote forbid it (${said(text)}). Allow branches results/*, or open the pull request by hand.`,
    )
  if (
    /Could not resolve host|Failed to connect|Couldn't connect|gnutls_handshake|SSL_(?:connect|ERROR)|Connection (?:refused|timed out|reset|closed)|Operation timed out|Network is unreachable|early EOF|unexpected disconnect|HTTP 5\d\d|error: 5\d\d|timeout/i.test(
      text,
    )
  )
    return by('offline', true, 'it cannot be reached just now.')
  if (
    /Authentication failed|could not read (?:Username|Password)|terminal prompts disabled|Permission denied \(|Host key verification failed|Invalid username|HTTP 401|error: 401/i.test(
      text,
    )
  )
    return by(
      'login',
      false,
      'git could not log in without asking. Let a key, an agent or a helper do it (with gh: gh auth setup-git).',
    )
  if (
    /Permission to .* denied|Write access|error: 403|HTTP 403|insufficient permission|not allowed|read.only|Permission denied/i.test(
      text,
    )
  )
    return by(
      'forbidden',
      false,
      'you may not push there. Fork it (gh repo fork --remote), and choose the fork as the remote.',
    )
  if (/Repository not found|does not appear to be a git repository|does not exist|No such file/i.test(text))
    return by('no_repository', false, `there is no such repository for this login (${said(text)}).`)
  return by('refused', false, said(text))
}

function said(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.replace(/^remote:\s*/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('hint:') && !line.startsWith('To '))
  return (
    lines.find((line) => /error|fatal|GH\d|denied|declined|rejected/i.test(line)) ??
    lines.at(-1) ??
    'no reason was given'
  ).slice(0, 300)
}
