// A record of a run, for tests: only what a test says of it differs.
import type { RunRecord } from '../../src/core/experiments/registryRecord'

export interface RunShape extends Partial<Omit<RunRecord, 'primary'>> {
  readonly runId: string
  readonly value?: number | null
  /** Of the primary metric. */
  readonly name?: string
  readonly higherIsBetter?: boolean
}

export function runRecord({ value = null, name = 'loss', higherIsBetter = false, ...rest }: RunShape): RunRecord {
  return {
    status: 'success',
    primary: { name, value, higherIsBetter },
    metrics: {},
    startedAt: '2026-11-20T10:00:00+00:00',
    endedAt: '2026-11-20T10:01:00+00:00',
    jobId: null,
    taskId: null,
    seed: null,
    template: null,
    params: {},
    command: ['python3', 'train.py'],
    cwd: '/work',
    git: { commit: 'abc', branch: 'main', dirty: false },
    paths: {
      runDir: `exp/results/${rest.runId}`,
      meta: `exp/results/${rest.runId}/meta.json`,
      metrics: `exp/results/${rest.runId}/metrics.json`,
      trainLog: `exp/results/${rest.runId}/train.log`,
    },
    recordedAt: '2026-11-20T10:01:01.000Z',
    error: null,
    errorType: null,
    ...rest,
  }
}
