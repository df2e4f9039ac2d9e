// What runs jobs, by the kind that their plans name.
import type { BackendKind } from '../../core/backends/backendPlan'
import { type Service, readServices, writeServices } from '../../store/services'
import { readEnvironmentFile } from '../../store/jobs/jobFiles'
import type { StateFolder } from '../../store/stateFolder'
import type { LocalBackend } from '../jobs/localBackend'
import type { Logger } from '../logger'
import type { AttemptRef, Backend } from './backend'
import { Chain } from './github/chain'
import { GithubBackend } from './github/githubBackend'
import { ProcessBackend } from './processBackend'
import { SlurmBackend } from './slurm/slurmBackend'

/** What is heard of a service is written down at most so often, for those who show jobs. */
const writeEveryMs = 2_000

export class Backends {
  private readonly process = new ProcessBackend()
  private readonly slurm: SlurmBackend
  private readonly github: GithubBackend
  private readonly services: Map<string, Service>
  private timer: NodeJS.Timeout | null = null

  constructor(
    private readonly local: LocalBackend,
    private readonly state: StateFolder,
    private readonly log: Logger,
  ) {
    this.services = new Map(readServices(state.root, state.host))
    const heard = (service: string, problem: string | null) => this.heard(service, problem)
    const environment = ({ paths }: AttemptRef) => readEnvironmentFile(paths.env) ?? {}
    this.slurm = new SlurmBackend({ bell: (jobId) => state.bell(jobId), environment, heard, log })
    this.github = new GithubBackend({ environment, heard, chain: new Chain(this.slurm), log })
  }

  of(kind: BackendKind): Backend {
    switch (kind) {
      case 'local':
        return this.local
      case 'process':
        return this.process
      case 'slurm':
        return this.slurm
      case 'github':
        return this.github
    }
  }

  private heard(service: string, problem: string | null): void {
    const before = this.services.get(service)
    const now = Date.now()
    const isNews = (before?.problem ?? null) !== problem
    if (isNews) this.log(problem === null ? `${service} has answered` : `${service} did not answer: ${problem}`)
    this.services.set(service, {
      heardAtMs: problem === null ? now : (before?.heardAtMs ?? null),
      problem,
      problemSinceMs: problem === null ? null : (before?.problemSinceMs ?? now),
    })
    this.timer ??= setTimeout(() => this.write(), isNews ? 0 : writeEveryMs)
  }

  private write(): void {
    this.timer = null
    try {
      writeServices(this.state.root, this.state.host, this.services)
    } catch (error) {
      this.log(
        `what was heard of services could not be written: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
  }
}
