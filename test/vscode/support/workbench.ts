// A VS Code window and what a person's hand can do in it. Every wait is for a condition, and has an end.
import fs from 'node:fs'
import path from 'node:path'
import {
  type Browser,
  type BrowserContext,
  chromium,
  type FrameLocator,
  type Locator,
  type Page,
} from 'playwright-core'
import { signalProcess } from '../../../src/supervisor/jobs/processTable'
import { eventually } from '../../support/eventually'
import { findBrowser } from '../host/install'
import type { Payload, ProcessIdentity, VsCodeServer } from '../host/server'

/** How long anything may take: on a busy machine, extensions come long after their window. */
const actMs = 60_000
/** A menu or an icon that is not there by then was lost: its row was drawn anew. */
const menuMs = 10_000

/** How long a picker may take to open, and to answer what was typed. */
const typedMs = 1_500
const pickerMs = 3_000

/** How long the folders of a window may take to come after it. */
const foldersMs = 10_000

const screenshots = path.resolve('.vscode-test/screenshots')

export interface WindowOptions {
  /** Or a .code-workspace file. */
  readonly folder: string
  readonly payload?: Payload
}

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await findBrowser(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  })
}

/** Pictures of all windows as they are, for a test that has failed. */
export async function pictureFailure(browser: Browser, test: string): Promise<void> {
  const pages = browser.contexts().flatMap((context) => context.pages())
  for (const [index, page] of pages.entries()) {
    const file = path.join(screenshots, `failed ${test} ${index + 1}.png`)
    await page.screenshot({ path: file })
    console.warn(`As it was: ${file}`)
  }
}

export class Workbench {
  /** What the window and its extension host wrote to the browser's console. */
  readonly console: string[] = []
  /** The tokens of its connections to the server so far. */
  private readonly connections: string[] = []

  private constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
    private readonly server: VsCodeServer,
  ) {
    page.on('console', (message) => this.console.push(message.text()))
    page.on('websocket', (socket) => {
      this.connections.push(new URL(socket.url()).searchParams.get('reconnectionToken') ?? '')
    })
  }

  /** Opens a window in a profile of its own and waits until it stands. */
  static async open(browser: Browser, server: VsCodeServer, options: WindowOptions): Promise<Workbench> {
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } })
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: `http://${server.authority}` })
    return Workbench.openIn(context, server, options)
  }

  private static async openIn(context: BrowserContext, server: VsCodeServer, options: WindowOptions) {
    const page = await context.newPage()
    page.setDefaultTimeout(actMs)
    const workbench = new Workbench(page, context, server)
    await page.goto(server.url(options.folder, options.payload), { waitUntil: 'domcontentloaded' })
    await workbench.untilReady()
    if (options.folder.endsWith('.code-workspace')) await workbench.untilFolders()
    return workbench
  }

  /** A second window of the same person. */
  async openSecond(options: WindowOptions): Promise<Workbench> {
    return Workbench.openIn(this.context, this.server, options)
  }

  async reload(): Promise<void> {
    await this.page.reload({ waitUntil: 'domcontentloaded' })
    await this.untilReady()
  }

  /** The person looks at another page of the browser: the window has no focus until they come back. */
  async lookAway(): Promise<{ comeBack(): Promise<void> }> {
    // Playwright lets every page believe that it has the focus.
    const session = await this.context.newCDPSession(this.page)
    await session.send('Emulation.setFocusEmulationEnabled', { enabled: false })
    const other = await this.context.newPage()
    await other.bringToFront()
    await this.page.waitForFunction('!document.hasFocus()', null, { polling: 100 })
    return {
      comeBack: async () => {
        await other.close()
        await this.page.bringToFront()
        await session.send('Emulation.setFocusEmulationEnabled', { enabled: true })
        await session.detach()
      },
    }
  }

  /** Closes this window; the others of the person stay. */
  async close(): Promise<void> {
    await this.page.close()
    if (this.context.pages().length === 0) await this.context.close()
  }

  /** A picture of the window as it is, in .vscode-test/screenshots; its path. */
  async screenshot(name: string): Promise<string> {
    fs.mkdirSync(screenshots, { recursive: true })
    const file = path.join(screenshots, `${name}.png`)
    await this.page.screenshot({ path: file })
    return file
  }

  /** A picture for the README and the walkthrough: with RELAY_PICTURES=1 it is put where they show it from. */
  async picture(name: string): Promise<void> {
    const file = await this.screenshot(name)
    if (process.env['RELAY_PICTURES'] === '1') fs.copyFileSync(file, path.resolve('media/walkthrough', `${name}.png`))
  }

  // ── Commands and keys

  /** Runs a command by its title, as the palette shows it ("Relay: Show Jobs"). */
  async runCommand(title: string): Promise<void> {
    await this.choose(`>${title}`, title)
  }

  /** Whether the palette offers a command with exactly this title. */
  async hasCommand(title: string): Promise<boolean> {
    const row = await this.quickOpen(`>${title}`, title)
    await this.press('Escape')
    return row !== null
  }

  /** Opens a file of the folder by its path in it. */
  async openFile(relative: string): Promise<void> {
    await this.choose(relative, path.basename(relative))
    await this.tab(path.basename(relative)).waitFor()
  }

  /** Presses keys in whatever has the focus, for example `Control+S`. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key)
  }

  /** What the quick pick or input box shows: its title or prompt, and its rows. */
  get quickInput(): Locator {
    return this.page.locator('.quick-input-widget:visible')
  }

  /** Clicks the row of an open picker with this text. */
  async pick(text: string | RegExp): Promise<void> {
    // Where the pointer rests, a hover may be over the rows: it goes with it.
    await this.page.mouse.move(0, 300)
    await this.quickInput.locator('.monaco-list-row').filter({ hasText: text }).first().click()
  }

  /** Inserts text where the focus is, as it stands: nothing is completed or indented. */
  async paste(text: string): Promise<void> {
    await this.page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`)
    await this.page.keyboard.press('Control+V')
  }

  async clipboard(): Promise<string> {
    return this.page.evaluate<string>('navigator.clipboard.readText()')
  }

  // ── Editor

  tab(name: string): Locator {
    return this.page.locator('.tabs-container .tab').filter({ hasText: name })
  }

  async closeTab(name: string): Promise<void> {
    await this.tab(name).hover()
    await this.tab(name).locator('.tab-actions .action-label').click()
  }

  /** The active editor; its text is what is scrolled into view. */
  get editor(): Locator {
    return this.page.locator('.editor-group-container.active .monaco-editor').first()
  }

  /** A code lens of the editor by a part of its text. */
  codeLens(text: string | RegExp): Locator {
    const lenses = this.page.locator('.editor-group-container.active .codelens-decoration a')
    return lenses.filter({ hasText: text }).first()
  }

  /** Selects whole lines of the active editor, both counted from 1, by their numbers in the margin. */
  async selectLines(first: number, last: number): Promise<void> {
    const number = (line: number) => this.editor.locator('.line-numbers').getByText(String(line), { exact: true })
    await number(first).click()
    await number(last).click({ modifiers: ['Shift'] })
  }

  /** The whole text of the active editor, which must have some, through the clipboard. Its selection is lost. */
  async editorText(): Promise<string> {
    await this.editor.locator('.view-lines').click()
    await this.page.evaluate("navigator.clipboard.writeText('')")
    await this.press('Control+A', 'Control+C')
    return eventually(async () => {
      const text = await this.clipboard()
      return text !== '' && text
    }, actMs)
  }

  // ── Views

  /** The pane of a view by its title, opened if it is folded. Its container must be shown. */
  async view(title: string): Promise<Locator> {
    const header = this.page.locator(`.pane-header[aria-label^="${title}"]`).first()
    if ((await header.getAttribute('aria-expanded')) === 'false') await header.click()
    return this.page.locator('.pane').filter({ has: header })
  }

  /** Whether the container of a view is shown. */
  async hasView(title: string): Promise<boolean> {
    return this.page.locator(`.pane-header[aria-label^="${title}"]`).first().isVisible()
  }

  /** Folds a view, so that others have its room. */
  async foldView(title: string): Promise<void> {
    const header = this.page.locator(`.pane-header[aria-label^="${title}"]`).first()
    if ((await header.getAttribute('aria-expanded')) === 'true') await header.click()
  }

  /** The rows of a tree as they are to be read, those that are scrolled into view. */
  async treeRows(title: string): Promise<string[]> {
    const rows = await (await this.view(title)).locator('.monaco-list-row').all()
    const parts = rows.map((row) => row.locator('.label-name, .label-description').allTextContents())
    return (await Promise.all(parts)).map((texts) => texts.join(' ').replace(/\s+/g, ' ').trim())
  }

  /** The first row of a tree with this text: to click, to hover, to find its inline actions in. */
  async treeRow(title: string, text: string | RegExp): Promise<Locator> {
    return (await this.view(title)).locator('.monaco-list-row').filter({ hasText: text }).first()
  }

  /** Clicks an icon that a row shows under the pointer. */
  async inlineAction(row: Locator, label: string): Promise<void> {
    await eventually(async () => {
      await row.hover({ timeout: menuMs })
      await row.getByRole('button', { name: label, exact: true }).click({ timeout: menuMs })
      return true
    }, actMs)
  }

  /** Chooses from the menu of the right mouse button. */
  async contextMenu(of: Locator, label: string): Promise<void> {
    const name = this.page.locator('.action-label').getByText(label, { exact: true })
    const menu = this.page.locator('.monaco-menu')
    const item = menu.locator('.action-item').filter({ has: name })
    const focused = menu.locator('.action-item.focused').filter({ has: name })
    await eventually(async () => {
      // A row that is drawn anew takes its menu with it, and a menu is of the moment at which it was opened.
      if (!(await item.isVisible())) {
        if (await menu.first().isVisible()) await this.press('Escape')
        await of.click({ button: 'right', timeout: menuMs })
        await item.waitFor({ timeout: menuMs })
      }
      // One that has only just opened takes no clicks yet, and may not even see the pointer until it moves again.
      await item.hover({ position: { x: 12, y: 6 }, timeout: menuMs })
      await item.hover({ position: { x: 16, y: 8 }, timeout: menuMs })
      return focused.isVisible()
    }, actMs)
    await this.press('Enter')
    await item.waitFor({ state: 'detached' })
  }

  /** An item of the status bar by a part of its text. */
  statusBarItem(text: string | RegExp): Locator {
    return this.page.locator('.statusbar-item').filter({ hasText: text }).first()
  }

  // ── Terminal

  /** Types into the terminal that is shown; `\n` is Enter. */
  async typeInTerminal(text: string): Promise<void> {
    // A shell loses what is typed before its prompt.
    await eventually(async () => (await this.terminalText()).trim() !== '', actMs)
    await this.page.locator('.terminal-wrapper.active .xterm').click()
    await this.page.keyboard.type(text)
  }

  /** The name of a terminal, as the panel shows it for one or lists it for several. */
  terminalTab(name: string): Locator {
    return this.page.locator('.single-terminal-tab, .terminal-tabs-entry').filter({ hasText: name }).first()
  }

  /** The lines of the terminal that is shown. */
  async terminalText(): Promise<string> {
    // Rows are read from the DOM, which the setting terminal.integrated.gpuAcceleration: off makes xterm draw into.
    const rows = await this.page.locator('.terminal-wrapper.active .xterm-rows > div').allInnerTexts()
    return rows.map((row) => row.replaceAll('\u00a0', ' ').trimEnd()).join('\n')
  }

  // ── Messages

  /** The texts of the notifications that are shown. */
  async notifications(): Promise<string[]> {
    return this.page.locator('.notifications-toasts .notification-list-item-message').allInnerTexts()
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator('.notification-toast').filter({ hasText: text }).first()
  }

  /** Clicks a button of a notification with this text. */
  async answer(text: string | RegExp, button: string): Promise<void> {
    await this.notification(text).getByRole('button', { name: button, exact: true }).click()
  }

  /** The modal dialog. */
  get dialog(): Locator {
    return this.page.locator('.monaco-dialog-box')
  }

  async answerDialog(button: string): Promise<void> {
    await this.dialog.getByRole('button', { name: button, exact: true }).click()
  }

  // ── Webviews

  /** The document of the webview that is shown; `index` counts them where several are. */
  webview(index = 0): FrameLocator {
    const outer = this.page.locator('iframe.webview.ready:visible').nth(index).contentFrame()
    return outer.locator('iframe#active-frame').contentFrame()
  }

  // ── Harm

  /** kill -9 of the extension host of this window. VS Code starts another, three times in five minutes. */
  async killExtensionHost(): Promise<void> {
    const host = await eventually(() => this.extensionHost(), actMs)
    signalProcess(host, 'SIGKILL')
    await eventually(() => this.extensionHost()?.pid !== host.pid)
  }

  private extensionHost(): ProcessIdentity | undefined {
    return this.connections.map((token) => this.server.extensionHost(token)).findLast((host) => host !== undefined)
  }

  private async untilReady(): Promise<void> {
    await this.page.locator('.statusbar-item[id="status.host"]').waitFor()
  }

  /** A window on a .code-workspace file that opens on a busy machine was seen without its folders until it was reloaded. */
  private async untilFolders(): Promise<void> {
    const folders = this.page.locator('.explorer-folders-view .monaco-list-row').first()
    await eventually(async () => {
      try {
        await folders.waitFor({ timeout: foldersMs })
        return true
      } catch {
        await this.reload()
        return false
      }
    }, actMs)
  }

  /** Clicks the row of the palette or of the file picker that `text` finds and that has exactly this label. */
  private async choose(text: string, label: string): Promise<void> {
    // Commands of an extension come some time after the window, and an open picker does not learn of them.
    await eventually(async () => {
      const row = await this.quickOpen(text, label)
      await row?.click({ timeout: pickerMs })
      return row
    }, actMs)
  }

  /** The row with exactly this label; null, and the picker is closed, if there is none. */
  private async quickOpen(text: string, label: string): Promise<Locator | null> {
    const name = this.page.locator('.label-name').getByText(label, { exact: true })
    const row = this.quickInput.locator('.monaco-list-row').filter({ has: name }).first()
    const nothing = this.quickInput.getByText(/^(similar commands|No matching commands)$/).first()
    const found = await eventually(async () => {
      await this.page.keyboard.press(text.startsWith('>') ? 'F1' : 'Control+P')
      await this.quickInput.locator('input').first().fill(text, { timeout: typedMs })
      const seen = await eventually(async () => {
        if (await row.isVisible()) return 'row'
        if (!(await this.quickInput.isVisible())) return 'closed'
        return (await nothing.isVisible()) && 'nothing'
      }, pickerMs).catch(() => 'nothing' as const)
      // As it is when something else takes the focus, as a window that is just opening does: it is opened again.
      return seen !== 'closed' && seen
    })
    if (found === 'row') return row
    await this.page.keyboard.press('Escape')
    await this.quickInput.waitFor({ state: 'hidden' })
    return null
  }
}
