// The one place where commands meet the editor, and where their failures are told.
import * as vscode from 'vscode'
import { plainNotice } from '../core/logs/plainText'
import { isRelayError } from '../core/relayError'
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
  output.error(describeError(error))
  const message = error instanceof Error ? error.message : String(error)
  const text = isRelayError(error) ? message : vscode.l10n.t('Something went wrong inside of Relay Jobs: {0}', message)
  const showLog = vscode.l10n.t('Show Log')
  if ((await vscode.window.showErrorMessage(plainNotice(text), showLog)) === showLog) output.show()
}

/** For the log: a bug with its stack, what was to be expected without. */
export function describeError(error: unknown): string {
  if (isRelayError(error)) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
