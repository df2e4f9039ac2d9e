// The terminal of a job, by hand: what it asks, what it shows, and that it is a view and not the job.
import fs from 'node:fs'
import { expect } from 'vitest'
import { inWorkspace, processesOfJob, waitFor } from '../fixtures/relayTest'
import { sharedWindow } from './support/sharedWindow'
import type { Workbench } from './support/workbench'

const test = sharedWindow()

test('Ctrl+C asks in the terminal: n leaves the job running, y stops it, and no follow-up comes', async ({
  workbench,
  relay,
}) => {
  const id = await relay.start({
    command: `echo at work; ${waitFor('never')}`,
    description: 'Asked to stop',
    watch: { thenTask: 'Analyze.', runTasks: true },
  })
  await showLog(workbench, 'Asked to stop')
  await untilShown(workbench, 'at work')

  await workbench.typeInTerminal('')
  await workbench.press('Control+C')
  await untilShown(workbench, 'Stop this job? y stops it, any other key leaves it running.')
  await workbench.typeInTerminal('n')
  await untilShown(workbench, 'not stopped')
  expect(relay.show(id).state).toBe('running')

  await workbench.press('Control+C')
  await expect.poll(async () => (await workbench.terminalText()).split('Stop this job?')).toHaveLength(3)
  await workbench.typeInTerminal('y')
  await untilShown(workbench, 'asked to stop')
  await relay.untilState(id, 'stopped')
  await untilShown(workbench, '■ stopped')
  await workbench.screenshot('terminal-stopped')
  await relay.untilDelivered(id)
  expect(relay.show(id).followUp?.state ?? null).toBeOneOf([null, 'canceled'])
  expect(relay.store.list().jobs).toHaveLength(1)
  expect(processesOfJob(relay, id)).toEqual([])
})

test('closing the terminal leaves the job as it is, and the window brings it back', async ({ workbench, relay }) => {
  const id = await relay.start({
    command: `echo first line; ${waitFor('go-on')}; echo last line`,
    description: 'Closed',
  })
  await showLog(workbench, 'Closed')
  await untilShown(workbench, 'first line')
  // Not its sleeps: they come and go.
  const shells = () => processesOfJob(relay, id).flatMap(({ pid, command }) => (command.includes('.sh') ? pid : []))
  const before = shells()
  await workbench.runCommand('Terminal: Kill the Active Terminal Instance')
  await workbench.terminalTab('Closed').waitFor({ state: 'detached' })
  expect(relay.show(id).state).toBe('running')
  expect(shells()).toEqual(before)

  await showLog(workbench, 'Closed')
  await untilShown(workbench, 'first line')
  fs.writeFileSync(inWorkspace(relay, 'go-on'), '')
  await untilShown(workbench, 'last line')
  await untilShown(workbench, '✓ succeeded')
})

test('after a reload the terminal comes back when it is asked for, with its scroll-back', async ({
  workbench,
  relay,
}) => {
  await relay.start({
    command: `seq -f 'step %g of 300' 300; ${waitFor('go-reloaded')}; echo behind it`,
    description: 'Reloaded',
  })
  await showLog(workbench, 'Reloaded')
  await untilShown(workbench, 'step 300 of 300')
  await workbench.reload()
  expect(await workbench.terminalTab('Reloaded').count()).toBe(0)
  await showLog(workbench, 'Reloaded')
  await untilShown(workbench, 'step 300 of 300')
  await workbench.runCommand('Terminal: Scroll to Top')
  await untilShown(workbench, 'step 1 of 300')
  await workbench.runCommand('Terminal: Scroll to Bottom')
  fs.writeFileSync(inWorkspace(relay, 'go-reloaded'), '')
  await untilShown(workbench, 'behind it')
})

test('colours are colours, and a progress bar is one line that ends as it ended', async ({ workbench, relay }) => {
  // In a file, for the terminal shows the command above its output.
  const script = String.raw`printf '\033[31mred\033[0m \033[32mgreen\033[0m plain\n'
for i in 1 2 3 4 5; do printf '\rbar %s/5' $i; sleep 0.05; done
printf '\nbelow\n'`
  fs.writeFileSync(inWorkspace(relay, 'colours.sh'), script)
  const id = await relay.start({ command: 'sh colours.sh', description: 'Colours' })
  await relay.untilState(id, 'succeeded')
  await showLog(workbench, 'Colours')
  await untilShown(workbench, 'below\n[relay] ✓ succeeded')
  const lines = (await workbench.terminalText()).split('\n')
  expect(lines).toContain('red green plain')
  expect(lines.filter((line) => line.includes('bar '))).toEqual(['bar 5/5'])
  expect(lines[lines.indexOf('bar 5/5') + 1]).toBe('below')
  const rows = workbench.page.locator('.terminal-wrapper.active .xterm-rows')
  expect(await rows.locator('.xterm-fg-1').allInnerTexts()).toEqual(['red'])
  expect(await rows.locator('.xterm-fg-2').allInnerTexts()).toContain('green')
  await workbench.screenshot('terminal-colours')
})

async function showLog(workbench: Workbench, description: string): Promise<void> {
  await workbench.runCommand('Relay: Show Log')
  await workbench.pick(description)
}

async function untilShown(workbench: Workbench, text: string): Promise<void> {
  await expect.poll(() => workbench.terminalText(), { timeout: 20_000 }).toContain(text)
}
