import { expect, test } from 'vitest'
import { redactSecrets } from '../../../src/core/logs/redactSecrets'
import { planted } from '../../support/plantedSecrets'

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
    expect(Math.min(...[1, 2, 3].map(() => millisOf(text(800_000)))), piece).toBeLessThan(150 * Math.max(small, 1))
  }
})
