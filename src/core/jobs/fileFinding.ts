// What was found when a required file was looked at.
import * as z from 'zod'

/**
 * `ready`: changed since the start, not empty, stable between two looks, and parsed if it is JSON. Every other state
 * says what is still wrong with it. `path` is as the block wrote it (relative to the job's directory).
 */
export const fileFindingSchema = z.strictObject({
  path: z.string(),
  state: z.enum(['ready', 'missing', 'unchanged', 'empty', 'growing', 'invalid_json', 'unreadable', 'outside']),
  detail: z.string(),
})
export type FileFinding = z.infer<typeof fileFindingSchema>
