import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { jobIdSchema } from '../../../src/core/jobs/jobId'
import type { ToPage } from '../../../src/core/jobs/jobPage'
import { translateWords } from '../../../src/core/jobs/jobPageWords'
import { JobPageFeed } from '../../../src/store/jobs/jobPageFeed'
import { JobStore } from '../../../src/store/jobs/jobStore'
import { StateFolder } from '../../../src/store/stateFolder'

const folderName = 'project-f630ad93b344'
const recorded = fs.readdirSync(`test/fixtures/state/v1/folders/${folderName}/jobs`)
const words = translateWords((english) => english)
const never = new AbortController().signal
let root: string
let store: JobStore

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'relay-feed-'))
  fs.cpSync('test/fixtures/state/v1', root, { recursive: true })
  store = new JobStore(StateFolder.open(root))
})

afterEach(() => {
  fs.rmSync(root, { recursive: true })
})

function feedOf(name: string): JobPageFeed {
  const id = jobIdSchema.parse(name)
  return new JobPageFeed({ id, store, read: (one) => store.read(one), words, translate: (text) => text, now: () => 0 })
}

async function first(name: string): Promise<readonly ToPage[]> {
  return (await feedOf(name).next(never)).messages
}

function part<Kind extends ToPage['kind']>(messages: readonly ToPage[], kind: Kind): Extract<ToPage, { kind: Kind }> {
  const found = messages.find((message) => message.kind === kind)
  if (found === undefined) throw new Error(`no ${kind} among ${messages.map((message) => message.kind).join(', ')}`)
  return found as Extract<ToPage, { kind: Kind }>
}

describe('what a page is told', () => {
  it.each(recorded)('of %s has a title, a state, facts and a timeline', async (name) => {
    const messages = await first(name)
    expect(part(messages, 'head').title).not.toBe('')
    expect(part(messages, 'head').actions).toContain('copyId')
    expect(part(messages, 'facts').facts.find((fact) => fact.name === 'id')?.values).toEqual([
      { kind: 'code', text: name },
    ])
    const times = part(messages, 'timeline').entries.map(({ atMs }) => atMs)
    expect(times.length).toBeGreaterThan(0)
    expect(times).toEqual([...times].sort((a, b) => a - b))
    // A message crosses to another process as JSON: nothing of it may be lost there.
    expect(JSON.parse(JSON.stringify(messages))).toEqual(messages)
  })

  it('is said once, until the page is loaded anew', async () => {
    const feed = feedOf(recorded[0] ?? '')
    const all = (await feed.next(never)).messages
    expect((await feed.next(never)).messages).toEqual([])
    feed.forgetSent()
    expect((await feed.next(never)).messages).toEqual(all)
  })

  it('is that it was removed, once it was', async () => {
    const feed = feedOf(recorded[0] ?? '')
    await feed.next(never)
    fs.rmSync(path.join(root, 'folders', folderName, 'jobs', recorded[0] ?? ''), { recursive: true })
    expect((await feed.next(never)).messages).toEqual([{ kind: 'gone' }])
  })

  it('lets an ended job be restarted and removed but not stopped, and one of a newer version only be looked at', async () => {
    const name = recorded[0] ?? ''
    expect(part(await first(name), 'head').actions).toEqual(expect.arrayContaining(['restart', 'remove', 'showLog']))
    expect(part(await first(name), 'head').actions).not.toContain('stop')
    const stored = store.read(jobIdSchema.parse(name))
    if (stored === null) throw new Error('the recorded job is not there')
    const newer = new JobPageFeed({
      id: stored.job.spec.id,
      store,
      read: () => ({ ...stored, newer: true }),
      words,
      translate: (text) => text,
      now: () => 0,
    })
    const { actions } = part((await newer.next(never)).messages, 'head')
    expect(actions).toEqual(expect.arrayContaining(['showLog', 'revealFolder', 'copyId', 'copyCommand']))
    for (const action of ['stop', 'restart', 'restartWithEdits', 'remove']) expect(actions).not.toContain(action)
  })
})
