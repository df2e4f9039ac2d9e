// A hand in an editor of text: it goes to a place, looks at the problems, takes a fix or a suggestion, and saves. A window that
// is busy loses keys, and draws a menu anew while the pointer is on its way to it: what has not come is asked for again.
import fs from 'node:fs'
import path from 'node:path'
import type { Locator } from 'playwright-core'
import { eventually } from '../../support/eventually'
import type { Workbench } from './workbench'

const onceMs = 5_000
const inAllMs = 60_000

/** The findings in the Problems view, as they are to be read. */
export async function problems(workbench: Workbench): Promise<string[]> {
  const rows = await workbench.page.locator('.part.panel .monaco-list-row[aria-level="2"]').allInnerTexts()
  return rows.map((text) => text.replace(/\s+/g, ' ').trim())
}

/** Puts the cursor at a line and column, from 1. */
export async function goTo(workbench: Workbench, line: number, column: number): Promise<void> {
  const timeout = onceMs
  await eventually(async () => {
    await workbench.press('Control+G')
    await workbench.quickInput.locator('input').first().fill(`:${line}:${column}`, { timeout })
    await workbench.quickInput.getByText(`go to line ${line} at column ${column}`).waitFor({ timeout })
    await workbench.press('Enter')
    await workbench.statusBarItem(`Ln ${line}, Col ${column}`).waitFor({ timeout })
    return true
  }, inAllMs)
}

/** The row of a fix that is offered where the cursor is. */
export async function offeredFix(workbench: Workbench, title: string): Promise<Locator> {
  const row = workbench.page.locator('.action-widget .monaco-list-row').filter({ hasText: title }).first()
  await eventually(async () => {
    await workbench.press('Escape', 'Control+.')
    await row.waitFor({ timeout: onceMs })
    return true
  }, inAllMs)
  return row
}

/** Takes a fix that is offered where the cursor is. */
export async function chooseFix(workbench: Workbench, title: string): Promise<void> {
  await eventually(async () => {
    const row = await offeredFix(workbench, title)
    await workbench.screenshot(`fix ${title}`)
    await row.click({ timeout: onceMs })
    await row.waitFor({ state: 'hidden', timeout: onceMs })
    return true
  }, inAllMs)
}

/** The suggestion with this label, of the list that typing has opened or that is asked for. */
export async function suggestion(workbench: Workbench, label: string): Promise<Locator> {
  const name = workbench.page.locator('.label-name').getByText(label, { exact: true })
  const row = workbench.page.locator('.suggest-widget.visible .monaco-list-row').filter({ has: name }).first()
  await row.waitFor({ timeout: onceMs }).catch(() =>
    eventually(async () => {
      await workbench.press('Escape', 'Control+Space')
      await row.waitFor({ timeout: onceMs })
      return true
    }, inAllMs),
  )
  return row
}

/** The text of a file after one more attempt to save it. */
export async function saved(workbench: Workbench, file: string): Promise<string> {
  await workbench.press('Control+S')
  return fs.readFileSync(path.resolve(file), 'utf8')
}
