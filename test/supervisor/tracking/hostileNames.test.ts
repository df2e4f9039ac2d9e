import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test as anyTest } from 'vitest'
import { problemOfDocument } from '../../../src/core/tracking/editDocument'
import { branchName, isBranchName } from '../../../src/core/tracking/resultsBranch'
import type { Published, PublishRequest } from '../../../src/supervisor/tracking/publication'
import { publishResults } from '../../../src/supervisor/tracking/publishResults'
import { openPullRequest } from '../../../src/supervisor/tracking/pullRequest'
import { renderTitle } from '../../../src/core/tracking/renderResults'
import { ResultsRepository } from '../../../src/supervisor/tracking/resultsRepository'
import { lookAtRepository } from '../../../src/store/tracking/lookAtRepository'
import { ResultsFiles } from '../../../src/store/tracking/resultsFiles'
import { Clone } from '../../support/clone'
import { FakeHub, fakeRepository } from '../../support/github/pulls'
import { GithubServer } from '../../support/github/server'
import { hostileNames } from '../../support/hostileNames'
import { filledPage, resultsPage, trackId } from '../../support/resultsPage'
import { hasTool } from '../../support/tools'

const test = anyTest.runIf(hasTool('gh'))

let clone: Clone
let hub: FakeHub
let github: GithubServer
let env: Record<string, string>
let names: readonly string[]

beforeEach(async () => {
  clone = Clone.make()
  hub = new FakeHub([fakeRepository('ada', 'space')])
  github = await GithubServer.start(clone.root, hub.routes)
  env = { ...clone.env, ...github.environment(clone.home) }
  names = hostileNames(path.join(clone.root, 'canary'))
  clone.begin()
})
afterEach(async () => {
  await github.stop()
  clone.remove()
})

const signal = new AbortController().signal

async function publish(change: Partial<PublishRequest>): Promise<Published> {
  const files = new ResultsFiles(path.join(clone.root, 'state', trackId))
  fs.mkdirSync(files.directory, { recursive: true })
  const usual = {
    folder: clone.folder,
    files,
    page: resultsPage(),
    fixes: [],
    document: 'docs/moons.md',
    branch: 'results/x-2026-11-28',
    remote: 'origin',
  }
  return publishResults(
    {
      ...usual,
      base: null,
      opens: true,
      title: 'Results: {experiment}',
      trailer: null,
      atMs: 1_795_867_200_000,
      ...change,
    },
    { env, signal },
  )
}

function expectNoCanary(): void {
  const found = fs
    .readdirSync(clone.root, { recursive: true, encoding: 'utf8' })
    .filter((name) => /(?:^|\/)canary/.test(name))
  expect(found).toEqual([])
}

test('500 names of metrics, jobs and attempts go into document and pull request as text', async () => {
  const rows = names.map((label) => ({ label, state: 'running' as const, note: label, cells: {} }))
  const attempts = names.slice(0, 60).map((name, number) => ({
    number,
    known: name,
    outcome: name,
    durationMs: 1,
    failure: name,
    change: name,
    patch: name,
  }))
  const page = resultsPage({
    table: { metrics: names.slice(0, 20).map((name) => ({ name, better: null })), rows },
    metrics: names,
    summary: names.slice(0, 3),
    attempts,
  })
  expect(await publish({ page })).toMatchObject({ pushed: true, problem: null })
  const failure = {
    class: names[3] ?? '',
    explanation: names[4] ?? '',
    evidence: names.slice(0, 8),
    why: names[5] ?? '',
  }
  const discussion = { by: names[7] ?? '', text: names.join('\n\n') }
  expect(await publish({ page: filledPage({ ...page, failure, discussion, final: names[8] ?? null }) })).toMatchObject({
    pushed: true,
    problem: null,
    notes: [],
  })
  const document = clone.remoteFile('results/x-2026-11-28', 'docs/moons.md') ?? ''
  expect(document.match(/^<!-- .*-->$/gm)).toHaveLength(6)
  // A cell for each column, in every row.
  const cells = document
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').length)
  expect(new Set(cells)).toEqual(new Set([20 + 4]))
  expect(cells).toHaveLength(500)
  expectNoCanary()
})

test('names of experiments become branches, titles and commits that are only that', async () => {
  const options = { env, signal }
  const place = {
    repository: { host: 'github.com', owner: 'ada', name: 'space' },
    head: { host: 'github.com', owner: 'ada', name: 'space' },
    branch: 'x',
    base: null,
    track: '20261128-120000-abc123',
  }
  for (const name of names) expect(isBranchName(branchName(name, '2026-11-28')), name).toBe(true)
  // Every payload once, in a frame of its own.
  for (const [index, name] of names.filter((_, at) => at % 21 === 0).entries()) {
    const page = resultsPage({ experiment: name })
    const opened = await openPullRequest(
      { ...place, branch: `x-${index}` },
      renderTitle(page, 'Results: {experiment}'),
      'text',
      options,
    )
    expect(opened, name).toMatchObject({ kind: 'done', value: { number: index + 1 } })
    expect(hub.pulls[index]?.title).toMatch(/^Results: [^\r\n`]*$/)
  }
  expect(await publish({ page: resultsPage({ experiment: names[0] ?? '' }), title: names[1] ?? '' })).toMatchObject({
    pushed: true,
    problem: null,
  })
  expectNoCanary()
})

test('documents of any name that can be one are written under exactly that name, and the others refused', async () => {
  const repository = await ResultsRepository.open(clone.folder, { env, signal, atMs: 0 })
  if (repository === null) throw new Error('no repository')
  const head = clone.git(['rev-parse', 'HEAD'])
  const paths = names.map((name) => `${name}.md`)
  const usable = paths
    .filter((one) => problemOfDocument(path.posix.normalize(one)) === null)
    .map((one) => path.posix.normalize(one))
  expect(usable.length).toBeGreaterThan(100)
  for (const file of usable.filter((_, at) => at % 20 === 0)) {
    const bytes = Buffer.from(file)
    const commit = await repository.objects.commit(head, { path: file, mode: '100644', bytes }, 'x\n')
    expect((await repository.objects.readFile(commit, file)).bytes?.equals(bytes), file).toBe(true)
    expect(
      clone
        .git(['diff', '--name-only', '-z', head, commit])
        .split('\0')
        .filter((name) => name !== ''),
    ).toEqual([file])
  }
  expectNoCanary()
})

test('branches, remotes and bases of any name run nothing', async () => {
  const some = names.filter((_, at) => at < 25)
  for (const [index, name] of some.entries()) {
    const files = new ResultsFiles(path.join(clone.root, 'state', `n${index}`))
    fs.mkdirSync(files.directory, { recursive: true })
    expect(await publish({ files, branch: name }), name).toMatchObject({ branch: null, pushed: false })
  }
  for (const [index, name] of some.slice(7, 11).entries()) {
    const files = new ResultsFiles(path.join(clone.root, 'state', `m${index}`))
    fs.mkdirSync(files.directory, { recursive: true })
    const branch = `results/m${index}-2026-11-28`
    expect(await publish({ files, branch, remote: name }), name).toMatchObject({ pushed: false })
    if (index % 3 === 0)
      expect((await publish({ files, branch, base: name })).problem ?? '', name).not.toMatch(/mallory/)
  }
  expect(await lookAtRepository(clone.folder, { env, asksGithub: false, remote: names[8] ?? null })).toMatchObject({
    git: { remote: 'origin' },
  })
  expectNoCanary()
})
