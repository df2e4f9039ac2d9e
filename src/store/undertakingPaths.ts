// Where the files of an undertaking are.
import path from 'node:path'

/** The files of an undertaking, all but those of its jobs, which are beside others. */
export class UndertakingPaths {
  constructor(readonly directory: string) {}

  get spec(): string {
    return `${this.directory}/spec.json`
  }
  get journal(): string {
    return `${this.directory}/events.jsonl`
  }
  /** As that of a job's attempt; deleted when it is at rest. */
  get env(): string {
    return `${this.directory}/env`
  }
  /** Made by the window that tells a person something of it. `name` is in our own alphabet. */
  noticed(name: string): string {
    return `${this.directory}/noticed-${name}`
  }
  /** The size of the journal when it was at rest: nothing needs to be read while it is the same. A cache. */
  get atRest(): string {
    return `${this.directory}/at-rest`
  }
  /** What is no job's, and has a log all the same: looks of monitors. `name` is in our own alphabet. */
  log(name: string): string {
    return `${this.directory}/${name}.log`
  }
  /** Of a track: an index of our own while its tree is kept. */
  get snapshotIndex(): string {
    return `${this.directory}/snapshot.index`
  }
  /** The worktree in which that attempt of a track runs. Its name is that of git's own record of it, too. */
  fixTree(attempt: number): string {
    return `${this.directory}/trees/${path.basename(this.directory)}-${attempt}`
  }
  /** What an agent has changed for that attempt. */
  fixPatch(attempt: number): string {
    return `${this.directory}/fix-${attempt}.patch`
  }
}
