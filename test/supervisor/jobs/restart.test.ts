// Running an ended job once more, and deleting it.
import fs from 'node:fs'
import path from 'node:path'
import { describe } from 'vitest'
import { filesBelow, hasJob, inWorkspace, test, untilLogged, waitFor } from '../../fixtures/relayTest'
import { eventually } from '../../support/eventually'

const calledBack = { thenTask: 'Analyze.', runTasks: true }

describe.concurrent('restart', () => {
  test('a restart is attempt 2, with a log, a follow-up and a handoff entry of its own', async ({ relay, expect }) => {
    const id = await relay.start({
      command: 'echo "this is attempt $RELAY_ATTEMPT"; exit $((3 - RELAY_ATTEMPT))',
      watch: calledBack,
    })
    expect(await relay.untilDelivered(id)).toMatchObject({
      attempt: 1,
      exit: { code: 2 },
      followUp: { id: `${id}-f1` },
    })

    const { exitCode, stdout } = await relay.run(['restart', id, '--yes'])
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `${id}: attempt 2` })
    const again = await relay.untilDelivered(id)
    expect(again).toMatchObject({ attempt: 2, exit: { code: 1 }, followUp: { id: `${id}-f2`, state: 'done' } })
    expect([relay.log(id, 1), relay.log(id, 2)]).toEqual(['this is attempt 1\n', 'this is attempt 2\n'])
    expect(relay.log(`${id}-f2`)).toContain('this is attempt 2')
    expect(relay.handoffEntries(id)).toBe(2)
    expect(relay.handoffLog).toContain(`relay end handoff-${id}-f1-1 `)
    expect(relay.handoffLog).toContain(`relay end handoff-${id}-f2-1 `)
  })

  test('a restart needs an approval of its own: --yes, or somebody who is asked', async ({ relay, expect }) => {
    const id = await relay.start({ command: 'true' })
    await relay.untilDelivered(id)
    const { exitCode, stderr } = await relay.run(['restart', id])
    expect(exitCode).toBe(1)
    expect(stderr).toContain('Not restarted: nobody is there to approve it. Use --yes.')
    expect(relay.show(id).attempt).toBe(1)
  })

  test('a running job is neither restarted nor removed, and that is said', async ({ relay, expect }) => {
    const id = await relay.start({ command: `echo up; ${waitFor('go')}` })
    await untilLogged(relay, id, 'up')
    await relay.untilState(id, 'running')
    const restart = await relay.run(['restart', id, '--yes'])
    expect(restart.exitCode).toBe(1)
    expect(restart.stderr).toContain(`Job ${id} is running: stop it before you restart it.`)
    const remove = await relay.run(['remove', id])
    expect({ ...remove, stdout: '' }).toMatchObject({
      exitCode: 1,
      stderr: `relay: Job ${id} is running: stop it before you remove ${id}.`,
    })
    expect(relay.show(id)).toMatchObject({ state: 'running', attempt: 1 })
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    expect((await relay.untilState(id, 'succeeded', 'failed')).state).toBe('succeeded')
  })

  test('the follow-up of attempt 1 is about attempt 1, even if attempt 2 has begun before it looks', async ({
    relay,
    expect,
  }) => {
    // Job commands run in a login shell: this holds back the first follow-up.
    fs.writeFileSync(
      path.join(relay.home, '.bash_profile'),
      `case $RELAY_JOB_ID in *-f1) ${waitFor('let-f1-go')};; esac\n`,
    )
    const id = await relay.start({
      command: `echo "attempt $RELAY_ATTEMPT"; [ $RELAY_ATTEMPT = 1 ] && exit 5; ${waitFor('go')}`,
      watch: calledBack,
    })
    await relay.untilState(id, 'failed')
    await eventually(() => hasJob(relay, `${id}-f1`) && relay.show(`${id}-f1`).state === 'running')
    expect((await relay.run(['restart', id, '--yes'])).exitCode).toBe(0)
    await eventually(() => relay.show(id).attempt === 2 && relay.show(id).state === 'running')
    fs.writeFileSync(inWorkspace(relay, 'let-f1-go'), '')
    await relay.untilState(`${id}-f1`, 'succeeded', 'failed', 'blocked')
    const report = relay.log(`${id}-f1`)
    await eventually(() => relay.handoffEntries(id) === 1)
    const entry = relay.handoffLog
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    await relay.untilDelivered(id)

    expect(report).toContain('attempt 1')
    expect(report).not.toContain('has not ended')
    expect(entry).toContain('- failed: Exit 5.')
    expect(relay.handoffEntries(id)).toBe(2)
  })

  test('remove deletes a job with its logs and its follow-up, and nothing else', async ({ relay, expect }) => {
    const other = await relay.start({ command: 'echo other' })
    const id = await relay.start({ command: 'echo gone soon', watch: calledBack })
    await relay.untilDelivered(id)
    await relay.untilDelivered(other)
    expect(await relay.run(['remove', id])).toMatchObject({ exitCode: 0, stdout: `removed ${id}` })
    expect([hasJob(relay, id), hasJob(relay, `${id}-f1`), hasJob(relay, other)]).toEqual([false, false, true])
    expect(filesBelow(relay.stateRoot).filter((file) => file.includes(id))).toEqual([])
    expect((await relay.run(['list'])).stdout).not.toContain(id)
    expect(relay.handoffEntries(id), "the person's document is theirs").toBe(1)
  })

  test('after its follow-up alone was removed, nobody waits for that follow-up for ever', async ({ relay, expect }) => {
    const id = await relay.start({ command: 'true', watch: calledBack })
    await relay.untilDelivered(id)
    expect((await relay.run(['remove', `${id}-f1`])).exitCode).toBe(0)
    const { exitCode } = await relay.run(['wait', id, '--follow-up', '--timeout', '3'])
    expect(exitCode).toBe(0)
    expect(relay.show(id).followUp?.state).not.toBe('pending')
  })
})
