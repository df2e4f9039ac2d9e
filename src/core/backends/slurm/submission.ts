// Submitting so that it happens once: the words of sbatch, the name by which a job is found again, and what a refusal means.
import type { JobId } from '../../jobs/jobId'
import { sbatchWords } from '../renderBackend'
import type { SbatchOptions } from '../backendPlan'
import type { SlurmRow } from './tables'

/** The name of the SLURM job of an attempt: known before it is submitted, and given to no other. */
export function slurmName(jobId: JobId, attempt: number): string {
  return `relay-${jobId}-${attempt}`
}

/** All words but the script, which comes last. `output`: where it writes; null: its own #SBATCH line says that. */
export function submitWords(
  name: string,
  options: SbatchOptions,
  cwd: string,
  output: string | null,
): readonly string[] {
  return [
    'sbatch',
    '--parsable',
    ...sbatchWords(options),
    `--job-name=${name}`,
    `--chdir=${cwd}`,
    '--open-mode=append',
    // % and what follows it would be replaced.
    ...(output === null ? [] : [`--output=${output.replaceAll('%', '%%')}`]),
  ]
}

/** The job that was submitted under that name, or null. Of several, which a killed client may leave, the first. */
export function findSubmitted(name: string, rows: readonly SlurmRow[]): string | null {
  const ids = rows.flatMap((row) => (row.name === name ? [row.base] : []))
  return ids.sort((a, b) => Number(a) - Number(b))[0] ?? null
}

/** Trouble of the scheduler, or of the way to it, which passes. What is not known is taken for a refusal, and told. */
const passing =
  /unable to contact|unable to establish|socket timed out|timed ?out|connection (?:refused|reset|closed|timed)|communication|try again|temporarily|zero bytes|slurmctld|controller|authentication|munge|kex_exchange|broken pipe|no route to host|network is (?:unreachable|down)|could not resolve|lost connection|too many open|database/i

/** In one line why sbatch has refused; null: it could not answer, and is to be asked again. */
export function refusalOf(code: number, stderr: string): string | null {
  const lines = stderr
    .split('\n')
    .map((line) => line.replace(/^sbatch: (?:error: )?/, '').trim())
    .filter((line) => line !== '')
  const text = lines.join(' ')
  // 255 is that of ssh itself.
  if (passing.test(text) || code === 255) return null
  return text === '' ? `sbatch ended with ${code} and said nothing.` : text.slice(0, 500)
}
