// The window's side of turns of VS Code's language models: it claims what is asked of its folder, has the model answer with
// tools that only read, and tells how it goes. It changes nothing and starts nothing.
import fs from 'node:fs'
import * as vscode from 'vscode'
import { isRelayError } from '../../core/relayError'
import {
  type AskedTurn,
  type AskedTurnResult,
  isWanted,
  readAskedTurn,
  tellProgress,
  writeTurnResult,
} from '../../store/askedTurns'
import { claimOffer } from '../../store/documentEdits'
import { makeDirectory } from '../../store/durableFile'
import { WorkspaceReader } from '../../store/followUps/workspaceReader'
import type { AskedTurnPaths, FolderPaths } from '../../store/stateFolder'
import { type DirectoryWatch, watchDirectory } from '../../store/watchDirectory'
import { ownWindow } from '../../store/windows'
import { readAnswer } from '../chat/models'

/** More rounds of tools than this are not needed for a report. */
const maxRounds = 24
const callsPerRound = 8
const maxReadChars = 400_000
const wantedMs = 2_000

const path = { type: 'string', description: 'Relative to the workspace folder.' }
const readingTools: readonly vscode.LanguageModelChatTool[] = [
  {
    name: 'read_file',
    description: 'Reads lines of a text file.',
    inputSchema: {
      type: 'object',
      properties: { path, fromLine: { type: 'integer', minimum: 1 } },
      required: ['path'],
    },
  },
  {
    name: 'list_directory',
    description: 'Lists the names in a directory.',
    inputSchema: { type: 'object', properties: { path }, required: ['path'] },
  },
  {
    name: 'search',
    description: 'Finds lines that hold a text, whatever its case, in files below a directory.',
    inputSchema: { type: 'object', properties: { text: { type: 'string' }, path }, required: ['text'] },
  },
]

export interface WindowModelOptions {
  /** Where the state of the workspace folder is. */
  readonly folder: FolderPaths
  readonly windowId: string
  readonly log: (fact: string) => void
}

/** One for each workspace folder; from the moment at which the workspace is trusted until it is disposed of. */
export class WindowModel implements vscode.Disposable {
  private watch: DirectoryWatch | null = null
  private readonly seen = new Set<string>()
  private readonly running = new Set<vscode.CancellationTokenSource>()
  private readonly trust: vscode.Disposable | null = null

  constructor(private readonly options: WindowModelOptions) {
    if (vscode.workspace.isTrusted) this.attach()
    else this.trust = vscode.workspace.onDidGrantWorkspaceTrust(() => this.attach())
  }

  dispose(): void {
    this.trust?.dispose()
    this.watch?.close()
    for (const source of this.running) source.cancel()
  }

  private attach(): void {
    const { folder, log } = this.options
    try {
      makeDirectory(folder.turns)
      this.watch = watchDirectory(folder.turns, () => this.look(), true)
      this.look()
    } catch (error) {
      log(`turns of ${folder.key} cannot be taken here: ${describe(error)}`) // A full disk: another window may.
    }
  }

  private look(): void {
    const { folder, log } = this.options
    try {
      const names = folder.listAskedTurns()
      for (const name of this.seen) if (!names.includes(name)) this.seen.delete(name)
      for (const name of names) if (!this.seen.has(name)) this.consider(name, folder.askedTurn(name))
    } catch (error) {
      log(`turns that are asked for could not be read: ${describe(error)}`)
    }
  }

  private consider(name: string, paths: AskedTurnPaths): void {
    const { windowId, log } = this.options
    this.seen.add(name)
    const turn = readAskedTurn(paths)
    if (turn === null || fs.existsSync(paths.claim) || !isWanted(paths)) return
    if (!claimOffer(paths, ownWindow(windowId))) return
    log(`the turn ${name} was claimed`)
    void this.take(turn, paths).then(
      (result) => {
        log(`the turn ${name} ended: ${result.kind}`)
        writeTurnResult(paths, result)
      },
      (error: unknown) => log(`the turn ${name} could not be answered: ${describe(error)}`),
    )
  }

  private async take(turn: AskedTurn, paths: AskedTurnPaths): Promise<AskedTurnResult> {
    const source = new vscode.CancellationTokenSource()
    this.running.add(source)
    // Its job may be stopped, or have come to its time limit.
    const watching = setInterval(() => {
      if (!isWanted(paths)) source.cancel()
    }, wantedMs)
    try {
      const model = await findModel(turn.model)
      if (model === null) {
        const which = turn.model === null ? 'language model' : `language model “${turn.model}”`
        return { v: 1, kind: 'no_model', why: `VS Code has no ${which}` }
      }
      tellProgress(paths, { kind: 'note', text: `Asked: ${model.name}` })
      return { v: 1, kind: 'answered', answer: await converse(model, turn, paths, source.token) }
    } catch (error) {
      const isModel = error instanceof vscode.LanguageModelError
      if (isModel && ['NoPermissions', 'NotFound'].includes(error.code))
        return { v: 1, kind: 'no_model', why: error.message }
      return { v: 1, kind: 'failed', why: describe(error) }
    } finally {
      clearInterval(watching)
      this.running.delete(source)
      source.dispose()
    }
  }
}

async function findModel(wanted: string | null): Promise<vscode.LanguageModelChat | null> {
  if (wanted === null) return (await vscode.lm.selectChatModels())[0] ?? null
  const [byId] = await vscode.lm.selectChatModels({ id: wanted })
  return byId ?? (await vscode.lm.selectChatModels({ family: wanted }))[0] ?? null
}

/** The last answer without a call of a tool. Throws vscode.LanguageModelError. */
async function converse(
  model: vscode.LanguageModelChat,
  turn: AskedTurn,
  paths: AskedTurnPaths,
  token: vscode.CancellationToken,
): Promise<string> {
  const reader = new WorkspaceReader(turn.folder, turn.log === null ? [] : [turn.log])
  const messages = [vscode.LanguageModelChatMessage.User(turn.prompt)]
  let readChars = 0
  for (let round = 1; ; round++) {
    const isLast = round >= maxRounds || readChars > maxReadChars
    const options = {
      justification: vscode.l10n.t('A follow-up of a job is done by a language model, as your settings say.'),
      ...(isLast ? {} : { tools: [...readingTools] }),
    }
    const { text, calls } = await readAnswer(await model.sendRequest(messages, options, token), token)
    if (token.isCancellationRequested) throw new Error('It was cancelled.')
    if (text.trim() !== '') tellProgress(paths, { kind: 'text', text })
    const wanted = isLast ? [] : calls.slice(0, callsPerRound)
    if (wanted.length === 0) return text
    const results = wanted.map((call) => {
      tellProgress(paths, { kind: 'tool', name: call.name, detail: JSON.stringify(call.input) })
      const answer = answerCall(reader, call)
      readChars += answer.length
      return new vscode.LanguageModelToolResultPart(call.callId, [new vscode.LanguageModelTextPart(answer)])
    })
    const said = text === '' ? [] : [new vscode.LanguageModelTextPart(text)]
    messages.push(
      vscode.LanguageModelChatMessage.Assistant([...said, ...wanted]),
      vscode.LanguageModelChatMessage.User(results),
    )
  }
}

/** What a model has got wrong it is told. */
function answerCall(reader: WorkspaceReader, { name, input }: vscode.LanguageModelToolCallPart): string {
  const fields = new Map<string, unknown>(Object.entries(input))
  const textOf = (field: string, otherwise: string) => {
    const value = fields.get(field)
    return typeof value === 'string' ? value : otherwise
  }
  try {
    switch (name) {
      case 'read_file': {
        const from = fields.get('fromLine')
        return reader.readFile(textOf('path', ''), typeof from === 'number' ? from : 1)
      }
      case 'list_directory':
        return reader.listDirectory(textOf('path', '.'))
      case 'search':
        return reader.search(textOf('text', ''), textOf('path', '.'))
      default:
        return `There is no tool ${name} here.`
    }
  } catch (error) {
    if (!isRelayError(error)) throw error
    return `error: ${error.message}`
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
