// The journal of a job as a person reads it: what happened, when, and how long after the start of its attempt.
import type { JobEvent, RecordedEvent } from './event'
import { isProcess, renderHandle } from './handle'
import { renderExit } from './exit'
import { renderUsage } from './usage'
import { shorten } from './jobWords'
import { fill, type JobPageWords } from './jobPageWords'

const maxDetail = 300

export interface TimelineEntry {
  readonly atMs: number
  /** Since the job, or this attempt, was asked for. */
  readonly elapsedMs: number
  readonly tone: 'plain' | 'good' | 'bad'
  readonly text: string
  readonly detail: string | null
}

type Told = Omit<TimelineEntry, 'atMs' | 'elapsedMs'>

/**
 * What the events of a job and of its follow-up say, in the order of time. Of the looks at a running job only the last
 * is told. Entries of equal time keep the order of their journal.
 */
export function tellTimeline(
  events: readonly RecordedEvent[],
  followUp: readonly RecordedEvent[],
  words: JobPageWords,
): TimelineEntry[] {
  const lastLook = events.findLast(({ event }) => event.type === 'looked')
  const told = [
    ...events.flatMap((recorded) =>
      recorded.event.type === 'looked' && recorded !== lastLook
        ? []
        : tellEvent(recorded.event, words).map((one) => ({ ...one, recorded })),
    ),
    ...followUp.flatMap((recorded) => tellFollowUpEvent(recorded.event, words).map((one) => ({ ...one, recorded }))),
  ]
  let startMs = events[0]?.atMs ?? 0
  return told
    .sort((a, b) => a.recorded.atMs - b.recorded.atMs)
    .map(({ recorded: { atMs, event }, ...one }) => {
      if (event.type === 'restart_requested') startMs = atMs
      return { atMs, elapsedMs: Math.max(0, atMs - startMs), ...one }
    })
}

/** One event of the job itself. An end that looked at files is two entries. */
export function tellEvent(event: JobEvent, words: JobPageWords): Told[] {
  const { timeline } = words
  switch (event.type) {
    case 'requested':
      return [plain(timeline.requested)]
    case 'approved':
      return [plain(timeline.approved, words.approvals[event.approval.how])]
    case 'checked': {
      const failed = event.findings.filter(({ passed }) => !passed)
      if (event.findings.length === 0) return [plain(timeline.noChecks)]
      return failed.length === 0
        ? [good(timeline.checksPassed, event.findings.map(({ name }) => name).join(' · '))]
        : [bad(timeline.checksFailed, failed.map(({ name, detail }) => `${name}: ${detail}`).join(' · '))]
    }
    case 'turn_given':
      return [plain(timeline.turnGiven)]
    case 'held':
      return [plain(timeline.held)]
    case 'released':
      return [plain(timeline.released)]
    case 'launch_intended':
      return [
        plain(
          event.stage === undefined
            ? fill(timeline.launching, event.attempt)
            : fill(timeline.launchingStage, event.attempt, event.stage + 1),
        ),
      ]
    case 'stage_passed':
      return [good(fill(timeline.stagePassed, event.stage + 1), event.files.map(({ path }) => path).join(' · '))]
    case 'alerted':
      return [bad(timeline.alerted, event.text)]
    case 'alert_cleared':
      return [plain(timeline.alertCleared)]
    case 'watch_patched':
      return [plain(timeline.watchPatched, words.approvals[event.approval.how])]
    case 'part_done':
      return [
        event.problem === null
          ? good(fill(timeline.partDone, event.part.replaceAll('_', ' ')), event.detail)
          : bad(fill(timeline.partNotDone, event.part.replaceAll('_', ' ')), event.problem),
      ]
    case 'next_decided':
      return tellNext(event, words)
    case 'launched':
      return [
        plain(
          timeline.started,
          isProcess(event.handle) ? fill(timeline.process, event.handle.pid) : renderHandle(event.handle),
        ),
      ]
    case 'submitted':
      return [plain(timeline.submitted, renderHandle(event.handle))]
    case 'remote_seen':
      return [plain(timeline.remoteSeen, `${event.seen.state} · ${event.seen.words}`)]
    case 'source_recorded': {
      const { commit, branch, dirty, problem } = event.source
      if (commit === null) return [plain(timeline.noSource, problem)]
      const place = branch === null ? commit.slice(0, 12) : fill(words.facts.onBranch, commit.slice(0, 12), branch)
      return [plain(timeline.source, dirty === true ? fill(words.facts.dirty, place) : place)]
    }
    case 'looked':
      return [
        plain(
          timeline.looked,
          [...(event.usage === undefined ? [] : [renderUsage(event.usage)]), event.lastLine].join(' · '),
        ),
      ]
    case 'wrapper_lost':
      return [bad(timeline.wrapperLost, event.evidence)]
    case 'stop_requested':
      return [plain(timeline.stopRequested)]
    case 'time_limit_reached':
      return [bad(timeline.timeLimit)]
    case 'exited': {
      const left = event.leftBehind.map((process) => fill(timeline.leftBehind, process))
      const isGood = event.exit.kind === 'code' && event.exit.code === 0 && left.length === 0
      return [(isGood ? good : bad)(timeline.exited, [renderExit(event.exit), ...left].join(' · '))]
    }
    case 'ended': {
      const { files, outcome, reason, followUp } = event
      const notReady = files.filter(({ state }) => state !== 'ready')
      const end = fill(timeline.ended, words.states[outcome])
      return [
        ...(files.length === 0
          ? []
          : notReady.length === 0
            ? [good(timeline.filesReady, files.map(({ path }) => path).join(' · '))]
            : [
                bad(
                  timeline.filesNotReady,
                  notReady.map(({ path, state }) => `${path}: ${words.files[state]}`).join(' · '),
                ),
              ]),
        outcome === 'succeeded' ? good(end, reason) : outcome === 'stopped' ? plain(end, reason) : bad(end, reason),
        ...(followUp === null ? [] : [plain(followUp.run ? timeline.followUpPromised : timeline.followUpQueued)]),
      ]
    }
    case 'follow_up_created':
      return [plain(timeline.followUpCreated, event.jobId)]
    case 'document_edited':
      return [tellEdit(event, words)]
    case 'restart_requested':
      return [plain(timeline.restarted, words.approvals[event.approval.how])]
  }
}

function tellFollowUpEvent(event: JobEvent, words: JobPageWords): Told[] {
  const { timeline } = words
  switch (event.type) {
    case 'launched':
      return [
        plain(
          timeline.followUpStarted,
          isProcess(event.handle) ? fill(timeline.process, event.handle.pid) : renderHandle(event.handle),
        ),
      ]
    case 'ended': {
      const isDone = event.outcome === 'succeeded' && event.answer !== 'blocked'
      const word = isDone
        ? words.followUp.done
        : event.outcome === 'succeeded'
          ? words.followUp.blocked
          : words.states[event.outcome]
      return [(isDone ? good : bad)(fill(timeline.followUpEnded, word), isDone ? null : event.reason)]
    }
    case 'document_edited':
      return [tellEdit(event, words)]
    case 'next_decided':
      return tellNext(event, words)
    case 'requested':
    case 'approved':
    case 'turn_given':
    case 'held':
    case 'released':
    case 'alerted':
    case 'alert_cleared':
    case 'watch_patched':
    case 'stage_passed':
    case 'part_done':
    case 'checked':
    case 'launch_intended':
    case 'submitted':
    case 'remote_seen':
    case 'source_recorded':
    case 'looked':
    case 'wrapper_lost':
    case 'stop_requested':
    case 'time_limit_reached':
    case 'exited':
    case 'follow_up_created':
    case 'restart_requested':
      return []
  }
}

function tellNext({ next }: Extract<JobEvent, { type: 'next_decided' }>, { timeline }: JobPageWords): Told[] {
  switch (next.kind) {
    case 'none':
      return []
    case 'started':
      return [good(timeline.nextStarted, next.jobId)]
    case 'requested':
      return [plain(timeline.nextRequested, next.why)]
    case 'refused':
      return [bad(timeline.nextRefused, next.why)]
  }
}

function tellEdit({ path, problem }: Extract<JobEvent, { type: 'document_edited' }>, { timeline }: JobPageWords): Told {
  return problem === null ? good(timeline.documentEdited, path) : bad(timeline.documentNotEdited, problem)
}

function plain(text: string, detail: string | null = null): Told {
  return { tone: 'plain', text, detail: boundDetail(detail) }
}

function good(text: string, detail: string | null = null): Told {
  return { ...plain(text, detail), tone: 'good' }
}

function bad(text: string, detail: string | null = null): Told {
  return { ...plain(text, detail), tone: 'bad' }
}

function boundDetail(detail: string | null): string | null {
  return detail === null || detail.trim() === '' ? null : shorten(detail, maxDetail)
}
