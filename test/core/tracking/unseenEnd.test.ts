// What a person reads of a process that somebody else started: that it ended is known, how is not, and nothing says more than that.
import { describe, expect, test } from 'vitest'
import { jobIdSchema } from '../../../src/core/jobs/jobId'
import { describeTrack } from '../../../src/core/tracking/describeTrack'
import { renderPlainDiscussion } from '../../../src/core/tracking/plainDiscussion'
import { renderBody } from '../../../src/core/tracking/renderResults'
import { defaultBodyTemplate } from '../../../src/core/tracking/resultsTemplate'
import { trackKind } from '../../../src/core/tracking/track'
import type { TrackEvent } from '../../../src/core/tracking/trackEvent'
import { renderTrackHandoff } from '../../../src/core/tracking/trackHandoff'
import { trackPage } from '../../../src/core/tracking/trackPage'
import { summarize, type Track } from '../../../src/core/tracking/trackState'
import { discussionTask } from '../../../src/core/tracking/trackTasks'
import { job, plan } from './tracks'

type Examined = Extract<TrackEvent, { type: 'examined' }>

const process = { kind: 'process' as const, process: { pid: 4711, startTime: '1', bootId: 'b', host: 'h' } }
const acc = { name: 'acc', better: 'higher' as const, last: 0.9, best: 0.9, count: 1, seeds: null, path: 'm.json' }
const unknown = { class: 'unknown' as const, explanation: 'Nobody knows.', evidence: [], signature: 'unknown|not seen' }
const hasEnded = 'Exit unknown: process 4711 has ended, and with what exit code only its parent was told.'

function ended(over: Partial<Examined>): Track {
  const spec = {
    v: 1 as const,
    id: jobIdSchema.parse('two-moons-ab12cd34'),
    createdAtMs: 0,
    host: 'h',
    folder: '/projects/space',
    plan: plan({ job: { ...job(), backend: process } }),
  }
  const empty = { approval: null, jobs: [], stopRequestedAtMs: null, run: 0, requests: [], updatedAtMs: 0 }
  const event: Examined = {
    type: 'examined',
    attempt: 1,
    outcome: 'lost',
    reason: hasEnded,
    known: null,
    startedAtMs: 0,
    endedAtMs: 60_000,
    failure: unknown,
    resources: { memoryMb: null, timeSec: null },
    metrics: [],
    missing: ['acc'],
    problems: [],
    ...over,
  }
  const why = 'How it ended is not known, and nothing says that it failed: it is not run again.'
  const changes = { memoryMb: null, timeSec: null }
  const decided = { type: 'relaunch_decided' as const, attempt: 1, how: 'stop' as const, changes, why }
  const state = [event, decided].reduce((at, one) => trackKind.reduce(at, 1, one, spec), trackKind.initial(spec))
  const track = { ...empty, spec, state }
  const done = { type: 'track_ended' as const, outcome: 'lost' as const, summary: summarize(track, 'lost') }
  return { ...track, state: trackKind.reduce(state, 2, done, spec) }
}

function told(track: Track): string {
  const body = renderBody(
    trackPage(track, 'results', () => null),
    defaultBodyTemplate,
  )
  const { stage, summary, attempts } = describeTrack(track)
  const shown = [stage, summary, attempts.map(({ end, failure }) => `${end ?? ''} (${failure ?? ''})`)]
  return [body, renderTrackHandoff(track, 'now'), renderPlainDiscussion(track), ...shown].join('\n')
}

describe('a process of somebody else’s that ended', () => {
  test('with its results there is neither lost nor failed', () => {
    const track = ended({ metrics: [acc], missing: [] })
    expect(describeTrack(track)).toMatchObject({
      stage: 'ended, exit status not known',
      summary:
        'two moons has ended; its exit status is not known, for it was not started by Relay Jobs. All metrics that were asked for were found. acc 0.9. No pull request could be made.',
    })
    const text = told(track)
    expect(text).not.toMatch(/\blost\b|has failed|Failure report|cause not known/)
    expect(text).toContain('| `process 4711` | ended (exit status not known) | 0.9 |')
    expect(text).toContain('1 of 1 job has ended; whether with success only their parent was told')
    expect(text).toContain('### How it ended')
    // A box is ticked by what was seen alone.
    expect(text).toContain('- [ ] Job `process 4711` completes successfully')
    expect(discussionTask(track.spec.plan, track.state)).toContain('call it neither a failure nor a success')
  })

  test('without results is said to have none', () => {
    const track = ended({})
    expect(describeTrack(track).summary).toContain('No metrics were found in its results.')
    expect(told(track)).not.toMatch(/\blost\b|has failed|Failure report/)
  })

  test('with last words of a failure is told with them', () => {
    const missing = { class: 'data_missing' as const, explanation: 'No file.', evidence: ['x'], signature: 's' }
    const text = told(ended({ failure: missing }))
    expect(text).toContain('Its last lines speak of a failure: a file or folder is missing.')
    expect(text).toContain('### Failure report')
    expect(text).not.toMatch(/\blost\b/)
  })

  test('because the machine was restarted is lost, and so is one of ours that nobody saw end', () => {
    const restarted = ended({ reason: 'Exit unknown: the machine was restarted while process 4711 ran.' })
    expect(describeTrack(restarted)).toMatchObject({ stage: 'lost' })
    expect(told(restarted)).toContain('two moons was lost (how it ended is not known).')
    expect(told(restarted)).toContain('the machine was restarted')
    expect(told(restarted)).not.toContain('Failure report')
  })
})
