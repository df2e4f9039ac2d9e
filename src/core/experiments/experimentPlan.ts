// What makes a job a run of an experiment: its record, and the work on the project's documents that follows its end.
import * as z from 'zod'

export const experimentPlanSchema = z.strictObject({
  runId: z.string(),
  /** Relative to the job's directory. */
  runDir: z.string(),
  /** Id of the template it was made from; null: none. */
  template: z.string().nullable(),
  primary: z.strictObject({ name: z.string(), higherIsBetter: z.boolean() }).nullable(),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  /** The workspace's own programs for parts of the work, as shell commands; ours do those that are absent. */
  tools: z
    .strictObject({
      validate: z.string().optional(),
      append: z.string().optional(),
      summarize: z.string().optional(),
    })
    .optional(),
})
export type ExperimentPlan = z.infer<typeof experimentPlanSchema>
