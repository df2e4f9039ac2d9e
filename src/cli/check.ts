// relay check: which blocks a text holds, and what is wrong with them.
import fs from 'node:fs'
import type { CheckedDiagnostic } from '../core/blocks/renderCheck'
import { renderCheckJson } from '../core/blocks/renderCheck'
import { showInvisible } from '../core/logs/plainText'
import { asRelayError } from '../store/durableFile'
import type { Console } from './console'
import { exitError, exitOk, type Verb } from './verb'

export const checkVerb: Verb = {
  name: 'check',
  operands: ['FILE|-'],
  summary: 'Say which relay blocks a file holds and what is wrong with them',
  options: { json: { type: 'boolean', summary: 'Print JSON' } },
  run: ({ console }, [file = '-'], { json }) => {
    const text = readInput(file)
    const result = renderCheckJson(text)
    const diagnostics = [...result.blocks.flatMap((block) => block.diagnostics), ...result.diagnostics]
    if (json === true) console.out(JSON.stringify(result))
    else {
      for (const diagnostic of diagnostics) console.out(renderDiagnostic(diagnostic, file, console))
      const errors = diagnostics.filter(({ severity }) => severity === 'error').length
      const count = result.blocks.length
      console.out(
        `${count === 1 ? '1 block' : `${count} blocks`}, ${errors === 0 ? 'no errors' : `${errors} error${errors > 1 ? 's' : ''}`}`,
      )
    }
    return Promise.resolve(diagnostics.some(({ severity }) => severity === 'error') ? exitError : exitOk)
  },
}

/** A file's text, or standard input for `-`. Throws RelayError. */
export function readInput(file: string): string {
  try {
    return fs.readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw asRelayError(error, 'read', file === '-' ? 'standard input' : file)
  }
}

export function renderDiagnostic(
  { code, severity, message, line, column }: CheckedDiagnostic,
  file: string,
  console: Console,
): string {
  const style = severity === 'error' ? 'red' : severity === 'warning' ? 'yellow' : 'cyan'
  const place = `${file === '-' ? 'input' : file}:${line}:${column}`
  return `${console.paint('bold', place)}: ${console.paint(style, severity)}: ${showInvisible(message)} [${code}]`
}
