// What could be tracked, as a person chooses from it: their SLURM jobs, processes and workflow runs, out of the words of squeue, ps and gh.
import * as z from 'zod'
import { meaningOf } from '../backends/slurm/states'
import { formatDuration } from '../followUps/quantities'
import { shorten } from '../jobs/jobWords'

export interface Trackable {
  readonly kind: 'slurm' | 'process' | 'run'
  readonly id: string
  /** Anybody's text, in one line. */
  readonly name: string
  /** In words: state, partition, elapsed, why it waits; age and CPU. */
  readonly detail: string
}

export const trackableSchema = z.array(
  z.object({ kind: z.enum(['slurm', 'process', 'run']), id: z.string(), name: z.string(), detail: z.string() }),
)

const maxShown = 200
const nameChars = 160

/** A job of the person's on a cluster, as it is listed there; `words` say what its state means, and why it waits. */
export interface ListedJob {
  readonly id: string
  readonly name: string | null
  readonly state: string
  readonly words: string
  readonly partition: string | null
  readonly nodes: string | null
  readonly elapsedSec: number | null
}

export function slurmTrackables(jobs: readonly ListedJob[]): readonly Trackable[] {
  return jobs
    .filter(({ id, state }) => /^\d+(_\d+)?$/.test(id) && meaningOf(state).kind !== 'over')
    .slice(0, maxShown)
    .map(({ id, words, partition, elapsedSec, name, nodes }) => {
      const elapsed = elapsedSec === null || elapsedSec === 0 ? null : formatDuration(elapsedSec * 1000)
      return {
        kind: 'slurm' as const,
        id,
        name: shorten(name ?? '', nameChars),
        detail: join([words, partition, elapsed, nodes]),
      }
    })
}

/** Of `ps -xww -o pid=,ppid=,etime=,pcpu=,args=`: those that have worked most first; `own` are not among them. */
export function processTrackables(text: string, own: ReadonlySet<number>): readonly Trackable[] {
  const rows = text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+([\d:-]+)\s+([\d.]+)\s+(\S.*)$/.exec(line.slice(0, 4_096))
    if (match === null) return []
    const [, pid = '', , elapsed = '', cpu = '', args = ''] = match
    const isOurs = own.has(Number(pid)) || /(?:^|\/)(?:supervisor|cli)\.js\b|keeper\.sh|\bps -xww\b/.test(args)
    const isShell = /^-?(?:\/\S*\/)?(?:ba|z|da|fi|k)?sh(?:\s+-l|\s+-i)?$|^\[|^\(|^sshd|^systemd|^dbus-/.test(args)
    return isOurs || isShell ? [] : [{ pid, ageSec: readElapsed(elapsed), cpu: Number(cpu), args }]
  })
  return [...rows]
    .sort((a, b) => b.cpu * b.ageSec - a.cpu * a.ageSec)
    .slice(0, maxShown)
    .map(({ pid, ageSec, cpu, args }) => ({
      kind: 'process' as const,
      id: pid,
      name: shorten(args, nameChars),
      detail: `${formatDuration(ageSec * 1000)}, CPU ${Math.round(cpu)} %`,
    }))
}

const runsSchema = z.array(
  z.object({
    databaseId: z.int(),
    displayTitle: z.string(),
    workflowName: z.string(),
    status: z.string(),
    conclusion: z.string().nullable(),
    createdAt: z.string(),
    headBranch: z.string().nullable(),
  }),
)

/** Of `gh run list --json …`; what is none is none. */
export function runTrackables(text: string, nowMs: number): readonly Trackable[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return [] // Not what was asked for.
  }
  const parsed = runsSchema.safeParse(value)
  if (!parsed.success) return []
  return parsed.data.slice(0, maxShown).map((run) => {
    const ageMs = nowMs - Date.parse(run.createdAt)
    const ended = run.conclusion === null || run.conclusion === '' ? null : run.conclusion
    const facts = [
      run.workflowName,
      ended ?? run.status.replaceAll('_', ' '),
      run.headBranch,
      Number.isFinite(ageMs) && ageMs >= 0 ? `${formatDuration(ageMs)} ago` : null,
    ]
    return {
      kind: 'run' as const,
      id: String(run.databaseId),
      name: shorten(run.displayTitle, nameChars),
      detail: join(facts),
    }
  })
}

/** `[[DD-]hh:]mm:ss` in seconds. */
function readElapsed(text: string): number {
  const match = /^(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)$/.exec(text)
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = (match ?? [])
    .slice(1)
    .map((part) => Number((part as string | undefined) ?? 0))
  return days * 86_400 + hours * 3600 + minutes * 60 + seconds
}

function join(facts: readonly (string | null)[]): string {
  return facts.filter((fact) => fact !== null && fact !== '').join(' · ')
}
