// The undertakings of one kind in one folder, for whoever looks again and again: only what has changed is read anew.
import fs from 'node:fs'
import type { UndertakingKind, UndertakingPlan } from '../../core/undertakings/undertaking'
import { type JobId, jobIdSchema } from '../../core/jobs/jobId'
import { isRelayError } from '../../core/relayError'
import type { FolderPaths } from '../stateFolder'
import { readUndertaking, type StoredUndertaking } from './undertakingFiles'

interface Known<P extends UndertakingPlan, State> {
  readonly stamp: string
  readonly stored: StoredUndertaking<P, State> | null
  readonly problem: string | null
}

export class UndertakingReader<P extends UndertakingPlan, Own, State, Act> {
  private known = new Map<JobId, Known<P, State>>()

  constructor(
    private readonly folder: FolderPaths,
    private readonly kind: UndertakingKind<P, Own, State, Act>,
  ) {}

  /** All that are there now, oldest first; what cannot be read is named. */
  read(): { readonly found: readonly StoredUndertaking<P, State>[]; readonly problems: readonly string[] } {
    const before = this.known
    this.known = new Map()
    for (const name of this.folder.listUndertakings()) {
      const id = jobIdSchema.safeParse(name)
      if (!id.success) continue // Not a directory of ours; left alone.
      const stamp = stampOf(this.folder.undertaking(id.data).journal)
      const known = before.get(id.data)
      this.known.set(id.data, known !== undefined && known.stamp === stamp ? known : this.readOne(id.data, stamp))
    }
    const all = [...this.known.values()]
    return {
      found: all
        .flatMap(({ stored }) => stored ?? [])
        .sort((a, b) => a.undertaking.spec.createdAtMs - b.undertaking.spec.createdAtMs),
      problems: all.flatMap(({ problem }) => problem ?? []),
    }
  }

  private readOne(id: JobId, stamp: string): Known<P, State> {
    try {
      return { stamp, stored: readUndertaking(this.folder, id, this.kind), problem: null }
    } catch (error) {
      if (!isRelayError(error)) throw error
      return { stamp, stored: null, problem: error.message }
    }
  }
}

function stampOf(journal: string): string {
  const stat = fs.statSync(journal, { throwIfNoEntry: false })
  return stat === undefined ? '' : `${stat.ino}.${stat.size}.${stat.mtimeMs}`
}
