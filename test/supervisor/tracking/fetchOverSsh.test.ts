// Result files are fetched by an ssh that is none: it gives what it is told to a shell here, so that every byte of the scripts is played.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fetchLimits } from '../../../src/core/tracking/chooseFiles'
import type { Fetched } from '../../../src/supervisor/tracking/fetch/fetched'
import { fetchOverSsh } from '../../../src/supervisor/tracking/fetch/fetchOverSsh'
import { hostileNames } from '../../support/hostileNames'
import { hasTool } from '../../support/tools'

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
    fetch: { host: 'cluster', directory: there },
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

/** Programs of other systems, before all others on the PATH of that host. */
const systems = {
  gnu: () => undefined,
  busybox: () => {
    for (const name of ['sh', 'find', 'stat', 'readlink', 'head', 'tail', 'base64', 'tr', 'sed', 'wc'])
      fs.symlinkSync('/bin/busybox', path.join(bin(), name))
  },
  bsd: () => {
    const real = (name: string) => `/usr/bin/${name}`
    const shim = (name: string, text: string) => {
      fs.writeFileSync(path.join(bin(), name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    }
    shim(
      'find',
      `case " $* " in *" -printf "*) echo "find: -printf: unknown primary" >&2; exit 1; esac; exec ${real('find')} "$@"`,
    )
    const formats = `'%z') f='%s' ;; '%z %m') f='%s %Y' ;;`
    shim('stat', `[ "$1" = -f ] || exit 1; case $2 in ${formats} esac; shift 2; exec ${real('stat')} -c "$f" "$@"`)
  },
} as const

function bin(): string {
  const folder = path.join(root, 'bin')
  fs.mkdirSync(folder, { recursive: true })
  ssh(`PATH=${folder}:$PATH; export PATH; exec sh -s`)
  return folder
}

describe.each(Object.keys(systems) as (keyof typeof systems)[])('with the find and stat of %s', (system) => {
  const isThere = system !== 'busybox' || hasTool('busybox')
  beforeEach(() => {
    if (isThere) systems[system]()
  })

  test.runIf(isThere)(
    'files come whole, links that stay in the workspace are followed once, and others are named',
    async () => {
      const names = [
        'plain.json',
        "a b/it's.json",
        'new\nline.json',
        "$(touch canary)'.json",
        'deep/1/2/3/4/5/6/7/x.json',
      ]
      for (const [index, name] of names.entries()) write(name, `{"n": ${index}}`, 1_800_000_000 + index)
      write('deep/1/2/3/4/5/6/7/8/too-deep.json', '{}')
      write('.git/x.json', '{}')
      fs.mkdirSync(path.join(there, 'runs/5'), { recursive: true })
      fs.writeFileSync(path.join(there, 'runs/5/m.json'), '{"far": 1}')
      fs.writeFileSync(path.join(root, 'elsewhere.json'), '{}')
      const link = (name: string, to: string) => fs.symlinkSync(to, path.join(there, 'out', name))
      link('latest.json', 'again.json')
      link('again.json', '../runs/5/m.json')
      link('same.json', path.join(there, 'out/plain.json'))
      link('out.json', '../../elsewhere.json')
      link('nowhere.json', 'not-there.json')
      link('inside', 'deep')
      link('checkpoints', '/etc')
      const fetched = await fetch()
      expect([...fetched.problems].sort()).toEqual([
        'checkpoints was not looked through: it is a link to another folder.',
        'nowhere.json was not fetched: it is a link that leads nowhere.',
        `out.json was not fetched: it is a link that leads out of ${there}.`,
      ])
      expect(fetched).toMatchObject({ files: names.length + 1, complete: false, passing: false })
      const linked = here().find((name) => ['again.json', 'latest.json'].includes(name)) ?? ''
      expect(here()).toEqual([...names, linked].sort())
      expect(fs.readFileSync(path.join(target, linked), 'utf8')).toBe('{"far": 1}')
      expect(fs.statSync(path.join(target, 'plain.json')).mtimeMs).toBe(1_800_000_000_000)
      expect(fs.readFileSync(path.join(target, 'new\nline.json'), 'utf8')).toBe('{"n": 2}')
      expect(fs.existsSync(path.join(there, 'out/canary'))).toBe(false)
      expect(await fetch()).toEqual(fetched)
    },
  )
})

test('what is as large as it may be comes, and one byte more is named', async () => {
  const { fileBytes } = fetchLimits
  const large = (name: string, size: number) => {
    const file = path.join(there, 'out', name)
    fs.writeFileSync(file, '')
    fs.truncateSync(file, size)
    fs.utimesSync(file, 1_800_000_000, 1_800_000_000)
  }
  large('a.json', fileBytes)
  large('b.json', fileBytes + 1)
  expect(await fetch()).toMatchObject({
    files: 1,
    bytes: fileBytes,
    problems: [`b.json was not fetched: it has ${fileBytes + 1} bytes.`],
  })
})

test('files that fit come with their bytes and times; other files and those of another run do not', async () => {
  write('metrics.json', '{"acc": 0.5}\n', 1_800_000_000)
  write('seeds/1/log.csv', 'a,b\n1,2\n', 1_800_000_001)
  write('old.json', '{}', 1_700_000_000)
  write('model.bin', 'x')
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
