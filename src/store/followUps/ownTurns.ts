// The turns of agents' conversations that were had by jobs of ours: what they ask for is decided by the supervisor, and their
// transcripts tell nothing new.
import fs from 'node:fs'
import type { Turn } from '../../core/transcripts/turn'
import { jobIdSchema } from '../../core/jobs/jobId'
import type { FolderPaths } from '../stateFolder'
import { readTurn } from './turnFiles'

interface OwnTurn {
  readonly conversation: string
  readonly fromMs: number
  readonly untilMs: number
}

/** A transcript may be written a moment after the agent has answered. */
const slackMs = 5_000
/** Looking through all jobs takes a while where there are thousands. */
const freshMs = 2_000

export class OwnTurns {
  private known: readonly OwnTurn[] = []
  private readAtMs = -Infinity

  constructor(private readonly folder: FolderPaths) {}

  /** Whether a job of ours was at it: in a conversation turns are had one after the other. Throws RelayError. */
  has({ agent, conversation, atMs }: Turn): boolean {
    // One that is younger than what we know of may be of a turn that we do not know.
    if (performance.now() - this.readAtMs > freshMs || this.known.every(({ untilMs }) => untilMs < atMs)) this.read()
    const key = `${agent} ${conversation}`
    return this.known.some((one) => one.conversation === key && one.fromMs <= atMs && atMs <= one.untilMs)
  }

  private read(): void {
    this.readAtMs = performance.now()
    this.known = this.folder.listJobs().flatMap((name) => {
      const id = jobIdSchema.safeParse(name)
      return id.success ? turnsOf(this.folder.job(id.data)) : []
    })
  }
}

function turnsOf(paths: ReturnType<FolderPaths['job']>): OwnTurn[] {
  const turns: OwnTurn[] = []
  for (
    let attempt = paths.attempt(1), number = 1;
    fs.existsSync(attempt.directory);
    attempt = paths.attempt(++number)
  ) {
    const turn = readTurn(attempt)
    if (turn === null || turn.conversation === null) continue
    turns.push({
      conversation: `${turn.agent} ${turn.conversation}`,
      fromMs: turn.startedAtMs - slackMs,
      untilMs: (turn.endedAtMs ?? Infinity) + slackMs,
    })
  }
  return turns
}
