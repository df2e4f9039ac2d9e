// All undertakings of a user, read from the state folder. Reads only; what should change is asked of the supervisor.
import fs from 'node:fs'
import { type JobId, jobIdSchema } from '../../core/jobs/jobId'
import type { UndertakingKind, UndertakingPlan, UndertakingSpec } from '../../core/undertakings/undertaking'
import { RelayError } from '../../core/relayError'
import type { FolderPaths, StateFolder } from '../stateFolder'
import {
  isKnownAtRest,
  listUndertakings,
  readUndertaking,
  readUndertakingSpec,
  type StoredUndertaking,
} from './undertakingFiles'

export class UndertakingStore {
  constructor(private readonly state: StateFolder) {}

  /** All of one kind, of one folder or of all; oldest first in each. */
  list<P extends UndertakingPlan, Own, State, Act>(
    kind: UndertakingKind<P, Own, State, Act>,
    only?: FolderPaths,
  ): { readonly found: readonly StoredUndertaking<P, State>[]; readonly problems: readonly string[] } {
    const lists = (only === undefined ? this.state.listFolders() : [only]).map((one) => listUndertakings(one, kind))
    return { found: lists.flatMap(({ found }) => found), problems: lists.flatMap(({ problems }) => problems) }
  }

  /** Whether something of this host is not known to be at rest: then somebody has to watch over it. */
  hasLive(only?: FolderPaths): boolean {
    return (only === undefined ? this.state.listFolders() : [only]).some((folder) =>
      folder.listUndertakings().some((name) => {
        const id = jobIdSchema.safeParse(name)
        return id.success && !isKnownAtRest(folder.undertaking(id.data)) && this.isOwn(folder, id.data)
      }),
    )
  }

  private isOwn(folder: FolderPaths, id: JobId): boolean {
    try {
      return readUndertakingSpec(folder, id)?.host === this.state.host
    } catch (error) {
      if (error instanceof RelayError) return false
      throw error
    }
  }

  /** The folder that has it, or null. */
  folderOf(id: JobId): FolderPaths | null {
    return this.state.listFolders().find((folder) => fs.existsSync(folder.undertaking(id).directory)) ?? null
  }

  /** By its whole id; null: it is not there, or of another kind. Throws RelayError if it cannot be read. */
  read<P extends UndertakingPlan, Own, State, Act>(
    id: JobId,
    kind: UndertakingKind<P, Own, State, Act>,
  ): StoredUndertaking<P, State> | null {
    const folder = this.folderOf(id)
    return folder === null ? null : readUndertaking(folder, id, kind)
  }

  /** What is known of it whatever its kind, with its folder; by its whole id, or by how it begins or ends. Throws RelayError. */
  find(text: string): { readonly spec: UndertakingSpec; readonly folder: FolderPaths } {
    const isMeant = (name: string) =>
      name === text || (text.length >= 4 && (name.startsWith(text) || name.endsWith(text)))
    const all = this.state
      .listFolders()
      .flatMap((folder) => folder.listUndertakings().flatMap((name) => (isMeant(name) ? [{ folder, name }] : [])))
    const exact = all.filter(({ name }) => name === text)
    const [first, second] = exact.length > 0 ? exact : all
    if (first !== undefined && second !== undefined)
      throw new RelayError('ambiguous', `${all.length} runs match ${text}: give more of the id.`)
    const id = jobIdSchema.safeParse(first?.name)
    const spec = first === undefined || !id.success ? null : readUndertakingSpec(first.folder, id.data)
    if (first === undefined || spec === null) throw new RelayError('no_such_run', `There is no run ${text}.`)
    return { spec, folder: first.folder }
  }
}
