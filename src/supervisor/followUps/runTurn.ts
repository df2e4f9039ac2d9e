// A turn of an agent from its prompt to its answer, over as many calls as that takes: waits, retries, repairs, a fall-back.
// What it knows is on disk before it matters: the conversation as soon as it is told, the answer before the end.
import { type Agent, agentKindNames, type AgentKind, type AgentReason } from '../../core/followUps/agent'
import { callAgent, type CallFacts } from '../../core/followUps/agentCommand'
import { quoteInline } from '../../core/followUps/quoteData'
import { emptyAnswerPrompt, goOnPrompt } from '../../core/followUps/renderPrompt'
import { findMalformed, joinRepaired, type MalformedBlock } from '../../core/followUps/repairedAnswer'
import type { StreamEvent } from '../../core/followUps/streams/agentStream'
import { ourLine, renderTurnEvent } from '../../core/followUps/turnLog'
import { judgeCall, nextStep, type Now, noTries, type Tries, type TurnOutcome } from '../../core/followUps/turnOutcome'
import type { TurnRecord } from '../../core/followUps/turnRecord'
import { renderRepairPrompt } from '../../core/agentRequests/repairTurn'
import { writeAnswer, writeTurn } from '../../store/followUps/turnFiles'
import type { AttemptPaths } from '../../store/jobPaths'
import { runCall } from './agentProcess'
import type { WindowAnswer, WindowQuestion } from './windowTurn'

/** Agents that have a turn of their own to take. */
export type TurnAgent = Exclude<Agent, { kind: 'builtin' }>

export interface TurnContext {
  readonly agent: TurnAgent
  readonly paths: AttemptPaths
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly facts: CallFacts
  /** The conversation of an earlier attempt that was cut off, to be gone on with. */
  readonly interrupted: string | null
  readonly prompt: (wasInterrupted: boolean) => string
  /** Null where there is nothing that it could report on. Throws RelayError. */
  readonly builtinReport: (() => Promise<string>) | null
  readonly print: (line: string) => void
  /** Keeps what a tool gave back, for whoever looks whether what the answer quotes is there. */
  readonly keepToolOutput: (text: string) => void
  readonly now: () => Now
  /** Resolves at that time, ms since the epoch. */
  readonly sleepUntil: (ms: number) => Promise<void>
  /** Ends everything of this job but this process and those above it. */
  readonly endOthers: () => void
  /** One question to a language model of VS Code, through a window. Throws RelayError. */
  readonly askWindow: (question: WindowQuestion) => Promise<WindowAnswer>
}

const maxRepairs = 2
/** With an agent in its place, it is not waited for a window for longer than one needs to be reloaded. */
const windowGraceMs = 45_000

/** What is said next, and in which conversation. */
interface Message {
  readonly text: string
  readonly conversation: string | null
}

/** Whether there is an answer now. Both files of the attempt are whole then. Throws RelayError if they cannot be written. */
export function runTurn(context: TurnContext): Promise<boolean> {
  return new Turn(context).run()
}

class Turn {
  private record: TurnRecord
  private tries: Tries = noTries
  private activeMs = 0
  private hasProgress = false
  /** The answer whose block is being corrected. */
  private repairing: { readonly answer: string; readonly malformed: MalformedBlock } | null = null
  private readonly name: string

  constructor(private readonly context: TurnContext) {
    const { agent, interrupted, now } = context
    const isProgram = agent.kind === 'claude' || agent.kind === 'codex'
    const begun = interrupted ?? (isProgram ? (agent.conversation ?? null) : null)
    this.name = agentName(agent)
    this.record = {
      v: 1,
      agent: agent.kind,
      program: isProgram ? agent.program : null,
      model: agent.kind === 'command' ? null : (agent.model ?? null),
      reason: agent.reason,
      state: 'running',
      waitingUntilMs: null,
      conversation: begun,
      resumed: begun,
      fellBack: null,
      repairs: 0,
      notes: [],
      usage: null,
      startedAtMs: now().ms,
      endedAtMs: null,
    }
  }

  async run(): Promise<boolean> {
    const { agent, interrupted } = this.context
    this.say(tellChoice(agent))
    if (interrupted !== null) this.say(`An earlier attempt was cut off: its conversation ${interrupted} goes on.`)
    else if (this.record.resumed !== null) this.say(`The conversation ${this.record.resumed} goes on.`)
    this.save({})
    let message = this.first()
    for (;;) {
      const outcome = await this.call(message)
      const step = nextStep(outcome, this.name, this.context.agent, this.tries, this.context.now())
      if ('tries' in step) this.tries = step.tries
      switch (step.kind) {
        case 'finish': {
          this.tries = { ...noTries, renewed: this.tries.renewed }
          const repair = this.repair(step.answer)
          if (repair === null) return true
          message = repair
          break
        }
        case 'renew':
          if (this.repairing !== null) return this.keepUnrepaired(step.why)
          this.note(step.why)
          this.save({ conversation: null, resumed: null })
          this.hasProgress = false
          message = { text: this.context.prompt(false), conversation: null }
          break
        case 'nudge':
          this.note(step.why)
          message = this.record.conversation === null ? message : { ...this.goOn(), text: emptyAnswerPrompt }
          break
        case 'again':
          this.note(step.why)
          message = this.nextAfterFailure(message)
          break
        case 'wait':
          this.note(step.why)
          await this.wait(step.untilMs)
          message = this.nextAfterFailure(message)
          break
        case 'fall_back':
          return this.repairing === null ? this.fallBack(step.why) : this.keepUnrepaired(step.why)
        case 'fail':
          return this.repairing === null ? this.fail(step.why) : this.keepUnrepaired(step.why)
      }
    }
  }

  private first(): Message {
    return { text: this.context.prompt(this.context.interrupted !== null), conversation: this.record.resumed }
  }

  private goOn(): Message {
    return { text: goOnPrompt, conversation: this.record.conversation }
  }

  /** What was begun is gone on with; a conversation in which nothing was said yet is begun anew. */
  private nextAfterFailure(message: Message): Message {
    if (this.repairing !== null) return message
    return this.hasProgress && this.record.conversation !== null ? this.goOn() : this.first()
  }

  private async call(message: Message): Promise<TurnOutcome> {
    const { agent, cwd, env, facts, endOthers, now } = this.context
    const limitMs = Math.max(1, agent.timeLimitSec * 1000 - this.activeMs)
    this.save({ state: 'running', waitingUntilMs: null })
    const onEvent = (event: StreamEvent) => this.hear(event)
    if (agent.kind === 'vscode') return this.callWindow(agent, message, limitMs, onEvent)
    const from = performance.now()
    const call = await runCall(callAgent(agent, message.conversation, facts), {
      ...{ cwd, env, limitMs, onEvent, endOthers },
      prompt: message.text,
    })
    this.activeMs += performance.now() - from
    if (call.kind !== 'missing') this.addUsage(call.end.usage)
    return judgeCall(call, now())
  }

  /** The wait for a window is a wait of the turn, and all that there is: after it nobody needs to be asked again. */
  private async callWindow(
    agent: Extract<TurnAgent, { kind: 'vscode' }>,
    { text }: Message,
    limitMs: number,
    onEvent: (event: StreamEvent) => void,
  ): Promise<TurnOutcome> {
    const nowMs = this.context.now().ms
    const sinceMs = this.tries.waitingSinceMs ?? nowMs
    const waitMs = Math.max(0, sinceMs + agent.waitLimitSec * 1000 - nowMs)
    const { outcome, activeMs } = await this.context.askWindow({
      ...{ prompt: text, model: agent.model ?? null, limitMs, onEvent },
      waitMs: agent.otherwise === 'wait' ? waitMs : Math.min(waitMs, windowGraceMs),
      onWaiting: (why, untilMs) => {
        this.note(why)
        this.save({ state: 'waiting', waitingUntilMs: untilMs })
      },
      onTaken: ({ id, name }) => {
        this.say(`A window has taken it: ${quoteInline(name)} answers.`)
        this.save({ state: 'running', waitingUntilMs: null, model: id })
      },
    })
    this.activeMs += activeMs
    if (outcome.kind === 'missing') this.tries = { ...this.tries, waitingSinceMs: sinceMs }
    return outcome
  }

  private hear(event: StreamEvent): void {
    if (event.kind === 'text' || event.kind === 'tool') this.hasProgress = true
    // Told at every call; that it is still the same is no news.
    if (event.kind === 'conversation') {
      if (event.id === this.record.conversation) return
      this.save({ conversation: event.id })
    }
    if (event.kind === 'output') this.context.keepToolOutput(event.text)
    for (const line of renderTurnEvent(event)) this.context.print(line)
  }

  /** What is to be said about a block with errors; null when the turn is over. */
  private repair(said: string): Message | null {
    const answer = this.repairing === null ? said : joinRepaired(this.repairing.answer, this.repairing.malformed, said)
    const malformed = findMalformed(answer)
    const { conversation, repairs } = this.record
    if (malformed === null) return this.finish(answer)
    const isStateless = this.context.agent.kind === 'vscode'
    if ((conversation === null && !isStateless) || repairs >= maxRepairs) {
      this.note(
        `The block at the end of the answer cannot be started${repairs > 0 ? `, after ${repairs} repairs` : ''}.`,
      )
      return this.finish(answer)
    }
    this.repairing = { answer, malformed }
    this.note(`The block at the end of the answer cannot be started: ${malformed.problems.join(' ')} It is sent back.`)
    this.save({ repairs: repairs + 1 })
    const text = renderRepairPrompt(malformed.problems)
    // Who remembers nothing is told all of it again.
    return { text: isStateless ? `${this.first().text}\n\nYou answered:\n\n${answer}\n\n${text}` : text, conversation }
  }

  private keepUnrepaired(why: string): boolean {
    this.note(`${why} The answer is kept with its block as it was.`)
    this.finish(this.repairing?.answer ?? '')
    return true
  }

  private finish(answer: string): null {
    writeAnswer(this.context.paths, answer)
    this.save({ state: 'answered', waitingUntilMs: null, endedAtMs: this.context.now().ms })
    return null
  }

  private async fallBack(why: string): Promise<boolean> {
    const { builtinReport } = this.context
    if (builtinReport === null) return this.fail(`${why} There is no job that it could report on.`)
    this.note(why)
    this.save({ agent: 'builtin', fellBack: why })
    const report = await builtinReport()
    for (const line of report.trimEnd().split('\n')) this.context.print(line)
    this.finish(`${quoteInline(why)}\n\n${report}`)
    return true
  }

  private fail(why: string): boolean {
    this.note(why)
    writeAnswer(this.context.paths, `${quoteInline(why)}\n\n[[task:blocked]]\n`)
    this.save({ state: 'failed', waitingUntilMs: null, endedAtMs: this.context.now().ms })
    return false
  }

  private async wait(untilMs: number): Promise<void> {
    this.save({ state: 'waiting', waitingUntilMs: untilMs })
    await this.context.sleepUntil(untilMs)
  }

  private addUsage(usage: TurnRecord['usage']): void {
    if (usage === null) return
    const before = this.record.usage ?? { inputTokens: 0, outputTokens: 0, costUsd: null }
    this.save({
      usage: {
        inputTokens: before.inputTokens + usage.inputTokens,
        outputTokens: before.outputTokens + usage.outputTokens,
        costUsd: usage.costUsd === null ? before.costUsd : (before.costUsd ?? 0) + usage.costUsd,
      },
    })
  }

  private note(sentence: string): void {
    this.record = { ...this.record, notes: [...this.record.notes, quoteInline(sentence)] }
    this.say(sentence)
  }

  private say(sentence: string): void {
    this.context.print(ourLine(sentence))
  }

  private save(change: Partial<TurnRecord>): void {
    this.record = { ...this.record, ...change }
    writeTurn(this.context.paths, this.record)
  }
}

const reasonWords: Readonly<Record<AgentReason, string>> = {
  setting: 'as your setting says',
  origin: 'because the block came from its conversation',
  found: 'because it was the first agent that was found',
}

function tellChoice(agent: TurnAgent): string {
  const program = agent.kind === 'claude' || agent.kind === 'codex' ? ` (${agent.program})` : ''
  const model = agent.kind !== 'command' && agent.model !== undefined ? `, model ${agent.model}` : ''
  return `${agentName(agent)}${program}${model} does this follow-up, ${reasonWords[agent.reason]}.`
}

function agentName({ kind }: { readonly kind: AgentKind }): string {
  const name = agentKindNames[kind]
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`
}
