// What a run of steps will do, whole: the plan of each of them, in order. What was approved is read back from disk by this.
import * as z from 'zod'
import { agentSchema } from '../followUps/agent'
import { phases, type StepPlan } from './planStep'
import { taskIdPattern } from './stepNote'

const env = z.record(z.string(), z.string())

const doingSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('command'), command: z.string(), env }),
  z.strictObject({
    kind: z.literal('agent'),
    prompt: z.string(),
    agent: z.string().nullable(),
    agentFile: z.string().nullable(),
    skills: z.array(z.string()).readonly(),
    reads: z.boolean(),
    env,
  }),
  z.strictObject({ kind: z.literal('nothing'), why: z.string() }),
])

const alertSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('never') }),
  z.strictObject({ kind: z.literal('matches'), pattern: z.string() }),
  z.strictObject({ kind: z.literal('output') }),
  z.strictObject({ kind: z.literal('fails') }),
])

const actSchema = z.strictObject({
  phase: z.enum(phases),
  name: z.string(),
  group: z.int().min(0),
  doing: doingSchema,
  timeoutSec: z.int().min(1).nullable(),
  retries: z.int().min(0),
  onFailure: z.literal(true).optional(),
  monitor: z.strictObject({ intervalSec: z.int().min(1), alert: alertSchema }).optional(),
})

export const stepPlanSchema: z.ZodType<StepPlan> = z.strictObject({
  v: z.literal(1),
  step: z.int().min(0),
  key: z.string(),
  title: z.string(),
  objective: z.string(),
  cwd: z.string(),
  mode: z.enum(['foreground', 'background', 'chunked']),
  acts: z.array(actSchema).readonly(),
  successCriteria: z.array(z.string()).readonly(),
  requireFiles: z.array(z.string()).readonly(),
  documents: z.strictObject({ spec: z.string(), log: z.string() }),
  mandatorySkills: z.array(z.string()).readonly(),
  worker: agentSchema.nullable(),
  reader: agentSchema.nullable(),
})

/** More steps are not run at once: each of them is read before it is approved. */
export const maxStepsOfRun = 500

export const stepRunPlanSchema = z.strictObject({
  kind: z.literal('step'),
  steps: z
    .array(
      z.strictObject({
        plan: stepPlanSchema,
        taskId: z.string().regex(taskIdPattern),
        /** Why it cannot be run as things were, a sentence each: it ends with them, and the steps behind it are not begun. */
        blocked: z.array(z.string()).readonly(),
      }),
    )
    .min(1)
    .max(maxStepsOfRun)
    .readonly(),
})
export type StepRunPlan = z.infer<typeof stepRunPlanSchema>
