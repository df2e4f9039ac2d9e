// Where a SLURM job ran and when it was submitted, as `scontrol show job -o` or, once that has forgotten it, `sacct` tell. Pure.

export interface WhereRan {
  /** Absolute. */
  readonly directory: string
  /** By the clock of the cluster; null: it is not told. */
  readonly submittedMs: number | null
}

/** With `SLURM_TIME_FORMAT=%s`. Of an array its first task. Null: it does not say. */
export function readShownPlace(stdout: string): WhereRan | null {
  const [line = ''] = stdout.split('\n')
  // A path may have blanks: it ends where the next name begins.
  const directory = /(?:^|\s)WorkDir=(\/.*?)(?=\s+[A-Z][\w/:]*=|\s*$)/.exec(line)?.[1]
  return place(directory, /(?:^|\s)SubmitTime=(\d{6,12})(?:\s|$)/.exec(line)?.[1])
}

/** Of `sacct -X -n -P -o Submit,WorkDir`. */
export function readAccountedPlace(stdout: string): WhereRan | null {
  const [, submitted, directory] = /^(\d{6,12}|[^|]{0,40})\|(\/[^\n]*)$/m.exec(stdout) ?? []
  return place(directory, /^\d+$/.exec(submitted ?? '')?.[0])
}

function place(directory: string | undefined, submittedSec: string | undefined): WhereRan | null {
  if (directory === undefined || directory.length > 1000 || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(directory)) return null
  return { directory, submittedMs: submittedSec === undefined ? null : Number(submittedSec) * 1000 }
}
