// Result files are fetched by an ssh that is none: it gives what it is told to a shell here, so that every byte of the scripts is played.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fetchLimits } from '../../../src/core/tracking/chooseFiles'
import type { Fetched } from '../../../src/supervisor/tracking/fetch/fetched'
import { fetchOverSsh } from '../../../src/supervisor/tracking/fetch/fetchOverSsh'
import { hostileNames } from '../../support/hostileNames'

let root: string
let there: string
let target: string
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'relay-fetch-'))
  there = path.join(root, "it's there")
  target = path.join(root, 'here')
  fs.mkdirSync(path.join(there, 'out'), { recursive: true })
  ssh('exec sh -s')
})
afterEach(() => {
  fs.rmSync(root, { recursive: true, force: true })
})

/** What becomes of a connection. */
function ssh(act: string): void {
  fs.writeFileSync(path.join(root, 'ssh'), `#!/bin/sh\necho 'Welcome|RELAY'\n${act}\n`, { mode: 0o755 })
}

function write(name: string, text: string, atSec = Date.now() / 1000): void {
  const file = path.join(there, 'out', name)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, text)
  fs.utimesSync(file, atSec, atSec)
}

function fetch(globs: readonly string[] = [], sinceMs: number | null = null): Promise<Fetched> {
  return fetchOverSsh({
    fetch: { from: 'ssh', host: 'cluster', directory: there },
    folder: 'out',
    globs,
    sinceMs,
    target,
    env: { PATH: `${root}:${process.env['PATH'] ?? ''}`, XDG_RUNTIME_DIR: root },
    signal: new AbortController().signal,
  })
}

function here(): string[] {
  if (!fs.existsSync(target)) return []
  return fs
    .readdirSync(target, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => path.relative(target, path.join(one.parentPath, one.name)))
    .sort()
}

test('files that fit come with their bytes and times; links, other files and those of another run do not', async () => {
  write('metrics.json', '{"acc": 0.5}\n', 1_800_000_000)
  write('seeds/1/log.csv', 'a,b\n1,2\n', 1_800_000_001)
  write('old.json', '{}', 1_700_000_000)
  write('model.bin', 'x')
  fs.symlinkSync('/etc/passwd', path.join(there, 'out', 'passwd.json'))
  fs.symlinkSync('/etc', path.join(there, 'out', 'etc'))
  const fetched = await fetch([], 1_799_999_999_000)
  expect(fetched).toEqual({ files: 2, bytes: 21, complete: true, passing: false, problems: [] })
  expect(here()).toEqual(['metrics.json', 'seeds/1/log.csv'])
  expect(fs.readFileSync(path.join(target, 'seeds/1/log.csv'), 'utf8')).toBe('a,b\n1,2\n')
  expect(fs.statSync(path.join(target, 'metrics.json')).mtimeMs).toBe(1_800_000_000_000)
})

test('hostile names are names: nothing of them runs, and each file is its own', async () => {
  // A canary would be touched in the folder itself.
  const names = [...new Set(hostileNames('canary'))]
    .map((name) => name.replaceAll(/[/\0]/g, '_').slice(0, 60))
    .filter((name) => name !== '' && name !== '.' && name !== '..')
    .slice(0, 150)
  for (const name of names) write(`${name}.json`, JSON.stringify({ name }))
  const fetched = await fetch()
  expect(fetched).toMatchObject({ complete: true, problems: [] })
  expect(here()).toEqual([...new Set(names)].map((name) => `${name}.json`).sort())
  for (const name of names)
    expect(fs.readFileSync(path.join(target, `${name}.json`), 'utf8')).toBe(JSON.stringify({ name }))
  expect(fs.readdirSync(path.join(there, 'out')).sort()).toEqual(here())
})

test('a folder that leads out of the workspace, or is not there, is said and not read', async () => {
  fs.rmSync(path.join(there, 'out'), { recursive: true })
  expect(await fetch()).toMatchObject({ complete: false, passing: false })
  fs.symlinkSync('/etc', path.join(there, 'out'))
  expect((await fetch(['*'])).problems).toEqual([`Nothing was fetched: out leads out of ${there} on cluster.`])
  expect(here()).toEqual([])
})

test('a connection that breaks in the middle is tried again, and what has come is not fetched twice', async () => {
  for (let at = 0; at < 60; at++) write(`${at}.json`, `{"n": ${at}}`)
  // The list, the first half of the files, and then no more.
  ssh(
    `[ -e ${root}/second ] && { touch ${root}/third; exit 255; }\n[ -e ${root}/first ] && touch ${root}/second\ntouch ${root}/first\nexec sh -s`,
  )
  expect(await fetch()).toMatchObject({ complete: false, passing: true })
  expect(here()).toHaveLength(50)
  ssh(`tee ${root}/asked | sh -s`)
  expect(await fetch()).toMatchObject({ files: 60, complete: true, problems: [] })
  expect(here()).toHaveLength(60)
  expect(fs.readFileSync(path.join(root, 'asked'), 'utf8').match(/^relay_file \d/gm)).toHaveLength(10)
  // An answer of which the end is missing is none.
  fs.rmSync(target, { recursive: true })
  ssh('sh -s | head -c 300')
  expect(await fetch()).toMatchObject({ complete: false, passing: true })
})

test('what cannot be read there is named; of a long table the head and the end come', async () => {
  write('rows.csv', `step,loss\n${'1,2\n'.repeat(fetchLimits.fileBytes / 4)}7,0.125\n`)
  write('broken.json', '{}')
  ssh(`sed 's#./broken.json#./gone.json#' | sh -s`)
  const fetched = await fetch()
  expect(fetched).toMatchObject({
    complete: false,
    passing: false,
    problems: ['broken.json cannot be read on cluster.'],
  })
  const text = fs.readFileSync(path.join(target, 'rows.csv'), 'utf8')
  expect(text.slice(0, 14)).toBe('step,loss\n1,2\n')
  expect(text.endsWith('1,2\n7,0.125\n')).toBe(true)
  expect(text.length).toBeLessThanOrEqual(fetchLimits.fileBytes + 20)
})
