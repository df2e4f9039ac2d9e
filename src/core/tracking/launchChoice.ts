// How something that a person names is launched. `auto`: as the skill that this continues prefers it, a workflow where there is a scheduler.
export const launchChoices = ['auto', 'workflow', 'sbatch', 'local'] as const
export type LaunchChoice = (typeof launchChoices)[number]
