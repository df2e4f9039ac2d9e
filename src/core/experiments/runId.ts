// Names of runs: `r20261120-133953-k3x9`, the time in UTC and four characters. They are part of paths and of shell lines.

const pattern = /^[A-Za-z0-9][\w.-]{0,79}$/

/** A fresh id. `random` is in [0, 1). */
export function newRunId(atMs: number, random: number): string {
  const digits = new Date(atMs).toISOString().replace(/\D/g, '')
  const suffix = Math.floor(random * 36 ** 4)
    .toString(36)
    .padStart(4, '0')
  return `r${digits.slice(0, 8)}-${digits.slice(8, 14)}-${suffix}`
}

/** Whether a name may be that of a run: it is the name of a directory. */
export function isRunId(text: string): boolean {
  return pattern.test(text) && !text.includes('..')
}

/** Where the runs of a workspace are, relative to it. */
export const resultsFolder = 'exp/results'

/** The directory of a run, relative to the workspace. */
export function runDirOf(runId: string): string {
  return `${resultsFolder}/${runId}`
}
