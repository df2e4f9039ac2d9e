// Track Job…: what is to be tracked is picked or typed, everything that can happen is shown on one page, and it begins if a person says so.
import fs from 'node:fs'
import * as vscode from 'vscode'
import { RelayError } from '../../core/relayError'
import { renderTrackPlan } from '../../core/tracking/renderTrackPlan'
import { readPlanned } from '../../core/tracking/trackAnswers'
import { jobEnvironment } from '../../store/jobs/jobEnvironment'
import { folderKey } from '../../store/stateFolder'
import { remember } from '../../store/tracking/remembered'
import { UndertakingRequests } from '../../store/undertakings/undertakingRequests'
import { requireTrust } from '../requireTrust'
import { askForApproval } from '../jobs/approvalPage'
import { foldersOnDisk } from '../workspaceFolders'
import { askRelay } from './askRelay'
import { type Picked, pickTrackable } from './pickTrackable'
import type { TracksHost } from './tracksGate'

/** `words`: from the chat, what is meant already. False: the person decided otherwise. Throws RelayError. */
export async function beginTrack(host: TracksHost, words: readonly unknown[]): Promise<boolean> {
  requireTrust()
  const folder = await pickFolder()
  if (folder === null) return false
  const picked = named(words[0]) ?? (await pickTrackable(host, folder))
  if (picked === null) return false
  const {
    plan,
    notes,
    caveats,
    folder: real,
  } = await withProgress(vscode.l10n.t('Looking at what tracking it would take…'), () =>
    askRelay(host, folder, ['track', '--plan', '--json', '--cwd', folder, ...picked], readPlanned),
  )
  const answer = await askForApproval(host.extensionUri, {
    title: vscode.l10n.t('Track “{0}”?', plan.experiment),
    warnings: [],
    // Made here, from the plan that is asked for: what is shown is what runs.
    facts: renderTrackPlan(plan),
    caveats: [...notes, ...caveats],
    approve: vscode.l10n.t('Track'),
    always: null,
  })
  if (answer !== 'once') return false
  const requests = new UndertakingRequests(host.state, host.requests, () => Date.now())
  await requests.start({ plan, folder: real, how: 'asked', env: jobEnvironment(process.env) })
  const { results, metrics, document } = plan
  const looked =
    results.globs.length === 0
      ? [results.folder ?? '']
      : results.globs.map((glob) => `${results.folder ?? '.'}/${glob}`)
  remember(host.state.folder(folderKey(real)), {
    document,
    results: looked.filter((one) => one !== ''),
    metrics: [...metrics],
  })
  return true
}

/** What a button of the chat says is meant. */
function named(word: unknown): Picked | null {
  if (typeof word !== 'object' || word === null) return null
  if ('slurm' in word && typeof word.slurm === 'string') return [word.slurm]
  return 'command' in word && typeof word.command === 'string' ? ['--', word.command] : null
}

async function pickFolder(): Promise<string | null> {
  const [first, ...others] = foldersOnDisk()
  if (first === undefined)
    throw new RelayError('no_folder', vscode.l10n.t('Open the folder whose job is to be tracked first.'))
  if (others.length === 0) return fs.realpathSync(first.uri.fsPath)
  const picked = await vscode.window.showWorkspaceFolderPick({
    placeHolder: vscode.l10n.t('The folder whose job is to be tracked'),
  })
  return picked?.uri.scheme === 'file' ? fs.realpathSync(picked.uri.fsPath) : null
}

async function withProgress<Value>(title: string, act: () => Promise<Value>): Promise<Value> {
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title }, act)
}
