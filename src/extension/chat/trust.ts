// In an untrusted workspace the chat and its tools only say so.
import * as vscode from 'vscode'
import { RelayError } from '../../core/relayError'

/** Throws RelayError in Restricted Mode. */
export function requireTrust(): void {
  if (!vscode.workspace.isTrusted)
    throw new RelayError(
      'untrusted',
      vscode.l10n.t(
        'This window is in Restricted Mode: nothing is started, stopped or removed. Trust the workspace first.',
      ),
    )
}
