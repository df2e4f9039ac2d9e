// A workspace of two folders: the one of a Relay, and an empty one beside it.
import fs from 'node:fs'
import path from 'node:path'
import type { Relay } from '../../support/relay'

/** `file` is what a window is opened on. */
export function writeTwoFolders(relay: Relay): { readonly file: string; readonly other: string } {
  const other = path.join(relay.root, 'other')
  fs.mkdirSync(other)
  const file = path.join(relay.root, 'both.code-workspace')
  fs.writeFileSync(file, JSON.stringify({ folders: [{ path: relay.workspace }, { path: other }] }))
  return { file, other }
}
