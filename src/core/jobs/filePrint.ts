// What a required file looked like before the job was started, to tell a new file from a stale one.
import * as z from 'zod'

/**
 * A file counts as newer than the start if its print differs from the one taken before the start. Comparing prints
 * instead of clocks holds when the clock steps or the file lives on a server with another clock. `null`: no such file.
 */
export const filePrintSchema = z.strictObject({
  path: z.string(),
  print: z.strictObject({ size: z.number(), mtimeMs: z.number(), inode: z.number() }).nullable(),
})
export type FilePrint = z.infer<typeof filePrintSchema>
