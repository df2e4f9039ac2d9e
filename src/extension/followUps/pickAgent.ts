// Relay: Choose Follow-up Agent…: what was found here, and the person's setting for it. To choose a language model of VS Code
// is also to allow it.
import * as vscode from 'vscode'
import type { AgentChoice, AgentSettings } from '../../core/followUps/agentSettings'
import { plainLabel, plainNotice } from '../../core/logs/plainText'
import { RelayError } from '../../core/relayError'
import { type TranscriptAgent, transcriptAgentNames, transcriptAgents } from '../../core/transcripts/turn'
import { findAgents } from '../../store/followUps/findAgents'
import { allowWindowModels } from '../../store/followUps/windowTurns'
import type { StateFolder } from '../../store/stateFolder'
import { chooseAgentHere, settingsHere } from './agentChoice'
import { settingOf } from './chooseModel'

interface AgentItem extends vscode.QuickPickItem {
  /** Undefined: a heading. */
  readonly choice?: AgentChoice
  /** With the choice `vscode`; null: any. */
  readonly model?: vscode.LanguageModelChat | null
}

export interface PickAgentOptions {
  readonly state: StateFolder
  readonly access: vscode.LanguageModelAccessInformation
}

/** Throws RelayError in Restricted Mode. */
export async function pickAgent({ state, access }: PickAgentOptions): Promise<void> {
  if (!vscode.workspace.isTrusted)
    throw new RelayError(
      'untrusted',
      vscode.l10n.t('This window is in Restricted Mode: no follow-up is done here. Trust the workspace first.'),
    )
  const settings = settingsHere(state)
  const picked = await vscode.window.showQuickPick(listAgents(settings), {
    title: vscode.l10n.t('Choose Follow-up Agent'),
    placeHolder: vscode.l10n.t('Who does the follow-ups of jobs that are started in VS Code from now on?'),
    matchOnDescription: true,
  })
  if (picked?.choice === undefined) return
  const { choice, model = null } = picked
  if (choice === 'command' && settings['relay.followUps.command'].length === 0) {
    await vscode.commands.executeCommand('workbench.action.openSettings', 'relay.followUps.command')
    return
  }
  if (choice === 'vscode') {
    await set('relay.followUps.vscode.model', model === null ? '' : settingOf(model))
    allowWindowModels(state, Date.now())
    if (model !== null && access.canSendRequest(model) !== true) await askForConsent(model)
  }
  // The default, too: without a value here that of the settings file would count.
  await set('relay.followUps.agent', choice)
  void vscode.window.showInformationMessage(plainNotice(chooseAgentHere(state, null).why))
}

async function listAgents(settings: AgentSettings): Promise<AgentItem[]> {
  const found = findAgents(process.env)
  const models = await vscode.lm.selectChatModels()
  const current = settings['relay.followUps.agent']
  const currentModel = settings['relay.followUps.vscode.model']
  const command = settings['relay.followUps.command']
  const item = (choice: AgentChoice, label: string, description: string, detail?: string): AgentItem => ({
    choice,
    label: current === choice ? `$(check) ${label}` : label,
    description,
    ...(detail === undefined ? {} : { detail }),
  })
  const program = (kind: TranscriptAgent) =>
    item(kind, transcriptAgentNames[kind], plainLabel(found[kind] ?? vscode.l10n.t('not found'), 200))
  return [
    item(
      'auto',
      vscode.l10n.t('Automatic'),
      vscode.l10n.t('the agent in whose conversation the block was written, else the first that is found'),
    ),
    ...transcriptAgents.map(program),
    item(
      'command',
      vscode.l10n.t('A command of your own'),
      command.length === 0 ? vscode.l10n.t('not set yet') : plainLabel(command.join(' '), 200),
    ),
    item('builtin', vscode.l10n.t('The built-in analyst'), vscode.l10n.t('needs no account and no model')),
    {
      label: vscode.l10n.t('Language models of VS Code'),
      kind: vscode.QuickPickItemKind.Separator,
    },
    ...models.map((model): AgentItem => {
      const label = plainLabel(model.name, 100)
      const isCurrent = current === 'vscode' && settingOf(model) === currentModel
      return {
        choice: 'vscode',
        model,
        label: isCurrent ? `$(check) ${label}` : label,
        description: plainLabel(`${model.vendor} · ${model.family}`, 100),
        detail: vscode.l10n.t('It can only read the workspace; what it reads goes to its provider.'),
      }
    }),
    ...(models.length > 0
      ? []
      : [
          {
            ...item('vscode', vscode.l10n.t('Any that comes'), vscode.l10n.t('there is none now')),
            model: null,
          },
        ]),
  ]
}

/** VS Code asks for its own consent when a model is used for the first time, after a click. */
async function askForConsent(model: vscode.LanguageModelChat): Promise<void> {
  const source = new vscode.CancellationTokenSource()
  const justification = vscode.l10n.t('Follow-ups of Relay Jobs are answered by it.')
  try {
    const prompt = vscode.LanguageModelChatMessage.User('Answer with OK.')
    await model.sendRequest([prompt], { justification }, source.token)
  } catch (error) {
    if (!(error instanceof vscode.LanguageModelError)) throw error
    void vscode.window.showWarningMessage(plainNotice(`${model.name}: ${error.message}`))
  } finally {
    source.cancel()
    source.dispose()
  }
}

async function set(name: string, value: string): Promise<void> {
  await vscode.workspace.getConfiguration().update(name, value, vscode.ConfigurationTarget.Global)
}
