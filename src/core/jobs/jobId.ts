// Names of jobs: short enough to type, sortable by time, safe in a file name, an environment variable and a shell.
import * as z from 'zod'

const pattern = /^[a-z0-9][a-z0-9-]{0,79}$/

export const jobIdSchema = z.string().regex(pattern).brand<'JobId'>()
export type JobId = z.infer<typeof jobIdSchema>

/** A fresh id, `20261120-125124-k3x9qa`: the time in UTC and six base-36 characters. `random` is in [0, 1). */
export function newJobId(atMs: number, random: number): JobId {
  const digits = new Date(atMs).toISOString().replace(/\D/g, '')
  const suffix = Math.floor(random * 36 ** 6)
    .toString(36)
    .padStart(6, '0')
  return jobIdSchema.parse(`${digits.slice(0, 8)}-${digits.slice(8, 14)}-${suffix}`)
}

/** The id of the follow-up of one attempt. It is derived, so that a follow-up asked for twice is one job. */
export function followUpJobId(parent: JobId, attempt: number): JobId {
  return jobIdSchema.parse(`${parent}-f${attempt}`)
}
