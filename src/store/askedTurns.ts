// How the process that runs a turn has it taken by a window with a language model: an offer, one claim, a growing file of
// progress, one result, each a file with one writer. Claims and withdrawals are those of document edits.
import fs from 'node:fs'
import * as z from 'zod'
import { handleSchema } from '../core/jobs/event'
import { withdrawOffer } from './documentEdits'
import { asRelayError, makeDirectory, readIfExists, syncDirectory, writeDurably } from './durableFile'
import { hostName, isAlive } from './processIdentity'
import type { AskedTurnPaths, FolderPaths } from './stateFolder'

export const askedTurnSchema = z.strictObject({
  v: z.literal(1),
  /** Who asks: of a dead one no turn is taken. */
  asker: handleSchema,
  /** The real path of the folder that may be read, and nothing else but `log`. */
  folder: z.string(),
  log: z.string().nullable(),
  /** Id or family; null: any. */
  model: z.string().nullable(),
  prompt: z.string(),
})
export type AskedTurn = z.infer<typeof askedTurnSchema>

export const turnProgressSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('text'), text: z.string() }),
  z.strictObject({ kind: z.literal('tool'), name: z.string(), detail: z.string() }),
  z.strictObject({ kind: z.literal('note'), text: z.string() }),
])
export type TurnProgress = z.infer<typeof turnProgressSchema>

export const askedTurnResultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ v: z.literal(1), kind: z.literal('answered'), answer: z.string() }),
  /** There is no such model here, or it may not be used. */
  z.strictObject({ v: z.literal(1), kind: z.literal('no_model'), why: z.string() }),
  z.strictObject({ v: z.literal(1), kind: z.literal('failed'), why: z.string() }),
])
export type AskedTurnResult = z.infer<typeof askedTurnResultSchema>

/** Asks the windows of the folder; what dead askers left is removed. Throws RelayError. */
export function askForTurn(folder: FolderPaths, id: string, turn: AskedTurn, atMs: number): AskedTurnPaths {
  for (const name of folder.listAskedTurns()) {
    const paths = folder.askedTurn(name)
    const other = readAskedTurn(paths)
    if (other !== null && other.asker.host === hostName() && !isAlive(other.asker)) withdrawOffer(paths)
  }
  const name = `${id}.${atMs}`
  const prepared = folder.askedTurn(`.new-${name}`)
  const asked = folder.askedTurn(name)
  makeDirectory(prepared.directory)
  writeDurably(prepared.offer, JSON.stringify(turn))
  try {
    fs.renameSync(prepared.directory, asked.directory)
  } catch (error) {
    throw asRelayError(error, 'create', asked.directory)
  }
  syncDirectory(folder.turns)
  return asked
}

/** Null if it was withdrawn, or is of a newer version. */
export function readAskedTurn(paths: AskedTurnPaths): AskedTurn | null {
  return parse(askedTurnSchema, readIfExists(paths.offer))
}

/** Whether somebody still waits for it. */
export function isWanted(paths: AskedTurnPaths): boolean {
  const turn = readAskedTurn(paths)
  return turn !== null && isAlive(turn.asker)
}

/** Tells one more thing; nobody hears it if the turn was withdrawn. */
export function tellProgress(paths: AskedTurnPaths, progress: TurnProgress): void {
  if (fs.existsSync(paths.claim)) fs.appendFileSync(paths.progress, `${JSON.stringify(progress)}\n`, { mode: 0o600 })
}

/** The whole lines that are there by now, in order; those that are none of ours are left out. */
export function readProgress(paths: AskedTurnPaths): readonly TurnProgress[] {
  const lines = (readIfExists(paths.progress) ?? '').split('\n').slice(0, -1)
  return lines.flatMap((line) => parse(turnProgressSchema, line) ?? [])
}

export function writeTurnResult(paths: AskedTurnPaths, result: AskedTurnResult): void {
  if (fs.existsSync(paths.claim)) writeDurably(paths.result, JSON.stringify(result))
}

export function readTurnResult(paths: AskedTurnPaths): AskedTurnResult | null {
  return parse(askedTurnResultSchema, readIfExists(paths.result))
}

function parse<T>(schema: z.ZodType<T>, text: string | null): T | null {
  if (text === null) return null
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    return null // Damaged or newer: as good as none, and the time limits go on from there.
  }
}
