// Turning the inbox on and off for the folders of a window. What it will read is said before.
import * as vscode from 'vscode'
import { RelayError } from '../../core/relayError'
import { turnOffRequests, turnOnRequests } from '../../store/agentRequests/requestsSwitch'
import { transcriptRoots } from '../../store/agentRequests/transcriptFiles'
import { folderKey } from '../../store/stateFolder'
import type { InboxHost } from './requestsGate'

/** Throws RelayError without a folder. */
export async function turnOn({ state, roots }: InboxHost): Promise<void> {
  const folders = foldersOf(roots)
  const { claude, codex } = transcriptRoots(process.env)
  const question = vscode.l10n.t('Let agents ask for jobs in this workspace?')
  const detail = vscode.l10n.t(
    'From now on Relay Jobs reads the conversations of Claude Code and Codex that belong to {0} ({1} and {2}). When one of them ends an answer with a relay block, that is listed under Requests. Nothing is started without your approval, and nothing leaves this machine.',
    folders.join(', '),
    claude,
    codex,
  )
  const yes = vscode.l10n.t('Turn On')
  if ((await vscode.window.showInformationMessage(question, { modal: true, detail }, yes)) !== yes) return
  for (const folder of folders) turnOnRequests(state.folder(folderKey(folder)), folder, Date.now())
}

export function turnOff({ state, roots }: InboxHost): Promise<void> {
  for (const folder of foldersOf(roots)) turnOffRequests(state.folder(folderKey(folder)))
  return Promise.resolve()
}

function foldersOf(roots: InboxHost['roots']): readonly string[] {
  if (!vscode.workspace.isTrusted)
    throw new RelayError('untrusted', vscode.l10n.t('This window is in Restricted Mode. Trust the workspace first.'))
  const folders = roots() ?? []
  if (folders.length > 0) return folders
  throw new RelayError('no_folder', vscode.l10n.t('Open the folder in which your agents work first.'))
}
