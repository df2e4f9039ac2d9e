import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readFolderPath } from '../../src/store/folderRecord'
import { folderKey, StateFolder } from '../../src/store/stateFolder'
import { StoredJobs } from '../support/storedJobs'

let root: string
let state: StateFolder
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'relay-folder-'))
  state = StateFolder.open(path.join(root, 'state'))
})
afterEach(() => fs.rmSync(root, { recursive: true }))

const workspace = '/projects/space'

test('a folder with a job tells its real path, even when no job is left', () => {
  const jobs = new StoredJobs(state, workspace)
  jobs.remove(jobs.create(1000))
  expect(jobs.folder.listJobs()).toEqual([])
  expect(readFolderPath(jobs.folder)).toBe(workspace)
})

test('a folder whose record is missing, damaged or of another folder is told by its newest readable job', () => {
  const jobs = new StoredJobs(state, workspace)
  jobs.create(1_000_000)
  const newest = jobs.create(2_000_000)
  fs.writeFileSync(jobs.folder.job(newest).spec, 'damaged')
  for (const record of [null, '', '{"v":1,"path":"/projects/other"}', '{"v":1,"path":7}']) {
    fs.rmSync(jobs.folder.record, { force: true })
    if (record !== null) fs.writeFileSync(jobs.folder.record, record)
    expect(readFolderPath(jobs.folder), String(record)).toBe(workspace)
  }
})

test('the record is written again if it was deleted, and left alone if not', () => {
  const jobs = new StoredJobs(state, workspace)
  jobs.create(1000)
  const { mtimeMs, ino } = fs.statSync(jobs.folder.record)
  jobs.create(2000)
  expect(fs.statSync(jobs.folder.record)).toMatchObject({ mtimeMs, ino })
  fs.rmSync(jobs.folder.record)
  jobs.create(3000)
  expect(JSON.parse(fs.readFileSync(jobs.folder.record, 'utf8'))).toEqual({ v: 1, path: workspace })
})

test('a folder of which nothing is known has no path', () => {
  const folder = state.folder(folderKey(workspace))
  expect(readFolderPath(folder)).toBeNull()
  fs.mkdirSync(folder.directory)
  fs.writeFileSync(folder.jobs, 'not a folder')
  expect(readFolderPath(folder)).toBeNull()
})

test('a folder that was recorded before there was a record tells its path', () => {
  fs.cpSync('test/fixtures/state/v1', state.root, { recursive: true })
  expect(state.listFolders().map(readFolderPath)).toEqual(['/tmp/project'])
})
