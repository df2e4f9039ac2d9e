// The terminal of a job: its log as it grows, and what becomes of it. A view, one of any number: opening, reading and
// closing it never touch the job; only an answered Ctrl+C asks for its end.
import * as vscode from 'vscode'
import type { JobDescription } from '../../core/jobs/describeJob'
import { renderDescribedExit, renderElapsed, stateSigns } from '../../core/jobs/jobWords'
import type { Outcome } from '../../core/jobs/outcome'
import { showInvisible } from '../../core/logs/plainText'
import { TerminalStream } from '../../core/logs/terminalStream'
import { findScrollBack } from '../../store/logs/findScrollBack'
import { followLog } from '../../store/logs/followLog'
import { WriteBatch } from './writeBatch'

/** How much of the end of a log is shown when it is opened, in bytes. */
export const scrollBackBytes = 512 * 1024

/** What a terminal needs to know of its job, and the one thing it can ask for. */
export interface JobTerminalSource {
  /** The newest that is known; null when the job was removed. Must be cheap. Throws RelayError. */
  read(): JobDescription | null
  /** Something may have changed, in this job or another; at most a few times a second. */
  readonly onDidChange: vscode.Event<unknown>
  /** Asks for the end of the job. Throws RelayError. */
  stop(): Promise<void>
}

const dim = 2
const bold = 1
/** Foreground colours of the ends; the sign and the word say the same. */
const endStyles: Readonly<Record<Outcome, number>> = { succeeded: 32, failed: 31, lost: 31, blocked: 33, stopped: 36 }

export class JobTerminal implements vscode.Pseudoterminal {
  private readonly written = new vscode.EventEmitter<string>()
  readonly onDidWrite = this.written.event
  private readonly batch = new WriteBatch((text) => this.written.fire(text))
  /** Nothing more is told: the terminal was closed or the job removed. */
  private readonly over = new AbortController()
  private isLineOpen = false
  /** The attempt that a pending question is about. */
  private askedAbout: number | null = null
  private isHintGiven = false
  /** Why the job could not be read the last time, so that it is said once. */
  private problem: string | null = null

  constructor(private readonly source: JobTerminalSource) {}

  open(): void {
    this.tell().catch((error: unknown) => {
      if (!this.over.signal.aborted) this.note(messageOf(error))
    })
  }

  close(): void {
    this.over.abort()
    this.batch.close()
    this.written.dispose()
  }

  handleInput(data: string): void {
    if (this.askedAbout !== null) {
      const attempt = this.askedAbout
      this.askedAbout = null
      if (data === 'y' || data === 'Y') void this.stop(attempt)
      else this.note(vscode.l10n.t('not stopped'))
    } else if (data === '\u0003') {
      this.problem = null
      const job = this.read()
      if (job === null) return
      if (job.endedAt !== null) this.note(vscode.l10n.t('this job has ended'))
      else {
        this.askedAbout = attemptOf(job)
        this.note(vscode.l10n.t('Stop this job? y stops it, any other key leaves it running.'), bold)
      }
    } else if (!this.isHintGiven) {
      this.isHintGiven = true
      this.note(vscode.l10n.t('read-only: the job does not read input; Ctrl+C asks to stop it'))
    }
  }

  /** Tells the job's life, attempt by attempt, until `over`. */
  private async tell(): Promise<void> {
    let job = await this.until(() => true)
    this.writeHeader(job)
    for (;;) {
      const attempt = attemptOf(job)
      await this.tellAttempt(job, attempt)
      job = await this.until((now) => attemptOf(now) !== attempt)
      this.note(vscode.l10n.t('attempt {0}', attemptOf(job)))
    }
  }

  /** Tells one attempt, until its follow-up has ended or the next attempt has begun. */
  private async tellAttempt(job: JobDescription, attempt: number): Promise<void> {
    const isNext = (now: JobDescription): boolean => attemptOf(now) !== attempt
    const hasBegun = (now: JobDescription): boolean => now.log !== null || isOver(now, attempt)
    if (!hasBegun(job)) this.note(vscode.l10n.t('waiting: checks run'))
    const begun = await this.until(hasBegun)
    if (!isNext(begun) && begun.log !== null) await this.writeLog(begun.log, attempt)
    const ended = await this.until((now) => isOver(now, attempt))
    if (isNext(ended)) return
    this.writeEnd(ended)
    const later = await this.until((now) => isNext(now) || isFollowUpOver(now))
    if (!isNext(later)) this.writeFollowUp(later)
  }

  /** Shows the end of a log and what is appended to it, until its attempt is over. */
  private async writeLog(log: string, attempt: number): Promise<void> {
    const { signal } = this.over
    const complete = new AbortController()
    void this.until((job) => isOver(job, attempt)).then(
      () => complete.abort(),
      () => undefined, // The terminal is over, and `signal` ends the following.
    )
    const { from, problem } = await findScrollBack(log, scrollBackBytes)
    if (problem !== null && complete.signal.aborted) {
      // Nobody will write it any more.
      this.note(problem)
      return
    }
    if (from > 0) this.note(vscode.l10n.t('… earlier output is in {0}', log))
    const stream = new TerminalStream()
    for await (const chunk of followLog(log, { from, signal, complete: complete.signal })) {
      const text = stream.write(chunk)
      if (text === '' || signal.aborted) continue
      this.isLineOpen = !text.endsWith('\n')
      this.batch.add(text)
      await this.batch.room()
    }
  }

  private async stop(attempt: number): Promise<void> {
    const job = this.read()
    if (job === null) return
    if (isOver(job, attempt)) {
      this.note(vscode.l10n.t('this job has ended'))
      return
    }
    try {
      await this.source.stop()
      this.note(vscode.l10n.t('asked to stop'))
    } catch (error) {
      this.note(messageOf(error))
    }
  }

  /** The job as soon as `isWanted` says so: now or after a change. Rejects when the terminal is over. */
  private until(isWanted: (job: JobDescription) => boolean): Promise<JobDescription> {
    const { signal } = this.over
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        subscription.dispose()
        signal.removeEventListener('abort', cancel)
      }
      const cancel = (): void => {
        finish()
        reject(new vscode.CancellationError())
      }
      const look = (): void => {
        const job = this.read()
        if (job === null || !isWanted(job)) return
        finish()
        resolve(job)
      }
      const subscription = this.source.onDidChange(look)
      signal.addEventListener('abort', cancel)
      if (signal.aborted) cancel()
      else look()
    })
  }

  /** The job, or null, with the reason told: it was removed, which is the end, or cannot be read just now. */
  private read(): JobDescription | null {
    try {
      const job = this.source.read()
      this.problem = null
      if (job !== null) return job
      this.note(vscode.l10n.t('this job was removed'))
      this.over.abort()
    } catch (error) {
      const problem = messageOf(error)
      if (problem !== this.problem) this.note(problem)
      this.problem = problem
    }
    return null
  }

  private writeHeader(job: JobDescription): void {
    const [command = '', ...more] = job.command.trim().split('\n')
    this.note(vscode.l10n.t('job {0} · attempt {1} · {2}', job.id, attemptOf(job), job.cwd))
    this.writeLine(`$ ${command}${more.length > 0 ? '…' : ''}`, dim)
  }

  private writeEnd(job: JobDescription): void {
    const { state, reason } = job
    const exit = renderDescribedExit(job.exit)
    const facts = [`${stateSigns[state]} ${state}`, exit, renderElapsed(job, Date.now())].filter((fact) => fact !== '')
    this.note(facts.join(' · '), isOutcome(state) ? endStyles[state] : dim)
    const isToldByExit = exit !== '' && reason?.toLowerCase().includes(exit.toLowerCase()) === true
    const saysMore = state === 'blocked' || state === 'lost' || (state !== 'succeeded' && !isToldByExit)
    if (reason !== null && saysMore) this.note(reason)
  }

  private writeFollowUp({ followUp }: JobDescription): void {
    if (followUp === null) return
    const words = vscode.l10n.t('follow-up {0}', followUp.state)
    const where = vscode.l10n.t("Show Report from the job's menu")
    this.note(followUp.state === 'done' ? `${words} · ${where}` : words)
  }

  private note(text: string, style = dim): void {
    this.writeLine(`[relay] ${text}`, style)
  }

  /** A line of ours, below whatever the job has left. Texts from outside cannot leave it. */
  private writeLine(text: string, style: number): void {
    const start = this.isLineOpen ? '\r\n' : ''
    this.isLineOpen = false
    this.batch.add(`\u001b[0m${start}\u001b[${style}m${showInvisible(text).replace(/\s+/g, ' ')}\u001b[0m\r\n`)
  }
}

/** A job that nobody has taken yet is about to have its first attempt. */
function attemptOf({ attempt }: JobDescription): number {
  return Math.max(1, attempt)
}

function isOver(job: JobDescription, attempt: number): boolean {
  return attemptOf(job) !== attempt || job.endedAt !== null
}

function isFollowUpOver({ followUp }: JobDescription): boolean {
  return followUp !== null && followUp.state !== 'pending' && followUp.state !== 'running'
}

function isOutcome(state: JobDescription['state']): state is Outcome {
  return state in endStyles
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
