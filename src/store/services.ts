// When a service (a cluster, a repository) was last heard, and what was wrong when it was not. Written by the supervisor alone;
// a cache for those who show jobs: without it, the journal's own time is told.
import path from 'node:path'
import * as z from 'zod'
import type { Job } from '../core/jobs/job'
import { readIfExists, writeDurably } from './durableFile'

const serviceSchema = z.object({
  heardAtMs: z.number().nullable(),
  problem: z.string().nullable(),
  problemSinceMs: z.number().nullable(),
})
export type Service = z.infer<typeof serviceSchema>
const fileSchema = z.object({ v: z.literal(1), services: z.record(z.string(), serviceSchema) })

/** What runs a job, by a name that says where: `slurm`, `slurm sherlock`, `github owner/name`. Null: this machine. */
export function serviceName({ spec }: Pick<Job, 'spec'>): string | null {
  const { backend } = spec.plan
  if (backend.kind === 'slurm') return backend.host === undefined ? 'slurm' : `slurm ${backend.host}`
  return backend.kind === 'github' ? `github ${backend.repo}` : null
}

function fileOf(root: string, host: string): string {
  return path.join(root, 'hosts', host, 'services.json')
}

export function readServices(root: string, host: string): ReadonlyMap<string, Service> {
  try {
    const text = readIfExists(fileOf(root, host))
    return new Map(text === null ? [] : Object.entries(fileSchema.parse(JSON.parse(text)).services))
  } catch {
    return new Map() // Cut off, or of another version.
  }
}

/** Throws RelayError. */
export function writeServices(root: string, host: string, services: ReadonlyMap<string, Service>): void {
  writeDurably(fileOf(root, host), `${JSON.stringify({ v: 1, services: Object.fromEntries(services) })}\n`)
}
