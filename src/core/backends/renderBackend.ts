// Where a job runs, in words: what a person reads before approving. Values of the plan are shown as they are.
import { type AnyHandle, isProcess, renderHandle } from '../jobs/handle'
import type { PlanFact } from '../jobs/renderPlan'
import type { BackendPlan, GithubPlan, ProcessPlan, SbatchOptions, SlurmPlan } from './backendPlan'

/** The facts on where a job runs and on how it is ended. */
export function renderBackend(backend: BackendPlan): readonly PlanFact[] {
  switch (backend.kind) {
    case 'local':
      return [
        {
          label: 'Runs',
          value:
            'by a login shell (bash -l) on this machine, detached: it goes on when the terminal or the window is closed',
        },
      ]
    case 'slurm':
      return renderSlurm(backend)
    case 'process':
      return renderProcess(backend)
    case 'github':
      return renderGithub(backend)
  }
}

/** What the work of a plan is called: nothing of an adopted one is run. */
export function workLabel(backend: BackendPlan): string {
  if (backend.kind === 'process' || ('ask' in backend && backend.ask.act === 'adopt')) return 'Adopts'
  return backend.kind === 'slurm' ? 'Script' : 'Command'
}

/** Options of sbatch as its words, each of them one word of argv. */
export function sbatchWords(options: SbatchOptions): readonly string[] {
  const { partition, time, mem, gpus, cpus, array, account, qos, dependency, requeue, extra = [] } = options
  const named = { partition, time, mem, gpus, 'cpus-per-task': cpus, array, account, qos, dependency }
  return [
    ...Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`])),
    requeue === true ? '--requeue' : '--no-requeue',
    ...extra,
  ]
}

function renderSlurm({ host, ask }: SlurmPlan): PlanFact[] {
  const where = host === undefined ? 'the cluster of this machine' : `the cluster that ${host} submits to`
  const reached: PlanFact[] =
    host === undefined
      ? []
      : [
          { label: 'Reached by', value: `ssh in batch mode (it asks nothing), host: ${host}` },
          {
            label: 'Environment',
            value: 'that of a login there; of this machine only the variables named here go along',
          },
        ]
  if (ask.act === 'adopt')
    return [
      {
        label: 'Runs',
        value: `on ${where}, as SLURM job ${ask.id}, which is there already: nothing is submitted. Stop cancels it (scancel)`,
      },
      ...reached,
    ]
  return [
    {
      label: 'Runs',
      value: `as a SLURM job on ${where} (sbatch), inside of a script of ours that records how it ends. Its #SBATCH lines count; what is named here counts more. Stop cancels it (scancel)`,
    },
    { label: 'sbatch', value: sbatchWords(ask.options).join('\n'), isVerbatim: true },
    ...(ask.options.requeue === true
      ? [{ label: 'Requeue', value: 'the scheduler may begin it anew after a preemption or a failure of a node' }]
      : []),
    ...(ask.directory === undefined
      ? []
      : [{ label: 'Directory there', value: ask.directory, isVerbatim: true as const }]),
    ...reached,
  ]
}

function renderProcess({ process, log }: ProcessPlan): PlanFact[] {
  return [
    {
      label: 'Runs',
      value: `as process ${process.pid} of ${process.host}, which is there already and was started by someone else: nothing is started. Stop ends it with all that it has started`,
    },
    {
      label: 'Its end',
      value:
        'is seen, but with what exit code is told to its parent alone: the files that it must write decide; without any it is called neither a success nor a failure',
    },
    log === undefined ? { label: 'Log', value: 'none is known' } : { label: 'Log', value: log, isVerbatim: true },
  ]
}

function renderGithub({ host, repo, ask, chain }: GithubPlan): PlanFact[] {
  const place = host === undefined ? repo : `${host}/${repo}`
  const facts: PlanFact[] =
    ask.act === 'adopt'
      ? [
          {
            label: 'Runs',
            value: `as run ${ask.runId} of ${place} on GitHub Actions, which is there already: nothing is dispatched. Stop cancels it`,
          },
        ]
      : [
          {
            label: 'Runs',
            value: `on GitHub Actions in ${place} (gh workflow run), as whom gh is logged in. Stop cancels it`,
          },
          { label: 'Workflow', value: `${ask.workflow}\nat ${ask.ref}`, isVerbatim: true },
          ...Object.entries(ask.inputs).map(([name, value]): PlanFact => ({
            label: 'Input',
            value: `${name}=${value}`,
            isVerbatim: true,
          })),
          ...(ask.idInput === undefined ? [] : [{ label: 'Input', value: `${ask.idInput} is the id of this job` }]),
        ]
  if (chain !== undefined)
    facts.push({
      label: 'Chain',
      value: `a SLURM job that its log says it has submitted is watched with it, and Stop cancels that, too, waiting or running (scancel), if it was submitted after the run was made, ${chain.host === undefined ? 'on the cluster of this machine' : `by ssh on ${chain.host}`}`,
    })
  return facts
}

/** What Stop does to a job, in a sentence. `handle`: what it is known by so far. */
export function renderStop(backend: BackendPlan, handle: AnyHandle | null): string {
  const remote = handle === null || isProcess(handle) ? null : handle
  switch (backend.kind) {
    case 'local':
    case 'process':
      return 'All that it has started ends with it.'
    case 'slurm':
      return `${remote === null ? 'Its SLURM job' : renderHandle(remote)} is cancelled (scancel).`
    case 'github': {
      const also = remote?.kind === 'github' ? remote.also : undefined
      const run = remote?.kind === 'github' ? `run ${remote.runId} of ${remote.repo}` : 'its run'
      const chained =
        also === undefined
          ? backend.chain === undefined
            ? ''
            : ', and with it a SLURM job that it has submitted'
          : `, and with it ${renderHandle(also)}, if that was submitted after the run was made`
      return `On GitHub, ${run} is cancelled${chained}.`
    }
  }
}
