// What of the chat is there from the start: names. What answers is loaded with the first question.
import * as vscode from 'vscode'
import { chatParticipant, startChatBlock, type Tool, tools } from '../contributions'
import { registerBlockDocuments } from './blockDocuments'
import type { ChatHost, RelayChat } from './relayChat'

export function registerChat(host: ChatHost, icon: vscode.Uri): vscode.Disposable {
  let loaded: Promise<RelayChat> | null = null
  const load = () => (loaded ??= import('./relayChat').then(({ RelayChat: Chat }) => new Chat(host)))
  const participant = vscode.chat.createChatParticipant(chatParticipant.id, async (request, context, stream, token) =>
    (await load()).answer(request, context, stream, token),
  )
  participant.iconPath = icon
  const names = Object.keys(tools) as Tool[] // The keys of a table that nothing is added to.
  return vscode.Disposable.from(
    participant,
    registerBlockDocuments(),
    vscode.commands.registerCommand(startChatBlock, async (text: unknown, folder: unknown, nth: unknown) =>
      (await load()).startBlock(text, folder, nth),
    ),
    ...names.map((name) =>
      vscode.lm.registerTool<object>(tools[name], {
        prepareInvocation: async ({ input }) => (await load()).tools.prepare(name, input),
        invoke: async ({ input }, token) => (await load()).tools.invoke(name, input, token),
      }),
    ),
  )
}
