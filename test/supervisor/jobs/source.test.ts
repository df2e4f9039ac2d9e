import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { readSource } from '../../../src/supervisor/jobs/source'

test('the commit a job ran with is known, and an unborn branch has none', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'relay-source-'))
  const git = (...words: string[]) => execFileSync('git', ['-C', folder, ...words], { encoding: 'utf8' }).trim()
  git('init', '-q')
  expect(await readSource(folder)).toMatchObject({ commit: null, problem: null })
  git('-c', 'user.name=a', '-c', 'user.email=a@b.c', 'commit', '-q', '--allow-empty', '-m', 'x')
  expect(await readSource(folder)).toMatchObject({ commit: git('rev-parse', 'HEAD'), dirty: false, problem: null })
  fs.rmSync(folder, { recursive: true })
})
