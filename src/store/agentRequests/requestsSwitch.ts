// Whether agents may ask for jobs in a folder. A person says so, in the state folder: nothing in a workspace can.
import fs from 'node:fs'
import { makeDirectory, readIfExists, writeDurably } from '../durableFile'
import { recordFolderPath } from '../folderRecord'
import type { FolderPaths } from '../stateFolder'

/** What was said before this moment (ms since the epoch) is never a request; `folder` is the real path of the folder. */
export function turnOnRequests(paths: FolderPaths, folder: string, nowMs: number): void {
  if (areRequestsOn(paths)) return
  makeDirectory(paths.directory)
  recordFolderPath(paths, folder)
  writeDurably(paths.agentRequestsOn, `${JSON.stringify({ v: 1, sinceMs: nowMs })}\n`)
}

export function turnOffRequests(paths: FolderPaths): void {
  fs.rmSync(paths.agentRequestsOn, { force: true })
}

export function areRequestsOn(paths: FolderPaths): boolean {
  return fs.existsSync(paths.agentRequestsOn)
}

/** Since when (ms since the epoch) they are on; null: they are off, or that cannot be told. */
export function requestsOnSince(paths: FolderPaths): number | null {
  try {
    const record: unknown = JSON.parse(readIfExists(paths.agentRequestsOn) ?? 'null')
    if (typeof record !== 'object' || record === null || !('sinceMs' in record)) return null
    return typeof record.sinceMs === 'number' ? record.sinceMs : null
  } catch {
    return null // Damaged, or not to be read: then nothing is followed.
  }
}
