// One undertaking, read from its directory.
import fs from 'node:fs'
import * as z from 'zod'
import {
  commonEventSchema,
  type CommonEvent,
  replayUndertaking,
  type Undertaking,
  type UndertakingKind,
  type UndertakingPlan,
  type UndertakingSpec,
  undertakingSpecSchema,
} from '../../core/undertakings/undertaking'
import { type JobId, jobIdSchema } from '../../core/jobs/jobId'
import { RelayError } from '../../core/relayError'
import { parseCheckedLine, renderCheckedLine } from '../checkedLine'
import { readIfExists, writeDurably } from '../durableFile'
import { readEnvironmentFile } from '../jobs/jobFiles'
import { readJournal } from '../journal'
import type { FolderPaths } from '../stateFolder'
import type { UndertakingPaths } from '../undertakingPaths'

/** An undertaking as it can be read now. `problems` says in sentences what could not be read. */
export interface StoredUndertaking<P extends UndertakingPlan, State> {
  readonly undertaking: Undertaking<P, State>
  readonly paths: UndertakingPaths
  /** Written by a newer version: show it, do not act on it. */
  readonly newer: boolean
  readonly problems: readonly string[]
}

/** What of an undertaking can be read whatever its kind. Null: it is not there, or not yet. Throws RelayError. */
export function readUndertakingSpec(folder: FolderPaths, id: JobId): UndertakingSpec | null {
  const { spec: file } = folder.undertaking(id)
  const text = readIfExists(file)
  if (text === null) return null
  const spec = undertakingSpecSchema.safeParse(parseCheckedLine(Buffer.from(text.trimEnd())))
  if (!spec.success) throw new RelayError('spec_corrupt', `Cannot read ${file}: it is damaged. It is kept as it is.`)
  if (spec.data.id !== id) throw new RelayError('spec_foreign', `Cannot use ${file}: it says it is ${spec.data.id}.`)
  return spec.data
}

/** Null: it is not there, not approved yet, or of another kind. Throws RelayError. */
export function readUndertaking<P extends UndertakingPlan, Own, State, Act>(
  folder: FolderPaths,
  id: JobId,
  kind: UndertakingKind<P, Own, State, Act>,
): StoredUndertaking<P, State> | null {
  const spec = readUndertakingSpec(folder, id)
  if (spec === null || spec.plan.kind !== kind.name) return null
  const plan = kind.planSchema.safeParse(spec.plan)
  const paths = folder.undertaking(id)
  if (!plan.success)
    throw new RelayError('spec_newer', `Cannot use ${paths.spec}: it was written by another version of Relay Jobs.`)
  const content = readJournal(paths.journal, undertakingEventSchema(kind))
  const undertaking = replayUndertaking(kind, { ...spec, plan: plan.data }, content.events)
  if (undertaking.approval === null) return null
  return { undertaking, paths, newer: content.newer, problems: content.problems }
}

/** All of one kind in a folder, oldest first; what cannot be read is named. */
export function listUndertakings<P extends UndertakingPlan, Own, State, Act>(
  folder: FolderPaths,
  kind: UndertakingKind<P, Own, State, Act>,
): { readonly found: readonly StoredUndertaking<P, State>[]; readonly problems: readonly string[] } {
  const found: StoredUndertaking<P, State>[] = []
  const problems: string[] = []
  for (const name of folder.listUndertakings()) {
    const id = jobIdSchema.safeParse(name)
    if (!id.success) continue // Not a directory of ours; left alone.
    try {
      const stored = readUndertaking(folder, id.data, kind)
      if (stored !== null) found.push(stored)
    } catch (error) {
      if (!(error instanceof RelayError)) throw error
      problems.push(error.message)
    }
  }
  found.sort((a, b) => a.undertaking.spec.createdAtMs - b.undertaking.spec.createdAtMs)
  return { found, problems }
}

/** The lines of the journal of one kind. */
export function undertakingEventSchema<P extends UndertakingPlan, Own, State, Act>(
  kind: UndertakingKind<P, Own, State, Act>,
): z.ZodType<CommonEvent | Own> {
  return z.union([commonEventSchema, kind.eventSchema])
}

/** The bytes of `spec.json`. */
export function renderUndertakingSpec(spec: UndertakingSpec): string {
  return renderCheckedLine(spec)
}

/** The environment kept for its jobs, or null if it was deleted. */
export function readUndertakingEnvironment(paths: UndertakingPaths): Record<string, string> | null {
  return readEnvironmentFile(paths.env)
}

/** Whether it was at rest when it was read last, and nothing has happened to it since. Need not be read then. */
export function isKnownAtRest(paths: UndertakingPaths): boolean {
  try {
    return fs.readFileSync(paths.atRest, 'utf8') === String(fs.statSync(paths.journal).size)
  } catch {
    return false // Not said, or not to be read: it is read whole.
  }
}

export function sayAtRest(paths: UndertakingPaths, journalBytes: number): void {
  writeDurably(paths.atRest, String(journalBytes))
}
