// What the verbs print with: standard output and error, colour only where a person looks, answers from a terminal.
import { createInterface } from 'node:readline/promises'
import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

export interface Console {
  readonly isTerminal: boolean
  readonly columns: number
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly paint: (style: Style, text: string) => string
  /** The answer to a question, or null if nobody can be asked. */
  readonly ask: (question: string) => Promise<string | null>
}

export function processConsole(env: NodeJS.ProcessEnv): Console {
  const isTerminal = process.stdout.isTTY && process.stdin.isTTY
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0'
  const colour = forced || (process.stdout.isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb')
  // Somebody who closes the pipe (`relay list | head`) wants no stack.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  return {
    isTerminal,
    columns: process.stdout.columns || 100,
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    paint: (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text),
    ask: async (question) => {
      if (!isTerminal) return null
      const lines = createInterface({ input: process.stdin, output: process.stdout })
      try {
        return await lines.question(question)
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'AbortError') throw error
        process.stdout.write('\n')
        return '' // Ctrl+C or Ctrl+D: no answer is a no.
      } finally {
        lines.close()
      }
    },
  }
}
