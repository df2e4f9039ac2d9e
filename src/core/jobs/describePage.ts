// The parts of the page about one job that follow from its description alone.
import { shownState, standingAlerts, type JobDescription } from './describeJob'
import { isTask, type TaskState, taskStateOf } from '../followUps/taskState'
import { type Job, type Next, planOf } from './job'
import type { JobId } from './jobId'
import type { FactValue, JobAction, PageFact, PageFile, PageHead, PageFollowUp } from './jobPage'
import { fill, type JobPageWords } from './jobPageWords'
import { alertSign, renderDescribedExit, renderStage, shorten, stateSigns } from './jobWords'
import { renderUsage } from './usage'
import { showInvisible } from '../logs/plainText'
import { transcriptAgentNames } from '../transcripts/turn'

const maxTitle = 160

/** How long it has run; `counting` while that grows. */
export function describeElapsed(
  { startedAt, endedAt }: JobDescription,
  nowMs: number,
): {
  elapsedMs: number | null
  counting: boolean
} {
  if (startedAt === null) return { elapsedMs: null, counting: false }
  const until = endedAt === null ? nowMs : Date.parse(endedAt)
  return { elapsedMs: Math.max(0, until - Date.parse(startedAt)), counting: endedAt === null }
}

/** `newer`: written by a newer version; it may be looked at only. */
export function describeHead(job: Job, shown: JobDescription, newer: boolean, words: JobPageWords): PageHead {
  const state = shownState(job)
  return {
    title: showInvisible(shorten(titleOf(shown, words), maxTitle)) || fill(words.page.noDescription, shown.id),
    state,
    sign: stateSigns[state],
    stateWord: words.states[state],
    actions: listActions(job, shown, newer),
  }
}

function titleOf({ dryRun, description, command }: JobDescription, { page }: JobPageWords): string {
  const title = description ?? command
  return dryRun ? fill(page.dryRun, title) : title
}

/** What makes sense now, in the order of the toolbar. */
export function listActions(job: Job, shown: JobDescription, newer: boolean): JobAction[] {
  const isEnded = job.state.kind === 'ended'
  const isCommand = job.spec.plan.work.kind === 'command'
  const own = isTask(job) && isEnded
  const hasReport = own || (shown.followUp !== null && ['done', 'blocked', 'failed'].includes(shown.followUp.state))
  const actions: readonly (readonly [JobAction, boolean])[] = [
    ['stop', !isEnded && !newer],
    ['restart', isEnded && !newer],
    ['restartWithEdits', isEnded && isCommand && !newer],
    ['showLog', shown.log !== null],
    ['showReport', hasReport],
    ['revealFolder', true],
    ['copyId', true],
    ['copyCommand', true],
    ['remove', isEnded && !newer],
  ]
  return actions.flatMap(([action, makesSense]) => (makesSense ? [action] : []))
}

/** `followUp`: that of this attempt, if there is one: what its answer led to is told here, too. */
export function describeFacts(
  job: Job,
  shown: JobDescription,
  words: JobPageWords,
  followUp: Job | null = null,
): PageFact[] {
  const { facts } = words
  const isCommand = job.spec.plan.work.kind === 'command'
  const known: FactValue[] = [
    text(`${stateSigns[shown.state]} ${words.states[shown.state]}`),
    time(`${shown.known.by}, ${facts.confirmed}`, Date.parse(shown.known.at)),
  ]
  const rows: readonly (readonly [keyof JobPageWords['facts'], readonly (FactValue | null)[]])[] = [
    ['state', known],
    ['stage', [textOrNull(renderStage(shown))]],
    ['alerts', standingAlerts(shown).map(({ text: told }) => bad(`${alertSign} ${told}`))],
    ['reason', [textOrNull(shown.reason)]],
    isCommand ? ['command', [code(shown.command)]] : ['task', [text(shown.command)]],
    ['directory', [code(shown.cwd)]],
    ['from', [text(describeOrigin(shown, words))]],
    ['about', [jobOrNull(aboutOf(job))]],
    ['before', [jobOrNull(beforeOf(shown))]],
    ['next', describeNext(job.next ?? followUp?.next ?? null, words)],
    ['asked', [timeOrNull(shown.createdAt)]],
    ['started', [timeOrNull(shown.startedAt)]],
    ['ended', [timeOrNull(shown.endedAt)]],
    ['exit', [describeExit(shown)]],
    ['usage', [shown.usage === null || shown.endedAt !== null ? null : text(renderUsage(shown.usage))]],
    ['attempt', [shown.attempt > 1 ? text(String(shown.attempt)) : null]],
    ['approval', [job.approval === null ? null : text(words.approvals[job.approval.how])]],
    ['commit', [textOrNull(describeCommit(shown, words))]],
    [
      'checks',
      shown.checks.map(({ passed, name, detail }) => (passed ? text(`✓ ${name}`) : bad(`✗ ${name}: ${detail}`))),
    ],
    ['leftBehind', shown.leftBehind.map((process) => code(process))],
    ['host', [text(shown.host)]],
    ['log', [shown.log === null ? null : code(shown.log)]],
    ['id', [code(shown.id)]],
    ['problems', shown.problems.map((problem) => bad(problem))],
  ]
  return rows.flatMap(([name, values]) => {
    const there = values.filter((value) => value !== null)
    return there.length === 0 ? [] : [{ name, label: facts[name], values: there }]
  })
}

/** The job that a task is about. */
function aboutOf({ spec }: Job): JobId | null {
  const { work } = spec.plan
  return work.kind === 'agent' ? (work.about?.jobId ?? null) : null
}

/** What it follows in its thread, if that is not what it is about. */
function beforeOf({ origin }: JobDescription): JobId | null {
  if (origin.kind === 'answer') return origin.parent
  return origin.kind === 'task' ? origin.answers : null
}

function describeNext(next: Next | null, { facts }: JobPageWords): readonly (FactValue | null)[] {
  switch (next?.kind) {
    case 'started':
      return [jobOrNull(next.jobId)]
    case 'requested':
      return [text(fill(facts.nextRequested, next.why))]
    case 'refused':
      return [bad(fill(facts.nextRefused, next.why))]
    case 'none':
    case undefined:
      return []
  }
}

function jobOrNull(jobId: JobId | null): FactValue | null {
  return jobId === null ? null : { kind: 'job', text: jobId, jobId }
}

function describeExit({ exit }: JobDescription): FactValue | null {
  if (exit === null) return null
  if ('unknown' in exit) return bad(exit.unknown)
  const shown = renderDescribedExit(exit)
  return 'code' in exit && exit.code === 0 ? text(shown) : bad(shown)
}

function describeCommit({ source }: JobDescription, { facts }: JobPageWords): string | null {
  if (source === null) return null
  if (source.commit === null) return source.problem
  const place = source.branch === null ? source.commit : fill(facts.onBranch, source.commit, source.branch)
  return source.dirty === true ? fill(facts.dirty, place) : place
}

function describeOrigin({ origin }: JobDescription, { facts }: JobPageWords): string {
  switch (origin.kind) {
    case 'block':
      return origin.file === null ? fill(facts.fromInput, origin.line) : fill(facts.fromLine, origin.file, origin.line)
    case 'follow_up':
      return fill(facts.fromFollowUp, origin.parent, origin.attempt)
    case 'conversation':
      return fill(facts.fromConversation, transcriptAgentNames[origin.agent], origin.conversation)
    case 'answer':
      return fill(facts.fromAnswer, origin.parent)
    case 'task':
      return origin.answers === null ? facts.fromTask : fill(facts.fromTaskAnswer, origin.answers)
    case 'experiment':
      return origin.template === null ? facts.fromExperimentWithout : fill(facts.fromExperiment, origin.template)
    case 'step':
      return fill(facts.fromStep, origin.phase, origin.step, origin.taskId)
    case 'track':
      return fill(facts.fromTrack, origin.run)
  }
}

/** What was found of the required files; before the end they are awaited. */
export function describeFiles(job: Job, shown: JobDescription, { files }: JobPageWords): PageFile[] {
  const findings = new Map(shown.requiredFiles.map((finding) => [finding.path, finding]))
  return planOf(job).watch.requireFiles.map((path) => {
    const finding = findings.get(path)
    if (finding !== undefined)
      return {
        path: showInvisible(path),
        state: finding.state === 'ready' ? 'ready' : 'bad',
        word: files[finding.state],
        detail: showInvisible(finding.detail),
      }
    if (shown.dryRun) return { path: showInvisible(path), state: 'unknown', word: files.dryRun, detail: '' }
    return job.state.kind === 'ended'
      ? { path: showInvisible(path), state: 'unknown', word: files.notLookedAt, detail: '' }
      : { path: showInvisible(path), state: 'awaited', word: files.awaited, detail: '' }
  })
}

export function describeFollowUp(
  job: Job,
  shown: JobDescription,
  report: { readonly markdown: string; readonly cut: boolean } | null,
  { followUp: words }: JobPageWords,
): PageFollowUp {
  if (isTask(job)) return describeAnswer(job, shown, report, words)
  const planned = planOf(job).followUp
  const { title } = words
  if (shown.followUp === null)
    return {
      title,
      summary: shown.dryRun
        ? words.dryRun
        : planned === null
          ? words.none
          : job.state.kind === 'ended'
            ? words.notPromised
            : fill(words.promised, planned.description ?? words.pending),
      tone: 'plain',
      task: planned === null || shown.dryRun ? null : showInvisible(planned.task),
      report: null,
    }
  const { id, state } = shown.followUp
  return {
    title,
    summary: `${words[state]} · ${id}`,
    tone: toneOf(state),
    task: planned === null ? null : showInvisible(planned.task),
    report:
      report === null
        ? null
        : { title: fill(words.report, id), markdown: report.markdown, note: report.cut ? words.cut : null },
  }
}

/** A task shows its own answer in the place of a follow-up's. */
function describeAnswer(
  job: Job,
  { id }: JobDescription,
  report: { readonly markdown: string; readonly cut: boolean } | null,
  words: JobPageWords['followUp'],
): PageFollowUp {
  const state = taskStateOf(job)
  return {
    title: words.answerTitle,
    summary: report === null ? `${words[state]} · ${words.noAnswer}` : words[state],
    tone: toneOf(state),
    task: null,
    report:
      report === null
        ? null
        : { title: fill(words.answer, id), markdown: report.markdown, note: report.cut ? words.cut : null },
  }
}

function toneOf(state: TaskState): PageFollowUp['tone'] {
  return state === 'done' ? 'good' : state === 'blocked' || state === 'failed' ? 'bad' : 'plain'
}

function text(value: string): FactValue {
  return { kind: 'text', text: showInvisible(value) }
}

function textOrNull(value: string | null): FactValue | null {
  return value === null || value === '' ? null : text(value)
}

function bad(value: string): FactValue {
  return { kind: 'bad', text: showInvisible(value) }
}

function code(value: string): FactValue {
  return { kind: 'code', text: showInvisible(value) }
}

function time(before: string, atMs: number): FactValue {
  return { kind: 'time', text: showInvisible(before), atMs }
}

function timeOrNull(iso: string | null): FactValue | null {
  return iso === null ? null : time('', Date.parse(iso))
}
