// What one preflight check found.
import * as z from 'zod'

/** `name` is a short phrase for people (`path train.py exists`); `detail` says why it failed, or what was seen. */
export const checkFindingSchema = z.strictObject({
  name: z.string(),
  passed: z.boolean(),
  detail: z.string(),
  durationMs: z.number().min(0),
})
export type CheckFinding = z.infer<typeof checkFindingSchema>
