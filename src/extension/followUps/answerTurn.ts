// One turn of a language model of VS Code: it may look at the workspace with our tools, as often as the budget allows, and
// then answers. It gets no other tool, so that it can write and run nothing.
import * as vscode from 'vscode'
import { quoteData, quoteInline } from '../../core/followUps/quoteData'
import {
  answerNowPrompt,
  describeReadingTools,
  fitPrompt,
  fullBudget,
  isSpent,
  type ReadingBudget,
  readCall,
  readingLimits,
  renderCall,
  renderToolRules,
  spend,
} from '../../core/followUps/readingTools'
import { emptyAnswerPrompt } from '../../core/followUps/renderPrompt'
import type { TurnOffer, TurnProgress, TurnResult } from '../../store/followUps/windowTurns'
import type { WorkspaceReader } from '../../store/followUps/workspaceReader'
import { readAnswer } from '../chat/models'

export interface TurnToAnswer {
  readonly offer: TurnOffer
  readonly model: vscode.LanguageModelChat
  readonly reader: WorkspaceReader
  readonly tell: (progress: TurnProgress) => void
  readonly token: vscode.CancellationToken
}

/** A model goes on calling for so many rounds after it was told that there is nothing more; then it has no answer. */
const patienceRounds = 3
/** Of code and prose a token has three or four characters. */
const charsPerToken = 3
/** So much of what a model takes is for the prompt, and so much for prompt and results together; the rest is its own. */
const promptShare = 0.6
const allShare = 0.85

const left: TurnResult = { v: 1, kind: 'left' }

/** Never rejects: what its provider says went wrong is a result. */
export async function answerTurn(turn: TurnToAnswer): Promise<TurnResult> {
  try {
    return await converse(turn)
  } catch (error) {
    return turn.token.isCancellationRequested ? left : failed(turn.model, error)
  }
}

async function converse({ offer, model, reader, tell, token }: TurnToAnswer): Promise<TurnResult> {
  const abort = new AbortController()
  const listening = token.onCancellationRequested(() => abort.abort())
  try {
    const hasLog = offer.log !== null
    const tools = [...describeReadingTools(hasLog)]
    const room = model.maxInputTokens * charsPerToken
    const prompt = fitPrompt(offer.prompt, Math.floor(room * promptShare))
    if (prompt !== offer.prompt)
      tell({ kind: 'note', text: `The prompt is cut: ${model.name} takes ${model.maxInputTokens} tokens.` })
    const messages = [vscode.LanguageModelChatMessage.User(`${prompt}\n\n${renderToolRules(hasLog)}`)]
    const chars = Math.max(0, Math.floor(room * allShare) - prompt.length)
    let budget: ReadingBudget = { ...fullBudget, chars: Math.min(fullBudget.chars, chars) }
    let wasNudged = false
    for (let round = 0; round < readingLimits.rounds + patienceRounds; round++) {
      const options = { tools, justification: vscode.l10n.t('A follow-up of Relay Jobs is answered by it.') }
      const { text, calls } = await readAnswer(await model.sendRequest(messages, options, token), token)
      if (token.isCancellationRequested) return left
      if (text.trim() !== '') tell({ kind: 'text', text })
      if (calls.length === 0) {
        if (text.trim() !== '' || wasNudged) return { v: 1, kind: 'answered', answer: text }
        wasNudged = true
        messages.push(vscode.LanguageModelChatMessage.User(emptyAnswerPrompt))
        continue
      }
      const results: (vscode.LanguageModelToolResultPart | vscode.LanguageModelTextPart)[] = []
      for (const [index, { callId, name, input }] of calls.entries()) {
        const call = readCall(name, input)
        tell({ kind: 'tool', name: call.kind === 'invalid' ? quoteInline(name) : name, detail: renderCall(call) })
        // Each call wants a result, even of a model that sends a thousand.
        const isOver = isSpent(budget) || index >= readingLimits.callsPerRound
        const { told, left: rest } = isOver
          ? { told: answerNowPrompt, left: budget }
          : spend(budget, renderLook(await reader.look(call, abort.signal)))
        budget = rest
        results.push(new vscode.LanguageModelToolResultPart(callId, [new vscode.LanguageModelTextPart(told)]))
      }
      budget = { ...budget, rounds: budget.rounds - 1 }
      messages.push(
        vscode.LanguageModelChatMessage.Assistant([
          ...(text === '' ? [] : [new vscode.LanguageModelTextPart(text)]),
          ...calls,
        ]),
        vscode.LanguageModelChatMessage.User(results),
      )
      if (isSpent(budget)) messages.push(vscode.LanguageModelChatMessage.User(answerNowPrompt))
    }
    return { v: 1, kind: 'answered', answer: '' } // Not a word in all of its rounds.
  } finally {
    listening.dispose()
  }
}

/** What was read stands behind bars, as all data does. */
function renderLook({ head, lines }: Awaited<ReturnType<WorkspaceReader['look']>>): string {
  const said = quoteInline(head)
  return lines.length === 0 ? said : `${said}:\n${quoteData(lines.join('\n'))}`
}

function failed(model: vscode.LanguageModelChat, error: unknown): TurnResult {
  const message = error instanceof Error ? error.message : String(error)
  if (!(error instanceof vscode.LanguageModelError)) return { v: 1, kind: 'failed', why: `${model.name}: ${message}` }
  switch (error.code) {
    case vscode.LanguageModelError.NoPermissions.name:
      return {
        v: 1,
        kind: 'refused',
        why: `VS Code does not let Relay Jobs use ${model.name} (${message}). Allow it with “Manage Language Model Access…” in the menu of the accounts.`,
      }
    case vscode.LanguageModelError.Blocked.name:
      return { v: 1, kind: 'blocked', why: `The provider of ${model.name} does not let it answer now: ${message}` }
    case vscode.LanguageModelError.NotFound.name:
      return { v: 1, kind: 'missing', why: `${model.name} is not there any more: ${message}` }
    default: {
      const cause = error.cause instanceof Error && error.cause.message !== message ? ` (${error.cause.message})` : ''
      return { v: 1, kind: 'failed', why: `${model.name}: ${message}${cause}` }
    }
  }
}
