// A turn of a language model of VS Code: offered to the windows that have the folder open, until one has answered it. Who
// comes later is heard as well; a window that goes in the middle of it is one failure of the agent.
import { setTimeout as delay } from 'node:timers/promises'
import type { StreamEvent } from '../../core/followUps/streams/agentStream'
import { judgeCall, type Now, type TurnOutcome } from '../../core/followUps/turnOutcome'
import { makeDirectory } from '../../store/durableFile'
import {
  offerTurn,
  parseProgress,
  readTurnResult,
  readWhyNot,
  removeDeadTurns,
  type TurnOffer,
  type TurnResult,
} from '../../store/followUps/windowTurns'
import { readAppended, type ReadPosition, startPosition } from '../../store/logs/readAppended'
import { readClaimant, withdrawOffer } from '../../store/offers'
import { isAlive, ownHandle } from '../../store/processIdentity'
import type { TurnOfferPaths } from '../../store/offerPaths'
import type { FolderPaths } from '../../store/stateFolder'
import { type AttachedWindow, listWindows } from '../../store/windows'

export interface WindowQuestion {
  readonly prompt: string
  /** The id or family of the model; null: any. */
  readonly model: string | null
  /** For the model's work. */
  readonly limitMs: number
  /** For a window that takes it. */
  readonly waitMs: number
  readonly onEvent: (event: StreamEvent) => void
  /** It is waited for a window until then (ms since the epoch), and why. Told when the reason changes. */
  readonly onWaiting: (why: string, untilMs: number) => void
  /** A window has taken it, for this model. */
  readonly onTaken: (model: { readonly id: string; readonly name: string }) => void
}

export interface WindowAnswer {
  readonly outcome: TurnOutcome
  /** What the model has worked, without the wait for a window. */
  readonly activeMs: number
}

/** What is known of the turn besides the question. */
export interface WindowTurnSubject {
  readonly folder: FolderPaths
  readonly id: string
  readonly title: string
  /** Absolute, of the job that it is about. */
  readonly log: string | null
  readonly now: () => Now
}

/** How often it is looked whether the claimant and the windows are there; a person who waits is not to notice. */
const lookEveryMs = 300
/** Windows have so long to take it or to say that they cannot, before it is told that none does. */
const settleMs = 15_000

/** Rejects with RelayError if the turn cannot be offered. It is withdrawn in the end, so that one answer is used. */
export async function askWindow(subject: WindowTurnSubject, question: WindowQuestion): Promise<WindowAnswer> {
  const { folder, id, title, log, now } = subject
  makeDirectory(folder.windowTurns)
  removeDeadTurns(folder)
  const { prompt, model } = question
  const offer: TurnOffer = { v: 1, id, runner: ownHandle(), prompt, model, log, title }
  const paths = offerTurn(folder, offer, now().ms)
  try {
    const why = await untilTaken(folder, paths, question, now)
    if (why !== null) return { outcome: { kind: 'missing', why }, activeMs: 0 }
    const from = performance.now()
    const outcome = await untilAnswered(paths, question, now)
    return { outcome, activeMs: performance.now() - from }
  } finally {
    withdrawOffer(paths)
  }
}

/** Null when a window has claimed it, or why none has until now. */
async function untilTaken(
  folder: FolderPaths,
  paths: TurnOfferPaths,
  { waitMs, onWaiting }: WindowQuestion,
  now: () => Now,
): Promise<string | null> {
  const from = performance.now()
  const untilMs = now().ms + waitMs
  let told: string | null = null
  /** Since when there is a window that could take it. */
  let thereSince: number | null = null
  for (;;) {
    if (readClaimant(paths) !== null) return null
    const windows = listWindows(folder)
    thereSince = windows.length === 0 ? null : (thereSince ?? performance.now())
    const why = whyNobody(paths, windows, thereSince === null ? 0 : performance.now() - thereSince)
    if (why !== null && why !== told) {
      told = why
      onWaiting(why, untilMs)
    }
    if (performance.now() - from >= waitMs) {
      // From here on nobody can take it; somebody may have in the last moment.
      if (readClaimant(paths) !== null) return null
      return told ?? 'No VS Code window with this folder open has taken it.'
    }
    await delay(Math.min(lookEveryMs, Math.max(1, waitMs - (performance.now() - from))))
  }
}

/** Null while windows are there that have not said that they cannot. */
function whyNobody(paths: TurnOfferPaths, windows: readonly AttachedWindow[], thereMs: number): string | null {
  if (windows.length === 0) return 'It is waited for a VS Code window with this folder open: there is none.'
  const said = readWhyNot(paths, windows)
  if (said.size === windows.length) return [...new Set(said.values())].join(' ')
  return thereMs < settleMs ? null : ([...said.values()][0] ?? 'It is waited for a VS Code window to take it.')
}

async function untilAnswered(
  paths: TurnOfferPaths,
  { limitMs, onEvent, onTaken }: WindowQuestion,
  now: () => Now,
): Promise<TurnOutcome> {
  const from = performance.now()
  let position: ReadPosition = startPosition
  let lastSaid = ''
  const hear = async (last: boolean) => {
    for (let more = true; more;) {
      const appended = await readAppended(paths.progress, position, last)
      ;({ more, position } = appended)
      for (const line of appended.lines) {
        const progress = parseProgress(line.toString('utf8'))
        if (progress?.kind === 'model') onTaken(progress)
        else if (progress !== null) onEvent(progress)
        if (progress?.kind === 'text') lastSaid = progress.text
      }
    }
  }
  for (;;) {
    const claimant = readClaimant(paths)
    const lives = claimant !== null && isAlive(claimant.handle)
    // Looked at after the claimant: one that is dead by now may have answered just before.
    const result = readTurnResult(paths)
    await hear(result !== null || !lives)
    if (result !== null) return judgeResult(result, now())
    if (!lives) return { kind: 'crashed', said: 'The window that answered was closed or reloaded.' }
    const leftMs = limitMs - (performance.now() - from)
    if (leftMs <= 0) return { kind: 'timed_out', said: lastSaid }
    await delay(Math.min(lookEveryMs, leftMs))
  }
}

function judgeResult(result: TurnResult, now: Now): TurnOutcome {
  switch (result.kind) {
    case 'answered':
      return result.answer.trim() === '' ? { kind: 'empty' } : result
    case 'left':
      return { kind: 'crashed', said: 'The window that answered was closed or reloaded.' }
    case 'missing':
      return { kind: 'missing', why: result.why }
    case 'refused':
      return { kind: 'logged_out', said: result.why }
    case 'blocked':
      return { kind: 'rate_limited', said: result.why, resetsAtMs: null }
    case 'failed': {
      // Its provider's words are judged as those of any agent.
      const error = { message: result.why, status: null }
      const end = { answer: null, error, resetsAtMs: null, usage: null, toolCalls: 0 }
      const outcome = judgeCall({ kind: 'exited', status: 1, stderr: '', end }, now)
      return outcome.kind === 'crashed' ? { kind: 'crashed', said: result.why } : outcome
    }
  }
}
