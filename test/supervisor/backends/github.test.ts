// Workflow runs as jobs, with the real `gh` against a GitHub of our own.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from '../../support/eventually'
import { WorkflowRuns } from '../../support/github/workflowRuns'
import { GithubServer, rateLimited } from '../../support/github/server'
import { Relay } from '../../support/relay'
import { hasTool } from '../../support/tools'

const repo = 'lab/models'

describe.runIf(hasTool('gh'))('a workflow run', { timeout: 60_000 }, () => {
  let relay: Relay
  let github: GithubServer
  let actions: WorkflowRuns
  let folder: string

  beforeEach(async () => {
    relay = new Relay()
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gh-'))
    actions = new WorkflowRuns(repo)
    github = await GithubServer.start(folder, [actions.route])
    Object.assign(relay.env, github.environment(relay.home))
  })

  afterEach(async () => {
    await relay.dispose()
    await github.stop()
    fs.rmSync(folder, { recursive: true, force: true })
  })

  async function run(...words: string[]): Promise<string> {
    const ran = await relay.run(words)
    if (ran.exitCode !== 0) throw new Error(ran.stderr)
    return ran.stdout.trim()
  }

  const dispatch = (...words: string[]) =>
    run('runs', 'dispatch', 'train.yml', 'script=run.sh', '--repo', repo, '--ref', 'main', '--yes', ...words)
  const ended = (id: string) => eventually(() => (relay.show(id).endedAt === null ? null : relay.show(id)), 40_000)

  test('is dispatched, found by the id that its title shows, and ends with the log of its failed step', async () => {
    const before = actions.add({ title: 'Train of somebody else' })
    const id = await dispatch('--id-input', 'relay_id')
    const mine = await eventually(() => actions.runs.find(({ title }) => title.includes(id)), 20_000)
    // Somebody else dispatches at the same moment.
    actions.add({ title: 'Train of a third' })
    expect(actions.dispatched).toEqual([{ script: 'run.sh', relay_id: id }])
    await eventually(() => relay.show(id).remote?.handle?.kind === 'github', 20_000)
    expect(relay.show(id)).toMatchObject({ state: 'queued', remote: { handle: { runId: String(mine.id) } } })
    mine.status = 'in_progress'
    await relay.untilState(id, 'running')
    actions.end(mine, 'failure', '2026-11-28T12:00:00.0000000Z Traceback (most recent call last):\n')
    expect(await ended(id)).toMatchObject({ state: 'failed', exit: { service: 'github', state: 'failure' } })
    expect(relay.log(id)).toContain('Traceback')
    expect(before.status).toBe('queued')
    expect(github.acts).toHaveLength(1)
  })

  test('without a marker is taken for ours only where no other can be', async () => {
    github.fault = ({ path: at }) => (/\/user$/.test(at) ? { body: { login: 'me' } } : null)
    actions.onDispatch = (_inputs, ref) => void actions.add({ branch: ref })
    const first = await dispatch()
    await eventually(() => relay.show(first).remote?.handle?.kind === 'github', 20_000)
    expect(github.requests.some((request) => request.path.includes('actor=me'))).toBe(true)
    actions.onDispatch = (_inputs, ref) => {
      actions.add({ branch: ref })
      actions.add({ branch: ref })
    }
    const second = await ended(await dispatch('--cwd', relay.home))
    expect(second).toMatchObject({ state: 'blocked' })
    expect(second.reason).toMatch(/several runs have begun since/)
  })

  test('is dispatched once GitHub takes it, and is not the run of somebody who was a moment sooner', async () => {
    let refusals = 0
    github.fault = ({ path: at }) => (at.endsWith('/dispatches') && ++refusals === 1 ? rateLimited : null)
    actions.onDispatch = (_inputs, ref) => {
      actions.add({ branch: ref, title: 'Train of somebody else' })
      setTimeout(() => actions.add({ branch: ref }), 1_500)
    }
    const job = await ended(await dispatch())
    expect(job.reason).toMatch(/several runs have begun since/)
    expect(actions.dispatched).toHaveLength(1)
    expect(refusals).toBe(2)
  })

  test('that is there is adopted, aged while GitHub is silent, and cancelled by a stop', async () => {
    const there = actions.add({ status: 'in_progress' })
    const id = await run('runs', 'adopt', String(there.id), '--repo', repo, '--yes')
    await relay.untilState(id, 'running')
    github.fault = () => rateLimited
    await eventually(() => /has not answered since .*rate limit/.test(relay.show(id).known.by), 30_000)
    expect(relay.show(id).state).toBe('running')
    github.fault = () => null
    await run('stop', id)
    expect(await ended(id)).toMatchObject({ state: 'stopped' })
    expect(there.conclusion).toBe('cancelled')
  })

  test('that has handed its work to SLURM goes on with it, and ends as it does', async () => {
    // A scheduler that says what a file says.
    const bin = path.join(folder, 'bin')
    const rows = path.join(folder, 'rows')
    fs.mkdirSync(bin)
    fs.writeFileSync(path.join(bin, 'squeue'), `#!/bin/sh\ncase "$*" in *RELAY1*) cat '${rows}';; esac\n`, {
      mode: 0o700,
    })
    for (const name of ['sacct', 'scontrol'])
      fs.writeFileSync(path.join(bin, name), '#!/bin/sh\necho "Slurm accounting storage is disabled" >&2\nexit 1\n', {
        mode: 0o700,
      })
    relay.env['PATH'] = `${bin}:${relay.env['PATH'] ?? process.env['PATH'] ?? ''}`
    const row = (state: string) =>
      fs.writeFileSync(rows, `RELAY1|4711|4711|N/A|${state}|None|1:00|1:00:00|1795869386|1795869382|main|n1|1|train\n`)
    row('RUNNING')
    const there = actions.add({
      status: 'in_progress',
      isHalfOver: true,
      log: 'job id: 99\nSubmitted batch job 4711\n',
    })
    const id = await run('runs', 'adopt', String(there.id), '--repo', repo, '--chain', '--yes')
    await eventually(() => /SLURM job 4711 runs/.test(relay.show(id).remote?.words ?? ''), 30_000)
    actions.end(there, 'success', there.log)
    await eventually(() => /succeeded; SLURM job 4711 runs/.test(relay.show(id).remote?.words ?? ''), 30_000)
    expect(relay.show(id).state).toBe('running')
    row('TIMEOUT')
    expect(await ended(id)).toMatchObject({ state: 'failed', exit: { service: 'slurm', state: 'TIMEOUT' } })
  })

  test('that GitHub refuses is blocked with its words, and the runs can be listed', async () => {
    actions.add({ title: 'One' })
    github.fault = ({ path: at }) =>
      at.endsWith('/dispatches')
        ? { status: 422, body: { message: "Workflow does not have 'workflow_dispatch' trigger" } }
        : null
    const job = await ended(await dispatch())
    expect(job).toMatchObject({ state: 'blocked' })
    expect(job.reason).toMatch(/GitHub has refused it: .*workflow_dispatch/)
    const { runs } = JSON.parse(await run('runs', 'list', '--repo', repo, '--json')) as {
      runs: { title: string; workflow: string }[]
    }
    expect(runs).toMatchObject([{ title: 'One', workflow: 'Train' }])
  })
})
