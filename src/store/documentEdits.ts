// How the supervisor has a document edited by a window: an offer, one claim, one result, each a file with one writer.
import fs from 'node:fs'
import * as z from 'zod'
import { documentEditSchema } from '../core/documents/documentEdit'
import { readIfExists, writeDurably } from './durableFile'
import { putOffer, removeHalfOffers, withdrawOffer } from './offers'
import { hostName } from './processIdentity'
import type { OfferPaths } from './offerPaths'
import type { FolderPaths } from './stateFolder'

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

/** Offers an edit to the windows of its folder. The time tells one offer of an edit from the next. Throws RelayError. */
export function offerEdit(folder: FolderPaths, offer: EditOffer, atMs: number): OfferPaths {
  const offered = folder.offer(`${offer.id}.${atMs}`)
  putOffer(offered, offer)
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

/** Removes what offers left behind of which this host's supervisor knows no more. `isKept` is asked about edit ids. */
export function removeOldOffers(folder: FolderPaths, isKept: (editId: string) => boolean): void {
  for (const name of folder.listOffers()) {
    const paths = folder.offer(name)
    if (readOffer(paths) !== null && !isKept(name.slice(0, name.lastIndexOf('.')))) withdrawOffer(paths)
  }
  removeHalfOffers(folder.edits, (name) => readOffer(folder.offer(name)) !== null)
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
