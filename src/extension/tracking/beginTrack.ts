// Track Job…: what is to be tracked is picked or typed, everything that can happen is shown on one page, and it begins if a person says so. What is
// known of the outside is asked of the command, in a process of its own.
import { execFile } from 'node:child_process'
import fs from 'node:fs'
import * as vscode from 'vscode'
import { plainLabel } from '../../core/logs/plainText'
import { RelayError } from '../../core/relayError'
import { renderTrackPlan } from '../../core/tracking/renderTrackPlan'
import type { Trackable } from '../../core/tracking/trackable'
import { type Answer, readPlanned, readThere } from '../../core/tracking/trackAnswers'
import { jobEnvironment } from '../../store/jobs/jobEnvironment'
import { folderKey } from '../../store/stateFolder'
import { remember } from '../../store/tracking/remembered'
import { UndertakingRequests } from '../../store/undertakings/undertakingRequests'
import { requireTrust } from '../requireTrust'
import { settingsHere } from '../followUps/agentChoice'
import { askForApproval } from '../jobs/approvalPage'
import { foldersOnDisk } from '../workspaceFolders'
import type { TracksHost } from './tracksGate'

const askedWithinMs = 90_000

/** What is to be tracked, as words of the command. */
type Picked = readonly string[]

/** `words`: from the chat, what is meant already. False: the person decided otherwise. Throws RelayError. */
export async function beginTrack(host: TracksHost, words: readonly unknown[]): Promise<boolean> {
  requireTrust()
  const folder = await pickFolder()
  if (folder === null) return false
  const picked = named(words[0]) ?? (await pick(host, folder))
  if (picked === null) return false
  const {
    plan,
    notes,
    caveats,
    folder: real,
  } = await withProgress(vscode.l10n.t('Looking around…'), () =>
    ask(host, folder, ['track', '--plan', '--json', '--cwd', folder, ...picked], readPlanned),
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

async function pick(host: TracksHost, folder: string): Promise<Picked | null> {
  type Item = vscode.QuickPickItem & {
    readonly words?: Picked
    readonly types?: 'command' | 'script'
    readonly file?: string
  }
  const { there, found, dispatchable } = await withProgress(vscode.l10n.t('Looking around…'), () =>
    ask(host, folder, ['track', 'there', '--json', '--cwd', folder], readThere),
  )
  const separator = (label: string): Item => ({ label, kind: vscode.QuickPickItemKind.Separator })
  const of = (kind: Trackable['kind'], words: (one: Trackable) => Picked): Item[] =>
    found
      .filter((one) => one.kind === kind)
      .map((one) => ({
        label: plainLabel(one.kind === 'slurm' ? `${one.id} ${one.name}` : one.name, 70),
        // In front: behind a long command line it would not be seen.
        detail: plainLabel(one.kind === 'process' ? `${one.id} · ${one.detail}` : one.detail, 160),
        words: words(one),
      }))
  const items: Item[] = [
    { label: vscode.l10n.t('$(play) A command…'), types: 'command' },
    { label: vscode.l10n.t('$(file-code) A script…'), types: 'script' },
    ...dispatchable.map(({ file }): Item => ({
      label: `$(github-action) ${plainLabel(file, 60)}`,
      description: vscode.l10n.t('dispatch this workflow'),
      file,
    })),
    separator(vscode.l10n.t('SLURM jobs')),
    ...of('slurm', ({ id }) => [id]),
    separator(vscode.l10n.t('Workflow runs')),
    ...of('run', ({ id }) => ['--run', id]),
    separator(vscode.l10n.t('Processes')),
    ...of('process', ({ id }) => ['--pid', id]),
  ]
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Track Job'),
    placeHolder: plainLabel(there.join(' '), 300),
    matchOnDescription: true,
    matchOnDetail: true,
  })
  if (chosen === undefined) return null
  if (chosen.words !== undefined) return chosen.words
  if (chosen.file !== undefined)
    return fillInputs(chosen.file, dispatchable.find(({ file }) => file === chosen.file)?.inputs ?? [])
  if (chosen.types === 'script') return pickScript(folder)
  const command = await vscode.window.showInputBox({
    title: vscode.l10n.t('Track Job'),
    prompt: vscode.l10n.t('The command to launch, as you would type it'),
    ignoreFocusOut: true,
  })
  return command === undefined || command.trim() === '' ? null : ['--', command]
}

async function fillInputs(
  file: string,
  inputs: readonly { readonly name: string; readonly required: boolean; readonly default: string | null }[],
): Promise<Picked | null> {
  const words = ['--workflow', file]
  for (const { name, required, default: usual } of inputs) {
    const value = await vscode.window.showInputBox({
      title: plainLabel(file, 60),
      prompt: plainLabel(required ? vscode.l10n.t('{0} (wanted)', name) : name, 100),
      value: usual ?? '',
      ignoreFocusOut: true,
    })
    if (value === undefined) return null
    if (value !== '' && value !== usual) words.push('-f', `${name}=${value}`)
  }
  return words
}

async function pickScript(folder: string): Promise<Picked | null> {
  const [file] =
    (await vscode.window.showOpenDialog({ defaultUri: vscode.Uri.file(folder), canSelectMany: false })) ?? []
  return file === undefined ? null : ['--script', file.fsPath]
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
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, act)
}

/** The answer of the `relay` command. Throws RelayError with its sentence. */
function ask<Value>(
  { cli, state }: TracksHost,
  cwd: string,
  words: readonly string[],
  read: (stdout: string) => Answer<Value>,
): Promise<Value> {
  const env = {
    ...process.env,
    ELECTRON_RUN_AS_NODE: '1',
    RELAY_STATE_FOLDER: state.root,
    RELAY_SETTINGS: JSON.stringify(settingsHere(state)),
  }
  return new Promise((resolve, reject) => {
    const options = { cwd, env, timeout: askedWithinMs, maxBuffer: 16 * 1024 * 1024 }
    execFile(process.execPath, [cli, ...words], options, (_error, stdout, stderr) => {
      const answer = read(stdout)
      if (answer?.kind === 'answer') resolve(answer.value)
      else {
        const why = answer?.why ?? vscode.l10n.t('relay could not say what is there: {0}', stderr.trim().slice(-400))
        reject(new RelayError('refused', why))
      }
    })
  })
}
