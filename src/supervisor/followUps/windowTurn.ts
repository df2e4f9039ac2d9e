// A turn of a language model of VS Code, asked through a window that has the folder open. Without one it is waited for, and
// that is said; a window that goes away in the middle of it is replaced by the next.
import { setTimeout as delay } from 'node:timers/promises'
import type { StreamEnd, StreamEvent } from '../../core/followUps/streams/agentStream'
import type { CallEnd } from '../../core/followUps/turnOutcome'
import { askForTurn, type AskedTurn, readProgress, readTurnResult } from '../../store/askedTurns'
import { readClaimant, withdrawOffer } from '../../store/documentEdits'
import { isAlive } from '../../store/processIdentity'
import type { AskedTurnPaths, FolderPaths } from '../../store/stateFolder'
import { listWindows } from '../../store/windows'

export interface WindowCall {
  readonly folder: FolderPaths
  /** Of the attempt: one that is asked again has the same. */
  readonly id: string
  readonly turn: AskedTurn
  /** From the claim on. */
  readonly limitMs: number
  /** For a window that takes it. */
  readonly waitMs: number
  readonly onEvent: (event: StreamEvent) => void
}

const lookMs = 250

/** Resolves when the window has answered, or the time is over. Throws RelayError. */
export async function askWindow(call: WindowCall): Promise<CallEnd> {
  const { folder, id, turn, onEvent, waitMs } = call
  const from = performance.now()
  let isTold = false
  for (;;) {
    const asked = askForTurn(folder, id, turn, Date.now())
    try {
      while (readClaimant(asked) === null) {
        if (!isTold && listWindows(folder).length === 0) {
          isTold = true
          onEvent({ kind: 'note', text: 'No window of VS Code has this folder open: one is waited for.' })
        }
        if (performance.now() - from > waitMs)
          return { kind: 'missing', why: 'no window of VS Code that has the folder open has taken it' }
        await delay(lookMs)
      }
      const end = await untilAnswered(asked, call)
      if (end !== null) return end
      onEvent({ kind: 'note', text: 'The window that was at it is gone: another one is asked.' })
    } finally {
      withdrawOffer(asked)
    }
  }
}

/** Null if the window went away before it had answered. */
async function untilAnswered(asked: AskedTurnPaths, { limitMs, onEvent }: WindowCall): Promise<CallEnd | null> {
  const from = performance.now()
  let told = 0
  let toolCalls = 0
  for (;;) {
    const claimant = readClaimant(asked)
    const isGone = claimant === null || !isAlive(claimant.handle)
    const result = readTurnResult(asked)
    for (const progress of readProgress(asked).slice(told)) {
      told++
      if (progress.kind === 'tool') toolCalls++
      onEvent(progress)
    }
    const end: StreamEnd = { answer: null, error: null, resetsAtMs: null, usage: null, toolCalls }
    switch (result?.kind) {
      case 'answered':
        return { kind: 'exited', status: 0, stderr: '', end: { ...end, answer: result.answer } }
      case 'no_model':
        return { kind: 'missing', why: result.why }
      case 'failed':
        return { kind: 'exited', status: 1, stderr: '', end: { ...end, error: { message: result.why, status: null } } }
      case undefined:
        if (isGone) return null
    }
    if (performance.now() - from > limitMs) return { kind: 'timed_out', end }
    await delay(lookMs)
  }
}
