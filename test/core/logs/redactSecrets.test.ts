import { expect, test } from 'vitest'
import { redactSecrets } from '../../../src/core/logs/redactSecrets'

/** A run of characters that is no secret of anybody; put together here, so that nothing in this file looks like one. */
const run = (length: number, of = 'aB3dE5fG7hJ9') => of.repeat(Math.ceil(length / of.length)).slice(0, length)
const hex = (length: number) => run(length, '0a1b2c3d4e5f')
const upper = (length: number) => run(length, 'ABC2DEF3')
const dashes = '-'.repeat(5)

/** Each: the secret, and the text that it stands in with `@` for it. */
const planted: readonly (readonly [name: string, secret: string, text: string])[] = [
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
  ['a variable', run(20), 'export WANDB_API_KEY=@'],
  ['an option', 'correcthorse', 'mysql --password @ -u root'],
  [
    'a private key',
    `${dashes}BEGIN RSA PRIVATE KEY${dashes}\n${run(200)}\n${dashes}END RSA PRIVATE KEY${dashes}`,
    'a\n@\nb',
  ],
  ['a private key whose end was cut off', `${dashes}BEGIN OPENSSH PRIVATE KEY${dashes}\n${run(200)}`, 'a\n@'],
]

test.for(planted)('%s is taken out, and what stands around it stays', ([, secret, text]) => {
  const at = text.indexOf('@')
  const before = text.slice(0, at)
  const after = text.slice(at + 1)
  const redacted = redactSecrets(before + secret + after)
  expect(redacted).not.toContain(secret)
  expect(redacted).toContain(' removed›')
  expect(redacted.startsWith(before.slice(0, 10))).toBe(true)
  expect(redacted.endsWith(after.slice(-5))).toBe(true)
})

test.for([
  'epoch 3 loss 0.25 tokens: 4096 tokens/s=1234.5',
  'tokenizer=bert-base-uncased max_tokens=512 token = null',
  'Password: (none given)',
  'commit 0a1b2c3d4e5f60718293a4b5c6d7e8f901234567 on main',
  'https://example.com/a/b?c=d#e and git@github.com:ada/space.git',
  'sha256:0a1b2c3d4e5f60718293a4b5c6d7e8f9012345670a1b2c3d4e5f60718293a4b5',
  'python train.py --tokens 100 --pass-through --seed 3',
  'the secret of success: practice',
])('what is no secret stays as it is: %s', (text) => {
  expect(redactSecrets(text)).toBe(text)
})

test('hostile text takes time that grows as it does', () => {
  const millisOf = (text: string) => {
    const from = performance.now()
    redactSecrets(text)
    return performance.now() - from
  }
  // A pattern that tries each beginning with each end would take a thousand times as long for eight times as much.
  for (const piece of [
    'password',
    'a:b://',
    '-----BEGIN PRIVATE KEY-----\n',
    'eyJaaaaaaaa.',
    'login x ',
    'a_',
    '?sig=',
  ]) {
    const text = (chars: number) => piece.repeat(Math.ceil(chars / piece.length))
    const small = Math.min(...[1, 2, 3].map(() => millisOf(text(100_000))))
    expect(Math.min(...[1, 2, 3].map(() => millisOf(text(800_000)))), piece).toBeLessThan(40 * Math.max(small, 1))
  }
})
