// The commands about tasks by their names; what they do is loaded when the first of them is asked for.
import type { JobRequests } from '../../store/jobs/jobRequests'
import type { Command } from '../contributions'
import type { JobDetailsGate } from '../jobs/jobDetailsGate'
import type { JobModel } from '../jobs/jobModel'
import type { JobStarter } from '../jobs/startJob'
import type { Handler } from '../registerCommands'
import type { TaskModel } from './taskModel'

export interface TaskActsHost {
  readonly tasks: TaskModel
  readonly jobs: JobModel
  readonly requests: JobRequests
  readonly starter: JobStarter
  readonly details: JobDetailsGate
}

const names = [
  'addTask',
  'runTask',
  'stopTask',
  'retryTask',
  'answerTask',
  'showAnswer',
  'showTaskJob',
  'removeTask',
  'clearTasks',
] as const satisfies readonly Command[]
export type TaskCommand = (typeof names)[number]

/** The handlers throw RelayError where something cannot be done. */
export function taskCommands(host: TaskActsHost): Readonly<Partial<Record<Command, Handler>>> {
  let loaded: Promise<Readonly<Record<TaskCommand, Handler>>> | null = null
  const load = () => (loaded ??= import('./taskActs').then(({ taskActs }) => taskActs(host)))
  return Object.fromEntries(
    names.map((name): [TaskCommand, Handler] => [name, async (...words) => (await load())[name](...words)]),
  )
}
