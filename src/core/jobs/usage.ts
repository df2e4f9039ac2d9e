// What the processes of a running job used of the machine since the look before.
import * as z from 'zod'

export const usageSchema = z.strictObject({
  processes: z.int().min(0),
  /** Of one core, so 400 is four cores busy; null: not known yet. */
  cpuPercent: z.number().nullable(),
  memoryBytes: z.number(),
  /** Of the job's own processes, where `nvidia-smi` tells. */
  gpu: z.strictObject({ percent: z.number().nullable(), memoryBytes: z.number() }).nullable(),
})
export type Usage = z.infer<typeof usageSchema>
