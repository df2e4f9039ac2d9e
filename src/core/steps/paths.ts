// The files of a workspace that steps are in, if nothing else is said; from the folder on.

/** What the steps run. */
export const definitionsPath = '.claude/tasks/step_definitions.yaml'
/** Where they are listed, and ticked. */
export const specPath = 'SPEC.md'
