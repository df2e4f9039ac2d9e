// The picker of what is to be tracked: a command, a script and a workflow are offered at once, the person's own jobs, runs and processes as soon
// as they are told. Where there are none, it is said why, and they can be looked for again.
import * as vscode from 'vscode'
import { plainLabel } from '../../core/logs/plainText'
import { isRelayError } from '../../core/relayError'
import type { Trackable } from '../../core/tracking/trackable'
import { readThere, type ThereAnswer } from '../../core/tracking/trackAnswers'
import { askRelay } from './askRelay'
import type { TracksHost } from './tracksGate'

/** What is to be tracked, as words of the command. */
export type Picked = readonly string[]

type Workflow = ThereAnswer['dispatchable'][number]

type Choice =
  | { readonly kind: 'words'; readonly words: Picked }
  | { readonly kind: 'process'; readonly words: Picked; readonly label: string }
  | { readonly kind: 'command' }
  | { readonly kind: 'script' }
  | { readonly kind: 'workflow'; readonly workflow: Workflow }
  | { readonly kind: 'again' }

interface Item extends vscode.QuickPickItem {
  /** None: it divides. */
  readonly choice?: Choice
}

/** Null: the person decided otherwise. Throws RelayError. */
export async function pickTrackable(host: TracksHost, folder: string): Promise<Picked | null> {
  for (;;) {
    const choice = await choose(askRelay(host, folder, ['track', 'there', '--json', '--cwd', folder], readThere))
    switch (choice?.kind) {
      case undefined:
        return null
      case 'words':
        return choice.words
      case 'process':
        return askRequired(choice)
      case 'workflow':
        return fillInputs(choice.workflow)
      case 'script':
        return pickScript(folder)
      case 'command':
        return typeCommand()
      case 'again':
    }
  }
}

function choose(asked: Promise<ThereAnswer>): Promise<Choice | null> {
  const picker = vscode.window.createQuickPick<Item>()
  picker.title = vscode.l10n.t('Track Job')
  picker.placeholder = vscode.l10n.t('What is to be tracked? Type to find it by name, number or state')
  picker.matchOnDescription = true
  picker.matchOnDetail = true
  picker.busy = true
  picker.items = typed
  return new Promise((resolve, reject) => {
    asked.then(
      (there) => {
        // Who is on the way to a row is left there.
        const active = picker.activeItems
        picker.items = itemsOf(there)
        if (active.length > 0) picker.activeItems = active
        picker.busy = false
      },
      (error: unknown) => {
        if (!isRelayError(error)) {
          reject(error instanceof Error ? error : new Error(String(error)))
          picker.dispose()
          return
        }
        picker.items = [...typed, lookAgain(vscode.l10n.t('What is there could not be listed'), error.message)]
        picker.busy = false
      },
    )
    picker.onDidAccept(() => {
      const choice = picker.selectedItems[0]?.choice
      if (choice === undefined) return
      resolve(choice)
      picker.dispose()
    })
    picker.onDidHide(() => {
      resolve(null)
      picker.dispose()
    })
    picker.show()
  })
}

const typed: readonly Item[] = [
  { label: vscode.l10n.t('$(play) A command…'), choice: { kind: 'command' } },
  { label: vscode.l10n.t('$(file-code) A script…'), choice: { kind: 'script' } },
]

function itemsOf({ there, found, dispatchable }: ThereAnswer): Item[] {
  // Each sentence begins with what it is about.
  const why = (about: string) =>
    there.find((sentence) => sentence.startsWith(`${about}: `))?.slice(about.length + 2) ?? ''
  const section = (label: string, kind: Trackable['kind'], none: Item | null, words: (one: Trackable) => Picked) => {
    const items = found.filter((one) => one.kind === kind).map((one) => trackableItem(one, words(one)))
    const shown = items.length > 0 ? items : none === null ? [] : [none]
    return shown.length === 0 ? [] : [{ label, kind: vscode.QuickPickItemKind.Separator }, ...shown]
  }
  return [
    ...typed,
    ...dispatchable.map((workflow): Item => ({
      label: `$(github-action) ${plainLabel(workflow.file, 80)}`,
      description: vscode.l10n.t('dispatch this workflow'),
      choice: { kind: 'workflow', workflow },
    })),
    ...section(
      vscode.l10n.t('SLURM jobs'),
      'slurm',
      lookAgain(vscode.l10n.t('No SLURM job of yours'), why('SLURM')),
      ({ id }) => [id],
    ),
    ...section(
      vscode.l10n.t('Workflow runs'),
      'run',
      lookAgain(vscode.l10n.t('No workflow run'), why('GitHub')),
      ({ id }) => ['--run', id],
    ),
    ...section(vscode.l10n.t('Processes'), 'process', null, ({ id }) => ['--pid', id]),
  ]
}

function trackableItem({ kind, id, name, detail }: Trackable, words: Picked): Item {
  // The folder of a program says less than what it runs.
  const label = kind === 'slurm' ? `${id} ${name}` : kind === 'process' ? name.replace(/^\/\S*\//, '') : name
  return {
    label: plainLabel(label, 110),
    // In front: behind a long command line it would not be seen.
    detail: plainLabel(kind === 'process' ? `${id} · ${detail}` : detail, 160),
    choice: kind === 'process' ? { kind, words, label } : { kind: 'words', words },
  }
}

function lookAgain(label: string, why: string): Item {
  return {
    label: `$(refresh) ${label}`,
    description: vscode.l10n.t('look again'),
    detail: plainLabel(why, 200),
    choice: { kind: 'again' },
  }
}

/** Nobody will know how it ended: files that it writes can tell. Null: the person decided otherwise. */
async function askRequired({ words, label }: Extract<Choice, { kind: 'process' }>): Promise<Picked | null> {
  const files = await vscode.window.showInputBox({
    title: plainLabel(label, 80),
    prompt: vscode.l10n.t(
      'Files that it must write to be done, from the folder on, with commas between. It may be left empty: its exit status is not to be seen, and is said to be unknown.',
    ),
    placeHolder: 'results/metrics.json',
    ignoreFocusOut: true,
  })
  if (files === undefined) return null
  const named = files
    .split(',')
    .map((file) => file.trim())
    .filter((file) => file !== '')
  return [...words, ...named.map((file) => `--require=${file}`)]
}

/** What the workflow is dispatched with, one input after the other. Null: the person decided otherwise. */
async function fillInputs({ file, inputs }: Workflow): Promise<Picked | null> {
  const words = ['--workflow', file]
  for (const [index, { name, required, default: usual }] of inputs.entries()) {
    const label = plainLabel(name, 100)
    const value = await vscode.window.showInputBox({
      title: vscode.l10n.t('{0}: input {1} of {2}', plainLabel(file, 60), index + 1, inputs.length),
      prompt: required
        ? vscode.l10n.t('{0}, which the workflow requires', label)
        : vscode.l10n.t('{0}, which may be left empty', label),
      value: usual ?? '',
      ignoreFocusOut: true,
      validateInput: (text) =>
        required && text.trim() === '' ? vscode.l10n.t('The workflow requires a value of {0}.', label) : null,
    })
    if (value === undefined) return null
    if (value !== '' && value !== usual) words.push('-f', `${name}=${value}`)
  }
  return words
}

async function pickScript(folder: string): Promise<Picked | null> {
  const [file] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('The script to launch'),
      defaultUri: vscode.Uri.file(folder),
      canSelectMany: false,
    })) ?? []
  return file === undefined ? null : ['--script', file.fsPath]
}

async function typeCommand(): Promise<Picked | null> {
  const command = await vscode.window.showInputBox({
    title: vscode.l10n.t('Track Job'),
    prompt: vscode.l10n.t('The command to launch, as you would type it'),
    ignoreFocusOut: true,
  })
  return command === undefined || command.trim() === '' ? null : ['--', command]
}
