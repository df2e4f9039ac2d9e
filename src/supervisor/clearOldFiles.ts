// Keeping the state folder from growing for ever: what nobody will read again goes when a supervisor begins.
import fs from 'node:fs'
import path from 'node:path'
import { fileSize } from '../store/jobs/jobFiles'
import type { StateFolder } from '../store/stateFolder'

const rejectionDays = 7
const logBytes = 1024 * 1024

/** Old refusals go, and the supervisor's own log is begun anew when it is long. Trouble here is no reason not to begin. */
export function clearOldFiles(state: StateFolder): void {
  try {
    const limitMs = Date.now() - rejectionDays * 86_400_000
    // A client that was killed while it wrote leaves a piece of its request, with the environment in it.
    const pieces = fs.readdirSync(state.inbox).filter((name) => name.endsWith('.tmp'))
    const files = [
      ...fs.readdirSync(state.rejected).map((name) => path.join(state.rejected, name)),
      ...pieces.map((name) => path.join(state.inbox, name)),
    ]
    for (const file of files) {
      if (fs.statSync(file).mtimeMs < limitMs) fs.rmSync(file, { recursive: true, force: true })
    }
    if (fileSize(state.supervisorLog) > logBytes) {
      fs.copyFileSync(state.supervisorLog, `${state.supervisorLog}.old`)
      fs.truncateSync(state.supervisorLog) // Our own output is appended to it: it cannot be renamed away.
    }
  } catch {
    // Somebody else tidied up in the same moment, or the disk is full: the next supervisor tries again.
  }
}
