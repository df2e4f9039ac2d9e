// The SLURM that all tests of one suite use: started before the first of them, and gone after the last.
import { afterAll, beforeAll } from 'vitest'
import { SlurmCluster } from './cluster'

const limitMs = 60_000

/** Called in a suite, before its own `beforeAll`: hooks come in their order, and those at the end in the opposite one. */
export function suiteCluster(options: { readonly accounting: boolean }): () => SlurmCluster {
  let cluster: SlurmCluster | null = null
  beforeAll(async () => {
    cluster = await SlurmCluster.start(options)
  }, limitMs)
  afterAll(() => cluster?.stop(), limitMs)
  return () => {
    if (cluster === null) throw new Error('The cluster of the suite is there in its tests and hooks only.')
    return cluster
  }
}
