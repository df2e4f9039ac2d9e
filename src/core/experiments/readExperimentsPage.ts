// Reads what the page of experiments says. It is a page of ours, and still nothing that it says is taken unseen.
import * as z from 'zod'
import { type FromExperiments, maxCompared, noChoices, runActions, type TableChoices } from './experimentsPage'

const idSchema = z.string().max(400)
const keySchema = z.string().max(1_000)
const keysSchema = z.array(keySchema).max(20_000).readonly()
const comparedSchema = z.array(keySchema).max(maxCompared).readonly()

const choicesSchema: z.ZodType<TableChoices> = z.object({
  columns: z.record(idSchema, z.boolean()).readonly(),
  pinned: z.array(idSchema).max(8).readonly(),
  sort: z.object({ column: idSchema, descending: z.boolean() }).nullable(),
  filter: z.string().max(2_000),
  differing: z.boolean(),
  curves: z.boolean(),
})

const fromSchema: z.ZodType<FromExperiments> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('choices'), choices: choicesSchema }),
  z.object({ kind: z.literal('run'), action: z.enum(runActions), key: keySchema }),
  z.object({ kind: z.literal('curves'), keys: keysSchema }),
  z.object({ kind: z.literal('compare'), keys: comparedSchema }),
  z.object({ kind: z.literal('points'), id: idSchema, keys: comparedSchema }),
  z.object({ kind: z.literal('export'), keys: keysSchema, columns: z.array(idSchema).max(2_000).readonly() }),
  z.object({ kind: z.literal('runExperiment') }),
])

/** What a page said, or null if it is not one of ours. */
export function parseFromExperiments(message: unknown): FromExperiments | null {
  const parsed = fromSchema.safeParse(message)
  return parsed.success ? parsed.data : null
}

/** Choices as they were kept, or none. */
export function parseChoices(kept: unknown): TableChoices {
  const parsed = choicesSchema.safeParse(kept)
  return parsed.success ? parsed.data : noChoices
}
