// A state folder that several hosts or several versions share: shown to all, acted on by its owner only.
import fs from 'node:fs'
import path from 'node:path'
import { describe } from 'vitest'
import { attemptOf, inWorkspace, killSupervision, test, untilLogged, waitFor } from '../fixtures/relayTest'
import { planJob } from '../../src/core/jobs/plan'
import { jobIdSchema } from '../../src/core/jobs/jobId'
import { planDigest } from '../../src/store/approval'
import { renderCheckedLine } from '../../src/store/checkedLine'
import { folderKey } from '../../src/store/stateFolder'
import { createJob } from '../../src/supervisor/jobs/createJob'
import { eventually } from '../support/eventually'
import type { Relay } from '../support/relay'

const otherHost = 'node-17.cluster'

/** Puts a job that `otherHost` owns into the state folder, approved and not yet started; its id. */
function createForeignJob(relay: Relay): string {
  const planned = planJob({ type: 'job_start', command: 'touch ran-on-the-wrong-host' }, relay.workspace)
  if ('refusals' in planned) throw new Error(planned.refusals.join(' '))
  const id = jobIdSchema.parse('20260101-000000-foreig')
  const folder = relay.state.folder(folderKey(relay.workspace))
  const origin = { kind: 'block', file: null, line: 1 } as const
  const spec = { v: 1, id, createdAtMs: 1, host: otherHost, folder: relay.workspace, origin, ...planned } as const
  createJob(folder, spec, { digest: planDigest(planned.plan), how: 'asked' }, relay.env)
  return id
}

/** Puts a request into the inbox as any program of the same user could. */
function submit(relay: Relay, id: string, request: object): void {
  const file = relay.state.request(id)
  fs.writeFileSync(`${file}.tmp`, JSON.stringify(request))
  fs.renameSync(`${file}.tmp`, file)
}

/** Appends a line to the journal of a job as a version to come would. */
function appendNewerLine(relay: Relay, id: string): string {
  const { journal } = relay.store.find(id).paths
  const lines = fs.readFileSync(journal, 'utf8').trimEnd().split('\n').length
  const line = { v: 2, seq: lines + 1, at: Date.now(), boot: 'b', event: { type: 'paused', until: 'tomorrow' } }
  fs.appendFileSync(journal, renderCheckedLine(line))
  return fs.readFileSync(journal, 'utf8')
}

describe.concurrent('a shared state folder', () => {
  test('a job of another host is shown as that, and this host never starts, restarts or removes it', async ({
    relay,
    expect,
  }) => {
    const foreign = createForeignJob(relay)
    // A supervisor of this host begins, adopts what is its own, and does its work.
    const own = await relay.start({ command: 'true', watch: { thenTask: 'Analyze.', runTasks: true } })
    await relay.untilDelivered(own)
    expect(attemptOf(relay, foreign).directory).toContain(foreign)
    expect(fs.existsSync(attemptOf(relay, foreign).claim)).toBe(false)
    expect(fs.existsSync(inWorkspace(relay, 'ran-on-the-wrong-host'))).toBe(false)

    const list = await relay.run(['list', '--json'])
    const jobs = JSON.parse(list.stdout) as { id: string; host: string; state: string }[]
    expect(jobs.find(({ id }) => id === foreign)).toMatchObject({ host: otherHost, state: 'checking' })
    const remove = await relay.run(['remove', foreign])
    expect({ exitCode: remove.exitCode, stderr: remove.stderr }).toEqual({
      exitCode: 1,
      stderr: `relay: Job ${foreign} belongs to ${otherHost}: act on it there.`,
    })
    const restart = await relay.run(['restart', foreign, '--yes'])
    expect(restart.exitCode).toBe(1)
    expect(restart.stderr).toContain(`belongs to ${otherHost}`)
    expect(relay.show(foreign).state).toBe('checking')
  })

  test("a stop of another host's job is put into that host's inbox", async ({ relay, expect }) => {
    const foreign = createForeignJob(relay)
    const inbox = path.join(relay.stateRoot, 'hosts', otherHost, 'inbox')
    fs.mkdirSync(inbox, { recursive: true })
    const { exitCode, stderr } = await relay.run(['stop', foreign, '--no-wait'])
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 })
    const [name = ''] = fs.readdirSync(inbox)
    expect(JSON.parse(fs.readFileSync(path.join(inbox, name), 'utf8'))).toMatchObject({ kind: 'stop', jobId: foreign })
  })

  test('a request that names another host is refused with a sentence', async ({ relay, expect }) => {
    const own = await relay.start({ command: 'true' })
    await relay.untilDelivered(own)
    const { spec } = relay.store.find(own).job
    const id = jobIdSchema.parse('20260101-000000-wronghost')
    const request = { v: 1, kind: 'start', id, spec: { ...spec, id, host: otherHost }, env: {} }
    const approval = { digest: planDigest(spec.plan), how: 'asked' }
    submit(relay, id, { ...request, approval })
    await eventually(() => fs.existsSync(relay.state.rejection(id)))
    expect(fs.readFileSync(relay.state.rejection(id), 'utf8')).toContain(otherHost)
    expect(relay.store.list().jobs).toHaveLength(1)
  })

  test('a request whose approval is of another plan starts nothing', async ({ relay, expect }) => {
    const own = await relay.start({ command: 'true' })
    await relay.untilDelivered(own)
    const { spec } = relay.store.find(own).job
    const id = jobIdSchema.parse('20260101-000000-notasked')
    const plan = { ...spec.plan, work: { kind: 'command', command: 'touch never-approved' } }
    const approval = { digest: planDigest(spec.plan), how: 'asked' }
    const request = { v: 1, kind: 'start', id, spec: { ...spec, id, plan }, env: {}, approval }
    submit(relay, id, request)
    await eventually(() => fs.existsSync(relay.state.rejection(id)))
    expect(fs.readFileSync(relay.state.rejection(id), 'utf8')).toContain('what was approved is not what was asked')
    expect(fs.existsSync(inWorkspace(relay, 'never-approved'))).toBe(false)
  })

  test('a job that a newer version wrote to is shown with a message, and its journal is not touched', async ({
    relay,
    expect,
  }) => {
    const id = await relay.start({ command: `echo up; ${waitFor('go')}` })
    await untilLogged(relay, id, 'up')
    await relay.untilState(id, 'running')
    await killSupervision(relay)
    const before = appendNewerLine(relay, id)
    // Another supervisor of this version begins; the job ends before its eyes.
    const other = await relay.start({ command: 'true' })
    await relay.untilDelivered(other)
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    await eventually(() => fs.existsSync(attemptOf(relay, id).exit))
    for (const words of [
      ['restart', id, '--yes'],
      ['remove', id],
      ['stop', id, '--no-wait'],
    ]) {
      const { exitCode, stderr } = await relay.run(words)
      expect(exitCode).toBe(1)
      expect(stderr).toContain(`Job ${id} was written by a newer version of Relay Jobs. Update first.`)
    }
    const { stdout } = await relay.run(['show', id])
    expect(stdout).toContain('it was written by a newer version of Relay Jobs. Update to act on this job.')
    expect(fs.readFileSync(relay.store.find(id).paths.journal, 'utf8')).toBe(before)
  })

  test('an ended job that a newer version wrote to afterwards is read from its journal, not from the summary', async ({
    relay,
    expect,
  }) => {
    const id = await relay.start({ command: 'true' })
    await relay.untilDelivered(id)
    appendNewerLine(relay, id)
    const list = await relay.run(['list', '--json'])
    const [job] = JSON.parse(list.stdout) as { problems: string[] }[]
    expect(job?.problems.join()).toContain('newer version')
  })
})
