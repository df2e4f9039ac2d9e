// The one place where commands meet the editor, and where their failures are told.
import * as vscode from 'vscode'
import { RelayError } from '../core/relayError'
import { type Command, commands } from './contributions'

export type Handler = (...words: readonly unknown[]) => Promise<void>

/** Registers these commands. What a handler throws is shown with a way to the log. */
export function registerCommands(
  names: readonly Command[],
  handlerOf: (name: Command) => Handler,
  output: vscode.LogOutputChannel,
): vscode.Disposable {
  return vscode.Disposable.from(
    ...names.map((name) =>
      vscode.commands.registerCommand(commands[name], async (...words: unknown[]) => {
        try {
          await handlerOf(name)(...words)
        } catch (error) {
          void tellError(error, output)
        }
      }),
    ),
  )
}

async function tellError(error: unknown, output: vscode.LogOutputChannel): Promise<void> {
  const isExpected = error instanceof RelayError
  output.error(error instanceof Error ? (error.stack ?? error.message) : String(error))
  const text = isExpected
    ? error.message
    : vscode.l10n.t(
        'Something went wrong inside of Relay Jobs: {0}',
        error instanceof Error ? error.message : String(error),
      )
  const showLog = vscode.l10n.t('Show Log')
  if ((await vscode.window.showErrorMessage(text, showLog)) === showLog) output.show()
}
