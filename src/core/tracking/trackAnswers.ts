// What `relay track` says as JSON to a window that asks it: what is there, and what would be approved.
import * as z from 'zod'
import { type Trackable, trackableSchema } from './trackable'
import { type TrackPlan, trackPlanSchema } from './trackPlan'

const thereSchema = z.object({
  /** Sentences. */
  there: z.array(z.string()),
  found: trackableSchema,
  dispatchable: z.array(
    z.object({
      file: z.string(),
      inputs: z.array(z.object({ name: z.string(), required: z.boolean(), default: z.string().nullable() })),
    }),
  ),
})
export interface ThereAnswer extends z.infer<typeof thereSchema> {
  readonly found: Trackable[]
}

const plannedSchema = z.object({
  plan: trackPlanSchema,
  folder: z.string(),
  notes: z.array(z.string()),
  caveats: z.array(z.string()),
})
export interface PlannedAnswer {
  readonly plan: TrackPlan
  /** A real path. */
  readonly folder: string
  readonly notes: readonly string[]
  readonly caveats: readonly string[]
}

const errorSchema = z.object({ error: z.object({ message: z.string() }) })

export type Answer<Value> =
  { readonly kind: 'answer'; readonly value: Value } | { readonly kind: 'refused'; readonly why: string } | null

/** Null: it is no such answer. */
export function readThere(stdout: string): Answer<ThereAnswer> {
  return read(stdout, thereSchema)
}

export function readPlanned(stdout: string): Answer<PlannedAnswer> {
  return read(stdout, plannedSchema)
}

function read<Value>(stdout: string, schema: z.ZodType<Value>): Answer<Value> {
  let value: unknown
  try {
    value = JSON.parse(stdout)
  } catch {
    return null
  }
  const refused = errorSchema.safeParse(value)
  if (refused.success) return { kind: 'refused', why: refused.data.error.message }
  const parsed = schema.safeParse(value)
  return parsed.success ? { kind: 'answer', value: parsed.data } : null
}
