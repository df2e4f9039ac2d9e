// The supervisor's own log: one past-tense fact a line, with the id of what it is about. Never a value of an environment.
import fs from 'node:fs'
import { RelayError } from '../core/relayError'

export type Logger = (fact: string) => void

/** Writes to standard error, which the keeper appends to a file. */
export function stderrLogger(): Logger {
  return (fact) => {
    try {
      fs.writeSync(2, `${new Date().toISOString()} ${fact}\n`)
    } catch {
      // A full disk, or nobody there to read: no reason to stop watching over jobs.
    }
  }
}

/** What there is to say of something thrown: the sentence of an expected failure, where it happened of any other. */
export function describeTrouble(error: unknown): string {
  if (error instanceof RelayError) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
