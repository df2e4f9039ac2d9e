// Secrets of known shapes in texts that leave the machine, or that are kept where others may read them. What is taken out is
// said in its place. It knows shapes only: a secret without one is not found, so people are shown first what leaves.

interface Shape {
  readonly name: string
  /** Global. A group named `secret` is what is taken out, else the whole match. Each is linear in the text. */
  readonly pattern: RegExp
}

/** Ends of a token: no letter, digit or the like goes on on either side. */
const token = (body: string, flags = 'g') => new RegExp(`(?<![A-Za-z0-9_-])${body}(?![A-Za-z0-9_-])`, flags)

const shapes: readonly Shape[] = [
  {
    name: 'private key',
    pattern:
      /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----BEGIN )[^]){0,20000}?(?:-----END (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----|$)/g,
  },
  { name: 'Anthropic key', pattern: token('sk-ant-[A-Za-z0-9_-]{8,300}') },
  { name: 'OpenRouter key', pattern: token('sk-or-[A-Za-z0-9_-]{16,200}') },
  { name: 'OpenAI key', pattern: token('sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,300}') },
  { name: 'GitHub token', pattern: token('gh[pousr]_[A-Za-z0-9]{30,255}') },
  { name: 'GitHub token', pattern: token('github_pat_[A-Za-z0-9_]{22,255}') },
  { name: 'GitLab token', pattern: token('gl(?:pat|ptt|dt|rt|cbt|ft|soat|agent)-[A-Za-z0-9_-]{20,100}') },
  { name: 'AWS key id', pattern: token('(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}') },
  {
    name: 'AWS secret',
    pattern:
      /aws[_-]?(?:secret[_-]?access[_-]?key|session[_-]?token)["']?\s{0,5}[:=]\s{0,5}["']?(?<secret>[A-Za-z0-9/+=]{20,2000})/gi,
  },
  { name: 'Google API key', pattern: token('AIza[A-Za-z0-9_-]{35}') },
  { name: 'Google OAuth secret', pattern: token('GOCSPX-[A-Za-z0-9_-]{20,60}') },
  { name: 'Google OAuth token', pattern: token('ya29\\.[A-Za-z0-9_-]{20,2000}') },
  { name: 'Hugging Face token', pattern: token('(?:hf|api_org)_[A-Za-z0-9]{30,100}') },
  { name: 'Slack token', pattern: token('xox[abeoprs]-[A-Za-z0-9-]{10,250}') },
  { name: 'Slack token', pattern: token('xapp-\\d-[A-Za-z0-9-]{10,250}') },
  {
    name: 'Slack webhook',
    pattern: /https:\/\/hooks\.slack\.com\/(?:services|workflows)\/(?<secret>[A-Za-z0-9/_-]{20,200})/g,
  },
  {
    name: 'Discord webhook',
    pattern:
      /https:\/\/(?:[a-z]{1,10}\.)?discord(?:app)?\.com\/api\/(?:v\d{1,2}\/)?webhooks\/\d{15,22}\/(?<secret>[A-Za-z0-9_-]{40,100})/g,
  },
  { name: 'Discord token', pattern: token('[MNO][A-Za-z0-9_-]{23,27}\\.[A-Za-z0-9_-]{6}\\.[A-Za-z0-9_-]{27,45}') },
  { name: 'Telegram token', pattern: token('\\d{8,10}:AA[A-Za-z0-9_-]{33}') },
  { name: 'Stripe key', pattern: token('(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,200}') },
  { name: 'Stripe secret', pattern: token('whsec_[A-Za-z0-9+/=]{24,100}') },
  { name: 'npm token', pattern: token('npm_[A-Za-z0-9]{36}') },
  { name: 'npm token', pattern: /_auth(?:Token)?\s{0,3}=\s{0,3}["']?(?<secret>[A-Za-z0-9+/=_-]{8,500})/g },
  { name: 'PyPI token', pattern: token('pypi-[A-Za-z0-9_-]{50,500}') },
  { name: 'SendGrid key', pattern: token('SG\\.[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{16,64}') },
  { name: 'Twilio key', pattern: token('SK[0-9a-f]{32}') },
  { name: 'Mailgun key', pattern: token('key-[0-9a-f]{32}') },
  { name: 'DigitalOcean token', pattern: token('do[opr]_v1_[0-9a-f]{64}') },
  { name: 'Databricks token', pattern: token('dapi[0-9a-f]{32}(?:-\\d)?') },
  { name: 'Shopify token', pattern: token('shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}') },
  { name: 'Replicate token', pattern: token('r8_[A-Za-z0-9]{30,60}') },
  { name: 'Groq key', pattern: token('gsk_[A-Za-z0-9]{40,80}') },
  { name: 'xAI key', pattern: token('xai-[A-Za-z0-9]{40,120}') },
  { name: 'Perplexity key', pattern: token('pplx-[A-Za-z0-9]{40,80}') },
  { name: 'Linear key', pattern: token('lin_(?:api|oauth)_[A-Za-z0-9]{32,64}') },
  { name: 'Notion token', pattern: token('(?:secret|ntn)_[A-Za-z0-9]{40,60}') },
  { name: 'Vault token', pattern: token('hv[sbr]\\.[A-Za-z0-9_-]{20,300}') },
  { name: 'age key', pattern: token('AGE-SECRET-KEY-1[A-Z0-9]{58}') },
  {
    name: 'JSON web token',
    pattern: token('eyJ[A-Za-z0-9_-]{8,4000}\\.eyJ[A-Za-z0-9_-]{8,8000}\\.[A-Za-z0-9_-]{0,2000}'),
  },
  {
    name: 'storage key',
    pattern:
      /\b(?:AccountKey|SharedAccessKey|SharedAccessSignature)\s{0,3}=\s{0,3}(?<secret>[A-Za-z0-9+/=%&-]{16,400})/g,
  },
  {
    name: 'signature',
    pattern:
      /[?&](?:sig|X-Amz-Signature|X-Amz-Security-Token|X-Goog-Signature)=(?<secret>[A-Za-z0-9%+/=_.-]{16,2000})/gi,
  },
  // Those that go by what stands before them come last.
  {
    name: 'password',
    pattern: /\b[a-z][a-z0-9+.-]{1,30}:\/\/[^\s/:@"'<>]{0,200}:(?<secret>[^\s/@"'<>]{1,400})@/gi,
  },
  {
    name: 'credentials',
    pattern:
      /\bauthorization["']?\s{0,3}[:=]\s{0,3}["']?(?:(?:basic|bearer|token|digest)\s{1,3})?(?<secret>[A-Za-z0-9+/=_.~-]{8,8000})/gi,
  },
  { name: 'credentials', pattern: /\bbearer\s{1,3}(?<secret>[A-Za-z0-9+/=_.~-]{16,8000})/gi },
  { name: 'cookie', pattern: /\b(?:set-)?cookie:\s{0,3}(?<secret>[^\r\n]{8,8000})/gi },
  {
    name: 'password',
    pattern:
      /(?:^|\n)\s{0,20}(?:machine\s{1,5}\S{1,200}\s{1,5})?login\s{1,5}\S{1,200}\s{1,5}password\s{1,5}(?<secret>\S{1,400})/gi,
  },
  {
    name: 'secret',
    pattern:
      /(?<![A-Za-z])(?:[A-Za-z0-9]{1,40}[_.-]){0,6}(?:password|passwd|passphrase|pwd|secret|secret[_-]?key|api[_-]?key|apikey|access[_-]?key|access[_-]?token|auth[_-]?token|refresh[_-]?token|client[_-]?secret|private[_-]?key|token|credentials?)["']?\s{0,3}(?:=|:(?!\/\/)|=>)\s{0,3}(?:"(?<quoted>[^"\r\n]{4,2000})"|'(?<single>[^'\r\n]{4,2000})'|(?<secret>[^\s"',;&|<>(){}[\]$\\]{6,2000}))/gi,
  },
  {
    name: 'password',
    pattern:
      /(?<=\s)--?(?:password|passwd|pass|token|api-key|secret)(?:\s{1,3}|=)(?<secret>[^\s"',;&|<>$-][^\s"',;&|<>]{3,400})/gi,
  },
]

/** What stands in the place of a secret. */
const replacement = (name: string) => `‹${name} removed›`

const replaced = /‹[A-Za-z ]{1,40} removed›/

/** Whether something was taken out of `text`, so that it is not what it was. */
export function hasRedacted(text: string): boolean {
  return replaced.test(text)
}

/** Values that say that there is no secret here: `token=null`, `token: 12`, `tokens: 4096`, and what was taken out before. */
const harmless =
  /^(?:null|none|true|false|undefined|nan|empty|required|missing|invalid|expired|\*+|x{3,}|[\d.,eE+-]+(?:[a-z%/]{0,8})?)$|^‹/i

/** `text` with every secret of a known shape replaced by words that say what it was. Never throws. */
export function redactSecrets(text: string): string {
  let redacted = text
  for (const { name, pattern } of shapes)
    redacted = redacted.replace(pattern, (...match: unknown[]) => {
      const whole = String(match[0])
      const groups = match.at(-1)
      const named =
        typeof groups === 'object' && groups !== null ? Object.values(groups as Record<string, unknown>) : []
      const secret = named.find((one): one is string => typeof one === 'string')
      if (secret === undefined) return replacement(name)
      if (harmless.test(secret)) return whole
      const at = whole.lastIndexOf(secret)
      return whole.slice(0, at) + replacement(name) + whole.slice(at + secret.length)
    })
  return redacted
}
