// A publication that is cut off anywhere, even between an act and the news of it, and is then done again.
import fs from 'node:fs'
import path from 'node:path'
import { expect, test as anyTest } from 'vitest'
import type { ResultsPage } from '../../../src/core/tracking/resultsPage'
import type { PublishRequest } from '../../../src/supervisor/tracking/publication'
import { publishResults } from '../../../src/supervisor/tracking/publishResults'
import { ResultsFiles } from '../../../src/store/tracking/resultsFiles'
import { Clone } from '../../support/clone'
import { FakeHub, fakeRepository } from '../../support/github/pulls'
import { GithubServer } from '../../support/github/server'
import { filledPage, resultsPage, trackId } from '../../support/resultsPage'
import { hasTool } from '../../support/tools'

const test = anyTest.runIf(hasTool('gh'))

/** In full in the soak. */
const step = process.env['RELAY_SOAK'] === undefined ? 3 : 1
const branch = 'results/two-moons-2026-11-28'

/**
 * A signal that aborts when the program of that number has come to its end, before its answer is known: as if the supervisor had
 * been killed then. It has what is used of a signal.
 */
class CutSignal {
  calls = 0
  aborted = false
  private listener: (() => void) | null = null

  constructor(private readonly at: number) {}

  addEventListener(_type: string, listener: () => void): void {
    this.listener = listener
  }
  removeEventListener(_type: string, listener: () => void): void {
    if (this.listener !== listener) return
    this.calls++
    if (this.calls < this.at) return
    this.aborted = true
    listener()
  }

  get signal(): AbortSignal {
    return this as unknown as AbortSignal
  }
}

test('wherever it is cut off, there is one branch, one commit, one push and one pull request in the end', async () => {
  const clone = Clone.make()
  const hub = new FakeHub([fakeRepository('ada', 'space')])
  const github = await GithubServer.start(clone.root, hub.routes)
  const env = { ...clone.env, ...github.environment(clone.home) }
  try {
    clone.begin()
    const pushes = path.join(clone.root, 'pushes')
    const hook = path.join(clone.bare, 'hooks/post-receive')
    fs.writeFileSync(hook, `#!/bin/sh\ncat >>${pushes}\n`)
    fs.chmodSync(hook, 0o755)
    const before = clone.print()
    let number = 0
    const publish = async (index: number, page: ResultsPage, signal: AbortSignal) => {
      const files = new ResultsFiles(path.join(clone.root, 'state', `${trackId}-${index}`))
      fs.mkdirSync(files.directory, { recursive: true })
      const request: PublishRequest = {
        ...{ folder: clone.folder, files, page, fixes: [], document: 'docs/moons.md', branch: `${branch}-no${index}` },
        ...{
          remote: 'origin',
          base: null,
          opens: true,
          title: 'Results: {experiment}',
          trailer: null,
          atMs: 1_795_867_200_000 + 1_000 * number++,
        },
      }
      return publishResults(request, { env, signal })
    }
    const never = new AbortController().signal
    for (let at = 1, isCut = true; isCut; at += step) {
      const page = (of: ResultsPage): ResultsPage => ({ ...of, track: `${trackId}-${at}` })
      const first = new CutSignal(at)
      await publish(at, page(resultsPage()), first.signal)
      const opened = await publish(at, page(resultsPage()), never)
      expect(opened, `cut after ${at}`).toMatchObject({
        branch: `${branch}-no${at}`,
        pushed: true,
        problem: null,
        notes: [],
      })
      expect(clone.remoteCommits(`${branch}-no${at}`)).toHaveLength(1)
      const second = new CutSignal(at)
      await publish(at, page(filledPage()), second.signal)
      const filled = await publish(at, page(filledPage()), never)
      expect(filled, `cut after ${at}`).toMatchObject({ pushed: true, problem: null, notes: [] })
      expect(clone.remoteCommits(`${branch}-no${at}`)).toHaveLength(2)
      expect(clone.remoteFile(`${branch}-no${at}`, 'docs/moons.md')).toContain('0.93 (0.91)')
      expect(hub.pulls.filter(({ head }) => head === `${branch}-no${at}`)).toHaveLength(1)
      expect(hub.pulls.at(-1)?.body).toContain('- [x] Job 4711')
      expect(
        fs
          .readFileSync(pushes, 'utf8')
          .split('\n')
          .filter((line) => line.includes(`-no${at}\n`) || line.endsWith(`-no${at}`)),
      ).toHaveLength(2)
      isCut = first.aborted
    }
    expect(clone.print()).toEqual(before)
  } finally {
    await github.stop()
    clone.remove()
  }
}, 120_000)
