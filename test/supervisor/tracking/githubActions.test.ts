// The GitHub of our own, asked by the real `gh` what the backend of workflow runs asks it.
import { execFile } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, test as anyTest } from 'vitest'
import { FakeActions } from '../../support/github/actions'
import { FakeHub, fakeRepository } from '../../support/github/pulls'
import { GithubServer } from '../../support/github/server'
import { hasTool } from '../../support/tools'

const test = anyTest.runIf(hasTool('gh'))

const workflowText =
  'name: Train\non:\n  workflow_dispatch:\n    inputs:\n      script:\n        required: true\n      relay_id:\njobs: {}\n'

test('gh dispatches, lists, views, reads logs of and cancels runs', async () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'relay-gh-'))
  const actions = new FakeActions('ada/space', {
    titleOf: (_workflow, inputs) => `Train ${String(inputs['relay_id'])}`,
  })
  const workflow = actions.addWorkflow('train-dispatch.yml', workflowText, 'Train')
  const github = await GithubServer.start(root, [
    ...actions.routes,
    ...new FakeHub([fakeRepository('ada', 'space')]).routes,
  ])
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: root,
    XDG_CACHE_HOME: path.join(root, 'cache'),
    ...github.environment(root),
  }
  const gh = async (words: string, input = ''): Promise<string> => {
    const asked = promisify(execFile)('gh', [...words.split(' '), '--repo', 'ada/space'], { env, cwd: '/' })
    asked.child.stdin?.end(input)
    return (await asked).stdout
  }
  try {
    expect(await gh('workflow list')).toMatch(/Train\s+active\s+100/)
    expect(await gh('workflow view train-dispatch.yml --yaml --ref main')).toContain('workflow_dispatch')
    await gh(
      'workflow run train-dispatch.yml --ref main --json',
      JSON.stringify({ script: 'train.sh', relay_id: 'job-1' }),
    )
    const fields =
      'databaseId,status,conclusion,displayTitle,event,headBranch,headSha,name,createdAt,startedAt,updatedAt,url,workflowName,workflowDatabaseId'
    const run = actions.runs[0]
    if (run === undefined) throw new Error('no run')
    expect(JSON.parse(await gh(`run list --workflow train-dispatch.yml --limit 50 --json ${fields}`))).toMatchObject([
      {
        databaseId: run.id,
        status: 'queued',
        conclusion: '',
        displayTitle: 'Train job-1',
        headBranch: 'main',
        workflowName: 'Train',
      },
    ])
    actions.end(run, 'failure', 'Submitted batch job 4711\nboom')
    expect(JSON.parse(await gh(`run view ${run.id} --json ${fields}`))).toMatchObject({
      status: 'completed',
      conclusion: 'failure',
    })
    expect(await gh(`run view ${run.id} --log`)).toMatch(/job\tRun\t\S+ Submitted batch job 4711/)
    expect(await gh(`run view ${run.id} --log-failed`)).toContain('boom')
    const second = actions.addRun(workflow)
    await gh(`run cancel ${second.id}`)
    expect(second.conclusion).toBe('cancelled')
    await expect(gh('workflow run train-dispatch.yml --ref main --json', '{"other":"x"}')).rejects.toThrow(
      /Unexpected inputs/,
    )
  } finally {
    await github.stop()
    fs.rmSync(root, { recursive: true, force: true })
  }
})
