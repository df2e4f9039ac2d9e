// A run of steps without a world: its jobs end as a test says, and time passes as it says.
import { initialJob, type Job, reduce } from '../../src/core/jobs/job'
import type { JobEvent } from '../../src/core/jobs/event'
import { type JobId, jobIdSchema } from '../../src/core/jobs/jobId'
import type { JobSpec } from '../../src/core/jobs/spec'
import { decideStepRun, type StepRunAct } from '../../src/core/steps/decideStepRun'
import { judgeAct, type ActOutput } from '../../src/core/steps/judgeAct'
import { CriteriaFinder, QuoteFinder, readClaims } from '../../src/core/steps/criteria'
import { judgeAnswer } from '../../src/core/steps/monitorRule'
import { parseDefinitions } from '../../src/core/steps/parseDefinitions'
import { type PlanContext, planStep } from '../../src/core/steps/planStep'
import { stepRunKind } from '../../src/core/steps/stepRun'
import type { StepRunPlan } from '../../src/core/steps/stepRunPlan'
import type { StepRun, StepRunEvent } from '../../src/core/steps/stepRunState'
import { type RecordedStepEvent, renderTranscript } from '../../src/core/steps/transcript'
import {
  type CommonEvent,
  reduceUndertaking,
  replayUndertaking,
  type UndertakingSpec,
} from '../../src/core/undertakings/undertaking'

export const plainContext: PlanContext = {
  cwd: '/w',
  documents: { spec: 'SPEC.md', log: '.task_execution.log' },
  workspace: { agents: [], skills: [], isFile: () => true },
  worker: null,
  reader: null,
  directScripts: true,
  defaultSkills: [],
  mandatorySkills: [],
  monitorSec: 60,
}

/** How a job ends. */
export interface PlayedEnd {
  readonly outcome?: 'succeeded' | 'failed' | 'stopped' | 'lost' | 'blocked'
  readonly output?: string
  readonly answer?: string
  /** What the tools of an agent gave back; without it, whatever it quotes. */
  readonly told?: string
  readonly tookMs?: number
}

const id = jobIdSchema.parse('20261128-091502-abcdef')

export class PlayedSteps {
  readonly spec: UndertakingSpec<StepRunPlan>
  readonly events: RecordedStepEvent[] = []
  run: StepRun
  atMs = Date.parse('2026-11-28T09:15:02Z')
  readonly jobs = new Map<JobId, Job>()
  /** What each job has printed. */
  private readonly outputs = new Map<JobId, PlayedEnd>()
  readonly stopped = new Set<JobId>()
  /** Acts that were asked for besides jobs, oldest first. */
  readonly acts: StepRunAct[] = []
  private readonly doneAtMs = new Map<string, number>()
  /** Lines of jobs that are in the background, and have not ended. */
  readonly printed = new Map<string, string>()
  /** Each start of a job, whatever was known of it before. */
  readonly started: JobId[] = []

  constructor(
    definitions: string,
    context: Partial<PlanContext> = {},
    taskId = (step: number) => `task_${step}_a2b3c4d5`,
  ) {
    const { steps, findings } = parseDefinitions(definitions)
    const plans = steps.map(({ definition }) => {
      if (definition === null) throw new Error(findings.map(({ message }) => message).join(' '))
      return planStep(definition, null, { ...plainContext, ...context })
    })
    const plan: StepRunPlan = {
      kind: 'step',
      steps: plans.map((one) => ({ ...one, taskId: taskId(one.plan.step) })),
    }
    this.spec = { v: 1, id, createdAtMs: this.atMs, host: 'h', folder: '/w', plan }
    this.run = replayUndertaking(stepRunKind, this.spec, [])
    this.record({ type: 'approved', approval: { digest: 'd', how: 'asked' } })
  }

  record(event: CommonEvent | StepRunEvent): void {
    this.events.push({ atMs: this.atMs, event })
    this.run = reduceUndertaking(stepRunKind, this.run, this.atMs, event)
  }

  /** Decides and acts until nothing more is to be done without a job's end, or the time. */
  settle(): this {
    for (let round = 0; round < 1000; round++) if (!this.once()) return this
    throw new Error('it does not come to rest')
  }

  /** What a supervisor that is killed forgets. */
  forget(): this {
    this.run = replayUndertaking(stepRunKind, this.spec, this.events)
    this.doneAtMs.clear()
    return this
  }

  /** One decision, carried out; whether anything has changed. */
  once(): boolean {
    const effects = decideStepRun(this.run, {
      nowMs: this.atMs,
      job: (one) => {
        const job = this.jobs.get(one)
        if (job !== undefined) return { kind: 'known', job }
        return { kind: this.run.jobs.includes(one) ? 'removed' : 'absent' }
      },
      sinceActMs: (key) => {
        const at = this.doneAtMs.get(key)
        return at === undefined ? null : this.atMs - at
      },
    })
    let hasChanged = false
    for (const effect of effects) {
      switch (effect.kind) {
        case 'record':
          this.record(effect.event)
          hasChanged = true
          break
        case 'start_job':
          this.start(effect)
          this.record({ type: 'job_started', job: effect.id })
          hasChanged = true
          break
        case 'stop_job':
          if (!this.stopped.has(effect.id)) hasChanged = true
          this.stopped.add(effect.id)
          break
        case 'act': {
          this.acts.push(effect.act)
          this.act(effect.act)
          this.doneAtMs.set(effect.key, this.atMs)
          hasChanged = true
          break
        }
        case 'look_again':
          break
      }
    }
    return hasChanged
  }

  /** The job of the act with that name that runs now. */
  jobOf(name: string, step?: number): JobId {
    for (const { plan, acts } of this.run.state.items)
      for (const { act, state } of acts)
        if (state.kind === 'running' && plan.acts[act]?.name === name && (step === undefined || plan.step === step))
          return state.job
    throw new Error(`${name} does not run`)
  }

  /** The turn of an agent that is a look of the monitor with that name. */
  lookOf(name: string): JobId | null {
    for (const { plan, monitors } of this.run.state.items)
      for (const { act, turn } of monitors) if (plan.acts[act]?.name === name) return turn
    throw new Error(`there is no monitor ${name}`)
  }

  end(name: string, { outcome = 'succeeded', tookMs = 1000, ...rest }: PlayedEnd = {}): this {
    const isLook = this.run.state.items.some(({ plan }) =>
      plan.acts.some((act) => act.phase === 'BACKGROUND' && act.name === name),
    )
    const job = isLook ? this.lookOf(name) : this.jobOf(name)
    if (job === null) throw new Error(`nobody looks at ${name}`)
    this.outputs.set(job, { outcome, tookMs, ...rest })
    const code = outcome === 'succeeded' || outcome === 'blocked' ? 0 : 1
    const isAgent = this.jobs.get(job)?.spec.plan.work.kind === 'agent'
    const answer = !isAgent
      ? null
      : rest.answer?.includes('[[task:blocked]]') === true
        ? 'blocked'
        : rest.answer?.includes('[[task:done]]') === true
          ? 'done'
          : 'unmarked'
    this.happen(job, {
      type: 'exited',
      attempt: 1,
      exit: { kind: 'code', code },
      atMs: this.startOf(job) + tookMs,
      leftBehind: [],
    })
    const reason =
      outcome === 'failed'
        ? 'Exit 1.'
        : outcome === 'lost'
          ? 'The machine was restarted.'
          : outcome === 'stopped'
            ? 'Stopped.'
            : ''
    this.happen(job, { type: 'ended', attempt: 1, outcome, reason, files: [], answer, followUp: null })
    return this
  }

  get state(): string[] {
    return this.run.state.items.map(({ state }) => (state.kind === 'ended' ? state.outcome : state.kind))
  }
  get transcript(): readonly string[] {
    return renderTranscript(this.spec, this.events)
  }
  /** Entries of the log as `STATUS PHASE name`. */
  get log(): readonly string[] {
    return this.logged
  }
  private readonly logged: string[] = []

  private start({
    id: job,
    plan,
    origin,
    description,
  }: Extract<ReturnType<typeof decideStepRun>[number], { kind: 'start_job' }>) {
    this.started.push(job)
    if (this.jobs.has(job)) return
    const spec: JobSpec = { v: 1, id: job, createdAtMs: this.atMs, host: 'h', folder: '/w', origin, description, plan }
    this.jobs.set(job, initialJob(spec))
    this.happen(job, { type: 'approved', approval: { digest: '', how: 'parent' } })
    this.happen(job, { type: 'launch_intended', attempt: 1, before: [] })
    const handle = { host: 'h', bootId: 'b', pid: 1, startTime: '1' }
    this.happen(job, { type: 'launched', attempt: 1, handle, startedAtMs: this.atMs })
  }

  private startOf(job: JobId): number {
    return this.jobs.get(job)?.attempts[0]?.startedAtMs ?? 0
  }

  private happen(job: JobId, event: JobEvent): void {
    const before = this.jobs.get(job)
    if (before !== undefined) this.jobs.set(job, reduce(before, { atMs: this.atMs, event }))
  }

  private act(act: StepRunAct): void {
    if (act.kind === 'log') {
      for (const { status, phase, name } of this.run.state.unlogged)
        this.logged.push([status, phase, name].filter(Boolean).join(' '))
      return this.record({ type: 'logged', count: this.run.state.unlogged.length, problem: null })
    }
    const item = this.run.state.items[act.item]
    if (item === undefined) return
    switch (act.kind) {
      case 'collect': {
        const job = this.jobs.get(act.job)
        const end = this.outputs.get(act.job) ?? {}
        const isAgent = item.plan.acts[act.act]?.doing.kind === 'agent'
        const finder = new CriteriaFinder(
          isAgent || item.plan.acts[act.act]?.phase !== 'MAIN' ? [] : item.plan.successCriteria,
        )
        for (const line of (end.output ?? '').split('\n')) finder.take(line)
        const output: ActOutput = {
          tail: end.output ?? '',
          met: finder.met,
          claims: claimsIn(end, item.plan.successCriteria),
          notable: '',
          missing: [],
        }
        if (job !== undefined)
          this.record({
            type: 'act_ended',
            item: act.item,
            act: act.act,
            job: act.job,
            ...judgeAct(item, act.act, job, output),
          })
        return
      }
      case 'look_up': {
        const finder = new CriteriaFinder(item.plan.successCriteria)
        for (const line of (this.printed.get(act.job) ?? '').split('\n')) finder.take(line)
        if (finder.isDone) this.record({ type: 'act_up', item: act.item, act: act.act, met: finder.met })
        return
      }
      case 'mark':
        return this.record({ type: 'spec_marked', item: act.item, mark: act.mark, problem: null })
      case 'look':
        return
      case 'hear_look': {
        const monitor = item.monitors.find((one) => one.act === act.monitor)
        const rule = item.plan.acts[act.monitor]?.monitor?.alert ?? { kind: 'never' }
        const { answer = '' } = this.outputs.get(act.job) ?? {}
        const lines = answer.split('\n').filter((line) => !line.startsWith('[[task:'))
        const isSo = answer.includes('[[task:done]]') ? true : answer.includes('[[task:blocked]]') ? false : null
        if (monitor === undefined) return
        for (const event of judgeAnswer(act.item, monitor, rule, { isSo, lines, hit: null }, act.job, this.atMs))
          this.record(event)
        return
      }
      case 'look_left':
        return this.record({ type: 'monitors_over', item: act.item, why: 'nothing is left' })
    }
  }
}

function claimsIn({ answer, told }: PlayedEnd, criteria: readonly string[]): ActOutput['claims'] {
  const claims = readClaims(answer ?? '', criteria)
  if (told === undefined) return { shown: claims, unshown: [] }
  const finder = new QuoteFinder(claims)
  for (const line of told.split('\n')) finder.take(line)
  return { shown: finder.found, unshown: finder.open }
}
