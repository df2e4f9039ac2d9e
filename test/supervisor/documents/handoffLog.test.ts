// The handoff entry of a real job, in the person's own file.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe } from 'vitest'
import { hasJob, inWorkspace, journalOf, test, waitFor } from '../../fixtures/relayTest'
import { eventually } from '../../support/eventually'
import type { Relay } from '../../support/relay'

const calledBack = { thenTask: 'Analyze the loss.', runTasks: true }

/** What was recorded of every edit for the first follow-up of a job: null, or why it could not be made. */
function editProblems(relay: Relay, id: string): (string | null)[] {
  if (!hasJob(relay, `${id}-f1`)) return []
  const events = journalOf(relay, `${id}-f1`).map(({ event }) => event)
  return events.flatMap((event) => (event.type === 'document_edited' ? [event.problem] : []))
}

describe.concurrent('HANDOFF_LOG.md', () => {
  test.for([
    ['with CRLF line ends', '# My notes\r\n\r\n- one\r\n'],
    ['without a newline at its end', '# My notes\n\nlast line'],
    ['that is empty', ''],
    ['in another encoding', Buffer.from([0x23, 0x20, 0xe9, 0xff, 0x00, 0x0a])],
  ] as const)(
    "a person's file %s keeps its bytes; one entry comes behind them",
    async ([, before], { relay, expect }) => {
      const file = inWorkspace(relay, 'HANDOFF_LOG.md')
      fs.writeFileSync(file, before, { mode: 0o640 })
      const id = await relay.start({ command: 'echo loss=0.25', description: 'a run', watch: calledBack })
      await relay.untilDelivered(id)
      const after = fs.readFileSync(file)
      const bytes = Buffer.from(before)
      expect(after.subarray(0, bytes.length)).toEqual(bytes)
      const entry = after.subarray(bytes.length).toString('utf8')
      expect(entry).toMatch(/^(\r?\n|# Handoff log\n)/)
      expect(entry).toContain('echo loss=0.25')
      expect(entry.split('\n## ').length - 1).toBe(1)
      expect(relay.handoffEntries(id)).toBe(1)
      expect(fs.statSync(file).mode & 0o777, 'the mode is theirs').toBe(0o640)
    },
  )

  test('a link that leads out of the workspace is not followed; the job is delivered, and the problem is said', async ({
    relay,
    expect,
  }) => {
    const outside = path.join(relay.root, 'outside.md')
    fs.writeFileSync(outside, 'not yours\n')
    fs.symlinkSync(outside, inWorkspace(relay, 'HANDOFF_LOG.md'))
    const id = await relay.start({ command: 'echo loss=0.25', watch: calledBack })
    const job = await relay.untilDelivered(id)
    expect(job).toMatchObject({ state: 'succeeded', followUp: { state: 'done' } })
    expect(fs.readFileSync(outside, 'utf8')).toBe('not yours\n')
    expect(editProblems(relay, id)).toEqual([
      `Cannot append to ${inWorkspace(relay, 'HANDOFF_LOG.md')}: it is a link that leads out of the workspace.`,
    ])
    const shown = await relay.run(['show', `${id}-f1`])
    expect(shown.stdout, 'a person can find out why there is no entry').toContain('it is a link that leads out')
  })

  test('a link that stays in the workspace is followed', async ({ relay, expect }) => {
    fs.mkdirSync(inWorkspace(relay, 'docs'))
    fs.symlinkSync('docs/handoff.md', inWorkspace(relay, 'HANDOFF_LOG.md'))
    fs.writeFileSync(inWorkspace(relay, 'docs/handoff.md'), '# Ours\n')
    const id = await relay.start({ command: 'true', watch: calledBack })
    await relay.untilDelivered(id)
    expect(fs.readFileSync(inWorkspace(relay, 'docs/handoff.md'), 'utf8')).toContain(`relay end handoff-${id}-f1-1`)
    expect(fs.lstatSync(inWorkspace(relay, 'HANDOFF_LOG.md')).isSymbolicLink()).toBe(true)
  })

  test.for(['directory', 'pipe'] as const)(
    'a %s of that name is left alone; the job is delivered, and the problem is said',
    async (what, { relay, expect }) => {
      const file = inWorkspace(relay, 'HANDOFF_LOG.md')
      if (what === 'directory') fs.mkdirSync(file)
      else execFileSync('mkfifo', [file])
      const id = await relay.start({ command: 'true', watch: calledBack })
      await relay.untilState(id, 'succeeded')
      await eventually(() => {
        expect(editProblems(relay, id)).toHaveLength(1)
        return true
      }, 8_000)
      expect(editProblems(relay, id)[0]).toContain(file)
      await relay.untilDelivered(id)
    },
  )

  test('a task that is not to run by itself waits for a person, and the supervisor does not: no entry', async ({
    relay,
    expect,
  }) => {
    const id = await relay.start({ command: 'true', watch: { thenTask: 'Analyze.', runTasks: false } })
    const job = await relay.untilDelivered(id)
    expect(job.followUp).toMatchObject({ id: `${id}-f1`, state: 'pending' })
    expect((await relay.run(['wait', id, '--follow-up', '--timeout', '10'])).exitCode).toBe(0)
    expect(relay.show(`${id}-f1`)).toMatchObject({ state: 'queued', startedAt: null })
    expect(relay.handoffLog).toBe('')
    await eventually(() => relay.supervisorPid() === null)
  })

  test('of a job that failed has the exit and the lines that show why, and the follow-up says it is done', async ({
    relay,
    expect,
  }) => {
    const id = await relay.start({
      command: `echo step 1 loss=0.9; echo "ModuleNotFoundError: No module named 'torch'" >&2; exit 1`,
      watch: calledBack,
    })
    const job = await relay.untilDelivered(id)
    expect(job).toMatchObject({ state: 'failed', followUp: { state: 'done' } })
    expect(relay.show(`${id}-f1`)).toMatchObject({ state: 'succeeded', answer: 'done', exit: { code: 0 } })
    expect(relay.log(`${id}-f1`).trimEnd()).toMatch(/\[\[task:done\]\]$/)
    expect(relay.handoffLog).toContain('- failed: Exit 1.')
    expect(relay.handoffLog).toContain("No module named 'torch'")
    expect(relay.handoffLog, 'a marker in an entry would be an answer of somebody').not.toContain('[[task:')
  })

  test('many jobs that end together leave one whole entry each', async ({ relay, expect }) => {
    const ids = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        relay.start({ command: `${waitFor('go')}; echo run ${index}`, watch: calledBack }),
      ),
    )
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    for (const id of ids) await relay.untilDelivered(id)
    expect(ids.map((id) => relay.handoffEntries(id))).toEqual(ids.map(() => 1))
    expect(relay.handoffLog.split('\n## ').length - 1).toBe(ids.length)
    await eventually(() => relay.store.list().jobs.length === 2 * ids.length)
  })
})
