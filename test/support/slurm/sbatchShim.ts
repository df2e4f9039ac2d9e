// An `sbatch` before all others on the PATH of a Relay Jobs, which asks the real one and does more before or after it, as a shell script says.
import fs from 'node:fs'
import path from 'node:path'
import type { Relay } from '../relay'
import type { SlurmCluster } from './cluster'

/** `before` and `after` are lines of `sh`; after it `$number` is the answer of the real one. */
export function shimSbatch(
  relay: Relay,
  cluster: SlurmCluster,
  { before = '', after = '' }: { readonly before?: string; readonly after?: string },
): void {
  relay.env['SLURM_CONF'] = cluster.conf
  const bin = path.join(relay.root, 'bin')
  fs.mkdirSync(bin)
  relay.env['PATH'] = `${bin}:${relay.env['PATH'] ?? ''}`
  const lines = ['#!/bin/sh', before, 'number=$(/usr/bin/sbatch "$@") || exit', after, 'echo "$number"', '']
  fs.writeFileSync(path.join(bin, 'sbatch'), lines.join('\n'), { mode: 0o755 })
}
