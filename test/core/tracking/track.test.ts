// The policy of a track against a small world: jobs that end as the test says, acts that take a moment, and a supervisor that may die after
// any record. What must hold: no job is started twice, nothing is intended and forgotten, and it always comes to an end.
import { describe, expect, test } from 'vitest'
import { initialJob, type Job } from '../../../src/core/jobs/job'
import { type JobId, jobIdSchema } from '../../../src/core/jobs/jobId'
import type { Outcome } from '../../../src/core/jobs/outcome'
import type { Plan } from '../../../src/core/jobs/plan'
import type { TrackFailure } from '../../../src/core/tracking/diagnose'
import { defaultBodyTemplate } from '../../../src/core/tracking/resultsTemplate'
import { renderBody } from '../../../src/core/tracking/renderResults'
import { describeTrack } from '../../../src/core/tracking/describeTrack'
import { trackKind } from '../../../src/core/tracking/track'
import type { TrackAct } from '../../../src/core/tracking/trackAct'
import { attemptJobId, type Track, type TrackState } from '../../../src/core/tracking/trackState'
import type { TrackEvent } from '../../../src/core/tracking/trackEvent'
import { trackPage } from '../../../src/core/tracking/trackPage'
import type { TrackPlan } from '../../../src/core/tracking/trackPlan'
import { type CommonEvent, reduceUndertaking, type UndertakingSpec } from '../../../src/core/undertakings/undertaking'
import { job, plan } from './tracks'

const id = jobIdSchema.parse('20261128-120000-abcdef')

interface Script {
  /** How each attempt ends, the first first. */
  readonly attempts: readonly (readonly [Outcome, TrackFailure | null, string])[]
  readonly fetch?: { readonly complete: false; readonly passing: boolean; readonly problems: readonly string[] }
  readonly answers?: 'done' | 'blocked'
  readonly fixProblem?: string
  readonly publish?: (key: string, times: number) => Partial<Extract<TrackEvent, { type: 'published' }>>
}

class World {
  track: Track
  readonly started: { readonly id: JobId; readonly plan: Plan }[] = []
  readonly done: string[] = []
  readonly events: (TrackEvent | CommonEvent)[] = []
  private readonly jobs = new Map<JobId, Job>()
  nowMs = 1_000
  private readonly publications = new Map<string, number>()

  constructor(
    trackPlan: TrackPlan,
    private readonly script: Script,
  ) {
    const spec: UndertakingSpec<TrackPlan> = {
      v: 1,
      id,
      createdAtMs: 0,
      host: 'h',
      folder: '/projects/space',
      plan: trackPlan,
    }
    this.track = {
      spec,
      approval: null,
      jobs: [],
      stopRequestedAtMs: null,
      run: 0,
      requests: [],
      state: trackKind.initial(spec),
      updatedAtMs: 0,
    }
    this.record({ type: 'approved', approval: { digest: 'd', how: 'asked' } })
  }

  record(event: TrackEvent | CommonEvent): void {
    this.events.push(event)
    // What a journal that is gone on with has started is there.
    if (event.type === 'job_started' && !this.jobs.has(event.job)) this.jobs.set(event.job, this.end(event.job, job()))
    this.track = reduceUndertaking(trackKind, this.track, this.nowMs, event)
  }

  /** Until it is at rest; `forgets`: the record of a started job is lost at that start, as by a crash between the two. */
  run(forgets = -1): TrackState {
    for (let round = 0; round < 2_000; round++) {
      if (trackKind.isAtRest(this.track)) return this.track.state
      this.nowMs += 1_000
      const effects = trackKind.decide(this.track, {
        nowMs: this.nowMs,
        job: (one) => {
          const known = this.jobs.get(one)
          return known === undefined ? { kind: 'absent' } : { kind: 'known', job: known }
        },
        sinceActMs: () => null,
      })
      const records = effects.flatMap((effect) => (effect.kind === 'record' ? [effect.event] : []))
      if (records.length > 0) {
        for (const event of records) this.record(event)
        continue
      }
      for (const effect of effects) {
        if (effect.kind === 'start_job') {
          if (!this.jobs.has(effect.id)) {
            this.started.push({ id: effect.id, plan: effect.plan })
            this.jobs.set(effect.id, this.end(effect.id, effect.plan))
          }
          if (this.started.length - 1 !== forgets || round % 2 === 0)
            this.record({ type: 'job_started', job: effect.id })
        } else if (effect.kind === 'act') this.record(this.act(effect.act))
        else if (effect.kind === 'look_again') this.nowMs += effect.afterMs
      }
    }
    throw new Error(`it does not come to an end: ${JSON.stringify(this.events.at(-1))}`)
  }

  private end(jobId: JobId, of: Plan): Job {
    const number = Number(/-a(\d)$/.exec(jobId)?.[1] ?? 0)
    const outcome = number === 0 ? 'succeeded' : (this.script.attempts[number - 1]?.[0] ?? 'succeeded')
    const answer = number === 0 ? (this.script.answers ?? 'done') : null
    const spec = {
      v: 1 as const,
      id: jobId,
      createdAtMs: 0,
      host: 'h',
      folder: '/projects/space',
      origin: { kind: 'track' as const, run: id, act: 'x' },
      description: null,
      plan: of,
    }
    return {
      ...initialJob(spec),
      state: { kind: 'ended', outcome, reason: 'exit', atMs: 1, files: [], answer },
      attempt: 2,
    }
  }

  private act(act: TrackAct): TrackEvent {
    this.done.push(act.kind === 'publish' ? `publish ${act.key}` : act.kind)
    switch (act.kind) {
      case 'take_snapshot':
        return { type: 'snapshot_taken', commit: 'c0', leftOut: [], problem: null }
      case 'publish': {
        const times = (this.publications.get(act.key) ?? 0) + 1
        this.publications.set(act.key, times)
        const url = 'https://github.com/a/b/pull/1'
        const usual = { commit: `c-${act.key}`, pushed: true, url, problem: null, passing: false }
        return { type: 'published', key: act.key, ...usual, ...this.script.publish?.(act.key, times) }
      }
      case 'fetch_results': {
        const usual = { files: 1, bytes: 20, complete: true, passing: false, problems: [] }
        return { type: 'results_fetched', attempt: act.attempt, ...usual, ...this.script.fetch }
      }
      case 'examine': {
        const [outcome, failure, signature] = this.script.attempts[act.attempt - 1] ?? ['succeeded', null, '']
        return {
          type: 'examined',
          attempt: act.attempt,
          outcome,
          reason: 'exit',
          known: null,
          startedAtMs: 0,
          endedAtMs: 10,
          failure:
            failure === null ? null : { class: failure, explanation: 'It failed.', evidence: ['boom'], signature },
          resources: { memoryMb: null, timeSec: null },
          metrics:
            failure === null
              ? [{ name: 'acc', better: 'higher', last: 0.5, best: 0.75, count: 2, seeds: null, path: 'm.json' }]
              : [],
          missing: [],
          problems: [],
        }
      }
      case 'make_worktree':
        return { type: 'worktree_made', attempt: act.attempt, folder: `/state/tree-${act.attempt}`, problem: null }
      case 'take_fix':
        return {
          type: 'fix_taken',
          attempt: act.attempt,
          commit: `f${act.attempt}`,
          files: ['train.py'],
          added: 1,
          removed: 1,
          problem: this.script.fixProblem ?? null,
        }
      case 'take_discussion':
        return { type: 'discussed', by: 'the built-in analyst', text: 'It went well.', problem: null }
      case 'hand_over':
        return { type: 'handed_over', problem: null }
    }
  }
}

const short = (world: World) => world.started.map((one) => one.id.slice(id.length + 1))

describe('a track', () => {
  test('whose files stay on a cluster says so in its pull request', () => {
    const backend = { kind: 'slurm', host: 'sherlock', ask: { act: 'submit', options: {} } } as const
    const world = new World(plan({ job: { ...job(), backend } }), { attempts: [['succeeded', null, '']] })
    world.run()
    expect(trackPage(world.track, 'results', () => null).summary.join()).toContain('on sherlock are not fetched')
  })

  test('that succeeds keeps the tree, opens the pull request before the launch, shows, discusses and tells', () => {
    const world = new World(plan(), { attempts: [['succeeded', null, '']] })
    const state = world.run()
    expect(world.done).toEqual([
      'take_snapshot',
      'publish opened',
      'examine',
      'publish results',
      'take_discussion',
      'publish discussed',
      'hand_over',
    ])
    expect(short(world)).toEqual(['a1', 'd'])
    expect(state.ended).toMatchObject({ outcome: 'succeeded' })
    expect(state.ended?.summary).toBe('two moons has succeeded. acc 0.75. https://github.com/a/b/pull/1')
  })

  test('that fails is fixed by the agent in a worktree, where it is run again', () => {
    const world = new World(plan(), {
      attempts: [
        ['failed', 'syntax', 'a'],
        ['succeeded', null, ''],
      ],
    })
    expect(world.run().ended?.outcome).toBe('succeeded')
    expect(short(world)).toEqual(['a1', 'x2', 'a2', 'd'])
    const [, fix, again] = world.started
    expect(fix?.plan).toMatchObject({ cwd: '/state/tree-2', work: { kind: 'agent', about: { jobId: `${id}-a1` } } })
    expect(again?.plan.cwd).toBe('/state/tree-2')
    expect(world.done).toContain('publish attempt-1')
    expect(describeTrack(world.track).attempts).toMatchObject([
      { number: 1, outcome: 'failed', failure: 'syntax error' },
      { number: 2, outcome: 'succeeded', fix: `${id}-x2` },
    ])
  })

  test('that fails twice in the same way ends with a report, and its pull request is updated all the same', () => {
    const world = new World(plan(), {
      attempts: [
        ['failed', 'syntax', 'a'],
        ['failed', 'syntax', 'a'],
      ],
    })
    expect(world.run().ended?.outcome).toBe('failed')
    expect(short(world)).toEqual(['a1', 'x2', 'a2', 'd'])
    const page = trackPage(world.track, 'results', () => '+ x')
    expect(page.failure).toMatchObject({
      class: 'syntax error',
      why: 'Attempts 1 and 2 failed in the same way.',
      evidence: ['boom'],
    })
    expect(page.attempts).toHaveLength(2)
    expect(page.attempts[1]).toMatchObject({ change: 'a fix of 1 file (+1 −1)', patch: '+ x' })
    expect(page.jobs).toMatchObject([{ isDone: false }])
    expect(world.done).toContain('publish results')
  })

  test('is run three times and never four', () => {
    const attempts = ['a', 'b', 'c', 'd'].map((one) => ['failed', 'syntax', one] as const)
    const world = new World(plan(), { attempts })
    expect(world.run().ended?.outcome).toBe('failed')
    expect(short(world).filter((one) => one.startsWith('a'))).toEqual(['a1', 'a2', 'a3'])
  })

  test('whose agent says that a person is needed stops there, with the patch kept', () => {
    const world = new World(plan(), {
      attempts: [['failed', 'syntax', 'a']],
      fixProblem: 'The agent says that a person is needed.',
    })
    expect(world.run().ended?.outcome).toBe('failed')
    expect(short(world)).toEqual(['a1', 'x2', 'd'])
    expect(trackPage(world.track, 'results', () => null).failure?.why).toBe('The agent says that a person is needed.')
  })

  test('whose node fails is run again as it is', () => {
    const world = new World(plan(), {
      attempts: [
        ['failed', 'node_failure', 'n'],
        ['succeeded', null, ''],
      ],
    })
    world.run()
    expect(short(world)).toEqual(['a1', 'a2', 'd'])
    expect(world.started[1]?.plan).toEqual(job())
  })

  test('without an agent is discussed by its numbers alone, without a job', () => {
    const world = new World(plan({ discussion: { kind: 'builtin' } }), { attempts: [['succeeded', null, '']] })
    const { discussion } = world.run()
    expect(short(world)).toEqual(['a1'])
    expect(discussion).toMatchObject({ by: 'the built-in analyst' })
    expect(discussion?.text).toContain('`acc`: ended at 0.5; its best was 0.75 (higher is better).')
  })

  test('without git runs all the same, keeps no tree, and its text is kept', () => {
    const none = { commit: null, pushed: false, url: null }
    const script = { attempts: [['succeeded', null, ''] as const], publish: () => none }
    const world = new World(plan({ pullRequest: null }), script)
    expect(world.run().ended?.summary).toBe('two moons has succeeded. acc 0.75.')
    expect(world.done[0]).toBe('publish opened')
  })

  test('whose pull request cannot be opened yet launches the job, and tries again with the results', () => {
    const offline = { commit: 'c', pushed: false, url: null, problem: 'offline', passing: true }
    const world = new World(plan(), {
      attempts: [['succeeded', null, '']],
      publish: (key) => (key === 'opened' ? offline : {}),
    })
    expect(world.run().ended?.summary).toContain('https://github.com/a/b/pull/1')
  })

  test('that can never be published ends, and says so', () => {
    const offline = { commit: 'c', pushed: false, url: null, problem: 'GitHub cannot be reached.', passing: true }
    const world = new World(plan(), { attempts: [['succeeded', null, '']], publish: () => offline })
    const { ended } = world.run()
    expect(ended?.summary).toContain('on the branch results/two-moons-2026-11-28. GitHub cannot be reached.')
    expect(world.done.filter((one) => one === 'publish results')).toHaveLength(6)
    // Beside the first six minutes a day and more.
    expect(world.done.filter((one) => one === 'publish discussed')).toHaveLength(300)
    expect(world.done.indexOf('hand_over')).toBe(world.done.length - 1)
  })

  const night = { commit: 'c', pushed: false, url: null, problem: 'GitHub cannot be reached.', passing: true }
  test.for([
    ['discussed', plan()],
    ['results', plan({ discussion: null })],
  ] as const)('whose machine is offline for a night shows its %s in the morning', ([key, trackPlan]) => {
    const publish = (one: string, times: number) => (one === 'opened' || (one === key && times < 120) ? night : {})
    const world = new World(trackPlan, { attempts: [['succeeded', null, '']], publish })
    expect(world.run().ended?.summary).toContain('https://github.com/a/b/pull/1')
  })

  test('that waits for a network is stopped at once', () => {
    let tries = 0
    const world = new World(plan({ discussion: null }), {
      attempts: [['succeeded', null, '']],
      publish: (key, times) => {
        tries = Math.max(tries, times)
        if (key === 'results' && times === 10) {
          expect(describeTrack(world.track).stage).toContain('relay track stop')
          world.record({ type: 'stop_requested', request: 'r' })
        }
        return night
      },
    })
    expect(world.run().ended?.outcome).toBe('stopped')
    expect(tries).toBe(10)
  })

  test('that is stopped before anything began makes no branch and no pull request', () => {
    const world = new World(plan(), { attempts: [['stopped', 'interrupted', 'i']] })
    world.record({ type: 'stop_requested', request: 'r' })
    expect(world.run().ended).toMatchObject({
      outcome: 'stopped',
      summary: 'two moons was stopped before anything began.',
    })
    expect([short(world), world.done]).toEqual([[], []])
  })

  test('that is stopped with nothing but its tree kept gives that back', () => {
    const world = new World(plan(), { attempts: [] })
    world.record({ type: 'snapshot_taken', commit: 'c0', leftOut: [], problem: null })
    world.record({ type: 'stop_requested', request: 'r' })
    expect(world.run().ended?.outcome).toBe('stopped')
    expect(world.done).toEqual(['hand_over'])
  })

  test('that is stopped is stopped, shown and told of, and nobody discusses it', () => {
    const world = new World(plan(), { attempts: [['stopped', 'interrupted', 'i']] })
    world.record({ type: 'publish_intended', key: 'opened' })
    world.record({ type: 'stop_requested', request: 'r' })
    expect(world.run().ended?.outcome).toBe('stopped')
    expect(short(world)).toEqual([])
    expect(world.done).toEqual(['publish results', 'hand_over'])
  })
})

test('a job whose start was not recorded any more is the same job, at whatever start that was', () => {
  for (let at = 0; at < 6; at++) {
    const attempts = [
      ['failed', 'syntax', 'a'] as const,
      ['failed', 'config_error', 'b'] as const,
      ['succeeded', null, ''] as const,
    ]
    const world = new World(plan(), { attempts })
    expect(world.run(at).ended?.outcome).toBe('succeeded')
    expect(new Set(short(world)).size).toBe(short(world).length)
    expect([...short(world)].sort()).toEqual(['a1', 'a2', 'a3', 'd', 'x2', 'x3'])
  }
})

test('every beginning of a journal says what the whole will, and goes on to the same end', () => {
  const attempts = [['failed', 'syntax', 'a'] as const, ['succeeded', null, ''] as const]
  const whole = new World(plan(), { attempts })
  whole.run()
  for (let length = 1; length < whole.events.length; length++) {
    const world = new World(plan(), { attempts })
    for (const event of whole.events.slice(1, length)) world.record(event)
    expect(world.run().ended?.outcome).toBe('succeeded')
    const before = whole.events.slice(0, length).flatMap((event) => (event.type === 'job_started' ? [event.job] : []))
    // What was started is not started again, and what was not is.
    expect([...before, ...world.started.map((one) => one.id)].sort()).toEqual(whole.started.map((one) => one.id).sort())
  }
})

describe('what an attempt has left elsewhere', () => {
  const far = plan({
    results: { folder: 'results', globs: [], fetch: { from: 'ssh', host: 'sherlock', directory: '/scratch/space' } },
    discussion: null,
  })
  const away = { complete: false, passing: true, problems: ['sherlock is out of reach.'] } as const
  const fetches = (world: World) => world.done.filter((one) => one === 'fetch_results').length

  test('is fetched once, before it is looked at', () => {
    const world = new World(far, { attempts: [['succeeded', null, '']] })
    world.run()
    expect(world.done.filter((one) => one === 'fetch_results' || one === 'examine')).toEqual([
      'fetch_results',
      'examine',
    ])
    const here = new World(plan(), { attempts: [['succeeded', null, '']] })
    here.run()
    expect(fetches(here)).toBe(0)
  })

  test('is asked for patiently after a success, for a while after a failure, and once when it is stopped', () => {
    const world = new World(far, { attempts: [['succeeded', null, '']], fetch: away })
    const before = world.nowMs
    world.run()
    expect(fetches(world)).toBe(300)
    expect(world.nowMs - before).toBeGreaterThan(24 * 3600_000)
    expect(world.track.state.ended?.summary).toContain('Not all of its results could be fetched.')
    const failed = new World(
      { ...far, relaunch: { ...far.relaunch, attempts: 1 } },
      { attempts: [['failed', 'unknown', 'u']], fetch: away },
    )
    failed.run()
    expect(fetches(failed)).toBe(6)
    const stopped = new World(far, { attempts: [['stopped', 'interrupted', 'i']], fetch: away })
    stopped.record({ type: 'job_started', job: attemptJobId(stopped.track.spec.id, 1) })
    stopped.record({ type: 'stop_requested', request: 'r' })
    stopped.run()
    expect(fetches(stopped)).toBe(1)
  })

  test('and could not be fetched for good is named on the page, which stays pending', () => {
    const lost = { complete: false, passing: false, problems: ['metrics.json cannot be read on sherlock.'] } as const
    const world = new World(far, { attempts: [['succeeded', null, '']], fetch: lost })
    world.run()
    const page = trackPage(world.track, 'results', () => null)
    expect(page.unfetched).toEqual(lost.problems)
    const body = renderBody(page, defaultBodyTemplate)
    expect(body).toContain('- metrics.json cannot be read on sherlock.')
    expect(body).toContain('- [ ] Results tables updated with actual metrics')
  })
})
