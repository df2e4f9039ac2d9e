// Asking the person's selected model. Its answers are bounded: they are somebody's words, not ours.
import * as vscode from 'vscode'

const maxAnswerChars = 100_000

/** The whole text of an answer; what came until then if it was cancelled. Throws vscode.LanguageModelError. */
export async function askModel(
  model: vscode.LanguageModelChat,
  messages: vscode.LanguageModelChatMessage[],
  token: vscode.CancellationToken,
): Promise<string> {
  const { text } = await readAnswer(await model.sendRequest(messages, {}, token), token)
  return text
}

export interface ModelAnswer {
  readonly text: string
  readonly calls: readonly vscode.LanguageModelToolCallPart[]
}

export async function readAnswer(
  { stream }: vscode.LanguageModelChatResponse,
  token: vscode.CancellationToken,
): Promise<ModelAnswer> {
  let text = ''
  const calls: vscode.LanguageModelToolCallPart[] = []
  for await (const part of stream) {
    if (token.isCancellationRequested || text.length > maxAnswerChars) break
    if (part instanceof vscode.LanguageModelTextPart) text += part.value
    else if (part instanceof vscode.LanguageModelToolCallPart) calls.push(part)
  }
  return { text, calls }
}
