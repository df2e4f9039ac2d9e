// The block as a language of the editor, by hand: what is underlined, repaired, formatted, offered, told and linked.
import fs from 'node:fs'
import path from 'node:path'
import type { Locator } from 'playwright-core'
import { expect } from 'vitest'
import { inWorkspace } from '../fixtures/relayTest'
import { eventually } from '../support/eventually'
import { renderBlock } from '../support/relay'
import { chooseFix, goTo, problems, saved, suggestion } from './support/editorHand'
import { sharedWindow } from './support/sharedWindow'
import type { Workbench } from './support/workbench'

const test = sharedWindow({
  // Restricted Mode: all of this starts nothing. What is typed is not closed by the editor.
  'security.workspace.trust.enabled': true,
  'security.workspace.trust.startupPrompt': 'never',
  'editor.autoClosingBrackets': 'never',
  'editor.autoClosingQuotes': 'never',
  'editor.wordWrap': 'on',
})

const watch = { everySec: 60, tailLines: 30, thenTask: 'Read logs/train.log and report the loss.', runTasks: true }
const good = { command: 'python3 train.py > logs/train.log', watch }
const oneLine = renderBlock(good)

test('mistakes are underlined where they are, with a code and a sentence, and each is repaired with one click', async ({
  workbench,
  relay,
}) => {
  const text = oneLine.replace('"job_start",', '"job_start", // a comment\n').replace('true}', 'true,}')
  const file = write(relay.workspace, 'mistakes.md', `# Plan\n\n${text}`)
  await workbench.openFile('mistakes.md')
  await expect.poll(() => squiggles(workbench, 'warning').count()).toBe(2)
  await workbench.runCommand('View: Focus Problems')
  await expect
    .poll(() => problems(workbench))
    .toEqual([
      expect.stringMatching(/^JSON has no comments: .* Relay json-comment \[Ln 4, Col 34\]$/),
      expect.stringMatching(/^A comma before .* Relay json-trailing-comma \[Ln 5, Col \d+\]$/),
      expect.stringMatching(/Relay task-done-missing \[Ln 6, Col 1\]$/),
    ])
  await workbench.screenshot('language-problems')

  await goTo(workbench, 4, 37)
  await chooseFix(workbench, 'Remove the comment')
  await expect.poll(() => squiggles(workbench, 'warning').count()).toBe(1)
  await expect.poll(() => saved(workbench, file)).toBe(`# Plan\n\n${text.replace('// a comment', '')}`)
})

test('Fix All repairs what needs no decision, on the whole document, and says so if there is nothing', async ({
  workbench,
  relay,
}) => {
  const broken =
    "[[relay-actions]]\n{'actions':[{'type':'job_start',/* now */'command':'make',}]}\n[[/relay-actions]]\n"
  const file = write(relay.workspace, 'all.md', `${broken}\n${broken}`)
  await workbench.openFile('all.md')
  await squiggles(workbench, 'error').first().waitFor()
  await workbench.runCommand('Relay: Fix All in Relay Blocks')
  const fixed = '[[relay-actions]]\n{"actions":[{"type":"job_start","command":"make"}]}\n[[/relay-actions]]\n'
  await expect.poll(() => saved(workbench, file)).toBe(`${fixed}\n${fixed}`)
  await workbench.runCommand('Relay: Fix All in Relay Blocks')
  await workbench.notification('Nothing in the relay blocks of all.md').waitFor()
  await workbench.press('Escape')
})

test('a block goes from one line to a readable form and back', async ({ workbench, relay }) => {
  const file = write(relay.workspace, 'forms.md', `Before\n\n${oneLine}\nAfter\n`)
  await workbench.openFile('forms.md')
  await goTo(workbench, 4, 10)
  await workbench.runCommand('Relay: Format Block Readably')
  await expect.poll(() => saved(workbench, file)).toContain('      "type": "job_start",\n      "command"')
  await workbench.screenshot('language-readable')
  await goTo(workbench, 7, 10)
  await chooseFix(workbench, 'Format relay block on one line')
  await expect.poll(() => saved(workbench, file)).toBe(`Before\n\n${oneLine}\nAfter\n`)
})

test('keys and values are offered with what they mean, and a field tells it under the pointer', async ({
  workbench,
  relay,
}) => {
  const file = write(relay.workspace, 'offers.md', oneLine.replace('"everySec":60,', ''))
  await workbench.openFile('offers.md')
  await goTo(workbench, 2, (oneLine.split('\n')[1]?.indexOf('"everySec"') ?? 0) + 1)
  await workbench.page.keyboard.type('"on')
  await suggestion(workbench, 'onMissing')
  await workbench.press('Control+Space')
  await workbench.page.locator('.suggest-details').getByText('block or enqueue, default "block"').first().waitFor()
  await workbench.screenshot('language-completion')
  await workbench.press('Enter')
  // The values are offered at once.
  await (await suggestion(workbench, '"enqueue"')).click()
  await expect.poll(() => saved(workbench, file)).toContain('"watch":{"onMissing": "enqueue", "tailLines":30,')

  await workbench.editor.getByText('"tailLines"').first().hover()
  const hover = workbench.page.locator('.monaco-hover:visible')
  await hover.getByText('whole number from 1 to 500, default 30').waitFor()
  await workbench.screenshot('language-hover')
  await workbench.press('Escape')
})

test('a block begins as a snippet, in an untitled document too, and from the palette', async ({ workbench }) => {
  await workbench.runCommand('File: New Untitled Text File')
  await workbench.tab('Untitled-1').waitFor()
  await workbench.editor.click()
  await workbench.page.keyboard.type('[[re')
  await suggestion(workbench, 'relay research run')
  await workbench.screenshot('language-snippets')
  await workbench.press('Escape', 'Control+A', 'Delete')
  await workbench.page.keyboard.type('Notes')
  await workbench.runCommand('Relay: Insert Block…')
  await workbench.pick('relay research run')
  await workbench.editor.getByText('[[/relay-actions]]').waitFor()
  // The first place to write in: everywhere the same run.
  await workbench.page.keyboard.type('r7')
  const text = await workbench.editorText()
  expect(text).toMatch(/^Notes\n\[\[relay-actions\]\]\n/)
  expect(text).toContain('"requireFiles":["exp/results/r7/metrics.json"')
  // What was not filled in is told of.
  await workbench.screenshot('language-inserted')
})

test('files that a block speaks of are links to them, where they lie in the workspace', async ({
  workbench,
  relay,
}) => {
  fs.mkdirSync(inWorkspace(relay, 'logs'))
  fs.writeFileSync(inWorkspace(relay, 'logs/train.log'), 'epoch 1 of 1\n')
  const outside = path.join(relay.root, 'secret.json')
  const requireFiles = ['exp/results/demo/metrics.json', outside]
  write(relay.workspace, 'links.md', renderBlock({ ...good, watch: { ...watch, requireFiles } }))
  await workbench.openFile('links.md')
  const links = workbench.editor.locator('.detected-link')
  await expect.poll(async () => (await links.allInnerTexts()).join('')).toContain('logs/train.log')
  expect((await links.allInnerTexts()).join('')).not.toContain('secret')
  // The other one is a mistake that only somebody who knows the folder can see.
  await workbench.runCommand('View: Focus Problems')
  await expect.poll(async () => (await problems(workbench)).join('\n')).toContain('path-outside-workspace')
  await workbench.screenshot('language-links')
  // Links that are only just found take no click.
  await eventually(async () => {
    await links
      .getByText('logs/train.log')
      .first()
      .click({ modifiers: ['Control'] })
    await workbench.tab('train.log').waitFor({ timeout: 5_000 })
    return true
  }, 60_000)
  await workbench.editor.getByText('epoch 1 of 1').waitFor()
})

test('markers and JSON of a block are coloured in Markdown and in plain text', async ({ workbench, relay }) => {
  for (const name of ['colours.md', 'colours.txt']) {
    write(relay.workspace, name, `Some prose.\n\n${oneLine}[[task:done]]\n`)
    await workbench.openFile(name)
    expect(await scopesAt(workbench, 3, 4)).toContain('keyword.control.marker.relay')
    expect(await scopesAt(workbench, 4, 5)).toContain('support.type.property-name.json')
    expect(await scopesAt(workbench, 1, 3)).not.toContain('relay')
    await workbench.screenshot(`language-${name}`)
  }
})

test('problems go with their document', async ({ workbench, relay }) => {
  write(relay.workspace, 'gone.md', oneLine.replace('"type"', 'type'))
  await workbench.openFile('gone.md')
  await workbench.runCommand('View: Focus Problems')
  await expect.poll(async () => (await problems(workbench)).join('\n')).toContain('json-unquoted-key')
  await workbench.closeTab('gone.md')
  await expect.poll(async () => (await problems(workbench)).join('\n')).not.toContain('json-unquoted-key')
})

function write(workspace: string, name: string, text: string): string {
  const file = path.join(workspace, name)
  fs.writeFileSync(file, text)
  return file
}

function squiggles(workbench: Workbench, severity: 'error' | 'warning' | 'info'): Locator {
  return workbench.editor.locator(`.cdr.squiggly-${severity}`)
}

/** What the editor says of the token at a place. */
async function scopesAt(workbench: Workbench, line: number, column: number): Promise<string> {
  await goTo(workbench, line, column)
  await workbench.runCommand('Developer: Inspect Editor Tokens and Scopes')
  const widget = workbench.page.locator('.token-inspect-widget')
  await widget.getByText('textmate scopes').waitFor()
  const text = await widget.innerText()
  await workbench.press('Escape')
  await widget.waitFor({ state: 'detached' })
  return text
}
