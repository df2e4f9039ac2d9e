// Composition root of the extension: the only file of this layer that constructs across files.
import type * as vscode from 'vscode'

export function activate(_context: vscode.ExtensionContext): void {
  // Views and commands are constructed here.
}
