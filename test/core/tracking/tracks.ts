// Plans of tracks as tests want them.
import { watchDefaults } from '../../../src/core/blocks/schema'
import type { Agent } from '../../../src/core/followUps/agent'
import type { Plan } from '../../../src/core/jobs/plan'
import type { TrackPlan } from '../../../src/core/tracking/trackPlan'

export const agent: Agent = {
  kind: 'claude',
  program: '/usr/bin/claude',
  args: [],
  permissionMode: 'acceptEdits',
  timeLimitSec: 600,
  waitLimitSec: 0,
  otherwise: 'builtin',
  reason: 'setting',
}

export function job(command = 'python3 train.py', cwd = '/projects/space'): Plan {
  return {
    work: { kind: 'command', command },
    backend: { kind: 'local' },
    cwd,
    env: {},
    timeLimitSec: null,
    preflight: { checks: [], onFail: 'reject' },
    watch: {
      everySec: watchDefaults.everySec,
      tailLines: watchDefaults.tailLines,
      requireFiles: [],
      readyTimeoutSec: watchDefaults.readyTimeoutSec,
      readyPollSec: watchDefaults.readyPollSec,
      onMissing: watchDefaults.onMissing,
    },
    followUp: null,
  }
}

export function plan(over: Partial<TrackPlan> = {}): TrackPlan {
  return {
    kind: 'track',
    tracked: { kind: 'launch', name: 'python3 train.py' },
    job: job(),
    experiment: 'two moons',
    date: '2026-11-28',
    document: 'docs/two-moons.md',
    results: { folder: 'results', globs: [] },
    metrics: ['acc'],
    pullRequest: {
      branch: 'results/two-moons-2026-11-28',
      remote: 'origin',
      base: 'main',
      opens: true,
      title: 'Results: two moons',
      body: '{summary}',
      trailer: null,
    },
    relaunch: { attempts: 3, again: job(), maxMemoryMb: null, maxTimeSec: null, agent, links: [] },
    discussion: agent,
    ...over,
  }
}
