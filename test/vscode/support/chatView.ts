// The Chat view of a window, and the model that answers in it.
import fs from 'node:fs'
import path from 'node:path'
import type { Locator } from 'playwright-core'
import { z } from 'zod'
import { eventually } from '../../support/eventually'
import type { Relay } from '../../support/relay'
import { type ModelRequest, type Part, ScriptedModel } from './scriptedModel'
import type { Workbench } from './workbench'

const resultSchema = z.object({ text: z.string().optional(), error: z.string().optional() })

const sentMs = 4_000

export class ChatView {
  private constructor(
    private readonly workbench: Workbench,
    private readonly model: ScriptedModel,
  ) {}

  /** Opens a chat of its own, when the model is there; in Restricted Mode VS Code offers none. */
  static async open(workbench: Workbench, relay: Relay, hasModel = true): Promise<ChatView> {
    const chat = new ChatView(workbench, await ScriptedModel.ready(relay))
    await workbench.runCommand('Chat: Open Chat')
    if (hasModel) await chat.view.getByText('Scripted Model').first().waitFor()
    // A new chat, if there was one. An empty one would be replaced by another at some later time.
    if ((await chat.questions.count()) > 0) {
      await chat.input.click()
      await workbench.press('Control+L')
      await eventually(async () => (await chat.questions.count()) === 0)
    }
    return chat
  }

  get view(): Locator {
    return this.workbench.page.locator('.interactive-session').first()
  }

  /** What the model answers to the next requests. */
  willAnswer(...replies: readonly (readonly Part[])[]): void {
    this.model.willAnswer(...replies)
  }

  /** What the model was asked in this chat. */
  requests(): readonly ModelRequest[] {
    return this.model.requests()
  }

  /** Sends a prompt. A view that is only just there loses keys, so it is looked whether it was typed and sent. */
  async ask(prompt: string): Promise<void> {
    const typed = this.input.locator('.view-line').filter({ hasText: /\S/ }).first()
    await eventually(async () => {
      await this.input.click()
      await this.workbench.press('Control+A')
      await this.workbench.paste(prompt)
      await typed.waitFor({ timeout: sentMs })
      await this.workbench.press('Escape', 'Enter')
      await typed.waitFor({ state: 'detached', timeout: sentMs })
      // Not counted: of a long conversation only what is scrolled into view is there.
      await this.questions.last().waitFor({ timeout: sentMs })
      return true
    }, 60_000)
  }

  /** Clicks the button that stops the answer. */
  async stop(): Promise<void> {
    await this.view.locator('.chat-execute-toolbar .action-label[class*="codicon-stop"]').first().click()
  }

  /** Whether the model was told that nobody waits for its answer any more. */
  wasCancelled(): boolean {
    return this.model.wasCancelled()
  }

  /** Attaches the file of the active editor to the next question. */
  async attachFile(): Promise<void> {
    await this.workbench.runCommand('Chat: Add File to Chat')
    await this.view.locator('.chat-attached-context-attachment').first().waitFor()
  }

  /** The same with what is selected in it. */
  async attachSelection(): Promise<void> {
    await this.workbench.runCommand('Chat: Add Selection to Chat')
    await this.view.locator('.chat-attached-context-attachment').first().waitFor()
  }

  private get questions(): Locator {
    return this.view.locator('.interactive-request')
  }

  private get input(): Locator {
    return this.view.locator('.interactive-input-editor .monaco-editor').first()
  }

  /** The newest answer, when it is complete and has this text. */
  async answer(text: string, timeoutMs = 20_000): Promise<Locator> {
    const answer = this.view.locator('.interactive-response').last()
    await answer.getByText(text).first().waitFor({ timeout: timeoutMs })
    await this.view.locator('.interactive-response.chat-response-loading').waitFor({ state: 'detached' })
    return answer
  }

  /** A button of the newest answer. */
  button(name: string | RegExp): Locator {
    return this.view.locator('.interactive-response').last().getByRole('button', { name })
  }

  /** What the command Scripted: Call Tool will call. */
  willCall(tool: string, input: object): void {
    fs.rmSync(path.join(this.model.folder, 'result.json'), { force: true })
    fs.writeFileSync(path.join(this.model.folder, 'call.json'), JSON.stringify({ tool, input }))
  }

  /** What came of that call. */
  async result(): Promise<z.infer<typeof resultSchema>> {
    const text = await eventually(() => fs.readFileSync(path.join(this.model.folder, 'result.json'), 'utf8'), 20_000)
    return resultSchema.parse(JSON.parse(text))
  }
}
