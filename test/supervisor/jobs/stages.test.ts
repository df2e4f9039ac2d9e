// A smoke command before the full one, as the `supervisor` of a block asks for it.
import fs from 'node:fs'
import { describe } from 'vitest'
import {
  attemptOf,
  inWorkspace,
  journalOf,
  killSupervision,
  processesOfJob,
  supervisorLog,
  test,
  untilLogged,
  waitFor,
} from '../../fixtures/relayTest'
import type { Plan } from '../../../src/core/jobs/plan'
import { folderKey } from '../../../src/store/stateFolder'
import { JobRequests } from '../../../src/store/jobs/jobRequests'
import { builtinAgent } from '../../../src/core/followUps/agent'
import { planInFolder } from '../../../src/store/jobs/planInFolder'
import { eventually } from '../../support/eventually'
import { type Relay, supervisorFile } from '../../support/relay'

const calledBack = { thenTask: 'Analyze exp/run/state.json.', runTasks: true }

function gate(smokeCmd: string, fullCmd: string, more: Readonly<Record<string, unknown>> = {}) {
  return { mode: 'stage0_smoke_gate', runId: 'r1', stateFile: 'exp/run/state.json', smokeCmd, fullCmd, ...more }
}

interface RunState {
  readonly status: string
  readonly run_id: string
  readonly phases: readonly { readonly name: string; readonly status: string; readonly exit_code: number | null }[]
}

function readState(relay: Relay, file = 'exp/run/state.json'): RunState {
  return JSON.parse(fs.readFileSync(inWorkspace(relay, file), 'utf8')) as RunState
}

/** Starts a plan that no block can ask for. */
async function startPlan(relay: Relay, supervisor: object, change: (plan: Plan) => Plan): Promise<string> {
  const action = { type: 'job_start', supervisor, watch: calledBack } as never
  const { plan } = planInFolder(action, relay.workspace, () => ({ agent: builtinAgent, why: '' }), {
    store: relay.store,
    folder: relay.state.folder(folderKey(relay.workspace)),
  })
  const requests = new JobRequests(relay.state, supervisorFile, Date.now)
  return requests.start({
    plan: change(plan),
    description: null,
    folder: relay.workspace,
    origin: { kind: 'block', file: null, line: 1 },
    how: 'yes_flag',
    env: relay.env,
  })
}

describe.concurrent('a smoke command before the full one', () => {
  test('passes, the full one runs in the same log, and the state file says how both went', async ({
    relay,
    expect,
  }) => {
    const supervisor = gate('echo smoke; echo "{}" > smoke.json', 'echo full; echo "[1]" > full.json', {
      smokeRequiredFiles: ['smoke.json'],
      fullRequiredFiles: ['full.json', 'exp/run/state.json'],
      smokeRunDir: '.',
      cleanupSmokePolicy: 'keep_manifest_only',
    })
    const id = await relay.start({ supervisor, watch: calledBack })
    const job = await relay.untilDelivered(id)
    expect(job).toMatchObject({ state: 'succeeded', requiredFiles: [{ path: 'full.json', state: 'ready' }] })
    expect(relay.log(id)).toBe('smoke\nfull\n')
    expect(readState(relay)).toMatchObject({
      run_id: 'r1',
      status: 'success',
      phases: [
        { name: 'smoke', status: 'passed', exit_code: 0 },
        { name: 'full', status: 'passed', exit_code: 0 },
      ],
    })
    // Nothing that an agent named is deleted, least of all the project.
    expect(fs.existsSync(inWorkspace(relay, 'smoke.json'))).toBe(true)
    // The state file is there before the follow-up is.
    const order = journalOf(relay, id).map(({ event }) => event.type)
    expect(order.indexOf('document_edited')).toBeLessThan(order.indexOf('follow_up_created'))
  })

  test('fails: the full one is never run, and the end, the state file and the follow-up say so', async ({
    relay,
    expect,
  }) => {
    const supervisor = gate('echo no GPU here; exit 3', 'touch ran', { smokeRequiredFiles: ['smoke.json'] })
    const id = await relay.start({ supervisor, watch: calledBack })
    const job = await relay.untilDelivered(id)
    expect(job).toMatchObject({ state: 'failed', exit: { code: 3 }, followUp: { state: 'done' } })
    expect(job.reason).toBe('In the stage “smoke”, before the work: Exit 3.')
    expect(job.requiredFiles).toMatchObject([{ path: 'smoke.json', state: 'missing' }])
    expect(fs.existsSync(inWorkspace(relay, 'ran'))).toBe(false)
    expect(job.problems).toEqual([])
    expect(readState(relay).status).toBe('blocked_smoke_failed_exit')
    expect(relay.log(`${id}-f1`)).toContain('In the stage “smoke”')
  })

  test('without its files is no success, and says which', async ({ relay, expect }) => {
    const supervisor = gate('true', 'touch ran', { smokeRequiredFiles: ['smoke.json'], readyTimeoutSec: 10 })
    const id = await startPlan(relay, supervisor, ({ stages = [], ...plan }) => ({
      ...plan,
      stages: stages.map((stage) => ({ ...stage, readyTimeoutSec: 1 })),
    }))
    const job = await relay.untilDelivered(id)
    expect(job.state).toBe('failed')
    expect(job.reason).toContain('its required files are not ready: smoke.json (not there)')
    expect(fs.existsSync(inWorkspace(relay, 'ran'))).toBe(false)
    expect(readState(relay).status).toBe('blocked_smoke_missing_artifacts')
  })

  test('goes on to the full one, once, though the supervisor was killed in between', async ({ relay, expect }) => {
    const supervisor = gate(`${waitFor('go')}; echo smoke`, 'echo full')
    const id = await relay.start({ supervisor, watch: calledBack })
    await relay.untilState(id, 'running')
    await killSupervision(relay)
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    // The wrapper of the stage wakes another supervisor.
    const job = await relay.untilDelivered(id)
    expect(job.state).toBe('succeeded')
    expect(relay.log(id)).toBe('smoke\nfull\n')
    expect(journalOf(relay, id).filter(({ event }) => event.type === 'stage_passed')).toHaveLength(1)
  })

  test('is stopped: nothing of it is alive, and the full one never runs', async ({ relay, expect }) => {
    const id = await relay.start({ supervisor: gate('echo up; sleep 335', 'touch ran'), watch: calledBack })
    await untilLogged(relay, id, 'up')
    await relay.untilState(id, 'running')
    expect((await relay.run(['stop', id])).exitCode).toBe(0)
    const job = await relay.untilDelivered(id)
    expect(job).toMatchObject({ state: 'stopped', followUp: null })
    await eventually(() => processesOfJob(relay, id).length === 0)
    expect(fs.existsSync(inWorkspace(relay, 'ran'))).toBe(false)
    expect(readState(relay).status).toBe('stopped')
  })

  test('has a limit of time of its own', async ({ relay, expect }) => {
    const id = await startPlan(relay, gate('sleep 336', 'touch ran'), ({ stages = [], ...plan }) => ({
      ...plan,
      stages: stages.map((stage) => ({ ...stage, timeLimitSec: 1 })),
    }))
    const job = await relay.untilDelivered(id)
    expect(job.reason).toBe('In the stage “smoke”, before the work: Ended after its time limit of 1 s.')
    await eventually(() => processesOfJob(relay, id).length === 0)
    expect(fs.existsSync(inWorkspace(relay, 'ran'))).toBe(false)
  })

  test('does not replace a file that is no state file, and says so', async ({ relay, expect }) => {
    fs.writeFileSync(inWorkspace(relay, 'train.py'), 'print(1)\n')
    const id = await relay.start({ supervisor: gate('true', 'true', { stateFile: 'train.py' }) })
    await relay.untilDelivered(id)
    expect(fs.readFileSync(inWorkspace(relay, 'train.py'), 'utf8')).toBe('print(1)\n')
    expect(relay.show(id)).toMatchObject({ state: 'succeeded' })
    expect(relay.show(id).problems.join()).toContain('there is another file of that name, which is kept')
    expect(supervisorLog(relay)).not.toContain('met trouble')
    expect(attemptOf(relay, id).log).not.toBe('')
  })

  test('leads nowhere out of the workspace, not by way of a link either', async ({ relay, expect }) => {
    fs.symlinkSync('/tmp', inWorkspace(relay, 'link'))
    for (const more of [
      { cwd: '../elsewhere' },
      { cwd: 'link' },
      { stateFile: 'link/state.json' },
      { projectRoot: '/' },
    ])
      await expect(relay.start({ supervisor: gate('true', 'true', more) })).rejects.toThrow(/Not started: /)
  })
})
