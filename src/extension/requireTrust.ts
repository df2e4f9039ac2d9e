// In an untrusted workspace what is there is shown, and whatever would do something only says so.
import * as vscode from 'vscode'
import { RelayError } from '../core/relayError'

/** Throws RelayError in Restricted Mode. */
export function requireTrust(): void {
  if (!vscode.workspace.isTrusted)
    throw new RelayError(
      'untrusted',
      vscode.l10n.t(
        'This window is in Restricted Mode: nothing is started, stopped, removed or written. Trust the workspace first.',
      ),
    )
}
