// What a job writes where this machine does not see it, and what is not fetched from there, for it was approved before that could be.
import type { Plan } from '../jobs/plan'

/** Whose files stay there, in words; null: it runs where its files are seen. */
export function filesElsewhere({ backend }: Plan): string | null {
  switch (backend.kind) {
    case 'slurm':
      return backend.host === undefined ? null : `files that it writes on ${backend.host}`
    case 'github':
      return 'files and artifacts of the workflow run'
    case 'local':
    case 'process':
      return null
  }
}
