// How the supervisor has a document edited by a window: an offer, one claim, one result, each a file with one writer.
// An offer is put there, and withdrawn, by the rename of its directory, so that nobody ever sees half of one.
import fs from 'node:fs'
import path from 'node:path'
import * as z from 'zod'
import { documentEditSchema } from '../core/documents/documentEdit'
import { asRelayError, errorCode, makeDirectory, readIfExists, syncDirectory, writeDurably } from './durableFile'
import { hostName } from './processIdentity'
import type { FolderPaths, OfferPaths } from './stateFolder'
import { type AttachedWindow, parseWindow } from './windows'

export const editOfferSchema = z.strictObject({
  v: z.literal(1),
  /** Of the edit; what is offered again is the same edit. */
  id: z.string().regex(/^[a-z0-9-]{1,120}$/),
  /** The host whose supervisor asks: windows elsewhere cannot be told to be alive. */
  host: z.string(),
  /** Absolute. */
  file: z.string(),
  edit: documentEditSchema,
})
export type EditOffer = z.infer<typeof editOfferSchema>

export const editResultSchema = z.discriminatedUnion('kind', [
  /** `problem`: the entry is in the open document, but could not be saved. */
  z.strictObject({ v: z.literal(1), kind: z.literal('applied'), problem: z.string().nullable() }),
  /** Nothing was changed: the window cannot edit this document without harm. */
  z.strictObject({ v: z.literal(1), kind: z.literal('declined'), why: z.string() }),
])
export type EditResult = z.infer<typeof editResultSchema>

const preparedPrefix = '.new-'
const withdrawnPrefix = '.withdrawn-'

/** Offers an edit to the windows of its folder. The time tells one offer of an edit from the next. Throws RelayError. */
export function offerEdit(folder: FolderPaths, offer: EditOffer, atMs: number): OfferPaths {
  const name = `${offer.id}.${atMs}`
  const prepared = folder.offer(preparedPrefix + name)
  const offered = folder.offer(name)
  makeDirectory(prepared.directory)
  writeDurably(prepared.offer, JSON.stringify(offer))
  try {
    fs.renameSync(prepared.directory, offered.directory)
  } catch (error) {
    throw asRelayError(error, 'create', offered.directory)
  }
  syncDirectory(folder.edits)
  return offered
}

/** The offer of an edit that stands, or null. */
export function findOffer(folder: FolderPaths, editId: string): OfferPaths | null {
  const name = folder.listOffers().findLast((name) => name.startsWith(`${editId}.`))
  return name === undefined ? null : folder.offer(name)
}

/** The offer, or null if it was withdrawn, is another host's, or of a newer version. */
export function readOffer(paths: OfferPaths): EditOffer | null {
  const offer = parse(editOfferSchema, readIfExists(paths.offer))
  return offer?.host === hostName() ? offer : null
}

/**
 * From here on no window may begin with it: a claimant looks before it edits whether the offer still stands. Throws
 * RelayError; then it may still stand.
 */
export function withdrawOffer(paths: OfferPaths): void {
  const parent = path.dirname(paths.directory)
  const withdrawn = path.join(parent, withdrawnPrefix + path.basename(paths.directory))
  try {
    fs.rmSync(withdrawn, { recursive: true, force: true })
    fs.renameSync(paths.directory, withdrawn)
    fs.rmSync(withdrawn, { recursive: true, force: true })
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw asRelayError(error, 'remove', paths.directory)
  }
}

/** Removes what offers left behind of which this host's supervisor knows no more. `isKept` is asked about edit ids. */
export function removeOldOffers(folder: FolderPaths, isKept: (editId: string) => boolean): void {
  for (const name of folder.listOffers()) {
    const paths = folder.offer(name)
    if (readOffer(paths) !== null && !isKept(name.slice(0, name.lastIndexOf('.')))) withdrawOffer(paths)
  }
  const names = fs.existsSync(folder.edits) ? fs.readdirSync(folder.edits) : []
  for (const name of names) {
    // Killed while it withdrew an offer, or made one.
    const isHalf = name.startsWith(preparedPrefix) && readOffer(folder.offer(name)) !== null
    if (isHalf || name.startsWith(withdrawnPrefix))
      fs.rmSync(path.join(folder.edits, name), { recursive: true, force: true })
  }
}

/** Whether `window` is now the one that makes the edit: of several one wins. The claim says whose it is from its first moment. */
export function claimOffer(paths: OfferPaths, window: AttachedWindow): boolean {
  const prepared = `${paths.claim}.${window.id}`
  fs.rmSync(prepared, { recursive: true, force: true })
  try {
    fs.mkdirSync(prepared, { mode: 0o700 })
    fs.writeFileSync(path.join(prepared, path.basename(paths.claimant)), JSON.stringify(window), { mode: 0o600 })
    fs.renameSync(prepared, paths.claim)
    return true
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(errorCode(error) ?? '')) throw error
    fs.rmSync(prepared, { recursive: true, force: true })
    return false // Another window has it, or it was withdrawn.
  }
}

/** The window that has claimed the offer. */
export function readClaimant(paths: OfferPaths): AttachedWindow | null {
  return parseWindow(readIfExists(paths.claimant))
}

/** Answers an offer that was claimed. Nobody hears it if the offer was withdrawn in the meantime. */
export function writeResult(paths: OfferPaths, result: EditResult): void {
  if (fs.existsSync(paths.claim)) writeDurably(paths.result, JSON.stringify(result))
}

export function readResult(paths: OfferPaths): EditResult | null {
  return parse(editResultSchema, readIfExists(paths.result))
}

function parse<T>(schema: z.ZodType<T>, text: string | null): T | null {
  if (text === null) return null
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    return null // Damaged or newer: as good as none, and the time limits go on from there.
  }
}
