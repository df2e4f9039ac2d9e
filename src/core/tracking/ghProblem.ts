// What `gh` means when it fails: whether waiting may help, and what a person can do.

export interface GhProblem {
  readonly kind: 'login' | 'offline' | 'rate_limit' | 'forbidden' | 'not_found' | 'exists' | 'refused'
  /** Trying again later may help. */
  readonly isPassing: boolean
  /** One sentence or two, with the way out. */
  readonly sentence: string
}

/** `what` was tried, as in “The pull request could not be opened”. `stderr` is gh's own text: data. `host`: who was asked. */
export function judgeGh(what: string, exitCode: number, stderr: string, host = 'github.com'): GhProblem {
  const text = stderr.slice(0, 4_000)
  const said = lastLine(text)
  if (/rate limit|HTTP 429|abuse detection/i.test(text))
    return problem('rate_limit', true, `${what}: GitHub wants fewer requests for a while.`)
  if (exitCode === 4 || /gh auth login|HTTP 401|Bad credentials|authentication token/i.test(text))
    return problem('login', false, `${what}: gh is not logged in at ${host}. Run: gh auth login --hostname ${host}`)
  if (/SAML|single sign-on|\bSSO\b/i.test(text))
    return problem(
      'forbidden',
      false,
      `${what}: the organization wants single sign-on. Run: gh auth refresh --hostname ${host}`,
    )
  const who = host === 'github.com' ? 'GitHub' : host
  if (
    /error connecting|internet connection|githubstatus|dial (?:tcp|unix)|no such host|connection (?:refused|reset)|timeout|timed out|\bEOF\b|HTTP 5\d\d|TLS handshake|network is unreachable/i.test(
      text,
    )
  )
    return problem('offline', true, `${what}: ${who} cannot be reached just now (${said}).`)
  // The interface learns of a push a moment after git does.
  if (/Head (?:sha|ref|repository) (?:can't|must|is)/i.test(text))
    return problem('refused', true, `${what}: GitHub does not know of the branch yet.`)
  if (/already exists/i.test(text)) return problem('exists', false, `${what}: ${said}`)
  if (/HTTP 404|Could not resolve to a|not found/i.test(text))
    return problem('not_found', false, `${what}: GitHub shows no such repository or thing to this login (${said}).`)
  if (/HTTP 403|must have|not accessible|permission|forbidden|archived/i.test(text))
    return problem(
      'forbidden',
      false,
      `${what}: this login may not do that (${said}). Ask for the right, or use a fork of your own.`,
    )
  return problem('refused', false, `${what}: ${said}`)
}

function problem(kind: GhProblem['kind'], isPassing: boolean, sentence: string): GhProblem {
  return { kind, isPassing, sentence }
}

function lastLine(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  return (lines.find((line) => /GraphQL|HTTP \d|error|fail/i.test(line)) ?? lines.at(-1) ?? 'it said nothing').slice(
    0,
    300,
  )
}
