// From what a person pointed at, and what was found around it, to the plan of a track. Pure: the looking around is done by whoever asks. What
// cannot be done as it is asked for is refused with a sentence, and what was decided for the person is told.
import { type BackendPlan, type GithubPlan, isAdopted, type SbatchOptions } from '../backends/backendPlan'
import { planForeign, withBackend } from '../backends/planBackend'
import { watchDefaults } from '../blocks/schema'
import type { Agent } from '../followUps/agent'
import type { Plan } from '../jobs/plan'
import { plainTitle } from './harmless'
import type { LaunchChoice } from './launchChoice'
import { type RemoteRepository, renderRepository } from './remote'
import { branchName, freeBranch } from './resultsBranch'
import { fillTemplate } from './resultsTemplate'
import { whyUnfixed } from './seesFix'
import { maxAttempts, type TrackPlan } from './trackPlan'
import { whyOnce } from './whyOnce'

/** What a person pointed at. */
export type Pointed =
  | { readonly kind: 'launch'; readonly command: string }
  | { readonly kind: 'script'; readonly file: string; readonly text: string }
  /** `whyOnce`: why it cannot be submitted again. */
  | { readonly kind: 'slurm'; readonly id: string; readonly again: SlurmAgain | null; readonly whyOnce?: string }
  | {
      readonly kind: 'process'
      readonly process: Extract<BackendPlan, { kind: 'process' }>['process']
      readonly command: string | null
      readonly cwd: string | null
      readonly log: string | null
    }
  | { readonly kind: 'run'; readonly id: string }
  | {
      readonly kind: 'workflow'
      readonly file: string
      readonly ref: string
      readonly inputs: Readonly<Record<string, string>>
    }

/** How an adopted SLURM job could be submitted again. */
export interface SlurmAgain {
  readonly script: string
  readonly directory: string
  readonly options: SbatchOptions
}

export interface Dispatchable {
  /** In `.github/workflows`. */
  readonly file: string
  readonly inputs: readonly WorkflowInput[]
}

export interface WorkflowInput {
  readonly name: string
  readonly required: boolean
  readonly default: string | null
}

/** What is there. */
export interface Surroundings {
  /** Real path. */
  readonly folder: string
  /** `YYYY-MM-DD`. */
  readonly date: string
  readonly git: {
    readonly remote: string | null
    readonly base: string | null
    /** Of the person, here and at the remote. */
    readonly branches: readonly string[]
    /** The branch that is checked out; null: none. */
    readonly current: string | null
  } | null
  readonly gh: 'ready' | 'no_login' | 'absent' | 'unknown'
  /** A pull request can be opened, or it cannot be told now that it cannot. */
  readonly opens: boolean
  readonly pushes: boolean
  /** What will be different from what a person may expect, and what they can do: a sentence each. */
  readonly notes: readonly string[]
  /** Of the remote; null: it is none that gh could know. */
  readonly repository: RemoteRepository | null
  /** A scheduler here. */
  readonly hasSlurm: boolean
  /** What squeue says where it reaches no cluster; absent: it reaches one, or is not there. */
  readonly slurmProblem?: string
  /** A scheduler that is reached by ssh: a setting. */
  readonly sshHost: string | null
  readonly dispatchable: readonly Dispatchable[]
  /** From the folder on. */
  readonly documents: readonly string[]
  readonly resultFolders: readonly string[]
  /** Data and environments that git ignores. */
  readonly linkable: readonly string[]
}

/** What was tracked with last in that folder: offered where nobody says otherwise, and then told. */
export interface LastTrack {
  readonly document: string | null
  readonly results: readonly string[]
  readonly metrics: readonly string[]
}

export interface TrackWish {
  readonly pointed: Pointed
  readonly last: LastTrack | null
  readonly experiment: string | null
  readonly document: string | null
  /** A folder, or a pattern. */
  readonly results: readonly string[]
  readonly metrics: readonly string[]
  readonly attempts: number
  readonly maxMemoryMb: number | null
  readonly maxTimeSec: number | null
  /** Null: those that were found. */
  readonly links: readonly string[] | null
  readonly options: SbatchOptions
  readonly timeLimitSec: number | null
  readonly launch: LaunchChoice
  readonly trailer: string
  readonly title: string
  readonly body: string
  readonly pullRequest: boolean
  readonly fixer: Agent | null
  readonly discusser: Agent | null
}

export type TrackPlanResult =
  { readonly plan: TrackPlan; readonly notes: readonly string[] } | { readonly refusals: readonly string[] }

const standardEnv = { PYTHONUNBUFFERED: '1' }

export function planTrack(wish: TrackWish, here: Surroundings): TrackPlanResult {
  const notes: string[] = []
  const experiment = wish.experiment ?? guessExperiment(wish, here)
  const launched = planPointed(wish, here, experiment, notes)
  if ('refusals' in launched) return launched
  const { job, again, tracked } = launched
  const document = wish.document ?? guessDocument(experiment, wish.last?.document ?? null, here, notes)
  const results = splitResults(recall('results', wish, notes), here, notes)
  const metrics = recall('metrics', wish, notes)
  const pullRequest = planPullRequest(wish, here, experiment, notes)
  if (typeof pullRequest === 'string') return { refusals: [pullRequest] }
  const attempts = Math.max(1, Math.min(maxAttempts, wish.attempts))
  const onceFor = again === null && attempts > 1 ? whyOnce(wish.pointed) : null
  if (onceFor !== null) notes.push(`It cannot be run again by itself: ${onceFor}.`)
  if (here.git === null && wish.fixer !== null)
    notes.push('Without git no agent can look for a fix: the files are not kept.')
  const agent = here.git === null || attempts === 1 || again === null ? null : wish.fixer
  const links = [...(wish.links ?? here.linkable)]
  if (agent !== null && again !== null) {
    const unfixed = whyUnfixed(again, { folder: here.folder, links, realOf: (place) => place, home: null })
    if (unfixed !== null) notes.push(`A fix of the agent would be shown, and not run. ${unfixed}`)
  }
  return {
    notes,
    plan: {
      kind: 'track',
      tracked,
      job,
      experiment,
      date: here.date,
      document: pullRequest === null ? null : document,
      results,
      metrics: [...metrics],
      pullRequest,
      relaunch: {
        attempts,
        again,
        ...(onceFor === null ? {} : { onceFor }),
        maxMemoryMb: wish.maxMemoryMb,
        maxTimeSec: wish.maxTimeSec,
        agent,
        links,
      },
      discussion: wish.discusser,
    },
  }
}

interface Planned {
  readonly job: Plan
  readonly again: Plan | null
  readonly tracked: TrackPlan['tracked']
}

function planPointed(
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
      const backend = { ...githubOf(repository), ask: { act: 'adopt' as const, runId: pointed.id } }
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
    ...(here.hasSlurm ? { chain: {} } : here.sshHost === null ? {} : { chain: { host: here.sshHost } }),
  }
  const name = `workflow ${file} of ${renderRepository(here.repository)}`
  const planned = planForeign({ backend, title: name, cwd: here.folder })
  return 'refusals' in planned
    ? planned
    : { job: planned.plan, again: planned.plan, tracked: { kind: 'workflow', name } }
}

function githubOf({ host, owner, name }: RemoteRepository): Pick<GithubPlan, 'kind' | 'host' | 'repo'> {
  return { kind: 'github', ...(host === 'github.com' ? {} : { host }), repo: `${owner}/${name}` }
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

function planPullRequest(
  wish: TrackWish,
  here: Surroundings,
  experiment: string,
  notes: string[],
): TrackPlan['pullRequest'] | string {
  if (!wish.pullRequest) return null
  if (here.git === null) {
    notes.push(...here.notes)
    return null
  }
  const { remote, base, branches } = here.git
  const branch = freeBranch(branchName(experiment, here.date), branches)
  if (branch === null)
    return `There are too many branches named ${branchName(experiment, here.date)}: delete some, or name the experiment with --experiment.`
  notes.push(...here.notes)
  return {
    branch,
    remote: here.pushes ? remote : null,
    base,
    opens: here.pushes && here.opens,
    title: fillTemplate(wish.title, { experiment: plainTitle(experiment) }),
    body: wish.body,
    trailer: wish.trailer === '' ? null : wish.trailer,
  }
}

function noGh({ gh, repository }: Surroundings, what: string): string {
  if (gh === 'absent') return `${what}: gh (GitHub’s command) is not installed.`
  if (gh === 'no_login') return `${what}: gh is not logged in (gh auth login).`
  return repository === null ? `${what}: the remote is none at GitHub.` : `${what}: GitHub cannot be reached now.`
}

function guessExperiment({ pointed, document }: TrackWish, here: Surroundings): string {
  if (document !== null) return stem(document)
  switch (pointed.kind) {
    case 'script':
      return stem(pointed.file)
    case 'launch': {
      const file = /(?:^|[\s'"=])((?:[\w./-]+\/)?[\w.-]+\.(?:py|sh|R|jl|js|ts|pl|slurm|sbatch))\b/.exec(
        pointed.command,
      )?.[1]
      return stem(file ?? pointed.command.trim().split(/\s+/)[0] ?? 'job')
    }
    case 'workflow':
      return stem(pointed.file)
    case 'slurm':
      return `slurm-${pointed.id.replace('_', '-')}`
    case 'process': {
      const file = /([\w.-]+)\.(?:py|sh|R|jl|js)\b/.exec(pointed.command ?? '')?.[1]
      return file ?? `process-${pointed.process.pid}`
    }
    case 'run':
      return here.repository === null ? `run-${pointed.id}` : `${stem(here.repository.name)}-run-${pointed.id}`
  }
}

function stem(path: string): string {
  const name = (path.split('/').at(-1) ?? path).replace(/\.[A-Za-z0-9]{1,8}$/, '')
  return name === '' ? 'job' : name.slice(0, 120)
}

/** What was said now, else what was said the last time. */
function recall(what: 'results' | 'metrics', { last, ...wish }: TrackWish, notes: string[]): readonly string[] {
  const remembered = last?.[what] ?? []
  if (wish[what].length > 0 || remembered.length === 0) return wish[what]
  const [label, option] = what === 'results' ? ['Results are looked for in', '--results'] : ['Metrics are', '--metric']
  notes.push(`${label} ${remembered.join(', ')}, as the last time in this folder; others are named with ${option}.`)
  return remembered
}

/** The one that is named like the experiment, else the one of the last time, else the only one there is, else a new one. */
function guessDocument(experiment: string, last: string | null, { documents }: Surroundings, notes: string[]): string {
  const word = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '')
  const alike = documents.find((one) => word(stem(one)) === word(experiment))
  // One that was made for another experiment, on its own branch, is none for this.
  if (alike === undefined && last !== null && documents.includes(last)) {
    notes.push(`The table is written into ${last}, as the last time in this folder; another one is named with --doc.`)
    return last
  }
  const only = documents.filter((one) => /experiment|result/i.test(stem(one)))
  const chosen = alike ?? (only.length === 1 ? only[0] : undefined)
  if (chosen !== undefined) {
    notes.push(`${chosen} is taken for the experiment document; another one is named with --doc.`)
    return chosen
  }
  const fresh = `docs/${branchName(experiment, '').slice('results/'.length).replace(/-+$/, '') || 'experiment'}.md`
  notes.push(
    `No experiment document was found: ${fresh} is made on the results branch; another one is named with --doc.`,
  )
  return fresh
}

/** `runs/eval` is a folder, `runs/*\/metrics.json` a folder and a pattern. Of several folders the part they share is looked into. */
function splitResults(
  asked: readonly string[],
  { resultFolders }: Surroundings,
  notes: string[],
): TrackPlan['results'] {
  if (asked.length === 0) {
    // One that is not there yet may be made by the job.
    const found = resultFolders[0] ?? 'results'
    notes.push(`Results are looked for in ${found}; another folder is named with --results.`)
    return { folder: found, globs: [] }
  }
  const parts = asked.map((one) => {
    const segments = one.replace(/^\.\//, '').replace(/\/+$/, '').split('/')
    const at = segments.findIndex((segment) => /[*?{]/.test(segment))
    // A file that is named whole is a pattern of its own folder.
    const isFile = at < 0 && /\.(?:jsonl?|ndjson|csv|tsv|log|txt)$/i.test(segments.at(-1) ?? '')
    const cut = at >= 0 ? at : isFile ? segments.length - 1 : segments.length
    return { folder: segments.slice(0, cut), glob: segments.slice(cut) }
  })
  const [first, ...rest] = parts
  const shared = (first?.folder ?? []).filter((segment, index) =>
    rest.every(
      ({ folder }) =>
        (first?.folder ?? []).slice(0, index + 1).every((one, at) => folder[at] === one) && folder[index] === segment,
    ),
  )
  const globs = parts.flatMap(({ folder, glob }) => {
    const path = [...folder.slice(shared.length), ...glob].join('/')
    return path === '' ? [] : [glob.length === 0 ? `${path}/**` : path]
  })
  return { folder: shared.join('/') === '' ? '.' : shared.join('/'), globs: globs.slice(0, 32) }
}

function refuse(why: string): { readonly refusals: readonly string[] } {
  return { refusals: [why] }
}

/** Whether something is started, and not only watched. */
export function startsSomething({ job }: TrackPlan): boolean {
  return !isAdopted(job.backend)
}
