// Registries as large as one likes, the same each time, for tests of what shows them.
import { buildRunTable, type RunTable } from '../../src/core/experiments/runTable'
import { type RunShape, runRecord } from './runRecord'

/** `count` runs, one a minute, of which the 7th of every ten failed; lr, batch and seed differ. */
export function manyRuns(count: number, others: readonly RunShape[] = []): RunTable {
  const records = Array.from({ length: count }, (_, index) => {
    const hasFailed = index % 10 === 7
    const lr = [0.1, 0.03, 0.01, 0.003][index % 4] ?? 0.1
    const value = hasFailed ? null : Number((0.7 + 0.25 * Math.abs(Math.sin(index * 12.9898))).toFixed(4))
    const startedMs = Date.UTC(2026, 10, 1) + index * 60_000
    return runRecord({
      runId: `r${new Date(startedMs)
        .toISOString()
        .replace(/\D/g, '')
        .slice(0, 14)
        .replace(/(\d{8})/, '$1-')}-${index.toString(36).padStart(4, '0')}`,
      status: hasFailed ? 'failed' : 'success',
      name: 'val_accuracy',
      higherIsBetter: true,
      value,
      metrics: value === null ? {} : { val_loss: Number((1 - value).toFixed(4)), train_loss: 0.1 + (index % 13) / 100 },
      template: index % 3 === 0 ? 'baseline' : 'wide',
      params: { lr, batch: 2 ** (4 + (index % 3)), seed: index % 5, optimizer: 'adamw' },
      seed: index % 5,
      startedAt: new Date(startedMs).toISOString(),
      endedAt: new Date(startedMs + 45_000).toISOString(),
      error: hasFailed ? 'CUDA out of memory' : null,
    })
  })
  return buildRunTable([...records, ...others.map(runRecord)])
}
