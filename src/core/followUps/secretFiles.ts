// Files that a model is not to read as they are: keys not at all, settings that hold passwords without their values.

/** By the last parts of its path in the workspace, with `/`. */
export function secrecyOf(relativePath: string): 'key' | 'values' | 'open' {
  const parts = relativePath.toLowerCase().split('/')
  const name = parts.at(-1) ?? ''
  if (parts.some((part) => keyFolders.has(part))) return 'key'
  if (keyNames.has(name) || keyEndings.test(name)) return 'key'
  return valueNames.test(name) ? 'values' : 'open'
}

const keyFolders = new Set(['.ssh', '.gnupg', '.aws', '.azure', '.kube', '.docker', '.gcloud', '.password-store'])
const keyNames = new Set([
  ...['.netrc', '_netrc', '.pgpass', '.my.cnf', '.htpasswd', '.git-credentials', '.vault-token', '.s3cfg', '.boto'],
  ...['id_rsa', 'id_dsa', 'id_ecdsa', 'id_ed25519', 'shadow', 'application_default_credentials.json'],
])
const keyEndings = /\.(?:pem|key|p8|p12|pfx|jks|keystore|ppk|gpg|asc|kdbx|ovpn|agekey|keytab)$/
const valueNames =
  /^\.env(?:rc|[._-].*)?$|\.env$|^\.(?:npmrc|yarnrc\.yml|pypirc|condarc)$|^(?:.*[._-])?(?:secrets?|credentials?|service[_-]?account)(?:[._-].*)?\.(?:json|ya?ml|toml|ini|cfg|conf|properties|txt|env)$|\.tfvars$|\.tfstate(?:\.backup)?$|^pip\.conf$/

const removed = '‹value removed›'
const assignment = /^(\s*(?:export\s+|set\s+)?(?:-\s+)?["']?[\w./@:-]+?["']?\s*(?:=|:(?=\s|$))\s*)(\S.*)?$/
const comment = /^\s*(?:#|;|\/\/)/

/** The line of such a settings file: its names stay, what stands behind them goes, and so does what is no assignment. */
export function withoutValue(line: string): string {
  if (line.trim() === '' || /^[\s{}[\](),;]*$/.test(line)) return line
  if (/^\s*\[[\w .:"'-]+\]\s*$/.test(line)) return line // The name of a section.
  if (comment.test(line)) return '# ‹comment removed›'
  const match = assignment.exec(line)
  if (match === null) return removed
  const [, before = '', value = ''] = match
  return value === '' || /^[{[(|>]\s*$/.test(value) ? line : before + removed
}
