// `/start` without a block: the person's selected model drafts one, and may repair it once. A draft is shown, never started.
import * as vscode from 'vscode'
import { escapeMarkdown, fence } from '../../core/chat/chatMarkdown'
import { type Draft, type DraftWish, readDraft, renderDraftPrompt, renderRepairPrompt } from '../../core/chat/draft'
import { RelayError } from '../../core/relayError'
import { foldersOnDisk } from '../workspaceFolders'
import { readAttached, textOf } from './blockAnswers'
import { listFiles } from './listFiles'
import { askModel } from './models'
import type { Question } from './relayChat'
import { requireTrust } from '../requireTrust'

const attachedChars = 8_000
const attachedCount = 4
/** So many of the person's earlier words are told: "the same with seed 2" means something. */
const earlierCount = 4
const earlierChars = 2_000

/** `showBlocks` is given the draft and the folder in which it is to run; null: that is asked when it is started. */
export async function answerDraft(
  question: Question,
  showBlocks: (text: string, folder: string | null) => Promise<void>,
): Promise<void> {
  requireTrust()
  const { request, stream, token } = question
  const folder = await chooseFolder()
  if (folder === null) {
    const names = foldersOnDisk().map(({ name }) => `- ${escapeMarkdown(name)}`)
    showBlocked(stream, vscode.l10n.t('In which folder is it to run?'), names)
    return
  }
  stream.progress(vscode.l10n.t('{0} drafts a block…', request.model.name))
  const draft = await draftBlock(question, await readWish(question, folder))
  if (token.isCancellationRequested) return
  if (draft.kind === 'block') {
    stream.markdown(`${fence(draft.text)}\n\n`)
    await showBlocks(draft.text, folder.uri.fsPath)
    return
  }
  const why =
    draft.kind === 'blocked'
      ? vscode.l10n.t('This is missing:')
      : vscode.l10n.t('The model could not draft a block without mistakes:')
  const points = draft.kind === 'blocked' ? draft.missing : draft.problems
  const list = points.slice(0, 10).map((point) => `- ${escapeMarkdown(point)}`)
  showBlocked(stream, why, list)
}

function showBlocked(stream: vscode.ChatResponseStream, why: string, list: readonly string[]): void {
  stream.markdown(`\`[[task:blocked]]\`\n\n${why}\n\n${list.join('\n')}\n`)
}

/** A path means something in one folder only: of several, one is asked for before anything is drafted. Throws RelayError. */
async function chooseFolder(): Promise<vscode.WorkspaceFolder | null> {
  const [first, ...others] = foldersOnDisk()
  if (first === undefined)
    throw new RelayError('no_folder', vscode.l10n.t('Open the folder in which the job is to run first.'))
  if (others.length === 0) return first
  const placeHolder = vscode.l10n.t('The folder in which the job is to run')
  const picked = await vscode.window.showWorkspaceFolderPick({ placeHolder })
  return foldersOnDisk().find(({ uri }) => uri.toString() === picked?.uri.toString()) ?? null
}

/** One answer of the model and, if that cannot be started, one repair. */
async function draftBlock({ request, stream, token }: Question, wish: DraftWish): Promise<Draft> {
  const messages = [vscode.LanguageModelChatMessage.User(renderDraftPrompt(wish))]
  const answer = await askModel(request.model, messages, token)
  const draft = readDraft(answer, wish)
  if (draft.kind !== 'invalid' || token.isCancellationRequested) return draft
  stream.progress(vscode.l10n.t('{0} repairs the block…', request.model.name))
  messages.push(
    vscode.LanguageModelChatMessage.Assistant(answer),
    vscode.LanguageModelChatMessage.User(renderRepairPrompt(draft.problems)),
  )
  return readDraft(await askModel(request.model, messages, token), wish)
}

async function readWish({ request, history, token }: Question, folder: vscode.WorkspaceFolder): Promise<DraftWish> {
  const attached = await readAttached(request.references)
  const earlier = history.flatMap((turn) => ('prompt' in turn ? [textOf(turn).slice(0, earlierChars)] : []))
  return {
    words: [...earlier.slice(-earlierCount), request.prompt],
    attached: attached.slice(0, attachedCount).map(({ name, text }) => ({ name, text: text.slice(0, attachedChars) })),
    files: await listFiles(folder.uri, token),
  }
}
