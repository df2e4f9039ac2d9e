// What a look at the world brings to the policy: of one attempt, and of a job in each of its states.
import type { Watched } from './alerts'
import type { CheckFinding } from './checkFinding'
import type { Exit } from './exit'
import type { FileFinding } from './fileFinding'
import type { FilePrint } from './filePrint'
import type { AnyHandle, RemoteHandle } from './handle'
import type { AnswerMarker } from './job'
import type { RemoteSeen } from './remote'
import type { Turn } from './turn'
import type { Usage } from './usage'

/** The wrapper's own word on who it is, and when it said so. */
export interface Started {
  readonly handle: AnyHandle
  readonly atMs: number
}

/** What a service says of a job of ours. `handle`: what it is known by there, as far as that is known. */
export interface AtService {
  readonly handle: RemoteHandle | null
  readonly seen: RemoteSeen | null
}

/** What a backend sees of one attempt. `processes` are `pid command` of what is alive and belongs to it. */
export type AttemptSeen =
  | { readonly kind: 'absent' }
  | { readonly kind: 'starting' }
  /** Claimed, with live processes, but its wrapper could not say who it is: the disk was full. */
  | { readonly kind: 'mute' }
  | { readonly kind: 'alive'; readonly started: Started; readonly service?: AtService }
  /** A service has taken it, and has not begun it. */
  | { readonly kind: 'submitted'; readonly service: AtService }
  /** It is over, as a service or a look at a process of someone else's tells. */
  | {
      readonly kind: 'over'
      readonly exit: Exit
      readonly atMs: number
      readonly started: Started | null
      readonly service?: AtService
    }
  | { readonly kind: 'orphaned'; readonly evidence: string; readonly processes: readonly string[] }
  | {
      readonly kind: 'exited'
      readonly status: number
      readonly atMs: number
      readonly started: Started | null
      readonly processes: readonly string[]
    }
  | { readonly kind: 'gone'; readonly evidence: string }
  | { readonly kind: 'not_startable'; readonly why: string }
  /** The world could not be asked. It ages what is known and never changes it. */
  | { readonly kind: 'unknown'; readonly why: string; readonly service?: AtService }

/** What was seen of the world, by the state that the job is in. Times are of a clock that never steps. */
export type Seen =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'queued'; readonly turn: Turn }
  | {
      readonly kind: 'checking'
      readonly checks: readonly CheckFinding[] | null
      /** Null: not looked at yet, or there is no answer so far. */
      readonly before: readonly FilePrint[] | null
      /** So long it has been asked what its files look like; told where it is too long. */
      readonly beforeAskedMs?: number
      /** What is alive of it; looked at only when it is to be stopped. */
      readonly processes: readonly string[]
    }
  | { readonly kind: 'launching'; readonly attempt: AttemptSeen }
  | {
      readonly kind: 'running'
      readonly attempt: AttemptSeen
      readonly log: { readonly bytes: number; readonly lastLine: string }
      /** What a look has found besides, if one was taken; `nowMs` is of the wall clock. */
      readonly look?: { readonly usage: Usage | null; readonly watched: Watched; readonly nowMs: number }
      readonly ranForMs: number
      readonly sinceLookMs: number
      readonly sinceStopMs: number
    }
  | {
      readonly kind: 'settling'
      /** Null: they are being looked at. */
      readonly files: readonly FileFinding[] | null
      readonly waitedMs: number
      /** How long this supervisor has looked at the files: only a second look tells a file that has come to rest. */
      readonly lookedForMs: number
      /** As in `checking`. */
      readonly processes: readonly string[]
      readonly sinceStopMs: number
      readonly answer: AnswerMarker | null
      /** What the files of the next stage look like now; null: there is no answer. */
      readonly beforeNext: readonly FilePrint[] | null
    }
  | { readonly kind: 'ended'; readonly followUpExists: boolean }
