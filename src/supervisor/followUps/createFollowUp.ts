// The follow-up of an ended job, as a job of its own. Its id is derived, so that asking twice makes one.
import { planFollowUp } from '../../core/jobs/plan'
import { type Job, planOf } from '../../core/jobs/job'
import { originConversation } from '../../store/followUps/originConversation'
import { supervisorEnvironment } from '../../store/wake'
import { readEnvironment } from '../../store/jobs/jobFiles'
import type { FolderPaths } from '../../store/stateFolder'
import { createJob } from '../jobs/createJob'
import { planDigest } from '../../store/approval'

/**
 * Makes the promised follow-up durable; one that is not to run by itself is held for a person. It was approved with its
 * parent, whose environment it gets, or if that is gone `env`. Throws RelayError.
 */
export function createFollowUp(
  job: Job,
  folder: FolderPaths,
  env: Readonly<Record<string, string>> = supervisorEnvironment(process.env),
): void {
  const { spec, followUp, attempt } = job
  const agent = planOf(job).followUp?.agent.kind ?? 'builtin'
  const conversation = originConversation(folder, spec.origin, agent)
  const plan = planFollowUp(planOf(job), { jobId: spec.id, attempt }, conversation)
  if (plan === null || followUp === null) return
  // What a spec that was changed on disk promises was approved by nobody: it is refused when its turn to run comes.
  const isApproved = job.approval?.digest === planDigest(planOf(job))
  createJob(
    folder,
    {
      v: 1,
      id: followUp.jobId,
      // Not the present time: asked again after a crash it is to be the same job.
      createdAtMs: job.updatedAtMs,
      host: spec.host,
      folder: spec.folder,
      origin: { kind: 'follow_up', parent: spec.id, attempt },
      description: planOf(job).followUp?.description ?? `Follow-up of ${spec.id}`,
      plan,
      ...(followUp.run ? {} : { held: true as const }),
    },
    { digest: isApproved ? planDigest(plan) : '', how: 'parent' },
    readEnvironment(folder.job(spec.id), attempt) ?? env,
  )
}
