// What a person wants to be tracked and how, and what was found around it: what a plan of a track is made of.
import type { BackendPlan, SbatchOptions } from '../backends/backendPlan'
import type { Agent } from '../followUps/agent'
import type { LaunchChoice } from './launchChoice'
import type { RemoteRepository } from './remote'

/** What a person pointed at. */
export type Pointed =
  | { readonly kind: 'launch'; readonly command: string }
  | { readonly kind: 'script'; readonly file: string; readonly text: string }
  /** `whyOnce`: why it cannot be submitted again. */
  | { readonly kind: 'slurm'; readonly id: string; readonly again: SlurmAgain | null; readonly whyOnce?: string }
  | {
      readonly kind: 'process'
      readonly process: Extract<BackendPlan, { kind: 'process' }>['process']
      readonly command: string | null
      readonly cwd: string | null
      readonly log: string | null
    }
  | { readonly kind: 'run'; readonly id: string }
  | {
      readonly kind: 'workflow'
      readonly file: string
      readonly ref: string
      readonly inputs: Readonly<Record<string, string>>
    }

/** How an adopted SLURM job could be submitted again. */
export interface SlurmAgain {
  readonly script: string
  readonly directory: string
  readonly options: SbatchOptions
}

export interface Dispatchable {
  /** In `.github/workflows`. */
  readonly file: string
  readonly inputs: readonly WorkflowInput[]
}

export interface WorkflowInput {
  readonly name: string
  readonly required: boolean
  readonly default: string | null
}

/** What is there. */
export interface Surroundings {
  /** Real path. */
  readonly folder: string
  /** `YYYY-MM-DD`. */
  readonly date: string
  readonly git: {
    readonly remote: string | null
    readonly base: string | null
    /** Of the person, here and at the remote. */
    readonly branches: readonly string[]
    /** The branch that is checked out; null: none. */
    readonly current: string | null
  } | null
  readonly gh: 'ready' | 'no_login' | 'absent' | 'unknown'
  /** A pull request can be opened, or it cannot be told now that it cannot. */
  readonly opens: boolean
  readonly pushes: boolean
  /** What will be different from what a person may expect, and what they can do: a sentence each. */
  readonly notes: readonly string[]
  /** Of the remote; null: it is none that gh could know. */
  readonly repository: RemoteRepository | null
  /** A scheduler here. */
  readonly hasSlurm: boolean
  /** What squeue says where it reaches no cluster; absent: it reaches one, or is not there. */
  readonly slurmProblem?: string
  /** A scheduler that is reached by ssh: a setting. */
  readonly sshHost: string | null
  readonly dispatchable: readonly Dispatchable[]
  /** From the folder on. */
  readonly documents: readonly string[]
  readonly resultFolders: readonly string[]
  /** Data and environments that git ignores. */
  readonly linkable: readonly string[]
}

/** What was tracked with last in that folder: offered where nobody says otherwise, and then told. */
export interface LastTrack {
  readonly document: string | null
  readonly results: readonly string[]
  readonly metrics: readonly string[]
}

export interface TrackWish {
  readonly pointed: Pointed
  readonly last: LastTrack | null
  readonly experiment: string | null
  readonly document: string | null
  /** A folder, or a pattern. */
  readonly results: readonly string[]
  readonly metrics: readonly string[]
  /** Files without which it is not done, as they are said. */
  readonly required: readonly string[]
  readonly attempts: number
  readonly maxMemoryMb: number | null
  readonly maxTimeSec: number | null
  /** Null: those that were found. */
  readonly links: readonly string[] | null
  readonly options: SbatchOptions
  readonly timeLimitSec: number | null
  readonly launch: LaunchChoice
  readonly trailer: string
  readonly title: string
  readonly body: string
  readonly pullRequest: boolean
  readonly fixer: Agent | null
  readonly discusser: Agent | null
}
