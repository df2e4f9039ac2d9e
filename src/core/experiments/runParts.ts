// The work that follows the end of a run, part by part, in this order. Each can be done again after a crash.
export const runParts = [
  'validate',
  'classify',
  'registry',
  'report',
  'handoff',
  'working_memory',
  'compare',
  'propose',
] as const
export type RunPart = (typeof runParts)[number]
