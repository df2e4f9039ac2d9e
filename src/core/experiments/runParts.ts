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

/** The parts that edit a document through the windows that have it open. */
export const documentParts = ['report', 'handoff', 'working_memory'] as const satisfies readonly RunPart[]

/** The id of such an edit: the same for the same part of the same attempt. */
export function partEditId(part: (typeof documentParts)[number], jobId: string, attempt: number): string {
  return `${part.replaceAll('_', '-')}-${jobId}-${attempt}`
}
