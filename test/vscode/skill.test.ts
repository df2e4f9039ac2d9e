// Installing the skill by hand: chosen for an agent, seen in a diff, and only then written.
import fs from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { inWorkspace } from '../fixtures/relayTest'
import { eventually } from '../support/eventually'
import type { Relay } from '../support/relay'
import { sharedWindow } from './support/sharedWindow'
import type { Workbench } from './support/workbench'

// In a browser VS Code would save by itself.
const test = sharedWindow({ 'files.autoSave': 'off' })

const name = 'relay-long-task-callback'
const claudeFile = `.claude/skills/${name}/SKILL.md`
const read = (relay: Relay, file: string) => fs.readFileSync(inWorkspace(relay, file), 'utf8')

/** The check boxes of the places, each with whether it is set. */
async function places(workbench: Workbench): Promise<Record<string, boolean>> {
  const rows = workbench.quickInput.locator('.monaco-list-row')
  await rows.first().waitFor()
  const all: Record<string, boolean> = {}
  for (const row of await rows.all())
    all[(await row.innerText()).split('\n').at(-1) ?? ''] = await row.getByRole('checkbox').first().isChecked()
  return all
}

test('a skill is written where the agents of the project look, after a look at every change', async ({
  workbench,
  relay,
}) => {
  fs.mkdirSync(inWorkspace(relay, '.claude'))
  fs.writeFileSync(inWorkspace(relay, 'AGENTS.md'), '# Rules\n')
  await workbench.runCommand('Relay: Install Agent Skill…')
  await workbench.quickInput.getByText('Claude Code, workspace').waitFor()
  expect(await places(workbench)).toMatchObject({ [claudeFile]: true, 'AGENTS.md': true, [`~/${claudeFile}`]: false })
  await workbench.screenshot('skill-places')
  await workbench.quickInput.getByRole('button', { name: 'OK' }).click()

  // Nothing is there until the person has said so.
  await workbench.quickInput.getByText('Write it').waitFor()
  await workbench.tab('SKILL.md (as it would be)').waitFor()
  expect(fs.existsSync(inWorkspace(relay, claudeFile))).toBe(false)
  await workbench.screenshot('skill-diff')
  await workbench.pick('Write it')
  await eventually(() => fs.existsSync(inWorkspace(relay, claudeFile)))

  await workbench.tab('AGENTS.md (as it would be)').waitFor()
  await workbench.pick('Leave it')
  await workbench.notification(`Skill installed: ${claudeFile}`).waitFor()
  expect(read(relay, 'AGENTS.md')).toBe('# Rules\n')
  expect(read(relay, claudeFile)).toContain('Exactly one block')
  await expect.poll(() => workbench.tab('as it would be').count()).toBe(0)
})

test("a person's own text is left, and so is a file with unsaved changes", async ({ workbench, relay }) => {
  fs.mkdirSync(path.dirname(inWorkspace(relay, claudeFile)), { recursive: true })
  fs.writeFileSync(inWorkspace(relay, claudeFile), 'Mine.\n')
  fs.writeFileSync(inWorkspace(relay, 'AGENTS.md'), '# Rules\n')
  await workbench.openFile('AGENTS.md')
  await workbench.editor.locator('.view-lines').click()
  await workbench.paste('Not saved yet. ')
  await workbench.runCommand('Relay: Install Agent Skill…')
  const row = workbench.quickInput.locator('.monaco-list-row').filter({ hasText: 'has another text' })
  await row.getByRole('checkbox').click()
  await workbench.quickInput.getByRole('button', { name: 'OK' }).click()

  // The difference stays, for the person to go on by hand.
  await workbench.notification('is left as it is').waitFor()
  await workbench.tab('SKILL.md (as it would be)').waitFor()
  await workbench.pick('Write it')
  await workbench.notification('AGENTS.md has unsaved changes').waitFor()
  await expect.poll(() => workbench.tab('AGENTS.md (as it would be)').count()).toBe(0)
  expect(await workbench.tab('SKILL.md (as it would be)').count()).toBe(1)
  expect(read(relay, claudeFile)).toBe('Mine.\n')
  expect(read(relay, 'AGENTS.md')).toBe('# Rules\n')
})

test('the task text is filled in from the newest job and copied', async ({ workbench, relay }) => {
  const metrics = JSON.stringify({ status: 'success', primary: { name: 'val_acc', value: 0.5 }, metrics: {} })
  const id = await relay.start({
    command: `mkdir -p out && echo done > out/train.log && echo '${metrics}' > out/metrics.json`,
    description: 'Has required files',
    watch: { requireFiles: ['out/metrics.json', 'out/train.log'] },
  })
  await relay.untilState(id, 'succeeded')
  await workbench.runCommand('Relay: Show Jobs')
  await (await workbench.treeRow('Jobs', 'Has required files')).waitFor()
  await workbench.runCommand('Relay: Copy Ready-to-Use Task Text')
  const input = workbench.quickInput.locator('input[type="text"]')
  await expect.poll(() => input.inputValue()).toBe('out/train.log')
  await workbench.press('Enter')
  await expect.poll(() => input.inputValue()).toBe('val_acc')
  await workbench.press('Enter')
  await expect
    .poll(() => workbench.clipboard())
    .toContain('Analyze the final training log at out/train.log, report val_acc with trends')
})
