// Where the files of a job and of its attempts are.
import path from 'node:path'

export class JobPaths {
  constructor(readonly directory: string) {}

  get spec(): string {
    return `${this.directory}/spec.json`
  }
  get journal(): string {
    return `${this.directory}/events.jsonl`
  }
  attempt(number: number): AttemptPaths {
    const directory = `${this.directory}/attempts/${number}`
    return new AttemptPaths(directory, directory)
  }
  /** A stage before the work: it has its own records and writes into the log of the attempt. */
  stage(number: number, stage: number): AttemptPaths {
    const directory = `${this.directory}/attempts/${number}`
    return new AttemptPaths(`${directory}/stages/${stage}`, directory)
  }
}

/**
 * The files of one attempt, or of one stage of it: then `whole` is the directory of the attempt. `claim`, `started` and
 * `exit` are written by the wrapper, `log` by the job.
 */
export class AttemptPaths {
  constructor(
    readonly directory: string,
    private readonly whole: string,
  ) {}

  get command(): string {
    return `${this.directory}/command.sh`
  }
  /** The submitter's environment, NUL-separated, mode 0600, deleted when it is not needed any more. */
  get env(): string {
    return `${this.whole}/env`
  }
  get claim(): string {
    return `${this.directory}/claim`
  }
  get started(): string {
    return `${this.directory}/started`
  }
  get exit(): string {
    return `${this.directory}/exit`
  }
  get log(): string {
    return `${this.whole}/output.log`
  }
  /** What a turn of an agent tells of itself. */
  get turn(): string {
    return `${this.whole}/turn.json`
  }
  /** What it has answered, whole. */
  get answer(): string {
    return `${this.whole}/answer.md`
  }
  /** What the tools that it called gave back, as far as that is kept. */
  get toolOutput(): string {
    return `${this.whole}/tools.log`
  }
  /** Who runs for a part of the work after it, while it does. */
  part(name: string): string {
    return `${this.whole}/part-${name}.json`
  }
  /** Made by the window that tells a person of the end: no other does. */
  get noticed(): string {
    return `${this.whole}/noticed`
  }
  /** The same for one thing that was told of it while it ran. */
  noticedAlert(name: string): string {
    return `${this.whole}/noticed-${name}`
  }
}

/** The state folder that a job's directory is in: `folders/KEY/jobs/ID` of it. */
export function rootOf({ directory }: JobPaths): string {
  return path.resolve(directory, '../../../..')
}
