// What a job that runs is known by. Plain data of the journal, by which it is found again after anything.
import * as z from 'zod'

/** A process, beyond doubt: a pid alone is used again. `startTime` is the kernel's, in clock ticks since boot. */
export const handleSchema = z.strictObject({
  host: z.string(),
  bootId: z.string(),
  pid: z.int().min(1),
  startTime: z.string(),
})
export type Handle = z.infer<typeof handleSchema>

const slurmHandle = z.strictObject({
  kind: z.literal('slurm'),
  /** Of the job, or of the whole array. */
  id: z.string(),
  /** Reached by ssh; absent: the cluster of this machine. */
  host: z.string().optional(),
})
export type SlurmHandle = z.infer<typeof slurmHandle>

/** Something that a service runs for us. */
export const remoteHandleSchema = z.discriminatedUnion('kind', [
  slurmHandle,
  z.strictObject({
    kind: z.literal('github'),
    repo: z.string(),
    runId: z.string(),
    host: z.string().optional(),
    /** What its log says that it has handed its work to. */
    also: slurmHandle.optional(),
  }),
])
export type RemoteHandle = z.infer<typeof remoteHandleSchema>
export type GithubHandle = Extract<RemoteHandle, { kind: 'github' }>

export const anyHandleSchema = z.union([handleSchema, remoteHandleSchema])
export type AnyHandle = z.infer<typeof anyHandleSchema>

export function isProcess(handle: AnyHandle): handle is Handle {
  return !('kind' in handle)
}

/** A short name for people: `process 4242`, `SLURM job 17 on sherlock`, `run 99 of owner/name`. */
export function renderHandle(handle: AnyHandle): string {
  if (isProcess(handle)) return `process ${handle.pid}`
  if (handle.kind === 'slurm') return `SLURM job ${handle.id}${handle.host === undefined ? '' : ` on ${handle.host}`}`
  const also = handle.also === undefined ? '' : `, ${renderHandle(handle.also)}`
  return `run ${handle.runId} of ${handle.repo}${also}`
}
