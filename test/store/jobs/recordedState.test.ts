// State folders as released versions wrote them. They must open for ever: add a folder a format, never change one.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { JobStore } from '../../../src/store/jobs/jobStore'
import { StateFolder } from '../../../src/store/stateFolder'

let root: string
beforeEach(() => {
  root = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'relay-recorded-')), 'relay-jobs')
  fs.cpSync('test/fixtures/state/v1', root, { recursive: true })
})
afterEach(() => fs.rmSync(path.dirname(root), { recursive: true }))

const expected = [
  ['one that succeeded', 'succeeded', { code: 0 }, 'done', 1],
  ['one that failed twice', 'failed', { code: 3 }, 'done', 2],
  ['one that was stopped', 'stopped', { signal: 'SIGTERM', status: 143, inferred: true }, null, 1],
  ['one whose task is queued', 'succeeded', { code: 0 }, 'pending', 1],
  ['one that a check kept from starting', 'blocked', null, null, 1],
  ['one that was running when this was recorded', 'running', null, null, 1],
]

describe.each(['with', 'without'])('a state folder of format 1, %s its summary', (summary) => {
  test('is read whole', () => {
    const state = StateFolder.open(root)
    if (summary === 'without') for (const folder of state.listFolders()) fs.rmSync(folder.finishedIndex)
    const store = new JobStore(state)
    const { jobs, unreadable } = store.list()
    expect(unreadable).toEqual([])
    const own = store.describeAll(jobs, Date.now()).filter(({ origin }) => origin.kind === 'block')
    const told = own.map((job) => [job.description, job.state, job.exit, job.followUp?.state ?? null, job.attempt])
    expect(told).toEqual(expected)
    expect(own.flatMap(({ problems }) => problems)).toEqual([])
  })
})
