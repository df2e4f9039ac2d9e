// What the words of the command say about where a job runs, and what is asked of a scheduler there.
import type { BackendPlan, SbatchOptions } from '../core/backends/backendPlan'
import { withBackend } from '../core/backends/planBackend'
import type { Plan } from '../core/jobs/plan'
import { RelayError } from '../core/relayError'
import type { Options, Verb } from './verb'

/** For every verb that may give something to sbatch. */
export const sbatchOptions: Verb['options'] = {
  partition: { type: 'string', value: 'NAME', summary: 'slurm: the partition' },
  time: { type: 'string', value: 'TIME', summary: 'slurm: the time limit, as sbatch has it' },
  mem: { type: 'string', value: 'SIZE', summary: 'slurm: the memory' },
  gpus: { type: 'string', value: 'N', summary: 'slurm: the cards' },
  cpus: { type: 'string', value: 'N', summary: 'slurm: the processors of each task' },
  array: { type: 'string', value: 'RANGE', summary: 'slurm: as an array' },
  account: { type: 'string', value: 'NAME', summary: 'slurm: the account' },
  qos: { type: 'string', value: 'NAME', summary: 'slurm: the quality of service' },
  dependency: { type: 'string', value: 'LIST', summary: 'slurm: after other SLURM jobs' },
  requeue: { type: 'boolean', summary: 'slurm: the scheduler may begin it anew' },
  sbatch: { type: 'string', value: 'WORDS', summary: 'slurm: further --name=value options, with blanks between' },
}

export const backendOptions: Verb['options'] = {
  backend: { type: 'string', value: 'slurm', summary: 'Run it there, not on this machine' },
  on: { type: 'string', value: 'HOST', summary: 'slurm: submit on this host, reached by ssh' },
  directory: { type: 'string', value: 'DIR', summary: 'slurm with --on: where it runs there (default: as here)' },
  ...sbatchOptions,
}

const texts = ['partition', 'time', 'mem', 'gpus', 'array', 'account', 'qos', 'dependency'] as const

/** As they are said: whether sbatch can have them is seen where they are planned. Throws RelayError. */
export function readSbatchOptions(options: Options): SbatchOptions {
  const { cpus, requeue, sbatch } = options
  if (typeof cpus === 'string' && !/^[1-9]\d{0,5}$/.test(cpus))
    throw new RelayError('bad_option', `--cpus wants a number, not ${cpus}.`)
  const words = typeof sbatch === 'string' ? sbatch.split(/\s+/).filter((word) => word !== '') : []
  return {
    ...Object.fromEntries(texts.flatMap((name) => (typeof options[name] === 'string' ? [[name, options[name]]] : []))),
    ...(typeof cpus === 'string' ? { cpus: Number(cpus) } : {}),
    ...(requeue === true ? { requeue } : {}),
    ...(words.length > 0 ? { extra: words } : {}),
  }
}

/** Where it is to run; null: nothing is said. Throws RelayError with what is wrong with the words. */
export function readBackendOptions(options: Options): BackendPlan | null {
  const said = Object.keys(backendOptions).filter((name) => options[name] !== undefined)
  if (said.length === 0) return null
  const { backend, on, directory } = options
  if (backend === 'local') return null
  if (backend !== undefined && backend !== 'slurm')
    throw new RelayError(
      'bad_option',
      `--backend wants slurm or local, not ${String(backend)}. A process or a workflow run is adopted: relay process, relay runs.`,
    )
  return {
    kind: 'slurm',
    ...(typeof on === 'string' ? { host: on } : {}),
    ask: {
      act: 'submit',
      options: readSbatchOptions(options),
      ...(typeof directory === 'string' ? { directory } : {}),
    },
  }
}

/** The plan as it is to be started. Throws RelayError that says why it cannot run there. */
export function onBackend(plan: Plan, backend: BackendPlan | null): Plan {
  if (backend === null) return plan
  const result = withBackend(plan, backend)
  if ('refusals' in result) throw new RelayError('bad_backend', `Not started: ${result.refusals.join(' ')}`)
  return result.plan
}
