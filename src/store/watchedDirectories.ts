// The directories that somebody wants to be told of, as far as they are there now.
import fs from 'node:fs'
import { type DirectoryWatch, watchDirectory } from './watchDirectory'

export class WatchedDirectories {
  private readonly watches = new Map<string, DirectoryWatch>()

  constructor(private readonly onChange: () => void) {}

  /** From now on these and no others. One that is not there is watched when it is there the next time that this is called. */
  watch(directories: readonly string[]): void {
    const there = new Set(directories.filter((directory) => fs.existsSync(directory)))
    for (const [directory, watch] of this.watches) {
      if (there.has(directory)) continue
      watch.close()
      this.watches.delete(directory)
    }
    for (const directory of there)
      if (!this.watches.has(directory)) this.watches.set(directory, watchDirectory(directory, this.onChange))
  }

  close(): void {
    this.watch([])
  }
}
