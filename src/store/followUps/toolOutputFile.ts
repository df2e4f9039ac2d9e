// What the tools that a turn called gave back, in the directory of its attempt: where a line that its answer quotes is looked
// for. One writer: the process that runs the turn. Bounded, and never read as anything but text.
import fs from 'node:fs'
import type { AttemptPaths } from '../jobPaths'

/** Agents are told less than that of one output; of all of a turn no more is kept. */
const maxTextChars = 1024 * 1024
const maxFileBytes = 16 * 1024 * 1024

export class ToolOutputFile {
  private bytes: number | null = null
  private isClosed = false

  constructor(private readonly paths: AttemptPaths) {}

  /** Why nothing more is kept from now on, a sentence, said once; null: it is kept. */
  append(text: string): string | null {
    if (this.isClosed) return null
    const kept = Buffer.from(text.slice(-maxTextChars).replace(/\n?$/, '\n'))
    const file = this.paths.toolOutput
    try {
      this.bytes ??= fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0
      if (this.bytes + kept.length > maxFileBytes) {
        this.isClosed = true
        return `What its tools give back is not kept any more: it is more than ${maxFileBytes / 1024 / 1024} MB.`
      }
      fs.appendFileSync(file, kept, { mode: 0o600 })
      this.bytes += kept.length
      return null
    } catch (error) {
      this.isClosed = true
      return `What its tools give back is not kept: ${error instanceof Error ? error.message : String(error)}`
    }
  }
}
