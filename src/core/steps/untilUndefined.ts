// How far *Continue* goes: a plan is often longer than its definitions. Pure.

/**
 * Of steps in order those before the first that is not defined; `undefinedStep` is that one, or null. All of them if it is
 * the very first, which is told of.
 */
export function untilUndefined<Step>(
  steps: readonly Step[],
  isDefined: (step: Step) => boolean,
): { readonly steps: readonly Step[]; readonly undefinedStep: Step | null } {
  const at = steps.findIndex((step) => !isDefined(step))
  return at <= 0 ? { steps, undefinedStep: null } : { steps: steps.slice(0, at), undefinedStep: steps[at] ?? null }
}
