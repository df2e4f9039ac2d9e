// In an untrusted workspace runs are shown, and nothing is started or written.
import * as vscode from 'vscode'
import { RelayError } from '../../core/relayError'

/** Throws RelayError in Restricted Mode. */
export function requireTrust(): void {
  if (!vscode.workspace.isTrusted)
    throw new RelayError(
      'untrusted',
      vscode.l10n.t(
        'This window is in Restricted Mode: nothing is started and no file is written. Trust the workspace first.',
      ),
    )
}
