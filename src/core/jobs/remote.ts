// What a service (SLURM, GitHub) says of a job that it runs for us: as data of the journal, and in words.
import * as z from 'zod'

const count = z.int().min(0)

/** Facts by number; what is not known is absent. Times are in ms since the epoch. */
export const remoteFactsSchema = z.strictObject({
  name: z.string().optional(),
  partition: z.string().optional(),
  nodes: z.string().optional(),
  /** The scheduler ends it after so long. */
  limitSec: count.optional(),
  beganAtMs: z.number().optional(),
  /** Expected by the scheduler while it waits. */
  expectedAtMs: z.number().optional(),
  elapsedSec: count.optional(),
  cpus: count.optional(),
  /** Of all its processors together. */
  cpuSec: z.number().min(0).optional(),
  memoryBytes: z.number().min(0).optional(),
  askedMemoryBytes: z.number().min(0).optional(),
  restarts: count.optional(),
  /** The tasks of an array. */
  tasks: z.strictObject({ waiting: count, running: count, succeeded: count, failed: count }).optional(),
  url: z.string().optional(),
})
export type RemoteFacts = z.infer<typeof remoteFactsSchema>

/** `state`: the service's own word. `words`: what that means, for people. */
export const remoteSeenSchema = z.strictObject({ state: z.string(), words: z.string(), facts: remoteFactsSchema })
export type RemoteSeen = z.infer<typeof remoteSeenSchema>
