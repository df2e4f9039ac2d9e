// What a language model can see of a disk: the workspace folder, bounded, and nothing that a link or a path leads to.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test as base, expect } from 'vitest'
import { readCall } from '../../../src/core/followUps/readingTools'
import { WorkspaceReader } from '../../../src/store/followUps/workspaceReader'

interface Disk {
  readonly root: string
  readonly outside: string
  /** A call as a model makes it, and the whole text that comes of it. */
  readonly call: (name: string, input?: object) => Promise<string>
}

const test = base.extend<{ disk: Disk }>({
  disk: async ({}, use) => {
    const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'relay-reader-')))
    const root = path.join(folder, 'workspace')
    const outside = path.join(folder, 'outside')
    for (const one of [root, outside, path.join(root, 'state/jobs')]) fs.mkdirSync(one, { recursive: true })
    fs.writeFileSync(path.join(outside, 'secret.txt'), 'outside words\n')
    fs.writeFileSync(path.join(root, 'state/jobs/env'), 'state words\n')
    fs.writeFileSync(path.join(folder, 'job.log'), 'first\nepoch 1\nepoch 2\n')
    const reader = new WorkspaceReader({ root, closed: [path.join(root, 'state')], log: path.join(folder, 'job.log') })
    const call = async (name: string, input: object = {}) => {
      const { head, lines } = await reader.look(readCall(name, input), new AbortController().signal)
      return [head, ...lines].join('\n')
    }
    await use({ root, outside, call })
    fs.rmSync(folder, { recursive: true })
  },
})

test('a file is read in ranges, from its beginning and from its end', async ({ disk: { root, call } }) => {
  const lines = Array.from({ length: 1_000 }, (_, index) => `line ${index + 1}`)
  fs.mkdirSync(path.join(root, 'exp'))
  fs.writeFileSync(path.join(root, 'exp/long.txt'), `${lines.join('\n')}\n`)
  expect(await call('read_file', { path: 'exp/long.txt', from_line: 499, lines: 2 })).toBe(
    'exp/long.txt, lines 499 to 500, 8893 bytes in all\nline 499\nline 500',
  )
  expect(await call('read_file', { path: 'exp/long.txt', from_line: -2 })).toBe(
    'exp/long.txt, from 2 lines before its end\nline 999\nline 1000',
  )
  const whole = await call('read_file', { path: './exp/../exp/long.txt' })
  expect(whole.split('\n')).toHaveLength(401)
  expect(await call('read_file', { path: 'exp/long.txt', from_line: 2_000 })).toContain('has no line 2000')
  expect(await call('list_folder', { path: 'exp' })).toBe('exp/: 1 entries\nlong.txt (8893 bytes)')
})

test('nothing outside of the folder is read, listed or searched, whatever leads there', async ({
  disk: { root, outside, call },
}) => {
  fs.symlinkSync(path.join(outside, 'secret.txt'), path.join(root, 'link.txt'))
  fs.symlinkSync(outside, path.join(root, 'folder'))
  fs.symlinkSync('link.txt', path.join(root, 'link-to-link'))
  fs.writeFileSync(path.join(root, '..hidden'), 'inside words\n')
  const paths = [
    '../outside/secret.txt',
    path.join(outside, 'secret.txt'),
    'link.txt',
    'link-to-link',
    'folder/secret.txt',
  ]
  for (const one of paths) {
    const said = await call('read_file', { path: one })
    expect(said).toContain('outside of the workspace folder')
    expect(said).not.toContain('words')
  }
  for (const one of ['..', 'folder', '/', outside])
    expect(await call('list_folder', { path: one })).toContain('outside of the workspace folder')
  expect(await call('search_text', { text: 'words', path: 'folder' })).toContain('outside of the workspace folder')
  expect(await call('search_text', { text: 'WORDS' })).toBe('1 lines with that text in .\n..hidden:1: inside words')
  expect(await call('read_file', { path: '..hidden' })).toContain('inside words')
})

test('what Relay Jobs keeps is closed, even where it lies in the workspace', async ({ disk: { call } }) => {
  expect(await call('read_file', { path: 'state/jobs/env' })).toContain('belongs to Relay Jobs')
  expect(await call('list_folder', { path: 'state' })).toContain('belongs to Relay Jobs')
  expect(await call('list_folder')).not.toContain('state')
  expect(await call('search_text', { text: 'state words' })).toContain('0 lines')
})

test('keys are not read, and of settings with passwords only the names', async ({ disk: { root, call } }) => {
  fs.writeFileSync(path.join(root, '.env'), 'TOKEN=hunter2-hunter2\n')
  fs.writeFileSync(path.join(root, 'server.pem'), 'hunter2-hunter2\n')
  fs.symlinkSync('.env', path.join(root, 'plain.txt'))
  expect(await call('read_file', { path: '.env' })).toContain('TOKEN=‹value removed›')
  expect(await call('read_file', { path: '.env', from_line: -1 })).toContain('TOKEN=‹value removed›')
  expect(await call('read_file', { path: 'plain.txt' })).toContain('TOKEN=‹value removed›')
  expect(await call('read_file', { path: 'server.pem' })).toContain('by its name it holds keys')
  expect(await call('search_text', { text: 'hunter2' })).toContain('0 lines')
})

test('what is no text, no file or not there is told in a sentence', async ({ disk: { root, call } }) => {
  fs.writeFileSync(path.join(root, 'model.bin'), Buffer.from([1, 0, 2, 3]))
  fs.mkdirSync(path.join(root, 'exp'))
  expect(await call('read_file', { path: 'model.bin' })).toBe('model.bin is no text (4 bytes).')
  expect(await call('read_file', { path: 'exp' })).toBe('Cannot read exp: it is a directory.')
  expect(await call('read_file', { path: 'nowhere' })).toBe('Cannot read nowhere: there is no such file.')
  expect(await call('read_file', { path: 'nul\0' })).toBe('Cannot read nul\0: its name is not valid.')
  expect(await call('list_folder', { path: 'model.bin' })).toContain('a part of its path is not a directory')
  expect(await call('read_log', { lines: 2 })).toBe('the last 2 lines of the log\nepoch 1\nepoch 2')
})

test('a line without an end and a file of one line cost no more than what is shown', async ({
  disk: { root, call },
}) => {
  fs.writeFileSync(path.join(root, 'one-line.json'), 'x'.repeat(3_000_000))
  const said = await call('read_file', { path: 'one-line.json' })
  expect(said.length).toBeLessThan(3_000)
  expect(said).toContain('more)')
})
