// The five ways a job can end.
export const outcomes = ['succeeded', 'failed', 'stopped', 'lost', 'blocked'] as const

/**
 * `succeeded`: exit 0 and every required file ready. `failed`: another exit. `stopped`: a person asked for it and all its
 * processes are dead. `lost`: no exit record and no process. `blocked`: never started (preflight), or ended without
 * its required files.
 */
export type Outcome = (typeof outcomes)[number]
