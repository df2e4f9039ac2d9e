// The environment a job runs in, and where it is never written.
import fs from 'node:fs'
import path from 'node:path'
import { describe } from 'vitest'
import {
  attemptOf,
  filesBelow,
  inWorkspace,
  killSupervision,
  test,
  untilLogged,
  waitFor,
} from '../../fixtures/relayTest'
import { eventually } from '../../support/eventually'
import { type Relay, renderBlock } from '../../support/relay'

const secret = 'planted-secret-5f0e9c'

/** Starts a job as somebody who has these variables besides the usual ones; its id. */
async function startWith(relay: Relay, env: Record<string, string>, action: Record<string, unknown>): Promise<string> {
  const { exitCode, stdout, stderr } = await relay.run(['start', '-', '--yes'], { input: renderBlock(action), env })
  if (exitCode !== 0) throw new Error(stderr)
  return stdout.trim()
}

/** Files of the state folder that hold the secret, as paths in it. */
function filesWithSecret(relay: Relay): string[] {
  return filesBelow(relay.stateRoot)
    .filter((file) => fs.readFileSync(file, 'latin1').includes(secret))
    .map((file) => path.relative(relay.stateRoot, file))
}

async function variablesOf(relay: Relay, env: Record<string, string>): Promise<Map<string, string>> {
  const id = await startWith(relay, env, { command: 'env -0 > variables' })
  await relay.untilState(id, 'succeeded')
  const text = fs.readFileSync(inWorkspace(relay, 'variables'), 'utf8')
  return new Map(text.split('\0').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
}

describe.concurrent('the environment of a job', () => {
  test("has the submitter's own variables, unbuffered Python, and the job's id in both names", async ({
    relay,
    expect,
  }) => {
    const odd = 'two\nlines = "quoted" $HOME \u00e9'
    const variables = await variablesOf(relay, {
      MY_SETTING: 'kept',
      ODD: odd,
      EMPTY: '',
      GIT_ASKPASS: '/usr/bin/mine',
    })
    const [{ job } = { job: null }] = relay.store.list().jobs
    expect(Object.fromEntries(variables)).toMatchObject({
      MY_SETTING: 'kept',
      ODD: odd,
      EMPTY: '',
      GIT_ASKPASS: '/usr/bin/mine',
      PYTHONUNBUFFERED: '1',
      RELAY_JOB_ID: job?.spec.id,
      VR_JOB_ID: job?.spec.id,
      HOME: relay.home,
    })
  })

  test('has nothing of the editor it was started from, nor of a job it was started in', async ({ relay, expect }) => {
    const bootloader = path.join(relay.root, 'js-debug.js')
    fs.writeFileSync(bootloader, '')
    const variables = await variablesOf(relay, {
      TERM_PROGRAM: 'vscode',
      TERM_PROGRAM_VERSION: '1.120.0',
      VSCODE_GIT_IPC_HANDLE: '/run/vscode-git.sock',
      VSCODE_INJECTION: '1',
      ELECTRON_RUN_AS_NODE: '1',
      GIT_ASKPASS: '/opt/vscode/askpass.sh',
      CURSOR_TRACE_ID: 'x',
      NODE_OPTIONS: `--require ${bootloader}`,
      RELAY_JOB_ID: 'outer',
      RELAY_ATTEMPT: '7',
      VR_JOB_ID: 'outer',
      MY_SETTING: 'kept',
    })
    const names = [...variables.keys()]
    const gone = /^(VSCODE_|ELECTRON_|CURSOR_|TERM_PROGRAM|GIT_ASKPASS|NODE_OPTIONS)/
    expect(names.filter((name) => gone.test(name))).toEqual([])
    expect(variables.get('MY_SETTING')).toBe('kept')
    expect(variables.get('RELAY_JOB_ID')).not.toBe('outer')
    expect(variables.get('VR_JOB_ID')).toBe(variables.get('RELAY_JOB_ID'))
    expect(variables.get('RELAY_ATTEMPT')).toBe('1')
  })

  test('is kept in one file with mode 0600 while it is needed, and in no other, and then it is gone', async ({
    relay,
    expect,
  }) => {
    const id = await startWith(
      relay,
      { MY_TOKEN: secret },
      {
        command: `echo up; ${waitFor('go')}; [ "$MY_TOKEN" = ${secret.slice(0, 8)}"\${MY_TOKEN#${secret.slice(0, 8)}}" ]`,
        preflight: { checks: [{ type: 'cmd_exit_zero', cmd: 'test -n "$MY_TOKEN"' }] },
        watch: { everySec: 1, thenTask: 'Analyze.', runTasks: true },
      },
    )
    await untilLogged(relay, id, 'up')
    const { env } = attemptOf(relay, id)
    expect(filesWithSecret(relay)).toEqual([path.relative(relay.stateRoot, env)])
    expect(fs.statSync(env).mode & 0o777).toBe(0o600)
    await killSupervision(relay) // The next one has it from this file only.
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    const job = await relay.untilDelivered(id)
    expect(job).toMatchObject({ state: 'succeeded', followUp: { state: 'done' } })
    // The last step of the follow-up, after its handoff entry.
    await eventually(() => filesWithSecret(relay).length === 0, 5_000)
  })

  test('is not kept with a request that was refused', async ({ relay, expect }) => {
    const id = await startWith(relay, {}, { command: `echo up; ${waitFor('go')}` })
    await relay.untilState(id, 'running')
    const refused = await relay.run(['restart', id, '--yes'], { env: { MY_TOKEN: secret } })
    expect(refused.exitCode).toBe(1)
    expect(filesWithSecret(relay)).toEqual([])
  })

  test('of a supervisor has nothing of whoever woke it but what it needs', async ({ relay, expect }) => {
    const id = await startWith(relay, { MY_TOKEN: secret, VSCODE_PID: '1' }, { command: waitFor('go') })
    await relay.untilState(id, 'running')
    const pid = relay.supervisorPid()
    const environ = fs.readFileSync(`/proc/${pid}/environ`, 'utf8')
    expect(environ).toContain(`HOME=${relay.home}`)
    expect(environ).not.toContain(secret)
    expect(environ).not.toContain('VSCODE_')
  })
})
