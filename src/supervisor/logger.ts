// The supervisor's own log: one past-tense fact a line, with the id of what it is about. Never a value of an environment.

export type Logger = (fact: string) => void

/** Writes to standard error, which the keeper appends to a file. */
export function stderrLogger(): Logger {
  return (fact) => process.stderr.write(`${new Date().toISOString()} ${fact}\n`)
}
