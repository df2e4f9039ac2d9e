// Secrets of all shapes that are known, put together here so that nothing in this file looks like one.

/** A run of characters that is no secret of anybody; put together here, so that nothing in this file looks like one. */
const run = (length: number, of = 'aB3dE5fG7hJ9') => of.repeat(Math.ceil(length / of.length)).slice(0, length)
const hex = (length: number) => run(length, '0a1b2c3d4e5f')
const upper = (length: number) => run(length, 'ABC2DEF3')
const dashes = '-'.repeat(5)

/** Each: the secret, and the text that it stands in with `@` for it. */
export const planted: readonly (readonly [name: string, secret: string, text: string])[] = [
  ['an Anthropic key', `sk-ant-api03-${run(40)}`, 'using @ for claude'],
  ['an OpenAI key', `sk-${run(48)}`, 'openai.api_key is @'],
  ['an OpenAI project key', `sk-proj-${run(60)}`, 'key @, ok'],
  ['an OpenRouter key', `sk-or-v1-${hex(64)}`, '@'],
  ['a GitHub token', `ghp_${run(36)}`, 'remote: @ is not valid'],
  ['a fine-grained GitHub token', `github_pat_${run(60)}`, '(@)'],
  ['a GitLab token', `glpat-${run(20)}`, 'cloning with @'],
  ['an AWS key id', `AKIA${upper(16)}`, 'AccessKeyId @'],
  ['an AWS secret', run(40), 'aws_secret_access_key = @'],
  ['a Google API key', `AIza${run(35)}`, '?key=@&x=1'],
  ['a Google OAuth token', `ya29.${run(60)}`, 'got @'],
  ['a Hugging Face token', `hf_${run(34)}`, 'login @'],
  ['a Slack token', `xoxb-${run(12, '123')}-${run(24)}`, 'slack @'],
  ['a Slack webhook', `T${upper(8)}/B${upper(8)}/${run(24)}`, 'https://hooks.slack.com/services/@'],
  ['a Discord webhook', run(68), `https://discord.com/api/webhooks/${run(18, '123')}/@`],
  ['a Discord token', `M${run(23)}.${run(6)}.${run(30)}`, 'bot @'],
  ['a Telegram token', `${run(9, '12')}:AA${run(33)}`, 'bot @'],
  ['a Stripe key', `sk_live_${run(24)}`, 'stripe @'],
  ['an npm token', `npm_${run(36)}`, '@'],
  ['an npm token of .npmrc', run(40), '//npm.example.com/:_authToken=@'],
  ['a PyPI token', `pypi-${run(80)}`, 'twine @'],
  ['a SendGrid key', `SG.${run(22)}.${run(43)}`, 'mail @'],
  ['a Twilio key', `SK${hex(32)}`, 'sms @'],
  ['a DigitalOcean token', `dop_v1_${hex(64)}`, '@'],
  ['a Databricks token', `dapi${hex(32)}`, '@'],
  ['a Replicate token', `r8_${run(37)}`, '@'],
  ['a Groq key', `gsk_${run(52)}`, '@'],
  ['a Vault token', `hvs.${run(30)}`, 'vault @'],
  ['a JSON web token', `eyJ${run(30)}.eyJ${run(60)}.${run(43)}`, 'cookie jwt @'],
  ['a storage key', `${run(80)}==`, 'AccountName=x;AccountKey=@;EndpointSuffix=y'],
  ['a signed address', hex(64), 'https://b.s3.amazonaws.com/k?X-Amz-Signature=@&y=1'],
  ['the password of an address', 'hunter2', 'postgres://ada:@@localhost/db'],
  ['a basic header', `${run(24)}==`, 'Authorization: Basic @'],
  ['a bearer header', run(40), 'curl -H "Authorization: Bearer @"'],
  ['a cookie', `session=${run(30)}; path=/`, 'Set-Cookie: @'],
  ['a line of .netrc', 'correcthorse', 'machine github.com login ada password @'],
  ['a password in a setting', 'correct-horse', 'db_password=@'],
  ['a password in JSON', 'correct horse battery', '{"password": "@"}'],
  ['a variable', run(20), 'WANDB_API_KEY=@'],
  ['an option', 'correcthorse', 'mysql --password @ -u root'],
  [
    'a private key',
    `${dashes}BEGIN RSA PRIVATE KEY${dashes}\n${run(200)}\n${dashes}END RSA PRIVATE KEY${dashes}`,
    'a\n@\nb',
  ],
  ['a private key whose end was cut off', `${dashes}BEGIN OPENSSH PRIVATE KEY${dashes}\n${run(200)}`, 'a\n@'],
]

/** Sixty of them, each another one: those above, and more of what stands in settings and variables. */
export const sixtySecrets: readonly { readonly secret: string; readonly line: string }[] = [
  ...planted.map(([, secret, text]) => ({ secret, line: text.replace('@', () => secret) })),
  ...Array.from({ length: 60 }, (_, index) => {
    const secret = `${run(16)}${index}x`
    const names = ['API_KEY', 'AUTH_TOKEN', 'DB_PASSWORD', 'CLIENT_SECRET', 'ACCESS_KEY']
    return { secret, line: `export SERVICE_${names[index % names.length] ?? ''}=${secret}` }
  }),
].slice(0, 60)
