// The two files that a turn leaves in the directory of its attempt. One writer: the process that runs the turn.
import fs from 'node:fs'
import { type TurnRecord, turnRecordSchema } from '../../core/followUps/turnRecord'
import { readIfExists, writeDurably } from '../durableFile'
import type { AttemptPaths } from '../jobPaths'

/** Of a longer answer the end is read; answers are written no longer than this. */
const answerBytes = 1024 * 1024

/** Throws RelayError. */
export function writeTurn(paths: AttemptPaths, turn: TurnRecord): void {
  writeDurably(paths.turn, `${JSON.stringify(turn, null, 2)}\n`)
}

/** Null if the attempt is no turn, or began none, or of a newer version. */
export function readTurn(paths: AttemptPaths): TurnRecord | null {
  const text = readIfExists(paths.turn)
  if (text === null) return null
  try {
    return turnRecordSchema.parse(JSON.parse(text))
  } catch {
    return null // Damaged or newer: the answer and the log still tell.
  }
}

/** Markdown, data. Throws RelayError. */
export function writeAnswer(paths: AttemptPaths, answer: string): void {
  writeDurably(paths.answer, answer.endsWith('\n') ? answer : `${answer}\n`)
}

/** The whole answer, as the agent wrote it; null if the attempt left none. */
export function readAnswer(paths: AttemptPaths): string | null {
  let fd: number
  try {
    fd = fs.openSync(paths.answer, 'r')
  } catch {
    return null // None yet, or an attempt from before there were such files.
  }
  try {
    const { size } = fs.fstatSync(fd)
    const buffer = Buffer.alloc(Math.min(size, answerBytes))
    const read = fs.readSync(fd, buffer, 0, buffer.length, size - buffer.length)
    return buffer.toString('utf8', 0, read)
  } finally {
    fs.closeSync(fd)
  }
}
