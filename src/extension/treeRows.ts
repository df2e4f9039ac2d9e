// Rows that every list may end or begin with.
import * as vscode from 'vscode'
import { showInvisible } from '../core/logs/plainText'

/** A click on it shows more rows. */
export function moreItem(command: string): vscode.TreeItem {
  const title = vscode.l10n.t('More…')
  const item = new vscode.TreeItem(title)
  item.command = { command, title }
  return item
}

/** Something that could not be read. */
export function problemItem(text: string): vscode.TreeItem {
  const item = new vscode.TreeItem(showInvisible(text))
  item.iconPath = new vscode.ThemeIcon('warning')
  item.tooltip = showInvisible(text)
  return item
}
