// Where a remote of a repository is: addresses as git writes them, and which remote and which repository a results branch goes to.

export interface RemoteRepository {
  readonly host: string
  readonly owner: string
  readonly name: string
}

const word = '[A-Za-z0-9][A-Za-z0-9._-]{0,99}'
const addresses = [
  new RegExp(
    `^(?:https?|ssh|git|git\\+ssh)://(?:[^/@\\s]*@)?(${word}(?::\\d{1,5})?)/(${word})/(${word}?)(?:\\.git)?/?$`,
  ),
  new RegExp(`^(?:[^/@\\s:]+@)?(${word}):/?(${word})/(${word}?)(?:\\.git)?/?$`),
]

/** Null for what is no `host/owner/name`: a path, a file, a group in a group. */
export function parseRemote(url: string): RemoteRepository | null {
  for (const pattern of addresses) {
    const [, host, owner, name] = pattern.exec(url.trim()) ?? []
    if (host === undefined || owner === undefined || name === undefined || name === '') continue
    // GitHub's own way around a firewall; a port of ssh says nothing of where its pages are.
    const isSsh = !/^(?:https?|git):/.test(url.trim())
    const plain = isSsh ? host.replace(/:\d+$/, '') : host
    return { host: plain === 'ssh.github.com' ? 'github.com' : plain.toLowerCase(), owner, name }
  }
  return null
}

/** As `gh --repo` wants it. Always with its host: without one gh takes that of GH_HOST, or the only one that it is logged in at. */
export function ghRepository({ host, owner, name }: RemoteRepository): string {
  return `${host}/${owner}/${name}`
}

/** For people. */
export function renderRepository({ host, owner, name }: RemoteRepository): string {
  return host === 'github.com' ? `${owner}/${name}` : `${host}/${owner}/${name}`
}

export function isSameRepository(a: RemoteRepository, b: RemoteRepository): boolean {
  return renderRepository(a).toLowerCase() === renderRepository(b).toLowerCase()
}

/** An address as it may be shown: whoever logs in is nobody else's business. */
export function showAddress(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@\s]*@/i, '$1')
}

export interface RemoteChoice {
  readonly remotes: readonly string[]
  /** `branch.<current>.pushRemote`, `remote.pushDefault`, `branch.<current>.remote`, where they are set. */
  readonly configured: readonly (string | null)[]
}

/** Where git itself would push to: what is set, else `origin`, else the only one. Null: there is none, or it cannot be told. */
export function chooseRemote({ remotes, configured }: RemoteChoice): string | null {
  const set = configured.find((one) => one !== null && remotes.includes(one))
  if (set !== undefined) return set
  if (remotes.includes('origin')) return 'origin'
  return remotes.length === 1 ? (remotes[0] ?? null) : null
}

/** Whether a name of a remote can stand in an argument: git allows more, such as addresses. */
export function isRemoteName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._/-]{0,99}$/.test(name) && !name.includes('..')
}
