// A cluster without accounting, used here and over ssh: from a machine whose own programs know nothing of it.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../support/eventually'
import { Relay, renderBlock } from '../../support/relay'
import { GithubServer } from '../../support/github/server'
import { WorkflowRuns } from '../../support/github/workflowRuns'
import { hasSlurm } from '../../support/slurm/cluster'
import { suiteCluster } from '../../support/slurm/suiteCluster'
import { type Sshd, startSshd } from '../../support/sshd'
import { hasTool } from '../../support/tools'

const limitMs = 60_000

describe.runIf(hasSlurm() && hasTool('sshd'))('on a SLURM without accounting', { timeout: limitMs }, () => {
  const cluster = suiteCluster({ accounting: false })
  let relay: Relay
  let sshd: Sshd

  beforeAll(async () => {
    relay = new Relay()
    relay.env['SLURM_CONF'] = cluster().conf
    sshd = await startSshd(relay, cluster().conf)
  }, limitMs)

  afterAll(async () => {
    sshd.process.kill()
    await relay.dispose()
  }, limitMs)

  async function run(words: string[], command: string | null = null): Promise<string> {
    const ran = await relay.run(words, command === null ? {} : { input: renderBlock({ command }) })
    if (ran.exitCode !== 0) throw new Error(ran.stderr)
    return ran.stdout.trim()
  }

  const ended = (id: string) =>
    eventually(() => {
      const job = relay.show(id)
      if (job.endedAt === null) throw new Error(`${id} is ${job.state}: ${JSON.stringify(job.remote)} ${job.known.by}`)
      return job
    }, limitMs)

  test('ends are known all the same, and one that nobody knows any more is lost', async () => {
    const job = await run(['start', '-', '--yes', '--backend', 'slurm'], 'exit 5')
    const number = cluster().run('sbatch', '--parsable', '--output=/dev/null', '--wrap', 'exit 3').trim()
    const adopted = await run(['slurm', 'adopt', number, '--yes'])
    const purged = await run(['slurm', 'adopt', '4711', '--yes'])
    expect(await ended(job)).toMatchObject({ state: 'failed', exit: { code: 5 } })
    expect(await ended(adopted)).toMatchObject({ state: 'failed', exit: { code: 3 } })
    expect(await ended(purged)).toMatchObject({ state: 'lost' })
    expect(relay.show(purged).reason).toMatch(/there is no accounting here/)
  })

  test('why one that was adopted cannot be submitted again is told before it is tracked', async () => {
    const hold = (...words: string[]) =>
      cluster()
        .run('sbatch', '--parsable', '--hold', '--output=/dev/null', ...words)
        .trim()
    const wrapped = hold('--wrap', 'exit 0')
    const array = hold('--array=0-1', '--wrap', 'exit 0')
    const told = async (id: string) => {
      const { plan } = JSON.parse(await run(['track', id, '--plan', '--json', '--no-pr'])) as {
        plan: { relaunch: { again: { work: unknown } | null; onceFor?: string } }
      }
      return plan.relaunch
    }
    const [known, task, gone] = await Promise.all([wrapped, `${array}_1`, '4711'].map(told))
    expect(known?.again?.work).toMatchObject({
      command: '#!/bin/sh\n# This script was created by sbatch --wrap.\n\nexit 0',
    })
    expect(task).toMatchObject({ again: null, onceFor: expect.stringContaining('a task of an array') as string })
    expect(gone).toMatchObject({ again: null, onceFor: expect.stringContaining('has forgotten') as string })
    cluster().run('scancel', wrapped, array)
  })

  test('over ssh a job is submitted, its log copied, its end known by its own record, and one is stopped', async () => {
    const words = [
      'start',
      '-',
      '--yes',
      '--again',
      '--backend',
      'slurm',
      '--on',
      'loopback',
      '--directory',
      relay.workspace,
    ]
    const job = await run(words, 'pwd; printf "%s\\n" "it\'s $HOME" \'$(touch canary)\'; seq 3; exit 6')
    const long = await run(words, 'echo long; sleep 300')
    expect(await ended(job)).toMatchObject({
      state: 'failed',
      exit: { code: 6 },
      remote: { name: expect.stringMatching(/^SLURM job \d+ on loopback$/) as string },
    })
    expect(relay.log(job)).toBe(`${relay.workspace}\nit's ${os.homedir()}\n$(touch canary)\n1\n2\n3\n`)
    expect(fs.existsSync(path.join(relay.workspace, 'canary'))).toBe(false)
    await relay.untilState(long, 'running')
    await eventually(() => relay.log(long) === 'long\n', 30_000)
    const listed = JSON.parse(await run(['slurm', 'list', '--on', 'loopback', '--json'])) as {
      jobs: { name: string; state: string }[]
    }
    expect(listed.jobs).toContainEqual(expect.objectContaining({ name: `relay-${long}-1`, state: 'RUNNING' }))
    await run(['stop', long])
    expect(await ended(long)).toMatchObject({ state: 'stopped' })
  })

  test.runIf(hasTool('gh'))(
    'a stopped workflow run takes the SLURM job with it that it has submitted and that waits',
    async () => {
      const actions = new WorkflowRuns('lab/models')
      const github = await GithubServer.start(relay.root, [actions.route])
      Object.assign(relay.env, github.environment(relay.home))
      const hold = () =>
        cluster().run('sbatch', '--parsable', '--hold', '--output=/dev/null', '--wrap', 'exit 0').trim()
      try {
        // One was there a minute before its run; one was submitted by it.
        const [older, own] = await Promise.all(
          [60_000, -60_000].map(async (laterMs) => {
            const number = hold()
            const log = `Submitted batch job ${number}\n`
            const there = actions.add({ status: 'in_progress', isHalfOver: true, log, createdMs: Date.now() + laterMs })
            const words = ['runs', 'adopt', String(there.id), '--repo', 'lab/models', '--chain', '--yes']
            return { number, id: await run(words) }
          }),
        )
        for (const job of [older, own])
          await eventually(
            () => relay.show(job?.id ?? '').remote?.words?.includes(`SLURM job ${job?.number ?? ''}`),
            30_000,
          )
        await Promise.all([older, own].map((job) => run(['stop', job?.id ?? ''])))
        expect(await ended(own?.id ?? '')).toMatchObject({ state: 'stopped' })
        const left = await ended(older?.id ?? '')
        expect(left).toMatchObject({ state: 'stopped' })
        expect(left.reason).toContain(
          `SLURM job ${older?.number ?? ''}, which its log names, was submitted before the run`,
        )
        expect(
          cluster()
            .run('squeue', '-h', '-t', 'all', '-j', own?.number ?? '', '-o', '%T')
            .trim(),
        ).toBe('CANCELLED')
        expect(
          cluster()
            .run('squeue', '-h', '-j', older?.number ?? '', '-o', '%T')
            .trim(),
        ).toBe('PENDING')
        cluster().run('scancel', older?.number ?? '')
      } finally {
        await github.stop()
      }
    },
  )

  test('a host that cannot be reached keeps a job waiting, and is named', async () => {
    const job = await run(['start', '-', '--yes', '--again', '--backend', 'slurm', '--on', 'nowhere'], 'exit 0')
    await eventually(
      () => fs.readFileSync(relay.state.supervisorLog, 'utf8').includes(`${job} could not be submitted yet`),
      30_000,
    )
    expect(relay.show(job).state).toBe('checking')
    await run(['stop', job])
    expect(await ended(job)).toMatchObject({ state: 'stopped' })
  })
})
