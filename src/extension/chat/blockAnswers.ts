// The blocks of a question or an answer, each with what it would do and a button to the approval page. Nothing starts here.
import * as vscode from 'vscode'
import { type Block, parseBlocks } from '../../core/blocks/parseBlocks'
import { escapeMarkdown } from '../../core/chat/chatMarkdown'
import { renderShortPlan } from '../../core/chat/planMarkdown'
import { sentences } from '../../core/chat/readBlock'
import { actionTitles, startableAction } from '../../core/blocks/startableAction'
import { planJob } from '../../core/jobs/plan'
import { isRelayError } from '../../core/relayError'
import { mayHoldBlocks } from '../blocks/blockSchemes'
import { commands, startChatBlock } from '../contributions'
import { stateLine } from '../jobs/stateWords'
import { blockUri } from './blockDocuments'
import type { ChatHost } from './relayChat'
import { requireTrust } from '../requireTrust'

const maxBlocks = 10
const maxActions = 6
/** So much of a conversation is looked through for blocks. */
const maxTurns = 30
const maxAttachedChars = 1_000_000

/** A text that a person attached; `place` says which part of which document it is, null that it is in none. */
export interface Attached {
  readonly name: string
  readonly text: string
  readonly place: { readonly uri: vscode.Uri; readonly offset: number } | null
}

export interface FoundBlock {
  readonly text: string
  readonly block: Block
  readonly place: Attached['place']
  /** Where it is to run, if that was asked already. */
  readonly folder: string | null
}

export function blocksOf(text: string, place: Attached['place'], folder: string | null = null): readonly FoundBlock[] {
  return parseBlocks(text).blocks.map((block) => ({ text, block, place, folder }))
}

/** The blocks in a person's words and then in what they have attached, each once. What jobs have printed has none. */
export function blocksOfRequest(prompt: string, attached: readonly Attached[]): readonly FoundBlock[] {
  const written = attached.filter(({ place }) => place === null || mayHoldBlocks(place))
  const found = [...blocksOf(prompt, null), ...written.flatMap(({ text, place }) => blocksOf(text, place))]
  return [...new Map(found.map((one) => [keyOf(one), one])).values()]
}

/** The blocks of a conversation, turn by turn, oldest first: ours, the person's, and what they attached. */
export async function blocksOfHistory(
  history: vscode.ChatContext['history'],
): Promise<readonly (readonly FoundBlock[])[]> {
  return Promise.all(
    history.slice(-maxTurns).map(async (turn) => {
      const attached = 'prompt' in turn ? await readAttached(turn.references) : []
      return blocksOfRequest(textOf(turn), attached)
    }),
  )
}

/** A block that stands in a document is told by its place, another one by its text. */
export function keyOf({ text, block, place }: FoundBlock): string {
  return place === null ? text.slice(block.start, block.end) : `${place.uri.toString()}#${place.offset + block.start}`
}

/** What was said in a turn, without its buttons. */
export function textOf(turn: vscode.ChatRequestTurn | vscode.ChatResponseTurn): string {
  if ('prompt' in turn) return turn.prompt
  return turn.response
    .flatMap((part) => (part instanceof vscode.ChatResponseMarkdownPart ? [part.value.value] : []))
    .join('')
}

/** The texts that a person has attached: files, selections, pasted text. What cannot be read is left out. */
export async function readAttached(references: vscode.ChatRequest['references']): Promise<readonly Attached[]> {
  const read = await Promise.all(references.map(({ id, value }) => readReference(id, value)))
  return read.flatMap((one) => (one === null || one.text.length > maxAttachedChars ? [] : [one]))
}

async function readReference(id: string, value: unknown): Promise<Attached | null> {
  if (typeof value === 'string') return { name: id, text: value, place: null }
  const uri = value instanceof vscode.Location ? value.uri : value
  if (!(uri instanceof vscode.Uri)) return null
  try {
    const document = await vscode.workspace.openTextDocument(uri)
    const range = value instanceof vscode.Location ? document.validateRange(value.range) : undefined
    const offset = range === undefined ? 0 : document.offsetAt(range.start)
    return { name: vscode.workspace.asRelativePath(uri), text: document.getText(range), place: { uri, offset } }
  } catch {
    return null // A folder, an image, or a file that is not there any more.
  }
}

/** For each block what it would do and a button, or what is wrong with it. */
export async function showBlocks(
  found: readonly FoundBlock[],
  host: ChatHost,
  stream: vscode.ChatResponseStream,
): Promise<void> {
  if (found.length > 0) requireTrust()
  const shown = await Promise.all(found.slice(0, maxBlocks).map((one) => describeBlock(one, host)))
  const texts = shown.map(({ text }, index) => {
    const place = `**${vscode.l10n.t('Block {0} of {1}', index + 1, found.length)}**\n\n`
    return `${found.length > 1 ? place : ''}${text}\n\n`
  })
  if (found.length > maxBlocks)
    texts.push(vscode.l10n.t('{0} more blocks are not shown here.', found.length - maxBlocks))
  if (texts.length > 0) stream.markdown(texts.join(''))
  // All at the end: the chat folds up what stands before its last text, with its buttons.
  for (const [index, { buttons }] of shown.entries())
    for (const button of buttons)
      stream.button(found.length > 1 ? { ...button, title: `${button.title}: ${index + 1}` } : button)
}

/** A block as the chat shows it. */
interface ShownBlock {
  readonly text: string
  readonly buttons: readonly vscode.Command[]
}

async function describeBlock(found: FoundBlock, host: ChatHost): Promise<ShownBlock> {
  const { text, block } = found
  const problems = sentences(text, block.diagnostics)
  if (problems.length > 0) {
    const list = problems.slice(0, 10).map((problem) => `- ${escapeMarkdown(problem)}`)
    return { text: `${vscode.l10n.t('This block cannot be started:')}\n\n${list.join('\n')}`, buttons: [] }
  }
  try {
    return describeActs(found) ?? (await describeStart(found, host))
  } catch (error) {
    if (!isRelayError(error)) throw error
    return { text: escapeMarkdown(error.message), buttons: [] }
  }
}

/** A button an action, where it is not one start; null: it is one. */
function describeActs({ text, block, place, folder }: FoundBlock): ShownBlock | null {
  const [first, ...others] = block.actions
  if (first === undefined || (others.length === 0 && first.type === 'job_start')) return null
  const own = text.slice(block.start, block.end)
  const buttons = block.actions.slice(0, maxActions).map((action, nth): vscode.Command => {
    const number = others.length > 0 ? `${nth + 1} ` : ''
    const title = `${number}${vscode.l10n.t(actionTitles[action.type])}`
    return place === null
      ? { title, command: startChatBlock, arguments: [own, folder, nth] }
      : { title, command: commands.doAction, arguments: [place.uri, place.offset + block.start, nth] }
  })
  const list = block.actions.map((action) => {
    const detail =
      'command' in action ? action.command : 'text' in action ? action.text : 'jobId' in action ? action.jobId : ''
    return `- ${vscode.l10n.t(actionTitles[action.type])}${detail ? `: ${escapeMarkdown(detail)}` : ''}`
  })
  return { text: list.join('\n'), buttons }
}

async function describeStart({ text, block, place, folder }: FoundBlock, host: ChatHost): Promise<ShownBlock> {
  const own = text.slice(block.start, block.end)
  const uri = place?.uri ?? blockUri(own)
  const document = await vscode.workspace.openTextDocument(uri)
  if (folder !== null) host.starter.intend(document, folder)
  const startable = host.starter.startable({ document, block })
  const planned = startable ?? planJob(startableAction(block), '')
  if ('refusals' in planned) return { text: escapeMarkdown(planned.refusals.join(' ')), buttons: [] }
  const plan = renderShortPlan(planned.plan, planned.description, startable?.folder ?? null)
  const start = (title: string): vscode.Command =>
    place === null
      ? { title, command: startChatBlock, arguments: [own, folder] }
      : { title, command: commands.startJob, arguments: [uri, place.offset + block.start] }
  // As it is on disk, not as the views drew it last.
  const same = startable === null ? null : host.starter.findSame(startable)
  const earlier = same?.running[0] ?? same?.before ?? null
  if (earlier === null) return { text: plan, buttons: [start(vscode.l10n.t('Start Job'))] }
  const job = host.model.describe(earlier)
  const line = stateLine(job, Date.now())
  const told =
    job.endedAt === null
      ? vscode.l10n.t('The same block is running already: {0}', line)
      : vscode.l10n.t('Started before: {0}', line)
  const showLog = { title: vscode.l10n.t('Show Log'), command: commands.showLog, arguments: [job.id] }
  const buttons = [...(job.log === null ? [] : [showLog]), start(vscode.l10n.t('Start Again'))]
  return { text: `${plan}\n\n${escapeMarkdown(told)}`, buttons }
}
