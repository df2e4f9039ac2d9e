// The model of test/vscode/fixtures/scriptedModel, from the side of the test: what it is to say, and what it was asked.
import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { eventually } from '../../support/eventually'
import type { Relay } from '../../support/relay'

const requestSchema = z.object({ texts: z.array(z.string()), tools: z.array(z.string()) })
export type ModelRequest = z.infer<typeof requestSchema>

/** A part of a model's answer: a text, the call of a tool, or a wait for the end of the request. */
export type Part = string | { readonly tool: string; readonly input: object } | { readonly until: 'cancelled' }

export class ScriptedModel {
  private constructor(readonly folder: string) {}

  /** When its extension is there. What was asked before is forgotten. */
  static async ready(relay: Relay): Promise<ScriptedModel> {
    const model = new ScriptedModel(path.join(relay.home, 'scripted'))
    await eventually(() => fs.existsSync(model.folder), 60_000)
    model.forget()
    return model
  }

  forget(): void {
    for (const name of ['requests.jsonl', 'cancelled']) fs.rmSync(path.join(this.folder, name), { force: true })
    this.willAnswer()
  }

  /** What it answers to the next requests. */
  willAnswer(...replies: readonly (readonly Part[])[]): void {
    fs.writeFileSync(path.join(this.folder, 'replies.json'), JSON.stringify(replies))
  }

  /** What it was asked. */
  requests(): readonly ModelRequest[] {
    const file = path.join(this.folder, 'requests.jsonl')
    if (!fs.existsSync(file)) return []
    const lines = fs.readFileSync(file, 'utf8').trim().split('\n')
    return lines.map((line) => requestSchema.parse(JSON.parse(line)))
  }

  /** Whether it was told that nobody waits for its answer any more. */
  wasCancelled(): boolean {
    return fs.existsSync(path.join(this.folder, 'cancelled'))
  }
}
