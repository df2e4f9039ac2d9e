// Definitions of steps and SPEC.md in the editor, by hand: what is underlined, repaired, offered and told. In Restricted Mode:
// all of this runs nothing.
import fs from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { definitions } from '../core/steps/seed'
import { inWorkspace } from '../fixtures/relayTest'
import { eventually } from '../support/eventually'
import type { Relay } from '../support/relay'
import { chooseFix, goTo, offeredFix, problems, saved, suggestion } from './support/editorHand'
import { sharedWindow } from './support/sharedWindow'

const test = sharedWindow({
  'security.workspace.trust.enabled': true,
  'security.workspace.trust.startupPrompt': 'never',
  'editor.autoClosingQuotes': 'never',
})

test('mistakes in definitions are underlined and repaired, and fields are offered with what they mean', async ({
  workbench,
  relay,
}) => {
  for (const folder of ['.claude/agents', '.claude/skills/tinker-api'])
    fs.mkdirSync(inWorkspace(relay, folder), { recursive: true })
  fs.writeFileSync(inWorkspace(relay, '.claude/agents/AGENT.md'), '---\nname: tinker-executor\n---\n')
  fs.writeFileSync(inWorkspace(relay, '01_test_auth.py'), '')
  const file = define(relay, definitions.replace('post_validation:', 'post_validations:'))
  await workbench.openFile('step_definitions.yaml')
  await workbench.runCommand('View: Focus Problems')
  await expect
    .poll(() => problems(workbench), { timeout: 30_000 })
    .toEqual([
      expect.stringMatching(/^There is no skill "tinker-api": .* Relay skill-missing \[Ln 20, Col 14\]$/),
      expect.stringMatching(/^"post_validations" is not known in a step\. Was post_validation meant\?/),
      expect.stringMatching(/^There is no skill "tinker-api"/),
      expect.stringMatching(/^This prints TINKER_API_KEY, or a part of it, .* Relay secret-printed \[Ln 6, Col 16\]$/),
      expect.stringMatching(/^"06_train_student_model.py" is not in the workspace\./),
    ])
  await workbench.screenshot('steps-problems')

  // What is missing is seen when it comes.
  fs.writeFileSync(inWorkspace(relay, '.claude/skills/tinker-api/SKILL.md'), '# How to\n')
  await expect.poll(async () => (await problems(workbench)).join('\n'), { timeout: 30_000 }).not.toContain('no skill')
  await goTo(workbench, 6, 20)
  await chooseFix(workbench, 'Write test -n "$TINKER_API_KEY"')
  await expect.poll(() => saved(workbench, file)).toContain(`command: 'test -n "$TINKER_API_KEY"'\n`)

  await goTo(workbench, 23, 1)
  await workbench.press('End', 'Enter')
  await workbench.page.keyboard.type('re')
  await workbench.press('Control+Space')
  await suggestion(workbench, 'required_files')
  await workbench.screenshot('steps-completion')
  await workbench.press('Escape', 'Control+Z')
  const told = workbench.page.locator('.monaco-hover:visible').getByText('list of texts')
  // An editor that is busy looks for nothing until the pointer moves again.
  await eventually(async () => {
    await workbench.editor.getByText('objective').first().hover()
    await workbench.editor.getByText('success_criteria').first().hover()
    await told.waitFor({ timeout: 5_000 })
    return true
  }, 60_000)
  await workbench.press('Escape')
})

test('where SPEC.md and the log differ it is told, and the document is made to say what the log does', async ({
  workbench,
  relay,
}) => {
  // Those of the test before this one are open, with changes.
  if (!fs.existsSync(inWorkspace(relay, '.claude/tasks'))) define(relay, definitions)
  const file = inWorkspace(relay, 'SPEC.md')
  fs.writeFileSync(file, '# Plan\n\n- [x] **STEP 1**: Set the API up\n- [ ] **STEP 2**: Data\n')
  const entry = { task_id: 'task_2_a2b3c4d5', step: 2, timestamp: '2026-11-28T09:15:02', status: 'COMPLETED' }
  const log = inWorkspace(relay, '.task_execution.log')
  fs.writeFileSync(log, `${JSON.stringify(entry)}\n`)
  await workbench.openFile('SPEC.md')
  await workbench.runCommand('View: Focus Problems')
  await expect
    .poll(async () => (await problems(workbench)).filter((text) => text.includes('STEP')), { timeout: 30_000 })
    .toEqual([
      expect.stringMatching(/^STEP 1 is ticked, and the log has no run .* Relay ticked-not-completed \[Ln 3, Col 9\]$/),
      expect.stringMatching(/^STEP 2 is not ticked, .* Relay completed-not-ticked \[Ln 4, Col 9\]$/),
    ])
  await workbench.screenshot('steps-drift')
  await goTo(workbench, 4, 12)
  await chooseFix(workbench, 'Tick STEP 2')
  await goTo(workbench, 3, 12)
  await offeredFix(workbench, 'Untick STEP 1')
  // Nothing is written in Restricted Mode but what the person has open.
  const recording = workbench.page.locator('.action-widget .monaco-list-row').filter({ hasText: 'Write into the log' })
  expect(await recording.count()).toBe(0)
  await workbench.press('Escape')
  await expect
    .poll(() => saved(workbench, file))
    .toBe('# Plan\n\n- [x] **STEP 1**: Set the API up\n- [x] **STEP 2**: Data\n')
  // Step 2 is not defined, and step 1 waits for trust.
  await workbench.codeLens('Run step: only in a trusted workspace').waitFor()
  await workbench.codeLens('Not defined').waitFor()
  expect(await workbench.codeLens('▶').count(), 'nothing looks as if it ran steps').toBe(0)
  await workbench.codeLens('Not defined').click()
  await workbench.editor.getByText('step_2_data').waitFor()
})

/** Writes the definitions of steps; their path. */
function define(relay: Relay, text: string): string {
  const file = inWorkspace(relay, '.claude/tasks/step_definitions.yaml')
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, text)
  return file
}
