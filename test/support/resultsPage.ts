// A page of results, as a track that has begun has it.
import type { ResultsPage } from '../../src/core/tracking/resultsPage'

export const trackId = '20261128-120000-abc123'

export function resultsPage(change: Partial<ResultsPage> = {}): ResultsPage {
  return {
    track: trackId,
    experiment: 'Two moons',
    summary: ['Tracks the command python3 train.py.'],
    table: {
      metrics: [{ name: 'val_acc', better: 'higher' }],
      rows: [{ label: '4711', state: 'pending', note: null, cells: {} }],
    },
    unfetched: [],
    metrics: ['val_acc'],
    jobs: [{ id: '4711', isDone: false }],
    attempts: [],
    failure: null,
    discussion: null,
    final: null,
    ...change,
  }
}

/** The same, once it has ended well. */
export function filledPage(change: Partial<ResultsPage> = {}): ResultsPage {
  return resultsPage({
    table: {
      metrics: [{ name: 'val_acc', better: 'higher' }],
      rows: [
        {
          label: '4711',
          state: 'succeeded',
          note: null,
          cells: { val_acc: { kind: 'value', best: 0.93, last: 0.91 } },
        },
      ],
    },
    jobs: [{ id: '4711', isDone: true }],
    final: 'It ended well.',
    ...change,
  })
}
