// How the process that runs a turn has it answered by a language model of VS Code: it offers the turn to the windows that
// have the folder open, one claims it, and writes what it does and the answer into its claim. Each file has one writer.
import fs from 'node:fs'
import * as z from 'zod'
import { handleSchema } from '../../core/jobs/handle'
import { errorCode, readIfExists, writeDurably } from '../durableFile'
import { makeClaim, putOffer, removeHalfOffers, withdrawOffer } from '../offers'
import { hostName, isAlive } from '../processIdentity'
import type { TurnOfferPaths } from '../offerPaths'
import type { FolderPaths, StateFolder } from '../stateFolder'
import { type AttachedWindow, isSameWindow, listWindows, parseWindow } from '../windows'

const turnOfferSchema = z.strictObject({
  v: z.literal(1),
  /** Of the turn: its job and attempt. What is offered again is the same turn. */
  id: z.string().regex(/^[a-z0-9-]{1,120}$/),
  /** Whoever reads the answer; when it has gone, nobody does. Windows of other hosts cannot tell. */
  runner: handleSchema,
  prompt: z.string(),
  /** The id or family of the model that it wants; null: any. */
  model: z.string().nullable(),
  /** Absolute, the log of the job that it is about; null if it is about none. */
  log: z.string().nullable(),
  /** In one line, for the person who is asked to allow it. */
  title: z.string(),
})
export type TurnOffer = z.infer<typeof turnOfferSchema>

const turnProgressSchema = z.discriminatedUnion('kind', [
  /** The model that does it, as VS Code names it. */
  z.strictObject({ kind: z.literal('model'), id: z.string(), name: z.string() }),
  z.strictObject({ kind: z.literal('text'), text: z.string() }),
  z.strictObject({ kind: z.literal('tool'), name: z.string(), detail: z.string() }),
  z.strictObject({ kind: z.literal('note'), text: z.string() }),
])
export type TurnProgress = z.infer<typeof turnProgressSchema>

const turnResultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ v: z.literal(1), kind: z.literal('answered'), answer: z.string() }),
  /**
   * - `refused`: the person, or VS Code for them, does not let us use the model.
   * - `blocked`: its provider does not let it answer now: a limit is reached.
   * - `missing`: there is no such model any more.
   * - `failed`: whatever else, in the words of the model's provider.
   */
  z.strictObject({
    v: z.literal(1),
    kind: z.enum(['refused', 'blocked', 'missing', 'failed']),
    why: z.string(),
  }),
  /** The window was closed or reloaded. */
  z.strictObject({ v: z.literal(1), kind: z.literal('left') }),
])
export type TurnResult = z.infer<typeof turnResultSchema>

const refusalSchema = z.strictObject({ v: z.literal(1), window: z.string(), why: z.string() })

/** The time tells one offer of a turn from the next. Throws RelayError. */
export function offerTurn(folder: FolderPaths, offer: TurnOffer, atMs: number): TurnOfferPaths {
  const paths = folder.windowTurn(`${offer.id}.${atMs}`)
  putOffer(paths, offer)
  return paths
}

/** The offer; null if it was withdrawn, is another host's, or of a newer version, and if nobody would read an answer. */
export function readTurnOffer(paths: TurnOfferPaths): TurnOffer | null {
  const offer = parse(turnOfferSchema, readIfExists(paths.offer))
  return offer?.runner.host === hostName() && isAlive(offer.runner) ? offer : null
}

/** Withdraws what processes that are not alive any more have offered from this host. */
export function removeDeadTurns(folder: FolderPaths): void {
  const isDead = (name: string) => {
    const offer = parse(turnOfferSchema, readIfExists(folder.windowTurn(name).offer))
    return offer?.runner.host === hostName() && !isAlive(offer.runner)
  }
  for (const name of folder.listWindowTurns()) if (isDead(name)) withdrawOffer(folder.windowTurn(name))
  removeHalfOffers(folder.windowTurns, isDead)
}

/** Whether the claim is still this window's: what it writes is read. */
export function holdsClaim(paths: TurnOfferPaths, window: AttachedWindow): boolean {
  const claimant = parseWindow(readIfExists(paths.claimant))
  return claimant !== null && isSameWindow(claimant, window)
}

/** By the claimant only. Throws RelayError if the turn was withdrawn. */
export function appendProgress(paths: TurnOfferPaths, progress: TurnProgress): void {
  fs.appendFileSync(paths.progress, `${JSON.stringify(progress)}\n`, { mode: 0o600 })
}

/** Null for what is no line of a claimant that we know. */
export function parseProgress(line: string): TurnProgress | null {
  return parse(turnProgressSchema, line)
}

/** Answers a turn that was claimed; of several results the first counts. Nobody hears it if it was withdrawn. */
export function writeTurnResult(paths: TurnOfferPaths, result: TurnResult): void {
  if (fs.existsSync(paths.claim) && !fs.existsSync(paths.result)) writeDurably(paths.result, JSON.stringify(result))
}

export function readTurnResult(paths: TurnOfferPaths): TurnResult | null {
  return parse(turnResultSchema, readIfExists(paths.result))
}

/** Tells the runner why this window does not take the turn; null: it has nothing against it any more. */
export function sayWhyNot(paths: TurnOfferPaths, window: AttachedWindow, why: string | null): void {
  try {
    if (why === null) {
      fs.rmSync(paths.refusal(window.id), { force: true })
      return
    }
    // Not with the directories above it: the offer may have been withdrawn.
    fs.mkdirSync(paths.refusals, { mode: 0o700 })
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return
    if (errorCode(error) !== 'EEXIST') throw error
  }
  if (why !== null) writeDurably(paths.refusal(window.id), JSON.stringify({ v: 1, window: window.id, why }))
}

/** What the windows that are there have against it, by window. */
export function readWhyNot(paths: TurnOfferPaths, windows: readonly AttachedWindow[]): ReadonlyMap<string, string> {
  const said = windows.flatMap(({ id }) => parse(refusalSchema, readIfExists(paths.refusal(id))) ?? [])
  return new Map(said.map(({ window, why }) => [window, why]))
}

/** Whether `window` is the one that asks the person, over all that are alive. */
export function claimQuestion(folder: FolderPaths, paths: TurnOfferPaths, window: AttachedWindow): boolean {
  if (makeClaim(paths.question, paths.asker, window)) return true
  const asker = parseWindow(readIfExists(paths.asker))
  if (asker === null || isSameWindow(asker, window)) return false
  if (listWindows(folder).some((one) => isSameWindow(one, asker))) return false
  // It was closed with the question on its screen. Of several that find this one renames it away.
  try {
    const old = `${paths.question}.old-${window.id}`
    fs.renameSync(paths.question, old)
    fs.rmSync(old, { recursive: true, force: true })
  } catch {
    return false // Another was quicker, or the offer was withdrawn.
  }
  return makeClaim(paths.question, paths.asker, window)
}

/** Whether a person has allowed VS Code's language models to do follow-ups, in whichever window. */
export function areWindowModelsAllowed(state: StateFolder): boolean {
  return parse(z.object({ v: z.literal(1) }), readIfExists(state.windowModelsAllowed)) !== null
}

export function allowWindowModels(state: StateFolder, atMs: number): void {
  writeDurably(state.windowModelsAllowed, `${JSON.stringify({ v: 1, atMs })}\n`)
}

function parse<T>(schema: z.ZodType<T>, text: string | null): T | null {
  if (text === null) return null
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    return null // Damaged or newer: as good as none, and the time limits go on from there.
  }
}
