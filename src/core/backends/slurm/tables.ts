// What squeue, sacct and scontrol are asked for, and their answers as rows. Sites print banners wherever they like: only lines
// of the shape that was asked for count. Times are asked for as seconds since the epoch (SLURM_TIME_FORMAT=%s).
import { stateWord } from './states'

/** One job, or one task of an array, as one of the three knows it. What it does not tell is null. */
export interface SlurmRow {
  /** `17`, `17_3`, or for tasks that wait together `17_[4-9%2]`. */
  readonly id: string
  /** That of the whole array, or of the job. */
  readonly base: string
  /** `3`, or `4-9%2`; null: it is no array. */
  readonly task: string | null
  /** The first word. */
  readonly state: string
  /** Who cancelled it, by the number of the user; null: it is not told. */
  readonly cancelledBy: string | null
  readonly reason: string | null
  readonly submitMs: number | null
  readonly startMs: number | null
  readonly endMs: number | null
  readonly elapsedSec: number | null
  readonly limitSec: number | null
  readonly exit: { readonly code: number; readonly signal: number } | null
  readonly partition: string | null
  readonly nodes: string | null
  readonly cpus: number | null
  readonly askedMemoryBytes: number | null
  readonly restarts: number | null
  readonly name: string | null
  /** Accounting has a row before it knows all of the job, for a second or so. */
  readonly isWhole: boolean
}

const mark = 'RELAY1'
/** The name of a job may hold anything, so it comes last. */
export const squeueFormat = `${mark}|%i|%F|%K|%T|%r|%M|%l|%S|%V|%P|%N|%C|%j`
const squeueFields = 13

export const sacctFields =
  'JobID,State,ExitCode,Submit,Start,End,ElapsedRaw,TimelimitRaw,AllocCPUS,ReqMem,Partition,NodeList,JobName'

/** For `squeue -O`: where jobs write to, as they asked for it. */
export const outputFields = 'ArrayJobID:|,STDOUT:|'

/** What `squeue -O outputFields` tells, by the number of the job. */
export function parseOutputs(stdout: string): ReadonlyMap<string, string> {
  return new Map(
    linesOf(stdout).flatMap((line) => {
      const [, id, file] = /^\s*(\d+)\s*\|(\/.*?)\s*\|\s*$/.exec(line) ?? []
      return id === undefined || file === undefined ? [] : [[id, file] as const]
    }),
  )
}

/** The file that a pattern of sbatch means for a job that is no array; null: it has more in it than its number. */
export function fillOutput(pattern: string, id: string): string | null {
  const filled = pattern.replace(/%(%|\d*[jA])/g, (_, what: string) =>
    what === '%' ? '\u0000' : id.padStart(Number(what.slice(0, -1)), '0'),
  )
  return filled.includes('%') ? null : filled.replaceAll('\u0000', '%')
}

/** The rows of `squeue -h -o squeueFormat`. */
export function parseSqueue(stdout: string): readonly SlurmRow[] {
  return linesOf(stdout).flatMap((line): SlurmRow[] => {
    // A banner without an end of line may stand before it.
    const at = line.indexOf(`${mark}|`)
    const fields = at < 0 ? [] : splitFirst(line.slice(at), squeueFields)
    const [, id = '', base = '', task = '', state = '', reason = '', elapsed = '', limit = '', start = ''] = fields
    const [submit = '', partition = '', nodes = '', cpus = '', name = ''] = fields.slice(9)
    if (fields.length <= squeueFields || !/^\d+/.test(id) || !/^\d+$/.test(base)) return []
    return [
      {
        id,
        base,
        task: task === 'N/A' ? null : (/_\[?([^\]]*)\]?$/.exec(id)?.[1] ?? task),
        state: stateWord(state),
        cancelledBy: null,
        reason: told(reason),
        submitMs: parseTime(submit),
        startMs: parseTime(start),
        endMs: null,
        elapsedSec: parseDuration(elapsed),
        limitSec: parseDuration(limit),
        exit: null,
        partition: told(partition),
        nodes: told(nodes),
        cpus: parseCount(cpus),
        askedMemoryBytes: null,
        restarts: null,
        name: told(name),
        isWhole: true,
      },
    ]
  })
}

/** The rows of `sacct -X -D -P -n -o sacctFields`: of each job or task the newest, for one that is requeued has several. */
export function parseSacct(stdout: string): readonly SlurmRow[] {
  const newest = new Map<string, SlurmRow>()
  for (const line of linesOf(stdout)) {
    const fields = splitFirst(line, 12)
    const [id = '', state = '', exit = '', submit = '', start = '', end = '', elapsed = '', limit = ''] = fields
    const [cpus = '', memory = '', partition = '', nodes = '', name = ''] = fields.slice(8)
    const shape = /^(\d+)(?:_\[?([^\]]+)\]?)?$/.exec(id)
    if (fields.length < 13 || shape === null || stateWord(state) === '') continue
    const allocated = parseCount(cpus)
    const row: SlurmRow = {
      id,
      base: shape[1] ?? id,
      task: shape[2] ?? null,
      state: stateWord(state),
      cancelledBy: /^CANCELLED by (\d+)/.exec(state)?.[1] ?? null,
      reason: null,
      submitMs: parseTime(submit),
      startMs: parseTime(start),
      endMs: parseTime(end),
      elapsedSec: parseCount(elapsed),
      limitSec: /^\d+$/.test(limit) ? Number(limit) * 60 : null,
      exit: parseExit(exit),
      partition: told(partition),
      nodes: told(nodes),
      cpus: allocated,
      askedMemoryBytes: parseAskedMemory(memory, allocated),
      restarts: null,
      name: told(name),
      isWhole: partition !== '',
    }
    const known = newest.get(id)
    if (known === undefined || (known.submitMs ?? 0) <= (row.submitMs ?? 0)) newest.set(id, row)
  }
  return [...newest.values()]
}

/** What the steps of a job have used, of `sacct -P -n -o JobID,MaxRSS,TotalCPU`: by the number of the job or task. */
export function parseUse(
  stdout: string,
): ReadonlyMap<string, { readonly memoryBytes: number; readonly cpuSec: number }> {
  const use = new Map<string, { memoryBytes: number; cpuSec: number }>()
  for (const line of linesOf(stdout)) {
    const [step = '', memory = '', cpu = ''] = line.split('|')
    const id = /^(\d+(?:_\d+)?)\.\w+$/.exec(step)?.[1]
    const memoryBytes = parseBytes(memory)
    const cpuSec = parseDuration(cpu)
    if (id === undefined || (memoryBytes === null && cpuSec === null)) continue
    const known = use.get(id) ?? { memoryBytes: 0, cpuSec: 0 }
    use.set(id, {
      memoryBytes: Math.max(known.memoryBytes, memoryBytes ?? 0),
      cpuSec: known.cpuSec + (cpuSec ?? 0),
    })
  }
  return use
}

/** The rows of `scontrol show job -o`, and where each of them writes to. */
export function parseScontrol(
  stdout: string,
): readonly (SlurmRow & { readonly output: string | null; readonly user: string | null })[] {
  return linesOf(stdout).flatMap((line) => {
    const at = line.indexOf('JobId=')
    if (at < 0) return []
    const text = line.slice(at)
    const value = (name: string) => new RegExp(`(?:^|\\s)${name}=(\\S*)`).exec(text)?.[1] ?? ''
    const id = value('JobId')
    const state = stateWord(value('JobState'))
    if (!/^\d+$/.test(id) || state === '') return []
    const base = /^\d+$/.test(value('ArrayJobId')) ? value('ArrayJobId') : id
    const task = value('ArrayTaskId') === '' ? null : value('ArrayTaskId')
    return [
      {
        id: task === null ? id : `${base}_${/^\d+$/.test(task) ? task : `[${task}]`}`,
        base,
        task,
        state,
        cancelledBy: null,
        reason: told(value('Reason')),
        submitMs: parseTime(value('SubmitTime')),
        startMs: parseTime(value('StartTime')),
        endMs: parseTime(value('EndTime')),
        elapsedSec: parseDuration(value('RunTime')),
        limitSec: parseDuration(value('TimeLimit')),
        exit: parseExit(value('ExitCode')),
        partition: told(value('Partition')),
        nodes: told(value('NodeList')),
        cpus: parseCount(value('NumCPUs')),
        askedMemoryBytes: parseBytes(/(?:^|,)mem=([^,]+)/.exec(value('TRES'))?.[1] ?? ''),
        restarts: parseCount(value('Restarts')),
        name: told(value('JobName')),
        isWhole: true,
        // Paths may have blanks: up to the next name.
        output: told(/ StdOut=(.*?)(?: [A-Z][\w/]*=|\s*$)/.exec(text)?.[1] ?? ''),
        user: /^[^(]*\((\d+)\)/.exec(value('UserId'))?.[1] ?? null,
      },
    ]
  })
}

/** The number that `sbatch --parsable` prints, `17` or `17;cluster`, among whatever else is printed; null: there is none. */
export function parseSubmitted(stdout: string): string | null {
  const found = linesOf(stdout).flatMap((line) => /^\s*([1-9]\d{0,11})(?:;[\w.-]+)?\s*$/.exec(line)?.[1] ?? [])
  return found.at(-1) ?? null
}

/** `1-02:03:04`, `02:03:04`, `03:04`, `00:00.001`: in seconds; null for UNLIMITED, INVALID and the like. */
export function parseDuration(text: string): number | null {
  const match = /^(?:(\d+)-)?(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)$/.exec(text.trim())
  if (match === null) return null
  const [, days, hours, minutes, seconds] = match
  // `1-02` and `1-02:03` count from hours.
  if (days !== undefined && hours === undefined)
    return (
      Number(days) * 86_400 +
      (minutes === undefined ? Number(seconds) * 3600 : Number(minutes) * 3600 + Number(seconds) * 60)
    )
  return Number(days ?? 0) * 86_400 + Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds)
}

/** `3080K`, `1.5G`, `64M`; without a letter bytes. */
export function parseBytes(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)([KMGTP]?)(?:i?B)?$/i.exec(text.trim())
  if (match === null) return null
  return Math.round(Number(match[1]) * 1024 ** ' KMGTP'.indexOf((match[2] ?? '').toUpperCase() || ' '))
}

/** Older versions say for what: `4Gc` for each processor, `4Gn` for each node. */
function parseAskedMemory(text: string, cpus: number | null): number | null {
  const each = /[cn]$/.exec(text)?.[0]
  const bytes = parseBytes(text.replace(/[cn]$/, ''))
  return bytes === null || bytes === 0 ? null : each === 'c' ? bytes * (cpus ?? 1) : bytes
}

function parseExit(text: string): SlurmRow['exit'] {
  const match = /^(\d+):(\d+)$/.exec(text)
  return match === null ? null : { code: Number(match[1]), signal: Number(match[2]) }
}

/** Seconds since the epoch, or where an old version knows no format, its local time. */
function parseTime(text: string): number | null {
  if (/^\d{6,}$/.test(text)) return Number(text) * 1000
  const ms = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : NaN
  return Number.isNaN(ms) ? null : ms
}

function parseCount(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null
}

function told(text: string): string | null {
  const value = text.trim()
  return ['', 'N/A', '(null)', 'None', 'Unknown', 'None assigned', 'n/a'].includes(value) ? null : value
}

function linesOf(text: string): string[] {
  return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.replace(/\r$/, '')]))
}

/** The first `count` bars divide; what follows them is one field. */
function splitFirst(line: string, count: number): string[] {
  const fields = line.split('|')
  return fields.length <= count ? fields : [...fields.slice(0, count), fields.slice(count).join('|')]
}
