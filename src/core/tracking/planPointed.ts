// The job of a track, from what a person pointed at: launched here, given to sbatch, dispatched, or adopted.
import type { BackendPlan, GithubPlan } from '../backends/backendPlan'
import { planForeign, withBackend } from '../backends/planBackend'
import { watchDefaults } from '../blocks/schema'
import type { Plan } from '../jobs/plan'
import { plainTitle } from './harmless'
import { type RemoteRepository, renderRepository } from './remote'
import type { TrackPlan } from './trackPlan'
import type { Pointed, SlurmAgain, Surroundings, TrackWish } from './trackWish'

const standardEnv = { PYTHONUNBUFFERED: '1' }

export interface Planned {
  readonly job: Plan
  readonly again: Plan | null
  readonly tracked: TrackPlan['tracked']
}

export function planPointed(
  wish: TrackWish,
  here: Surroundings,
  experiment: string,
  notes: string[],
): Planned | { readonly refusals: readonly string[] } {
  const { pointed } = wish
  switch (pointed.kind) {
    case 'launch':
    case 'script':
      return planLaunch(wish, pointed, here, experiment, notes)
    case 'slurm': {
      if (!here.hasSlurm && here.sshHost === null)
        return refuse(
          `SLURM job ${pointed.id} cannot be tracked: there is no squeue here, and no host with one is set (relay.tracking.sshHost).`,
        )
      const host = here.hasSlurm || here.sshHost === null ? {} : { host: here.sshHost }
      // Another cluster may have another job of that number: so none is asked in place of the one here.
      if (here.hasSlurm && here.slurmProblem !== undefined)
        notes.push(
          `squeue reaches no cluster now (${plainTitle(here.slurmProblem)}): nobody knows yet whether there is a SLURM job ${pointed.id}, and it is asked for until the cluster answers. A process is named with --pid.`,
        )
      const name = `SLURM job ${pointed.id}${here.hasSlurm || here.sshHost === null ? '' : ` on ${here.sshHost}`}`
      const backend: BackendPlan = { kind: 'slurm', ...host, ask: { act: 'adopt', id: pointed.id } }
      return adopt('slurm', name, backend, here, againOf(pointed.again, host, here))
    }
    case 'process': {
      const { process, command, cwd, log } = pointed
      const name = `process ${process.pid}${command === null ? '' : `: ${command}`}`.slice(0, 400)
      const backend: BackendPlan = { kind: 'process', process, ...(log === null ? {} : { log }) }
      const again = command === null ? null : localPlan(command, cwd ?? here.folder, wish.timeLimitSec)
      return adopt('process', name, backend, here, again)
    }
    case 'run': {
      const repository = here.repository
      if (repository === null) return refuse('The workflow run cannot be tracked: this folder has no remote at GitHub.')
      if (here.gh !== 'ready') return refuse(noGh(here, 'The workflow run cannot be tracked'))
      const backend = { ...githubOf(repository), ask: { act: 'adopt' as const, runId: pointed.id }, ...chainOf(here) }
      return adopt('run', `workflow run ${pointed.id} of ${renderRepository(repository)}`, backend, here, null)
    }
    case 'workflow':
      return dispatch(pointed.file, pointed.ref, pointed.inputs, here)
  }
}

function adopt(
  kind: TrackPlan['tracked']['kind'],
  name: string,
  backend: Exclude<BackendPlan, { kind: 'local' }>,
  here: Surroundings,
  again: Plan | null,
): Planned | { readonly refusals: readonly string[] } {
  const planned = planForeign({ backend, title: name, cwd: here.folder })
  return 'refusals' in planned ? planned : { job: planned.plan, again, tracked: { kind, name } }
}

function againOf(again: SlurmAgain | null, host: { readonly host?: string }, here: Surroundings): Plan | null {
  if (again === null) return null
  const isHere = host.host === undefined
  const backend: BackendPlan = {
    kind: 'slurm',
    ...host,
    ask: { act: 'submit', options: again.options, ...(isHere ? {} : { directory: again.directory }) },
  }
  const planned = withBackend(localPlan(again.script, isHere ? again.directory : here.folder, null), backend)
  return 'refusals' in planned ? null : planned.plan
}

function planLaunch(
  wish: TrackWish,
  pointed: Extract<Pointed, { kind: 'launch' | 'script' }>,
  around: Surroundings,
  experiment: string,
  notes: string[],
): Planned | { readonly refusals: readonly string[] } {
  // Whoever asks for sbatch gets it, and waits; who leaves the choice wants it to run.
  const isPassedOver = wish.launch === 'auto' && around.hasSlurm && around.slurmProblem !== undefined
  const here = isPassedOver ? { ...around, hasSlurm: false } : around
  if (isPassedOver)
    notes.push(
      `squeue is here, but reaches no cluster (${plainTitle(around.slurmProblem ?? '')}): it is ${around.sshHost === null ? 'run on this machine' : `given to ${around.sshHost}`}. To give it to the cluster here all the same: --launch sbatch.`,
    )
  const hasScheduler = here.hasSlurm || here.sshHost !== null
  const shown = pointed.kind === 'script' ? pointed.file : pointed.command
  const { launch } = wish
  if (launch === 'workflow' || (launch === 'auto' && hasScheduler && pointed.kind === 'script')) {
    const found = fillDispatch(pointed, here, experiment)
    if ('file' in found) {
      if (launch === 'auto')
        notes.push(`The repository has ${found.file}: it is dispatched, as relay.tracking.launch says.`)
      return dispatch(found.file, here.git?.current ?? here.git?.base ?? 'main', found.inputs, here)
    }
    if (launch === 'workflow') return refuse(found.why)
    notes.push(`${found.why} So it is given to sbatch.`)
  }
  const text = pointed.kind === 'script' ? pointed.text : pointed.command
  if (launch === 'sbatch' || (launch === 'auto' && hasScheduler)) {
    if (!hasScheduler)
      return refuse(
        'It cannot be given to sbatch: there is no squeue here, and no host is set (relay.tracking.sshHost).',
      )
    const host = here.hasSlurm || here.sshHost === null ? {} : { host: here.sshHost }
    const backend: BackendPlan = { kind: 'slurm', ...host, ask: { act: 'submit', options: wish.options } }
    const planned = withBackend(localPlan(text, here.folder, null), backend)
    if ('refusals' in planned) return planned
    return { job: planned.plan, again: planned.plan, tracked: { kind: 'script', name: shown.slice(0, 400) } }
  }
  const command = pointed.kind === 'script' ? runScript(pointed.file, pointed.text) : pointed.command
  const plan = localPlan(command, here.folder, wish.timeLimitSec)
  return { job: plan, again: plan, tracked: { kind: 'launch', name: command.slice(0, 400) } }
}

/** By its own first line, or bash. */
function runScript(file: string, text: string): string {
  const quoted = /^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`
  const interpreter = /^#!\s*(?:\/usr\/bin\/env\s+)?(\S+)/.exec(text)?.[1]?.split('/').at(-1)
  return `${interpreter !== undefined && /^[a-z0-9.]+$/.test(interpreter) ? interpreter : 'bash'} ${quoted}`
}

/** A workflow whose inputs can be filled from what is known: its script, a name. */
function fillDispatch(
  pointed: Extract<Pointed, { kind: 'launch' | 'script' }>,
  here: Surroundings,
  experiment: string,
): { readonly file: string; readonly inputs: Record<string, string> } | { readonly why: string } {
  const found = here.dispatchable.find(({ file }) => /-dispatch\.ya?ml$/.test(file))
  if (found === undefined) return { why: 'The repository has no workflow named *-dispatch.' }
  if (here.gh !== 'ready' || here.repository === null) return { why: noGh(here, `${found.file} cannot be dispatched`) }
  const inputs: Record<string, string> = {}
  for (const { name, required, default: usual } of found.inputs) {
    if (/^(?:script|job_script|sbatch_script)$/.test(name) && pointed.kind === 'script') inputs[name] = pointed.file
    else if (/^(?:command|cmd)$/.test(name) && pointed.kind === 'launch') inputs[name] = pointed.command
    else if (/^(?:wandb_run|wandb_name|run_name|experiment|name)$/.test(name)) inputs[name] = experiment
    else if (required && usual === null)
      return { why: `${found.file} wants ${name}, which nobody has said: give it with --workflow and -f ${name}=….` }
  }
  const takesIt = Object.keys(inputs).some((name) => /script|command|cmd/.test(name))
  return takesIt ? { file: found.file, inputs } : { why: `${found.file} has no input for what is to be run.` }
}

function dispatch(
  file: string,
  ref: string,
  inputs: Readonly<Record<string, string>>,
  here: Surroundings,
): Planned | { readonly refusals: readonly string[] } {
  if (here.repository === null) return refuse(`${file} cannot be dispatched: this folder has no remote at GitHub.`)
  if (here.gh !== 'ready') return refuse(noGh(here, `${file} cannot be dispatched`))
  const known = here.dispatchable.find((one) => one.file === file)
  if (known !== undefined) {
    const foreign = Object.keys(inputs).find((name) => !known.inputs.some((one) => one.name === name))
    if (foreign !== undefined)
      return refuse(
        `${file} has no input ${foreign}; it has ${known.inputs.map(({ name }) => name).join(', ') || 'none'}.`,
      )
    const missing = known.inputs.find(
      ({ name, required, default: usual }) => required && usual === null && inputs[name] === undefined,
    )
    if (missing !== undefined) return refuse(`${file} wants ${missing.name}: give it with -f ${missing.name}=….`)
  }
  const idInput = known?.inputs.find(({ name }) => /^relay[_-](?:job|id|run)$/.test(name))?.name
  const backend: GithubPlan = {
    ...githubOf(here.repository),
    ask: { act: 'dispatch', workflow: file, ref, inputs, ...(idInput === undefined ? {} : { idInput }) },
    ...chainOf(here),
  }
  const name = `workflow ${file} of ${renderRepository(here.repository)}`
  const planned = planForeign({ backend, title: name, cwd: here.folder })
  return 'refusals' in planned
    ? planned
    : { job: planned.plan, again: planned.plan, tracked: { kind: 'workflow', name } }
}

/** The cluster on which a SLURM job is looked for that its log may name. */
function chainOf({ hasSlurm, slurmProblem, sshHost }: Surroundings): Pick<GithubPlan, 'chain'> {
  const isHere = hasSlurm && (slurmProblem === undefined || sshHost === null)
  return isHere ? { chain: {} } : sshHost === null ? {} : { chain: { host: sshHost } }
}

/** With its host: what gh takes for one without it depends on where else a person is logged in. */
function githubOf({ host, owner, name }: RemoteRepository): Pick<GithubPlan, 'kind' | 'host' | 'repo'> {
  return { kind: 'github', host, repo: `${owner}/${name}` }
}

function localPlan(command: string, cwd: string, timeLimitSec: number | null): Plan {
  return {
    work: { kind: 'command', command },
    backend: { kind: 'local' },
    cwd,
    env: standardEnv,
    timeLimitSec,
    preflight: { checks: [], onFail: 'reject' },
    watch: {
      everySec: watchDefaults.everySec,
      tailLines: watchDefaults.tailLines,
      requireFiles: watchDefaults.requireFiles,
      readyTimeoutSec: watchDefaults.readyTimeoutSec,
      readyPollSec: watchDefaults.readyPollSec,
      onMissing: watchDefaults.onMissing,
    },
    followUp: null,
  }
}

function noGh({ gh, repository }: Surroundings, what: string): string {
  if (gh === 'absent') return `${what}: gh (GitHub’s command) is not installed.`
  const host = repository?.host ?? 'github.com'
  if (gh === 'no_login') return `${what}: gh is not logged in at ${host} (gh auth login --hostname ${host}).`
  return repository === null ? `${what}: the remote is none at GitHub.` : `${what}: ${host} cannot be reached now.`
}

function refuse(why: string): { readonly refusals: readonly string[] } {
  return { refusals: [why] }
}
