// A turn that a window of VS Code takes, with the window's side played by the same functions that a window uses.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { StreamEvent } from '../../../src/core/followUps/streams/agentStream'
import { isWanted, readAskedTurn, tellProgress, writeTurnResult } from '../../../src/store/askedTurns'
import { claimOffer } from '../../../src/store/documentEdits'
import { WorkspaceReader } from '../../../src/store/followUps/workspaceReader'
import { ownHandle } from '../../../src/store/processIdentity'
import { folderKey, type FolderPaths, StateFolder } from '../../../src/store/stateFolder'
import { attachWindow, ownWindow } from '../../../src/store/windows'
import { askWindow } from '../../../src/supervisor/followUps/windowTurn'
import { eventually } from '../../support/eventually'

let root = ''
let workspace = ''
let folder: FolderPaths
let events: StreamEvent[]
beforeEach(() => {
  root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'relay-window-turn-')))
  workspace = path.join(root, 'workspace')
  fs.mkdirSync(workspace)
  folder = StateFolder.open(path.join(root, 'state')).folder(folderKey(workspace))
  events = []
})
afterEach(() => fs.rmSync(root, { recursive: true, force: true }))

const ask = (limitMs = 20_000, waitMs = 20_000) => {
  const turn = { v: 1, asker: ownHandle(), folder: workspace, log: null, model: null, prompt: 'The task.' } as const
  return askWindow({ folder, id: 'job-1', turn, limitMs, waitMs, onEvent: (event) => events.push(event) })
}
const claim = (window: ReturnType<typeof ownWindow>) =>
  eventually(() => {
    const [name] = folder.listAskedTurns()
    const paths = name === undefined ? null : folder.askedTurn(name)
    if (paths === null || !isWanted(paths) || !claimOffer(paths, window)) throw new Error('there is nothing to claim')
    return paths
  })

test('without a window it waits and says so; the one that comes tells how it goes, and answers', async () => {
  const end = ask()
  await eventually(() => expect(JSON.stringify(events)).toContain('No window of VS Code'))
  attachWindow(folder, ownWindow('w1'))
  const paths = await claim(ownWindow('w1'))
  expect(readAskedTurn(paths)?.prompt).toBe('The task.')
  tellProgress(paths, { kind: 'tool', name: 'read_file', detail: '{"path":"a"}' })
  tellProgress(paths, { kind: 'text', text: 'Seen.' })
  writeTurnResult(paths, { v: 1, kind: 'answered', answer: 'Seen.\n[[task:done]]' })
  expect(await end).toMatchObject({ kind: 'exited', status: 0, end: { answer: 'Seen.\n[[task:done]]', toolCalls: 1 } })
  expect(events.slice(1)).toEqual([
    { kind: 'tool', name: 'read_file', detail: '{"path":"a"}' },
    { kind: 'text', text: 'Seen.' },
  ])
  expect(folder.listAskedTurns()).toEqual([])
})

test('a window that dies in the middle of it is replaced by the next one', async () => {
  const end = ask()
  const dead = { ...ownWindow('w1'), handle: { ...ownHandle(), pid: 2 ** 22 + 1 } }
  await claim(dead)
  await eventually(() => expect(JSON.stringify(events)).toContain('is gone'))
  writeTurnResult(await claim(ownWindow('w2')), { v: 1, kind: 'answered', answer: 'Here.' })
  expect(await end).toMatchObject({ end: { answer: 'Here.' } })
})

test('a model that is not there, a failure and two kinds of silence each come back as what they are', async () => {
  const missing = ask()
  writeTurnResult(await claim(ownWindow('w1')), { v: 1, kind: 'no_model', why: 'VS Code has no language model' })
  expect(await missing).toEqual({ kind: 'missing', why: 'VS Code has no language model' })
  const failed = ask()
  writeTurnResult(await claim(ownWindow('w1')), { v: 1, kind: 'failed', why: 'quota exceeded' })
  expect(await failed).toMatchObject({ kind: 'exited', end: { answer: null, error: { message: 'quota exceeded' } } })
  const silent = ask(300)
  await claim(ownWindow('w1'))
  expect(await silent).toMatchObject({ kind: 'timed_out' })
  expect(await ask(300, 300)).toMatchObject({ kind: 'missing' })
})

test('a model reads the workspace and the log and nothing else, however it is asked', () => {
  fs.writeFileSync(path.join(workspace, 'a.txt'), 'one\nTOKEN=abcdef123456\nthree\n')
  fs.mkdirSync(path.join(workspace, 'sub/node_modules'), { recursive: true })
  fs.writeFileSync(path.join(workspace, 'sub/node_modules/x.txt'), 'three')
  fs.writeFileSync(path.join(workspace, 'sub/b.txt'), 'Three times\n')
  fs.writeFileSync(path.join(workspace, 'sub/c.bin'), 'three\0')
  const log = path.join(root, 'output.log')
  fs.writeFileSync(log, 'the log')
  fs.writeFileSync(path.join(root, 'secret'), 'secret')
  fs.symlinkSync(root, path.join(workspace, 'out'))
  const reader = new WorkspaceReader(workspace, [log])
  expect(reader.readFile('a.txt')).toBe('1: one\n2: TOKEN=‹secret removed›\n3: three')
  expect(reader.readFile('a.txt', 3)).toBe('3: three')
  expect(reader.readFile(log)).toBe('1: the log')
  expect(reader.listDirectory('.')).toBe('a.txt\nout\nsub/')
  expect(reader.search('THREE')).toBe('a.txt:3: three\nsub/b.txt:1: Three times')
  for (const name of ['../secret', 'out/secret', path.join(root, 'secret'), '/etc/passwd', 'out'])
    expect(() => reader.readFile(name), name).toThrow('is not in the workspace')
  expect(() => reader.listDirectory('out')).toThrow('is not in the workspace')
  expect(() => reader.readFile('nowhere')).toThrow('no such file')
  expect(() => reader.readFile('sub/c.bin')).toThrow('is not text')
  fs.writeFileSync(path.join(workspace, 'long.txt'), 'x'.repeat(5_000_000))
  expect(reader.readFile('long.txt').length).toBeLessThan(30_000)
})
