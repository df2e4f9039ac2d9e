// The catalog against the plain list of all jobs, which reads everything anew each time.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { shownState } from '../../../src/core/jobs/describeJob'
import type { Job } from '../../../src/core/jobs/job'
import { isSettled, owesFollowUp } from '../../../src/core/jobs/owed'
import { type JobId, jobIdSchema } from '../../../src/core/jobs/jobId'
import { qualityOfChunk } from '../../../src/core/steps/qualityOfChunk'
import { JobCatalog } from '../../../src/store/jobs/jobCatalog'
import { JobStore } from '../../../src/store/jobs/jobStore'
import { StateFolder } from '../../../src/store/stateFolder'
import { StoredJobs, withoutSync } from '../../support/storedJobs'

let root: string
let state: StateFolder
let catalog: JobCatalog
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'relay-catalog-'))
  open()
})
afterEach(() => fs.rmSync(root, { recursive: true }))

function open(): void {
  state = StateFolder.open(path.join(root, 'state'))
  catalog = new JobCatalog(() => state.listFolders())
}

const firstMs = Date.UTC(2026, 10, 20)
const minutes = (count: number) => firstMs + count * 60_000

/** Jobs that ran and ended, one a minute; their ids, oldest first. */
function finish(jobs: StoredJobs, count: number): JobId[] {
  return withoutSync(() =>
    Array.from({ length: count }, (_, index) => {
      const id = jobs.create(minutes(index))
      jobs.launch(id)
      jobs.end(id)
      return id
    }),
  )
}

function refreshAll(of: JobCatalog): void {
  do of.refresh()
  while (!of.isComplete)
}

const idsOf = (jobs: readonly { readonly job: Job }[]) => jobs.map(({ job }) => job.spec.id)

describe('of one folder', () => {
  let jobs: StoredJobs
  beforeEach(() => {
    jobs = new StoredJobs(state, '/projects/space')
  })

  test('a page is the newest jobs that have ended, whether they are summed up or not', () => {
    const ids = finish(jobs, 30)
    for (const summary of ['with', 'without']) {
      if (summary === 'without') fs.rmSync(jobs.folder.finishedIndex)
      const fresh = new JobCatalog(() => [jobs.folder])
      refreshAll(fresh)
      expect(fresh.endedCount()).toBe(30)
      expect(idsOf(fresh.ended(0, 10))).toEqual(ids.slice(20).reverse())
      expect(idsOf(fresh.ended(25, 10))).toEqual(ids.slice(0, 5).reverse())
      expect(fresh.live()).toEqual([])
    }
  })

  test('checks of steps are shown while they run, and stand in no list of jobs or tasks once they have ended', () => {
    const ofStep = (phase: string, name: string, at: number) =>
      jobs.create(minutes(at), {
        origin: {
          kind: 'step',
          run: jobIdSchema.parse('20261120-000000-run000'),
          step: 1,
          taskId: 'task_1_0',
          phase,
          name,
        },
      })
    // Whatever people call a check, what is read of the summary is what is read of the job.
    const checks = [
      ofStep('PRE-FLIGHT', '"phase":"MAIN"', 1),
      ofStep('POST-VALIDATION', '} \\" {"origin":{"kind":"block"', 2),
      ofStep('MAIN', qualityOfChunk(1), 3),
    ]
    const works = [ofStep('MAIN', 'main', 4), ofStep('MAIN', '"phase":"TEST"}', 5), jobs.create(minutes(6))]
    for (const id of [...checks, ...works]) jobs.launch(id)
    refreshAll(catalog)
    expect(idsOf(catalog.live())).toEqual([...checks, ...works].reverse())
    for (const id of [...checks, ...works]) jobs.end(id)
    for (const summary of ['with', 'without']) {
      if (summary === 'without') fs.rmSync(jobs.folder.finishedIndex)
      for (const one of [catalog, new JobCatalog(() => [jobs.folder])]) {
        refreshAll(one)
        expect(idsOf(one.ended(0, 10))).toEqual([...works].reverse())
        expect(one.endedCount()).toBe(3)
        expect(idsOf(one.endedChecks(2))).toEqual([checks[2], checks[1]])
        expect(one.live()).toEqual([])
      }
    }
    expect(new JobStore(state).find('latest').job.spec.id).toBe(works[2])
    const check = ofStep('PRE-FLIGHT', 'newest of all', 10)
    expect(new JobStore(state).find('latest').job.spec.id).toBe(works[2])
    expect(new JobStore(state).latestIn(jobs.folder)?.job.spec.id).toBe(works[2])
    expect(new JobStore(state).find(check).job.spec.id).toBe(check)
  })

  test('a live job is found among those that ended after it, by the first refresh', () => {
    const old = jobs.create(minutes(-1000))
    jobs.launch(old)
    finish(jobs, 200)
    expect(catalog.refresh()).toBe(true)
    expect(idsOf(catalog.live())).toEqual([old])
  })

  test('a journal that grows is seen by the next refresh, and nothing else is', () => {
    const [id, other] = [jobs.create(minutes(0)), jobs.create(minutes(1))]
    jobs.launch(id)
    refreshAll(catalog)
    expect(catalog.refresh()).toBe(false)
    for (const bytes of [10, 20]) {
      jobs.look(id, bytes)
      expect(catalog.refresh()).toBe(true)
      expect(catalog.live().map(({ job }) => job.look?.logBytes)).toEqual([undefined, bytes])
      expect(catalog.refresh()).toBe(false)
    }
    jobs.end(id)
    expect(catalog.refresh()).toBe(true)
    expect([idsOf(catalog.live()), idsOf(catalog.ended(0, 9))]).toEqual([[other], [id]])
  })

  test('an old job that was restarted is live after a sweep, and after a refresh if it was touched', () => {
    const [first, second] = finish(jobs, 100)
    if (first === undefined || second === undefined) throw new Error('no jobs')
    refreshAll(catalog)
    jobs.restart(first)
    jobs.restart(second)
    catalog.touch(second)
    expect(catalog.isComplete).toBe(false)
    expect(catalog.refresh()).toBe(true)
    expect(idsOf(catalog.live())).toEqual([second])
    expect(catalog.sweep()).toBe(true)
    expect(idsOf(catalog.live())).toEqual([second, first])
    expect(catalog.endedCount()).toBe(98)
    expect(catalog.sweep()).toBe(false)
  })

  test('a page shows a restarted job as it is after the next refresh, and the one after that moves it', () => {
    const [id] = finish(jobs, 1)
    if (id === undefined) throw new Error('no job')
    refreshAll(catalog)
    catalog.ended(0, 10)
    jobs.restart(id)
    catalog.refresh()
    expect(catalog.ended(0, 10).map(({ job }) => shownState(job))).toEqual(['checking'])
    expect(catalog.isComplete).toBe(false)
    expect(catalog.refresh()).toBe(true)
    expect([idsOf(catalog.live()), catalog.endedCount()]).toEqual([[id], 0])
  })

  test('a job that was removed is gone, with its follow-up', () => {
    const [kept, removed] = finish(jobs, 2)
    if (kept === undefined || removed === undefined) throw new Error('no jobs')
    refreshAll(catalog)
    expect(idsOf(catalog.ended(0, 9))).toEqual([removed, kept])
    jobs.remove(removed)
    expect(catalog.refresh()).toBe(true)
    expect(idsOf(catalog.ended(0, 9))).toEqual([kept])
    expect([catalog.endedCount(), catalog.get(removed)]).toEqual([1, null])
  })

  test('a job with its follow-up is live until that has ended, and the follow-up hangs below it', () => {
    const id = jobs.create(minutes(0))
    jobs.launch(id)
    jobs.end(id, 1, true)
    refreshAll(catalog)
    const shown = () => [idsOf(catalog.live()), idsOf(catalog.ended(0, 9)), followUps(id)]
    const followUps = (of: JobId) => catalog.followUpsOf(of).map((read) => ('job' in read ? read.job.spec.id : read.id))
    expect(shown()).toEqual([[id], [], []])
    const followUp = jobs.followUp(id)
    catalog.refresh()
    expect(shown()).toEqual([[id], [], [followUp]])
    const [stored] = catalog.live()
    if (stored === undefined) throw new Error('no job')
    expect(catalog.describe(stored, 0)).toEqual(new JobStore(state).describe(stored, 0))
    jobs.deliver(followUp)
    expect(catalog.refresh()).toBe(true)
    expect(shown()).toEqual([[], [id], [followUp]])
  })

  test('damaged lines of the summary are passed over: their jobs are read from their directories', () => {
    const ids = finish(jobs, 3)
    const lines = fs.readFileSync(jobs.folder.finishedIndex, 'latin1').split('\n')
    const damaged = [lines[0]?.replace('"succeeded"', '"failed"'), `torn${lines[1]?.slice(400) ?? ''}`, lines[2], '']
    fs.writeFileSync(jobs.folder.finishedIndex, damaged.join('\n'), 'latin1')
    refreshAll(catalog)
    expect(idsOf(catalog.ended(0, 9))).toEqual([...ids].reverse())
    expect(catalog.ended(0, 9)).toEqual([...new JobStore(state).list().jobs].reverse())
  })

  test('what another build has summed up is known to have ended, but is read anew', () => {
    const [id] = finish(jobs, 1)
    const text = fs.readFileSync(jobs.folder.finishedIndex, 'utf8')
    fs.writeFileSync(jobs.folder.finishedIndex, text.replace(/"build":"[^"]*"/, '"build":"0.0.1+older"'))
    refreshAll(catalog)
    expect(idsOf(catalog.ended(0, 9))).toEqual([id])
    expect(catalog.ended(0, 9)).toEqual(new JobStore(state).list().jobs)
  })

  test('a job that cannot be read is shown with its reason, until it can be read', () => {
    const id = jobs.create(minutes(0))
    const { spec } = jobs.folder.job(id)
    const text = fs.readFileSync(spec)
    fs.writeFileSync(spec, 'damaged')
    refreshAll(catalog)
    expect(catalog.unreadable()).toEqual(new JobStore(state).list().unreadable)
    expect(catalog.get(id)).toMatchObject({ id, problem: expect.stringContaining('damaged') as string })
    expect(catalog.live()).toEqual([])
    fs.writeFileSync(spec, text)
    expect(catalog.sweep()).toBe(true)
    expect([catalog.unreadable(), idsOf(catalog.live())]).toEqual([[], [id]])
  })

  test('jobs of other hosts are shown like ours', () => {
    const id = jobs.create(minutes(0), { host: 'elsewhere' })
    refreshAll(catalog)
    expect(catalog.live().map(({ job }) => [job.spec.id, job.spec.host])).toEqual([[id, 'elsewhere']])
  })

  test('an id that looks like a follow-up by chance is a job', () => {
    const id = jobIdSchema.parse('20261120-125124-f12345')
    jobs.create(minutes(0), { id })
    refreshAll(catalog)
    expect(idsOf(catalog.live())).toEqual([id])
  })

  test('a refresh in which nothing has changed opens no file', () => {
    finish(jobs, 20)
    jobs.launch(jobs.create(minutes(100)))
    fs.utimesSync(jobs.folder.jobs, new Date(firstMs), new Date(minutes(1)))
    catalog = new JobCatalog(() => [jobs.folder])
    refreshAll(catalog)
    expect(openedBy(() => catalog.refresh())).toEqual([])
    // As a control: a new job is noticed by the time of change of its directory.
    const id = jobs.create(minutes(200))
    expect(openedBy(() => catalog.refresh())).toContain(jobs.folder.jobs)
    expect(idsOf(catalog.live())).toContain(id)
  })

  test('of summed-up jobs, only the summary is opened; and a page is read once', () => {
    finish(jobs, 20)
    const opened = openedBy(() => {
      refreshAll(catalog)
      expect(catalog.ended(0, 5)).toHaveLength(5)
    })
    expect(new Set(opened)).toEqual(new Set([state.folders, jobs.folder.jobs, jobs.folder.finishedIndex]))
    expect(openedBy(() => catalog.ended(0, 5))).toEqual([])
    expect(openedBy(() => catalog.ended(5, 5))).toHaveLength(5)
  })

  test('a job that comes within one tick of a coarse clock is seen', () => {
    jobs.create(minutes(0))
    const tick = new Date(Math.floor(Date.now() / 1000) * 1000)
    fs.utimesSync(jobs.folder.jobs, tick, tick)
    refreshAll(catalog)
    const id = jobs.create(minutes(1))
    fs.utimesSync(jobs.folder.jobs, tick, tick)
    catalog.refresh()
    expect(idsOf(catalog.live())).toContain(id)
  })

  test('a folder that cannot be listed is said, and hides no other', () => {
    const other = new StoredJobs(state, '/projects/other')
    finish(other, 1)
    finish(jobs, 1)
    refreshAll(catalog)
    fs.renameSync(jobs.folder.jobs, `${jobs.folder.jobs}-away`)
    fs.symlinkSync(jobs.folder.jobs, jobs.folder.jobs) // A link to itself: ELOOP for everybody, root included.
    expect(catalog.sweep()).toBe(true)
    expect(catalog.problems()).toEqual([expect.stringContaining(jobs.folder.jobs)])
    expect(idsOf(catalog.ended(0, 9))).toEqual(idsOf(new JobStore(state).list(other.folder).jobs))
  })
})

test('folders come and go as the caller says', () => {
  const [here, there] = [new StoredJobs(state, '/projects/here'), new StoredJobs(state, '/projects/there')]
  const [a, b] = [here.create(minutes(1)), there.create(minutes(2))]
  let current = [here.folder]
  catalog = new JobCatalog(() => current)
  refreshAll(catalog)
  expect(idsOf(catalog.live())).toEqual([a])
  current = [here.folder, there.folder]
  expect(catalog.refresh()).toBe(true)
  expect(idsOf(catalog.live())).toEqual([b, a])
  current = [there.folder]
  expect(catalog.refresh()).toBe(true)
  expect([idsOf(catalog.live()), catalog.get(a)]).toEqual([[b], null])
})

test('a state folder of the first format is shown whole', () => {
  fs.cpSync('test/fixtures/state/v1', state.root, { recursive: true })
  refreshAll(catalog)
  expectTheSame(catalog)
  expect(catalog.endedCount()).toBe(5)
})

const acts = [
  'create',
  'create',
  'createDamaged',
  'launch',
  'look',
  'end',
  'end',
  'promise',
  'followUp',
  'deliver',
  'restart',
  'remove',
  'damageJournal',
  'damageIndex',
  'dropIndex',
  'foreign',
] as const
type Act = (typeof acts)[number]

test('whatever happens to jobs, the catalog shows what the list of all jobs says', () => {
  const step = fc.record({ act: fc.constantFrom(...acts), pick: fc.nat(), second: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 25 }), (steps) => {
      fs.rmSync(root, { recursive: true })
      open()
      const folders = ['/projects/here', '/projects/there'].map((folder) => new StoredJobs(state, folder))
      withoutSync(() => {
        for (const [index, { act, pick, second }] of steps.entries()) {
          const jobs = folders[second ? 1 : 0]
          if (jobs === undefined) continue
          carryOut(jobs, act, pick, minutes(index % 7))
          // Only what happens to a job that has ended may wait for the sweep.
          if (act === 'restart' || act === 'damageJournal') catalog.sweep()
          else catalog.refresh()
          expectTheSame(catalog)
        }
      })
      const fresh = new JobCatalog(() => state.listFolders())
      refreshAll(fresh)
      expectTheSame(fresh)
    }),
    { numRuns: 60 },
  )
})

function carryOut(jobs: StoredJobs, act: Act, pick: number, atMs: number): void {
  const all = new JobStore(state).list(jobs.folder).jobs.map(({ job }) => job)
  const chosen = (is: (job: Job) => boolean): Job | undefined => {
    const candidates = all.filter(is)
    return candidates[pick % candidates.length]
  }
  const own = ({ spec }: Job) => spec.origin.kind === 'block'
  const running = (job: Job) => own(job) && job.state.kind === 'running'
  const ended = (job: Job) => own(job) && isSettled(job)
  switch (act) {
    case 'create':
      return void jobs.create(atMs)
    case 'createDamaged':
      return fs.writeFileSync(jobs.folder.job(jobs.create(atMs)).spec, 'damaged')
    case 'launch': {
      const job = chosen((job) => own(job) && job.state.kind === 'checking')
      return job && jobs.launch(job.spec.id, job.attempt)
    }
    case 'look': {
      const job = chosen(running)
      return job && jobs.look(job.spec.id, pick)
    }
    case 'end':
    case 'promise': {
      const job = chosen(running)
      return job && jobs.end(job.spec.id, job.attempt, act === 'promise')
    }
    case 'followUp': {
      const job = chosen(owesFollowUp)
      return job && void jobs.followUp(job.spec.id)
    }
    case 'deliver': {
      const job = chosen((job) => !own(job) && !isSettled(job))
      return job && jobs.deliver(job.spec.id)
    }
    case 'restart': {
      const job = chosen(ended)
      return job && jobs.restart(job.spec.id)
    }
    case 'remove': {
      const id = chosen(ended)?.spec.id
      const family = all.filter(({ spec }) => spec.id === id || spec.id.startsWith(`${id ?? ''}-f`))
      return family.reverse().forEach(({ spec }) => id !== undefined && jobs.remove(spec.id))
    }
    case 'damageJournal': {
      const job = chosen(() => true)
      return job && fs.appendFileSync(jobs.folder.job(job.spec.id).journal, 'damaged\n')
    }
    case 'damageIndex': {
      if (!fs.existsSync(jobs.folder.finishedIndex)) return
      const bytes = fs.readFileSync(jobs.folder.finishedIndex)
      const at = pick % bytes.length
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
      return fs.writeFileSync(jobs.folder.finishedIndex, bytes)
    }
    case 'dropIndex':
      return fs.rmSync(jobs.folder.finishedIndex, { force: true })
    case 'foreign':
      fs.mkdirSync(path.join(jobs.folder.jobs, 'lost+found'), { recursive: true })
      fs.mkdirSync(path.join(jobs.folder.jobs, `left-${pick}`), { recursive: true })
      return fs.writeFileSync(path.join(jobs.folder.jobs, '20261120-125124-k3x9qa'), 'a file')
  }
}

/** All that the catalog shows, against what the list says. */
function expectTheSame(shown: JobCatalog): void {
  const { jobs, unreadable } = new JobStore(state).list()
  const byId = new Map(jobs.map((stored) => [stored.job.spec.id, stored]))
  const newestFirst = [...jobs].sort((a, b) => (a.job.spec.id < b.job.spec.id ? 1 : -1))
  const own = newestFirst.filter(({ job }) => job.spec.origin.kind === 'block')
  const followUpsOf = (id: JobId) =>
    jobs.filter(({ job: { spec } }) => spec.origin.kind === 'follow_up' && spec.origin.parent === id)
  const live = own.filter(({ job }) =>
    [job, ...followUpsOf(job.spec.id).map(({ job }) => job)].some((job) => !isSettled(job)),
  )
  const ended = own.filter((stored) => !live.includes(stored))

  expect(shown.live()).toEqual(live)
  expect(shown.endedCount()).toBe(ended.length)
  const pages = Array.from({ length: Math.ceil(ended.length / 3) + 1 }, (_, page) => shown.ended(page * 3, 3))
  expect(pages.flat()).toEqual(ended)
  expect(shown.unreadable().map(({ id }) => id)).toEqual(
    unreadable
      .map(({ id }) => id)
      .sort()
      .reverse(),
  )
  for (const [id, stored] of byId) {
    expect(shown.get(id)).toEqual(stored)
    expect(idsOf(shown.followUpsOf(id).filter((read) => 'job' in read))).toEqual(idsOf(followUpsOf(id)))
  }
  expect(shown.problems()).toEqual([])
}

/** The files and directories that `work` opens. */
function openedBy(work: () => unknown): string[] {
  const { openSync, readFileSync, readdirSync } = fs
  const opened: string[] = []
  const noting =
    <A extends readonly unknown[], R>(open: (...args: A) => R) =>
    (...args: A): R => {
      opened.push(String(args[0]))
      return open(...args)
    }
  Object.assign(fs, {
    openSync: noting(openSync),
    readFileSync: noting(readFileSync),
    readdirSync: noting(readdirSync as (...args: readonly unknown[]) => unknown),
  })
  try {
    work()
  } finally {
    Object.assign(fs, { openSync, readFileSync, readdirSync })
  }
  return opened
}
