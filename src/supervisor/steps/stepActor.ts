// What a run of steps does in the world, besides the jobs that its acts are.
import type { StepRunAct } from '../../core/steps/decideStepRun'
import { stepRunKind } from '../../core/steps/stepRun'
import type { StepRunPlan } from '../../core/steps/stepRunPlan'
import { marks, type StepItem, type StepRun, type StepRunEvent, type StepRunState } from '../../core/steps/stepRunState'
import type { JobId } from '../../core/jobs/jobId'
import type { ActTools, UndertakingActor } from '../undertakings/actor'
import { collectAct, StartUps } from './collectAct'
import { hearLook } from './hearLook'
import { lookAsMonitor } from './lookAsMonitor'
import { markEditId, markSpec } from './markSpec'
import { writeStepLog } from './stepLog'

export function stepActor(): UndertakingActor<StepRunPlan, StepRunEvent, StepRunState, StepRunAct> {
  const startUps = new StartUps()
  return {
    kind: stepRunKind,
    act: async (run, act, tools) => {
      if (act.kind === 'log') return writeStepLog(run)
      const item = run.state.items[act.item]
      return item === undefined ? [] : actOn(run, item, act, tools, startUps)
    },
    editsOf: (run) => run.state.items.flatMap((_, index) => marks.map((mark) => markEditId(run, index, mark))),
  }
}

async function actOn(
  run: StepRun,
  item: StepItem,
  act: Exclude<StepRunAct, { kind: 'log' }>,
  tools: ActTools,
  startUps: StartUps,
): Promise<readonly StepRunEvent[]> {
  switch (act.kind) {
    case 'collect':
      return collectAct(item, act.item, act.act, act.job, tools)
    case 'look_up':
      return startUps.look(item, act.item, act.act, act.job, tools)
    case 'mark':
      return markSpec(run, item, act.item, act.mark, act.atMs, tools)
    case 'look':
      return lookAsMonitor(item, act.item, act.monitor, tools)
    case 'hear_look':
      return hearLook(item, act.item, act.monitor, act.job, tools)
    case 'look_left':
      return act.jobs.some((job) => isAlive(job, tools))
        ? []
        : [{ type: 'monitors_over', item: act.item, why: 'nothing of the step is alive any more' }]
  }
}

/** Whether a job that has ended left something behind. */
function isAlive(job: JobId, { store, backend }: ActTools): boolean {
  const stored = store.tryRead(job)
  if (stored === null || !('job' in stored)) return false
  const { attempt } = stored.job
  return backend.listAlive({ jobId: job, attempt, paths: stored.paths.attempt(attempt) }).length > 0
}
