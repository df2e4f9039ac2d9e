// What is worth saying of a command of a step, as it is typed: that it prints a secret, or that it never ends.
import { checkCommand } from '../blocks/checkCommand'
import type { StepFindings, Written } from './mapReader'
import { findPrintedSecret } from './secrets'

/** What is worth saying of a command. `isShort`: it has seconds, and nobody looks at it. */
export function tellOfCommand(command: Written, name: string, findings: StepFindings, isShort: boolean): void {
  const secret = findPrintedSecret(command.text)
  if (secret !== null) {
    const { instead } = secret
    findings.add(
      'warning',
      'secret-printed',
      `This prints ${secret.name}, or a part of it, into the log, where it stays. Test that it is set instead${instead === null ? '' : `: ${instead}`}.`,
      command,
      instead === null
        ? undefined
        : {
            title: `Write ${instead}`,
            start: command.start,
            end: command.end,
            newText: yamlText(instead),
            isGuess: true,
          },
    )
  }
  if (!isShort) return
  const endless = checkCommand(command.text).find(
    ({ code }) => code === 'command-endless' || code === 'command-interactive',
  )
  if (endless === undefined) return
  const [what = ''] = endless.message.split(/[,:] (?:so|this job)/)
  findings.add(
    'warning',
    'never-ends',
    `${what}: "${name}" would use up its time and fail. Write a command that ends by itself.`,
    command,
  )
}

/** A text in single quotes, which YAML reads as it stands. */
export function yamlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
