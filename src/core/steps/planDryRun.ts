// A dry run of a step is a dry run of a job: its checks before, and whether what it names is there. Nothing else of it is run.
import { planJob, type Plan } from '../jobs/plan'
import type { Check } from '../blocks/schema'
import { type StepDefinition, scriptFile } from './definition'
import type { StepPlan } from './planStep'
import { skillsFolder } from './workspace'

/** What a block may hold of them. */
const maxCommandChars = 4_000

/** Questions are no checks: nobody is asked in a dry run. */
export function planDryRun({ main, preflight }: StepDefinition, { acts, cwd }: StepPlan): Plan {
  const work = acts.find(({ phase, doing }) => phase === 'MAIN' && doing.kind !== 'nothing')?.doing
  const script = main.work.script === null ? null : scriptFile(main.work.script)
  const agent = work?.kind === 'agent' ? work : null
  const paths = [
    ...(script === null ? [] : [script]),
    ...(agent === null || agent.agentFile === null ? [] : [agent.agentFile]),
    ...(agent?.skills ?? []).map((name) => `${skillsFolder}/${name}/SKILL.md`),
  ]
  const checks: readonly Check[] = [
    ...paths.map((path): Check => ({ type: 'path_exists', path })),
    ...preflight.flatMap(({ work: check, timeoutSec }): Check[] =>
      check.kind === 'command' && check.command.length <= maxCommandChars
        ? [{ type: 'cmd_exit_zero', cmd: check.command, timeoutSec }]
        : [],
    ),
  ]
  const command = work?.kind === 'command' ? work.command : (main.work.script ?? ':')
  const planned = planJob({ type: 'job_start', command, preflight: { checks: [...checks], onFail: 'reject' } }, cwd)
  if ('refusals' in planned) throw new Error(planned.refusals.join(' ')) // It names no other job, and nothing that could be refused.
  return planned.plan
}
