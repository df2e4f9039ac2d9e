// What a person has tracked in a folder with last: offered again, and never more than an offer, for all of it is shown before anything begins.
import * as z from 'zod'
import { readIfExists, writeDurably } from '../durableFile'
import type { FolderPaths } from '../stateFolder'

const rememberedSchema = z.object({
  v: z.literal(1),
  document: z.string().max(1000).nullable(),
  results: z.array(z.string().max(1000)).max(32),
  metrics: z.array(z.string().max(120)).max(64),
})
export type Remembered = Omit<z.infer<typeof rememberedSchema>, 'v'>

/** Null: nothing, or nothing that can be read. */
export function readRemembered(folder: FolderPaths): Remembered | null {
  const text = readIfExists(folder.trackedLast)
  if (text === null) return null
  try {
    const parsed = rememberedSchema.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : null
  } catch {
    return null // Damaged: it was only an offer.
  }
}

/** Throws RelayError. */
export function remember(folder: FolderPaths, what: Remembered): void {
  writeDurably(folder.trackedLast, `${JSON.stringify({ v: 1, ...what })}\n`)
}
