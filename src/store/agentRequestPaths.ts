// Where the files of a request of an agent are.

/** The files of one request of an agent. Each is made once, by one window, and never changed. */
export class AgentRequestPaths {
  constructor(readonly directory: string) {}

  get request(): string {
    return `${this.directory}/request.json`
  }
  /** The job that it leads to, named before that is started. */
  get start(): string {
    return `${this.directory}/start.json`
  }
  /** That job was taken by the supervisor. */
  get started(): string {
    return `${this.directory}/started`
  }
  /** The job that sends its errors back to the agent. */
  get repair(): string {
    return `${this.directory}/repair.json`
  }
  get dismissed(): string {
    return `${this.directory}/dismissed`
  }
  /** The conversation has gone on beyond it. */
  get superseded(): string {
    return `${this.directory}/superseded`
  }
  /** Made by the window that tells the person of it. */
  get noticed(): string {
    return `${this.directory}/noticed`
  }
}
