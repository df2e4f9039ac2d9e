// Of all windows that see a job end, one tells the person.
import fs from 'node:fs'
import type { JobPaths } from '../jobPaths'
import type { UndertakingPaths } from '../undertakingPaths'

/** Whether the caller is the first to ask for this attempt, among all processes. False, too, if that cannot be told. */
export function claimNotice(paths: JobPaths, attempt: number): boolean {
  return claim(paths.attempt(attempt).noticed)
}

/** The same for one alert of it. */
export function claimAlertNotice(paths: JobPaths, attempt: number, name: string): boolean {
  return claim(paths.attempt(attempt).noticedAlert(name))
}

/** The same for something that a run of steps, or whatever else starts several jobs, has to tell. */
export function claimUndertakingNotice(paths: UndertakingPaths, name: string): boolean {
  return claim(paths.noticed(name))
}

function claim(directory: string): boolean {
  try {
    fs.mkdirSync(directory, { mode: 0o700 })
    return true
  } catch {
    return false // Taken, or removed meanwhile, or a full disk: better told by the views alone than by every window.
  }
}
