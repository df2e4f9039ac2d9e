// Which workspace folder a folder in the state folder is for: its name there holds only a hash of the real path.
import fs from 'node:fs'
import * as z from 'zod'
import { RelayError } from '../core/relayError'
import { writeDurably } from './durableFile'
import { tryReadJob } from './jobs/jobFiles'
import { folderKey, type FolderPaths } from './stateFolder'

const recordSchema = z.looseObject({ v: z.literal(1), path: z.string() })

/** Says once which real path the folder is for. Trouble is passed over: the specs of its jobs say it, too. */
export function recordFolderPath(folder: FolderPaths, path: string): void {
  if (fs.existsSync(folder.record)) return
  try {
    writeDurably(folder.record, `${JSON.stringify({ v: 1, path })}\n`)
  } catch (error) {
    if (!(error instanceof RelayError)) throw error
  }
}

/**
 * The real path of the workspace folder, or null if nothing tells it. Folders from before there was a record, and those
 * whose record is damaged, are told by their newest readable job.
 */
export function readFolderPath(folder: FolderPaths): string | null {
  const recorded = readRecord(folder)
  if (recorded !== null) return recorded
  for (const name of listJobs(folder).reverse()) {
    const read = tryReadJob(folder, name)
    if (read !== null && 'job' in read) return read.job.spec.folder
  }
  return null
}

/** The name of the folder vouches for the path. */
function readRecord(folder: FolderPaths): string | null {
  try {
    const record = recordSchema.safeParse(JSON.parse(fs.readFileSync(folder.record, 'utf8')))
    return record.success && folderKey(record.data.path) === folder.key ? record.data.path : null
  } catch {
    return null // Not there, or not JSON.
  }
}

function listJobs(folder: FolderPaths): string[] {
  try {
    return folder.listJobs()
  } catch (error) {
    if (error instanceof RelayError) return []
    throw error
  }
}
