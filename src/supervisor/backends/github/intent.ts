// What was true before a run was asked for, written down first: whoever takes over after a crash looks for the run, and dispatches only
// if it was certainly not asked for.
import fs from 'node:fs'
import { makeDirectory, readIfExists, writeDurably } from '../../../store/durableFile'
import type { AttemptRef } from '../backend'

/** `isSent`: it may have been asked for since. */
export interface Intent {
  readonly isSent: boolean
  readonly before: readonly string[]
  readonly notBeforeMs: number
}

export function writeIntent({ paths }: Pick<AttemptRef, 'paths'>, intent: Intent): void {
  makeDirectory(paths.directory)
  writeDurably(intentFile({ paths }), JSON.stringify(intent))
}

export function dropIntent(ref: Pick<AttemptRef, 'paths'>): void {
  fs.rmSync(intentFile(ref), { force: true })
}

export function readIntent(ref: Pick<AttemptRef, 'paths'>): Intent | null {
  const text = readIfExists(intentFile(ref))
  // Of our own making, and whole: it was renamed into its place.
  return text === null ? null : (JSON.parse(text) as Intent)
}

function intentFile({ paths }: Pick<AttemptRef, 'paths'>): string {
  return `${paths.directory}/dispatch.json`
}
