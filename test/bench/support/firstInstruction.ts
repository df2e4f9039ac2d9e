// When a command did something for the first time: it writes the time of day to a file.
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { readIfExists } from '../../../src/store/durableFile'

/** A file for a command to write the time into; `command` is for any POSIX shell. */
export class Stamp {
  private static count = 0
  private readonly file: string

  constructor(folder: string) {
    this.file = path.join(folder, `stamp-${++Stamp.count}`)
  }

  get command(): string {
    return `date +%s%N > '${this.file}'`
  }

  /** What was written, in ms since the epoch, as soon as it is there. */
  async read(withinMs = 30_000): Promise<number> {
    const deadline = performance.now() + withinMs
    for (;;) {
      const text = readIfExists(this.file)
      if (text?.endsWith('\n') === true) {
        fs.rmSync(this.file)
        return Number(text) / 1e6
      }
      if (performance.now() > deadline) throw new Error(`the command has not written ${this.file}`)
      await delay(4)
    }
  }
}
