import fs from 'node:fs'
import path from 'node:path'
import { expect, test as anyTest } from 'vitest'
import { canOpen } from '../../../src/core/tracking/repositoryReport'
import { lookAtRepository } from '../../../src/store/tracking/lookAtRepository'
import { Clone } from '../../support/clone'
import { FakeHub, fakeRepository } from '../../support/github/pulls'
import { GithubServer, rateLimited } from '../../support/github/server'
import { hasTool } from '../../support/tools'

const test = anyTest.runIf(hasTool('gh'))

test('what there is for a pull request is found out, and nothing is changed by that', async () => {
  const clone = Clone.make()
  const hub = new FakeHub([fakeRepository('ada', 'space', { parent: 'bob/space' })])
  const github = await GithubServer.start(clone.root, hub.routes)
  const env = { ...clone.env, ...github.environment(clone.home) }
  const look = async (change: Record<string, string> = {}, folder = clone.folder) =>
    lookAtRepository(folder, { env: { ...env, ...change }, asksGithub: true })
  try {
    expect(await look({}, clone.root)).toMatchObject({
      git: null,
      problem: expect.stringMatching(/no git repository/) as string,
    })
    expect(await look({}, clone.bare)).toMatchObject({
      git: null,
      problem: expect.stringMatching(/no git repository with files/) as string,
    })
    expect(await look()).toMatchObject({ git: { head: null, branch: 'main', remote: 'origin' } })
    clone.write('.gitattributes', '*.bin filter=lfs\n')
    clone.begin()
    clone.git(['fetch', '--quiet'])
    clone.write('train.py', 'print(2)\n')
    clone.git(['commit', '--quiet', '--all', '--message', 'mine'])
    clone.write('train.py', 'print(3)\n')
    clone.write('.git/hooks/pre-push', '#!/bin/sh\n')
    const before = clone.print()
    const report = await look()
    expect(report).toMatchObject({
      git: {
        top: fs.realpathSync(clone.folder),
        isDirty: true,
        branches: ['main'],
        remotes: [{ name: 'origin', url: clone.address, repository: { owner: 'ada', name: 'space' } }],
        unpushed: 1,
        usesLfs: true,
        hasHooks: true,
        identity: 'Ada <ada@example.com>',
      },
      gh: { kind: 'ready', login: 'ada' },
      github: { canPush: true, defaultBranch: 'main', parent: { owner: 'bob', name: 'space' } },
    })
    expect(canOpen(report)).toBe(true)
    expect(clone.print()).toEqual(before)
    expect(github.acts).toEqual([])
    expect(await look({ GH_TOKEN: '' })).toMatchObject({ gh: { kind: 'no_login', host: 'github.com' }, github: null })
    github.fault = () => rateLimited
    expect(await look()).toMatchObject({
      gh: { kind: 'unknown', why: expect.stringMatching(/fewer requests/) as string },
    })
    clone.git(['remote', 'set-url', 'origin', path.join(clone.root, 'remote.git')])
    expect(await look()).toMatchObject({ gh: { kind: 'not_asked' }, github: null })
  } finally {
    await github.stop()
    clone.remove()
  }
})
