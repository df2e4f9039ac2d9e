// Every file that a supervisor relies on, cut at every byte and flipped at every bit: nothing throws, nothing is lost
// silently, and what is damaged is named and kept.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { JobEvent } from '../../src/core/jobs/event'
import { initialJob, type Job, reduce } from '../../src/core/jobs/job'
import { RelayError } from '../../src/core/relayError'
import { planDigest } from '../../src/store/approval'
import { appendFinished, readFinishedIndex } from '../../src/store/jobs/finishedIndex'
import { readJob, type StoredJob, tryReadJob, type UnreadableJob } from '../../src/store/jobs/jobFiles'
import { JobStore } from '../../src/store/jobs/jobStore'
import { type JournalContent, JournalWriter, readJournal } from '../../src/store/journal'
import { ownHandle } from '../../src/store/processIdentity'
import { folderKey, type FolderPaths, StateFolder } from '../../src/store/stateFolder'
import { liveSupervisor, type SupervisorRecord } from '../../src/store/wake'
import { createJob } from '../../src/supervisor/jobs/createJob'
import { intended, jobId, launched, specOf } from '../support/jobs'
import { say } from '../support/scale'

let root: string
let state: StateFolder
let folder: FolderPaths
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'relay-damage-'))
  state = StateFolder.open(path.join(root, 'state'))
  folder = state.folder(folderKey('/projects/space'))
})
afterEach(() => fs.rmSync(root, { recursive: true }))

const boot = 'boot'
const spec = { ...specOf(), description: 'a description with "quotes" and ünïcode' }
const life: readonly JobEvent[] = [
  { type: 'requested' },
  { type: 'approved', approval: { digest: planDigest(spec.plan), how: 'asked' } },
  { type: 'checked', findings: [{ name: 'exits with 0: true', passed: true, detail: 'exit 0', durationMs: 3 }] },
  intended,
  launched,
  { type: 'source_recorded', source: { commit: 'a'.repeat(40), branch: 'main', dirty: false, problem: null } },
  { type: 'looked', logBytes: 4711, lastLine: 'epoch 3 — loss 0.25' },
  { type: 'exited', attempt: 1, exit: { kind: 'code', code: 0 }, atMs: 9000, leftBehind: ['7 sh'] },
  {
    type: 'ended',
    attempt: 1,
    outcome: 'succeeded',
    reason: 'Exit 0, and everything it promised is there.',
    files: [],
    answer: null,
    followUp: { jobId, run: true },
  },
]

/** A real journal: its file, its bytes, and where each line begins. */
function writeJournal(): { file: string; bytes: Buffer; lineStarts: readonly number[] } {
  const file = path.join(root, 'events.jsonl')
  const { writer } = JournalWriter.open(file, boot)
  const lineStarts = life.map((event, index) => {
    const start = writer.size
    writer.append([event], 1000 + index)
    return start
  })
  return { file, bytes: fs.readFileSync(file), lineStarts }
}

function eventsOf(content: JournalContent): readonly JobEvent[] {
  return content.events.map(({ event }) => event)
}

function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes)
  copy.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
  return copy
}

/** Opens a damaged journal for writing and appends to it: what was there stays, and the new event is read. */
function appendAfterwards(file: string, damaged: Buffer): void {
  const before = readJournal(file)
  const { writer } = JournalWriter.open(file, boot)
  writer.append([{ type: 'stop_requested' }], 5000)
  const after = readJournal(file)
  const kept = fs.readFileSync(file)
  const torn = `${file}.torn`
  const aside = fs.existsSync(torn) ? fs.readFileSync(torn).subarray(0, -1) : Buffer.alloc(0)
  expect(kept.subarray(0, before.completeBytes).equals(damaged.subarray(0, before.completeBytes))).toBe(true)
  const tornEnd = before.tornLine === null ? damaged.subarray(before.completeBytes) : Buffer.alloc(0)
  expect(aside.equals(tornEnd), 'the torn end is kept aside').toBe(true)
  expect(eventsOf(after)).toEqual([...eventsOf(before), { type: 'stop_requested' }])
  expect(after.lastSeq).toBe(before.lastSeq + 1)
  fs.rmSync(torn, { force: true })
}

test('a journal that ends at any byte tells every whole line, and goes on', () => {
  const { file, bytes, lineStarts } = writeJournal()
  for (let length = 0; length <= bytes.length; length++) {
    const cut = bytes.subarray(0, length)
    fs.writeFileSync(file, cut)
    // A line is whole when nothing but its newline is missing.
    const whole = lineStarts.filter((_, index) => (lineStarts[index + 1] ?? bytes.length) - 1 <= length).length
    const content = readJournal(file)
    expect(eventsOf(content)).toEqual(life.slice(0, whole))
    expect(content.problems).toEqual([])
    appendAfterwards(file, cut)
  }
  say(`journal: cut at each of ${bytes.length + 1} bytes`)
})

test('a journal with any one bit flipped tells every other line and names the damage, and goes on', () => {
  const { file, bytes, lineStarts } = writeJournal()
  const silent: string[] = []
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const byte = bit >> 3
    const damaged = flipped(bytes, bit)
    fs.writeFileSync(file, damaged)
    const content = readJournal(file)
    const line = lineStarts.filter((start) => start <= byte).length - 1
    // A newline that is none any more joins two lines.
    const isNewline = bytes[byte] === 0x0a
    const isLastNewline = byte === bytes.length - 1
    const others = life.filter((_, index) => isLastNewline || (index !== line && !(isNewline && index === line + 1)))
    expect(eventsOf(content), `bit ${bit}`).toEqual(others)
    if (content.problems.length === 0) silent.push(`bit ${bit & 7} of byte ${byte} of ${bytes.length}`)
    appendAfterwards(file, damaged)
  }
  say(`journal: ${bytes.length * 8} bits flipped, ${silent.length} without a word`)
  expect(silent, 'a whole line is gone and nobody says so').toEqual([])
})

test('lines that are gone are named, also after another damaged line', () => {
  const { file, bytes, lineStarts } = writeJournal()
  const line = (index: number) => bytes.subarray(lineStarts[index], lineStarts[index + 1] ?? bytes.length)
  const keep = [0, 1, 2, 4, 7, 8]
  const pieces = keep.map((index) => (index === 1 ? flipped(line(index), 200) : line(index)))
  fs.writeFileSync(file, Buffer.concat(pieces))
  const { problems, events } = readJournal(file)
  expect(events).toHaveLength(keep.length - 1)
  expect(problems.join('\n')).toMatch(/line 2 .*damaged/)
  expect(problems.filter((text) => text.includes('missing'))).toHaveLength(2)
})

test('a job whose first write was cut at any byte is made whole by asking again', () => {
  const paths = folder.job(jobId)
  const approval = { digest: planDigest(spec.plan), how: 'asked' } as const
  createJob(folder, spec, approval, {})
  const bytes = fs.readFileSync(paths.journal)
  const stuck: string[] = []
  for (let length = 0; length <= bytes.length; length++) {
    fs.writeFileSync(paths.journal, bytes.subarray(0, length))
    createJob(folder, spec, approval, {})
    const job = readJob(folder, jobId)?.job
    if (job?.state.kind !== 'checking')
      stuck.push(`cut at ${length} of ${bytes.length}: ${job?.state.kind ?? 'no job'}`)
  }
  expect(stuck).toEqual([])
})

/** The damaged spec is unreadable, or says exactly what it said; or, in the plan alone, the approval refuses it. */
test('a spec with any one bit flipped is refused or unchanged; no other plan than the approved one is run', () => {
  createJob(folder, spec, { digest: planDigest(spec.plan), how: 'asked' }, {})
  const { spec: file } = folder.job(jobId)
  const bytes = fs.readFileSync(file)
  const changed = new Map<string, number>()
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    fs.writeFileSync(file, flipped(bytes, bit))
    const read = tryReadJob(folder, jobId)
    const job = specIn(read)
    if (job === null || JSON.stringify(job.spec) === JSON.stringify(spec)) continue
    if (job.approval?.digest !== planDigest(job.spec.plan)) continue
    const field = Object.keys(spec).find((name) => fieldOf(job.spec, name) !== fieldOf(spec, name)) ?? '?'
    changed.set(field, (changed.get(field) ?? 0) + 1)
  }
  say(`spec: ${bytes.length * 8} bits flipped, silently changed: ${JSON.stringify(Object.fromEntries(changed))}`)
  expect(Object.fromEntries(changed), 'fields that a flipped bit changes and nobody notices').toEqual({})
})

function specIn(read: StoredJob | UnreadableJob | null): Job | null {
  return read !== null && 'job' in read ? read.job : null
}

function fieldOf(value: object, name: string): string {
  return JSON.stringify(Object.entries(value).find(([key]) => key === name)?.[1])
}

test('a spec that is cut at any byte is an unreadable job, named in every list', () => {
  createJob(folder, spec, { digest: 'd', how: 'asked' }, {})
  const { spec: file } = folder.job(jobId)
  const bytes = fs.readFileSync(file)
  for (let length = 0; length < bytes.length - 1; length++) {
    fs.writeFileSync(file, bytes.subarray(0, length))
    const { jobs, unreadable } = new JobStore(state).list()
    expect(jobs).toHaveLength(0)
    expect(unreadable).toMatchObject([{ id: jobId, problem: expect.stringContaining('damaged') as string }])
  }
})

test('a supervisor record with any one bit flipped is unreadable, or still tells the same process', () => {
  const record: SupervisorRecord = { v: 1, handle: ownHandle(), build: '1.2.3+a', builtAtMs: 1, heartbeatAtMs: 2 }
  const bytes = Buffer.from(JSON.stringify(record))
  fs.writeFileSync(state.supervisorRecord, bytes)
  expect(liveSupervisor(state)).toEqual(record)
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    fs.writeFileSync(state.supervisorRecord, flipped(bytes, bit))
    const read = liveSupervisor(state)
    if (read !== null) expect(read.handle).toEqual(record.handle)
  }
})

test('a damaged line of the finished index only costs time: the job is read from its directory', () => {
  createJob(folder, spec, { digest: planDigest(spec.plan), how: 'asked' }, {})
  const { journal } = folder.job(jobId)
  JournalWriter.open(journal, boot).writer.append(life.slice(2), 3000)
  const job = readJournal(journal).events.reduce(reduce, initialJob(spec))
  appendFinished(folder, { journalBytes: fs.statSync(journal).size, job })
  const bytes = fs.readFileSync(folder.finishedIndex)
  expect(readFinishedIndex(folder).size).toBe(1)

  const isRight = () => {
    const { jobs, unreadable } = new JobStore(state).list()
    return unreadable.length === 0 && jobs.length === 1 && JSON.stringify(jobs[0]?.job) === JSON.stringify(job)
  }
  for (let bit = 0; bit < bytes.length * 8; bit += 3) {
    fs.writeFileSync(folder.finishedIndex, flipped(bytes, bit))
    if (!isRight()) expect.fail(`bit ${bit} of the finished index changes a job`)
  }
  for (let length = 0; length < bytes.length; length++) {
    // What is appended after a torn line is lost with it, and read from its directory too.
    fs.writeFileSync(folder.finishedIndex, Buffer.concat([bytes.subarray(0, length), bytes]))
    if (!isRight()) expect.fail(`a finished index cut at byte ${length} changes a job`)
  }
})

test('foreign files and folders between ours are left alone and hide no job', () => {
  createJob(folder, spec, { digest: planDigest(spec.plan), how: 'asked' }, {})
  const foreign = placeForeign(state.root)
  const { jobs, unreadable } = new JobStore(state).list()
  expect(jobs.map(({ job }) => job.spec.id)).toEqual([jobId])
  expect(unreadable).toEqual([])
  for (const file of foreign) expect(fs.existsSync(file), file).toBe(true)
})

test('a folder where a file of ours should be hides no other job', () => {
  createJob(folder, spec, { digest: planDigest(spec.plan), how: 'asked' }, {})
  const troubles: string[] = []
  const other = state.folder(folderKey('/projects/other'))
  const paths = other.job(jobId)
  for (const file of [paths.spec, paths.journal, other.finishedIndex, other.jobs, folder.finishedIndex]) {
    fs.rmSync(other.directory, { recursive: true, force: true })
    if (file === other.jobs) fs.mkdirSync(other.directory)
    else fs.mkdirSync(file, { recursive: true })
    if (file === other.jobs) fs.writeFileSync(file, 'not a folder')
    try {
      const { jobs } = new JobStore(state).list()
      if (!jobs.some(({ paths }) => paths.directory.startsWith(folder.directory)))
        troubles.push(`${file}: job is hidden`)
    } catch (error) {
      troubles.push(
        `${path.relative(state.root, file)}: ${error instanceof RelayError ? error.message : String(error)}`,
      )
    }
  }
  expect(troubles).toEqual([])
})

/** Puts a file, a folder and a dangling link into every folder below `directory`; their paths. */
function placeForeign(directory: string): readonly string[] {
  const folders = [directory, ...foldersIn(directory)]
  return folders.flatMap((folder) => {
    const names = ['.DS_Store', 'notes ünd blanks.txt', '.nfs000001'].map((name) => path.join(folder, name))
    for (const file of names) fs.writeFileSync(file, 'foreign')
    const inner = path.join(folder, 'lost+found')
    fs.mkdirSync(inner)
    return [...names, inner]
  })
}

function foldersIn(directory: string): readonly string[] {
  return fs
    .readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(entry.parentPath, entry.name))
}
