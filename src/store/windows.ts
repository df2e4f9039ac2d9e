// Which VS Code windows have a folder open: a file each, written by the window. A window is there while its process lives;
// what a dead one left is removed and never believed.
import fs from 'node:fs'
import * as z from 'zod'
import { handleSchema } from '../core/jobs/handle'
import { makeDirectory, readIfExists, writeDurably } from './durableFile'
import { hostName, isAlive, ownHandle } from './processIdentity'
import type { FolderPaths } from './stateFolder'

export const windowIdSchema = z.string().regex(/^[A-Za-z0-9-]{1,80}$/)

export const attachedWindowSchema = z.strictObject({ v: z.literal(1), id: windowIdSchema, handle: handleSchema })
export type AttachedWindow = z.infer<typeof attachedWindowSchema>

/** This process, as the window of that id. */
export function ownWindow(id: string): AttachedWindow {
  return { v: 1, id: windowIdSchema.parse(id), handle: ownHandle() }
}

/** Says that `window` has the folder open, until `detachWindow` or its end. Throws RelayError. */
export function attachWindow(folder: FolderPaths, window: AttachedWindow): void {
  makeDirectory(folder.windows)
  writeDurably(folder.window(window.id), JSON.stringify(window))
}

export function detachWindow(folder: FolderPaths, window: AttachedWindow): void {
  try {
    fs.rmSync(folder.window(window.id), { force: true })
  } catch {
    // It will be found to belong to no living process.
  }
}

/** The windows of this host that have the folder open. Files of dead ones are removed. */
export function listWindows(folder: FolderPaths): AttachedWindow[] {
  return namesIn(folder.windows).flatMap((name) => {
    const id = windowIdSchema.safeParse(name.replace(/\.json$/, ''))
    const window = id.success ? parseWindow(readIfExists(folder.window(id.data))) : null
    if (window === null || window.handle.host !== hostName()) return []
    if (isAlive(window.handle)) return [window]
    fs.rmSync(folder.window(window.id), { force: true })
    return []
  })
}

/** A window that comes back after a crash of its extension host has its old id and is another process. */
export function isSameWindow(a: AttachedWindow, b: AttachedWindow): boolean {
  return a.id === b.id && a.handle.pid === b.handle.pid && a.handle.startTime === b.handle.startTime
}

/** Null for what is no window's file, or one of a newer version. */
export function parseWindow(text: string | null): AttachedWindow | null {
  try {
    return attachedWindowSchema.parse(JSON.parse(text ?? ''))
  } catch {
    return null // Foreign, damaged or newer: nobody there to be asked.
  }
}

function namesIn(directory: string): string[] {
  try {
    return fs.readdirSync(directory).filter((name) => name.endsWith('.json'))
  } catch {
    return [] // No window was ever here.
  }
}
