// Relay: Run Experiment…: a template is picked, what is missing is asked for, the whole command is shown, then everything is
// approved as any other job is.
import fs from 'node:fs'
import path from 'node:path'
import * as vscode from 'vscode'
import { reservedNames } from '../../core/experiments/keyValues'
import type { ExperimentTemplate } from '../../core/experiments/template'
import type { JobId } from '../../core/jobs/jobId'
import { plainLabel, plainNotice } from '../../core/logs/plainText'
import { RelayError } from '../../core/relayError'
import { hasLauncher, prepareRun } from '../../store/experiments/prepareRun'
import { findTemplate, readTemplates, renderFindings, type TemplateFile } from '../../store/experiments/templateFiles'
import { jobEnvironment } from '../../store/jobs/jobEnvironment'
import { resolveFolder } from '../../store/jobs/jobRequests'
import { commands } from '../contributions'
import { chooseAgentHere, planDefaultsHere } from '../followUps/agentChoice'
import { readSetting } from '../settings'
import { foldersOnDisk } from '../workspaceFolders'
import { askForValues } from './askForValues'
import type { ExperimentsHost } from './experimentsGate'
import { requireTrust } from '../requireTrust'

const labelChars = 80

/** What is known before anything is asked; whatever is not of the right kind is asked for. */
export interface RunWish {
  readonly template?: unknown
  readonly values?: unknown
  readonly folder?: unknown
}

/** `agentChoice`: who does the follow-up, and why. */
export type Planned = Extract<ReturnType<typeof prepareRun>, { kind: 'planned' }> & { readonly agentChoice: string }

export class RunExperiment {
  constructor(private readonly host: ExperimentsHost) {}

  /** Starts one, unless the person decides otherwise. Throws RelayError. */
  async run({ template, values, folder }: RunWish): Promise<void> {
    requireTrust()
    const root = await this.folderOf(folder)
    if (root === null) return
    this.requireLauncher(root)
    const found = typeof template === 'string' ? findTemplate(root, template) : await pickTemplate(root)
    if (found === null) return
    const known = knownValues(values, found.template)
    const asked = await askForValues(found.template, known)
    if (asked === null) return
    const planned = this.plan(root, found.template, asked)
    await this.approveAndStart(root, found, planned)
  }

  /** What the template and these values come to; nothing is written. Throws RelayError that says what is missing. */
  plan(root: string, template: ExperimentTemplate, values: Readonly<Record<string, string>>): Planned {
    const { agent, why } = chooseAgentHere(this.host.state, null)
    const planned = prepareRun(root, template, values, {
      atMs: Date.now(),
      random: Math.random,
      agent,
      defaults: planDefaultsHere(this.host.state),
    })
    switch (planned.kind) {
      case 'planned':
        return { ...planned, agentChoice: why }
      case 'missing':
        throw new RelayError(
          'missing_values',
          vscode.l10n.t('{0} needs a value for {1}.', template.id, planned.names.join(', ')),
        )
      case 'refused':
        throw new RelayError('not_supported', vscode.l10n.t('Not started: {0}', planned.problems.join(' ')))
    }
  }

  /** Throws RelayError if the workspace has nothing through which a run is recorded. */
  requireLauncher(root: string): void {
    if (hasLauncher(root) || !fs.existsSync(root)) return
    throw new RelayError(
      'no_contract',
      vscode.l10n.t(
        'There is no scripts/vr_run.sh in {0}, through which every run is recorded. “Relay: Scaffold Run Contract…” writes one.',
        path.basename(root),
      ),
    )
  }

  private async approveAndStart(
    root: string,
    { template, file, ...found }: RunnableTemplate,
    planned: Planned,
  ): Promise<void> {
    const { plan, description, agentChoice } = planned
    const findings = renderFindings({ template, file, ...found })
    const how = await this.host.starter.approve({
      plan,
      folder: root,
      dryRun: false,
      title: vscode.l10n.t('Run “{0}”?', description),
      warnings: findings,
      notes: [vscode.l10n.t('It is made from the template {0}.', file), agentChoice],
      approve: vscode.l10n.t('Run once'),
    })
    if (how === null) return
    const origin = { kind: 'experiment', template: template.id } as const
    const order = { plan, description, folder: root, origin, how, env: jobEnvironment(process.env) }
    const id: JobId = await this.host.requests.start(order)
    this.host.model.touch(id)
    if (readSetting('relay.terminal.openOnStart')) await vscode.commands.executeCommand(commands.showLog, id)
    else void vscode.window.showInformationMessage(plainNotice(vscode.l10n.t('Started: {0}', description)))
  }

  /** A real path; null: the person did not choose one. */
  private async folderOf(named: unknown): Promise<string | null> {
    const folders = foldersOnDisk().map(({ uri, name }) => ({ root: resolveFolder(uri.fsPath), name }))
    const own = folders.find(({ root }) => root === named)
    if (own !== undefined) return own.root
    const [first, ...others] = folders
    if (first === undefined)
      throw new RelayError('no_folder', vscode.l10n.t('Open the folder in which the experiment is to run first.'))
    if (others.length === 0) return first.root
    const picked = await vscode.window.showQuickPick(
      folders.map(({ root, name }) => ({ label: name, description: root, root })),
      { placeHolder: vscode.l10n.t('The folder in which the experiment is to run') },
    )
    return picked?.root ?? null
  }
}

type RunnableTemplate = TemplateFile & { readonly template: ExperimentTemplate }

async function pickTemplate(root: string): Promise<RunnableTemplate | null> {
  const files = readTemplates(root)
  if (files.length === 0)
    throw new RelayError(
      'no_template',
      vscode.l10n.t(
        'There is no template in {0}/templates/experiments. “Relay: Scaffold Run Contract…” writes two to begin with.',
        path.basename(root),
      ),
    )
  const items = files.map((file) => ({
    label: plainLabel(file.id, labelChars),
    description: file.template === null ? vscode.l10n.t('cannot be run') : primaryWords(file.template),
    detail: plainLabel(
      file.template === null ? (renderFindings(file)[0] ?? '') : detailOf(file.template),
      2 * labelChars,
    ),
    file,
  }))
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Run Experiment'),
    placeHolder: vscode.l10n.t('The template to run'),
    matchOnDescription: true,
    matchOnDetail: true,
  })
  if (picked === undefined) return null
  if (picked.file.template !== null) return { ...picked.file, template: picked.file.template }
  // It is shown where it is wrong.
  const [finding] = picked.file.findings
  const line = Math.max(0, (finding?.line ?? 1) - 1)
  const document = await vscode.workspace.openTextDocument(path.join(root, picked.file.file))
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(line, 0, line, 0) })
  throw new RelayError(
    'bad_template',
    vscode.l10n.t('The template cannot be run. {0}', renderFindings(picked.file).join(' ')),
  )
}

function primaryWords({ primary }: ExperimentTemplate): string {
  if (primary === null) return ''
  return primary.higherIsBetter
    ? vscode.l10n.t('{0}, higher is better', primary.name)
    : vscode.l10n.t('{0}, lower is better', primary.name)
}

function detailOf({ description, command }: ExperimentTemplate): string {
  return description ?? command.join(' ')
}

/** Texts for names that the template has; what else the run said of itself has no place in its command. */
function knownValues(values: unknown, { names }: ExperimentTemplate): Readonly<Record<string, string>> {
  if (typeof values !== 'object' || values === null) return {}
  const isReserved = (name: string) => reservedNames.some((one) => one === name)
  return Object.fromEntries(
    Object.entries(values).filter(
      (entry): entry is [string, string] =>
        typeof entry[1] === 'string' && names.includes(entry[0]) && !isReserved(entry[0]),
    ),
  )
}
