// What the tests in the extension host leave behind for those who started them: a file with one record a line.
import fs from 'node:fs'
import { z } from 'zod'

/** Names the file in the environment of the extension host. */
export const recordsVariable = 'RELAY_API_RECORDS'

const recordSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('began'), vscode: z.string(), node: z.string(), pid: z.number() }),
  z.object({ kind: z.literal('passed'), title: z.string() }),
  z.object({ kind: z.literal('pending'), title: z.string() }),
  // Failed the first time; how it went the second time follows.
  z.object({ kind: z.literal('retried'), title: z.string(), message: z.string(), stack: z.string() }),
  z.object({ kind: z.literal('failed'), title: z.string(), message: z.string(), stack: z.string() }),
  z.object({ kind: z.literal('ended') }),
])
export type ApiRecord = z.infer<typeof recordSchema>

export function appendRecord(file: string, record: ApiRecord): void {
  fs.appendFileSync(file, `${JSON.stringify(record)}\n`)
}

/** The records so far; none if nothing has begun. */
export function readRecords(file: string): ApiRecord[] {
  if (!fs.existsSync(file)) return []
  const lines = fs.readFileSync(file, 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => recordSchema.parse(JSON.parse(line)))
}
