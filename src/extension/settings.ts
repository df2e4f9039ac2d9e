// Reading settings by the typed table. No setting that names a program or a place is taken from a workspace.
import * as vscode from 'vscode'
import { choices, type Setting, settings } from './contributions'

/** The value that counts: the user's or the machine's, never a workspace's; the default if it is of another type. */
export function readSetting<Name extends Setting>(name: Name): (typeof settings)[Name] {
  const value = userValue(name)
  if (value === undefined || typeof value !== typeof settings[name]) return settings[name]
  const allowed = choices[name]
  return allowed === undefined || allowed.some((choice) => choice === value) ? value : settings[name]
}

/** What the person or their machine has set, unlooked at; undefined if nothing. */
export function userValue<Name extends Setting>(name: Name): (typeof settings)[Name] | undefined {
  return vscode.workspace.getConfiguration().inspect<(typeof settings)[Name]>(name)?.globalValue
}
