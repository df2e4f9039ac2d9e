// A job whose window is reloaded, closed and loses its extension host, again and again.
import fs from 'node:fs'
import { expect } from 'vitest'
import { inWorkspace, processesNamed, processesOfJob, waitFor } from '../fixtures/relayTest'
import { count, say } from '../support/scale'
import { test } from './support/vscodeTest'
import { Workbench } from './support/workbench'

const cycles = count(3, 50)

/** What the window shows of the job as soon as the extension runs. */
function runningCount(window: Workbench) {
  return window.page.locator('.statusbar-item [aria-label*="1 job running"]').first()
}

test(
  `a job lives through ${cycles} reloads, closed windows and killed extension hosts, and is seen again each time`,
  { timeout: 60_000 + cycles * 60_000 },
  async ({ workbench, relay, server, browser }) => {
    const id = await relay.start({
      command: waitFor('go-cycles'),
      description: 'Through it all',
      watch: { thenTask: 'Analyze.', runTasks: true },
    })
    const { startedAt } = await relay.untilState(id, 'running')
    const shells = () => processesOfJob(relay, id).flatMap(({ pid, command }) => (command.includes('.sh') ? pid : []))
    // A login shell begins with scripts of its own.
    await expect.poll(shells).toHaveLength(2)
    const processes = shells()
    let window = workbench
    const seenAfterMs: number[] = []
    for (let cycle = 0; cycle < cycles; cycle++) {
      switch (cycle % 3) {
        case 0:
          await window.reload()
          break
        case 1: {
          const other = await Workbench.open(browser, server, { folder: relay.workspace })
          await window.close()
          window = other
          break
        }
        case 2: {
          await window.reload() // An editor that lost its host thrice in five minutes asks before it starts another.
          const before = await runningCount(window).elementHandle()
          await window.killExtensionHost()
          await before.waitForElementState('hidden')
          break
        }
      }
      const fromMs = performance.now()
      await runningCount(window).waitFor()
      seenAfterMs.push(performance.now() - fromMs)
      await window.runCommand('Relay: Show Jobs')
      await expect
        .poll(() => window.treeRows('Jobs'), { timeout: 30_000 })
        .toContainEqual(expect.stringMatching(/Through it all.*running/))
      const job = relay.show(id)
      expect([job.state, job.attempt, job.startedAt]).toEqual(['running', 1, startedAt])
      expect(shells()).toEqual(processes)
      // One that finds the work taken is gone at once.
      await expect.poll(() => processesNamed(relay, 'supervisor.js supervise')).toHaveLength(1)
    }
    fs.writeFileSync(inWorkspace(relay, 'go-cycles'), '')
    await relay.untilDelivered(id)
    await expect
      .poll(() => window.treeRows('Jobs'), { timeout: 30_000 })
      .toContainEqual(expect.stringMatching(/Through it all.*succeeded/))
    expect(relay.handoffEntries(id)).toBe(1)
    expect(relay.store.list().jobs).toHaveLength(2)
    if (window !== workbench) await window.close()
    seenAfterMs.sort((a, b) => a - b)
    say(`seen again after ${seenAfterMs.map((ms) => Math.round(ms)).join(', ')} ms`)
  },
)
