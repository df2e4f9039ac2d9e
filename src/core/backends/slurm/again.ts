// How a SLURM job that somebody else has submitted could be submitted once more: from what `scontrol show job -o` says of it. Pure. What
// it had and what cannot be asked for in the same way is named, and then it is not submitted again: half of a job is another job.
import { type SbatchOptions, sbatchOptionsSchema } from '../backendPlan'
import { parseBytes } from './tables'

export type SlurmAsked =
  | { readonly kind: 'asked'; readonly directory: string; readonly options: SbatchOptions }
  | { readonly kind: 'other'; readonly why: string }

/** What a program has answered. */
export interface Said {
  readonly stdout: string
  readonly stderr: string
}

export type SlurmSubmitted =
  | { readonly kind: 'known'; readonly script: string; readonly directory: string; readonly options: SbatchOptions }
  | { readonly kind: 'other'; readonly why: string }

/**
 * How a job was submitted. `shown`: the answer of `scontrol show job -o ID`; `script`: that of `scontrol write batch_script ID -`, which ends
 * with 0 where there is none, too. Null: there was no answer. `why` is what follows “It cannot be run again:”. Throws nothing.
 */
export function readSubmitted(shown: Said | null, script: Said | null): SlurmSubmitted {
  const other = (why: string): SlurmSubmitted => ({ kind: 'other', why })
  if (shown === null || script === null) return other('the scheduler did not say how it was submitted')
  const told = `${shown.stderr} ${script.stderr}`
  if (/Invalid job id/i.test(told)) return other('the scheduler has forgotten how it was submitted')
  const user = /(?:^|\s)UserId=([\w.-]{1,64})\(/.exec(shown.stdout)?.[1] ?? null
  if (/Invalid user id|permission denied|access.{0,20}denied/i.test(script.stderr))
    return other(`its script is not to be read, for ${user === null ? 'another person' : user} has submitted it`)
  if (/script not specified/i.test(script.stderr) || /(?:^|\s)BatchFlag=0(?:\s|$)/.test(shown.stdout))
    return other('it has no script, for it was made by srun or salloc')
  if (!script.stdout.startsWith('#!')) return other('the scheduler did not show its script')
  const asked = readAsked(shown.stdout)
  if (asked.kind === 'other') return other(`${asked.why}, which cannot be asked for again in the same way`)
  // The last line end is the scheduler's.
  return { kind: 'known', script: script.stdout.trimEnd(), directory: asked.directory, options: asked.options }
}

/** Facts that say `nothing of that kind`. */
const nothing = ['', '(null)', 'N/A', 'None', 'UNLIMITED', '*', '0', '0:0:*:*']

/** What a job may have that no option of ours stands for, and the words for it. */
const foreign: readonly (readonly [fact: string, words: string])[] = [
  ['ArrayJobId', 'it is a task of an array'],
  ['HetJobId', 'it is one of several of a heterogeneous job'],
  ['TresPerJob', 'it has cards or other resources by the job'],
  ['TresPerTask', 'it has cards or other resources by the task'],
  ['TresPerSocket', 'it has cards or other resources by the socket'],
  ['CpusPerTres', 'it has processors by the card'],
  ['MemPerTres', 'it has memory by the card'],
  ['ReqNodeList', 'it wants certain nodes'],
  ['ExcNodeList', 'it wants certain nodes left out'],
  ['Licenses', 'it has licences'],
  ['Reservation', 'it runs in a reservation'],
  ['BurstBuffer', 'it has a burst buffer'],
  ['CoreSpec', 'it leaves cores to the system'],
  ['Switches', 'it asks for switches'],
]

/** Names that sbatch and people give where they give none. */
const namesNothing = /^(?:wrap|sbatch|bash|sh|interactive|job|run|test|python3?|none)$/i

/** What it is called, without the end of a file name; null: it is not told, or tells nothing. `shown`: as above. */
export function readName(shown: string): string | null {
  const name = factOf(shown, 'JobName')?.replace(/\.(?:sh|bash|sbatch|slurm|py)$/, '') ?? ''
  return name === '' || namesNothing.test(name) ? null : name.slice(0, 120)
}

/** What was asked for it. `shown`: one line of `scontrol show job -o`. Throws nothing. */
export function readAsked(shown: string): SlurmAsked {
  const fact = (name: string) => factOf(shown, name)
  const other = (why: string): SlurmAsked => ({ kind: 'other', why })
  const found = foreign.find(([name]) => fact(name) !== null)
  if (found !== undefined) return other(found[1])
  // Its path, or what follows it, has a blank.
  if (/\s/.test(fact('Command') ?? '')) return other('its script was given arguments, or has a blank in its path')
  const directory = fact('WorkDir')
  if (directory?.startsWith('/') !== true) return other('its directory is not told')
  const nodes = fact('NumNodes') ?? '1'
  const tasks = fact('NumTasks') ?? '1'
  if (![nodes, tasks].every((count) => /^\d{1,6}$/.test(count))) return other('its number of nodes or tasks is a range')
  const cards = fact('TresPerNode')
  const gres = cards === null ? null : gresOf(cards)
  if (cards !== null && gres === null) return other(`it has ${cards}`)
  const cpus = Number(fact('CPUs/Task') ?? 1)
  const perTask = /^(\d+):/.exec(fact('NtasksPerN:B:S:C') ?? '')?.[1] ?? '0'
  const features = fact('Features')
  const perCpu = megabytesOf(fact('MinMemoryCPU'))
  const mem = megabytesOf(fact('MinMemoryNode'))
  const extra = [
    ...(nodes === '1' ? [] : [`--nodes=${nodes}`]),
    ...(tasks === '1' ? [] : [`--ntasks=${tasks}`]),
    ...(perTask === '0' ? [] : [`--ntasks-per-node=${perTask}`]),
    ...(gres === null ? [] : [`--gres=${gres}`]),
    ...(features === null ? [] : [`--constraint=${features}`]),
    ...(perCpu === null ? [] : [`--mem-per-cpu=${perCpu}`]),
    ...(fact('OverSubscribe') === 'NO' ? ['--exclusive'] : []),
  ]
  const wanted = {
    partition: fact('Partition'),
    time: fact('TimeLimit'),
    mem,
    cpus: cpus > 1 ? cpus : null,
    account: fact('Account'),
    qos: fact('QOS'),
    extra: extra.length === 0 ? null : extra,
  }
  const options = sbatchOptionsSchema.safeParse(
    Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== null)),
  )
  return options.success
    ? { kind: 'asked', directory, options: options.data }
    : other(`its ${String(options.error.issues[0]?.path[0] ?? 'options')} cannot be written as an option of sbatch`)
}

/** Null: it is not told. */
function factOf(shown: string, name: string): string | null {
  // Values may have blanks: one ends where the next name begins.
  const value =
    new RegExp(`(?:^|\\s)${escape(name)}=(.*?)(?=\\s+[A-Z][\\w/:]*=|\\s*$)`, 'm').exec(shown)?.[1]?.trim() ?? ''
  return nothing.includes(value) ? null : value
}

/** `gres:gpu:a100:2` and `gres/gpu:2` of several versions as `--gres` has them; null: it is more than that. */
function gresOf(tres: string): string | null {
  const parts = tres
    .split(',')
    .map((part) => /^(?:gres[:/])([\w.-]+(?:[:=][\w.-]+){0,2})$/.exec(part)?.[1]?.replaceAll('=', ':'))
  return parts.every((part) => part !== undefined) ? parts.join(',') : null
}

/** `2.50G` is no value that sbatch takes. */
function megabytesOf(text: string | null): string | null {
  // Without a letter it is megabytes.
  const bytes = text === null ? null : parseBytes(/[A-Z]$/i.test(text) ? text : `${text}M`)
  return bytes === null || bytes === 0 ? null : `${Math.ceil(bytes / 2 ** 20)}M`
}

function escape(name: string): string {
  return name.replace(/[/:]/g, '\\$&')
}
