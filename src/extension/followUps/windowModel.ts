// Answers turns that are offered to this window with a language model of VS Code, once a person has allowed that. It claims
// nothing that it could not answer, and stops as soon as nobody waits for the answer any more.
import * as vscode from 'vscode'
import { plainNotice } from '../../core/logs/plainText'
import {
  allowWindowModels,
  appendProgress,
  areWindowModelsAllowed,
  claimQuestion,
  holdsClaim,
  readTurnOffer,
  removeDeadTurns,
  sayWhyNot,
  type TurnOffer,
  type TurnProgress,
  writeTurnResult,
} from '../../store/followUps/windowTurns'
import { WorkspaceReader } from '../../store/followUps/workspaceReader'
import { claimOffer, readClaimant } from '../../store/offers'
import type { TurnOfferPaths } from '../../store/offerPaths'
import { type AttachedWindow, ownWindow } from '../../store/windows'
import { describeError } from '../registerCommands'
import { answerTurn } from './answerTurn'
import { chooseModel } from './chooseModel'
import type { OfferedTurnsOptions } from './offeredTurns'

/** Turns that this window answers at the same time. */
const mostAtOnce = 2
/** Windows without focus leave a turn to one that has it. */
const unfocusedDelayMs = 400
/** How often it is looked whether the answer is still waited for. */
const lookEveryMs = 500

export class WindowModel implements vscode.Disposable {
  private readonly window: AttachedWindow
  private readonly subscriptions: readonly vscode.Disposable[]
  /** Names of offers that are looked at, asked about or answered right now. */
  private readonly busy = new Set<string>()
  /** Ids of turns that a person did not allow. */
  private readonly refused = new Set<string>()
  /** What ends the answers that are under way. */
  private readonly stops = new Set<() => void>()
  private isDisposed = false

  constructor(private readonly options: OfferedTurnsOptions) {
    this.window = ownWindow(options.windowId)
    this.subscriptions = [
      vscode.lm.onDidChangeChatModels(() => this.look()),
      options.access.onDidChange(() => this.look()),
    ]
  }

  /** The window closes: what it was answering is begun anew by another. */
  dispose(): void {
    this.isDisposed = true
    for (const subscription of this.subscriptions) subscription.dispose()
    for (const stop of this.stops) stop()
  }

  look(): void {
    const { folder, log } = this.options
    try {
      removeDeadTurns(folder)
      for (const name of folder.listWindowTurns()) void this.consider(name)
    } catch (error) {
      log(`turns in ${folder.key} could not be read: ${describeError(error)}`)
    }
  }

  private async consider(name: string): Promise<void> {
    const { folder, log } = this.options
    if (this.isDisposed || this.busy.has(name)) return
    this.busy.add(name)
    try {
      await this.take(folder.windowTurn(name))
    } catch (error) {
      log(`the turn ${name} could not be answered: ${describeError(error)}`)
    } finally {
      this.busy.delete(name)
    }
  }

  private async take(paths: TurnOfferPaths): Promise<void> {
    const { folder, state, access } = this.options
    const offer = readTurnOffer(paths)
    if (offer === null || readClaimant(paths) !== null || this.stops.size >= mostAtOnce) return
    const model = await chooseModel(offer.model)
    if (model === null) {
      sayWhyNot(paths, this.window, missingWords(offer.model))
      return
    }
    if (areWindowModelsAllowed(state) && access.canSendRequest(model) === true) {
      sayWhyNot(paths, this.window, null)
      if (!vscode.window.state.focused) await new Promise((resolve) => setTimeout(resolve, unfocusedDelayMs))
      if (this.stillWaits(paths)) await this.answer(paths, offer, model)
      return
    }
    if (this.refused.has(offer.id)) {
      sayWhyNot(paths, this.window, refusedWords)
      return
    }
    if (!claimQuestion(folder, paths, this.window)) return
    sayWhyNot(paths, this.window, 'A window asks whether language models of VS Code may do follow-ups.')
    const allow = vscode.l10n.t('Allow for Follow-ups')
    const said = await vscode.window.showInformationMessage(question(offer, model), allow, vscode.l10n.t('Not Now'))
    if (said !== allow) {
      this.refused.add(offer.id)
      sayWhyNot(paths, this.window, refusedWords)
      return
    }
    allowWindowModels(state, Date.now())
    sayWhyNot(paths, this.window, null)
    // While the person's click counts: VS Code asks for its own consent only then.
    if (this.stillWaits(paths)) await this.answer(paths, offer, model)
  }

  private stillWaits(paths: TurnOfferPaths): boolean {
    return !this.isDisposed && readTurnOffer(paths) !== null && readClaimant(paths) === null
  }

  private async answer(paths: TurnOfferPaths, offer: TurnOffer, model: vscode.LanguageModelChat): Promise<void> {
    const { root, state, log } = this.options
    if (this.stops.size >= mostAtOnce || !claimOffer(paths, this.window)) return
    const source = new vscode.CancellationTokenSource()
    const stop = () => {
      source.cancel()
      // At once, for the extension host ends with the window.
      writeTurnResult(paths, { v: 1, kind: 'left' })
    }
    this.stops.add(stop)
    const watching = setInterval(() => {
      if (readTurnOffer(paths) === null || !holdsClaim(paths, this.window)) source.cancel()
    }, lookEveryMs)
    const tell = (progress: TurnProgress) => {
      if (!source.token.isCancellationRequested) appendProgress(paths, progress)
    }
    try {
      tell({ kind: 'model', id: model.id, name: model.name })
      const reader = new WorkspaceReader({ root, closed: [state.root], log: offer.log })
      const result = await answerTurn({ offer, model, reader, tell, token: source.token })
      log(`the turn ${offer.id} was ${source.token.isCancellationRequested ? 'taken back' : result.kind}`)
      if (!source.token.isCancellationRequested) writeTurnResult(paths, result)
    } finally {
      clearInterval(watching)
      this.stops.delete(stop)
      source.dispose()
      this.look()
    }
  }
}

const refusedWords = vscode.l10n.t(
  'Nobody has allowed language models of VS Code to do follow-ups: “Relay: Choose Follow-up Agent…” does.',
)

function missingWords(wanted: string | null): string {
  return wanted === null
    ? vscode.l10n.t('VS Code has no language model: it is waited for one.')
    : vscode.l10n.t('VS Code has no language model “{0}”: it is waited for it.', wanted)
}

function question({ title }: TurnOffer, { name }: vscode.LanguageModelChat): string {
  return plainNotice(
    vscode.l10n.t(
      'May {1} follow up “{0}”? It can read the files of this workspace, which then go to its provider; it cannot write or run anything.',
      title,
      name,
    ),
  )
}
