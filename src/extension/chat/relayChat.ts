// All that answers in the chat, in a file of its own that is loaded with the first question.
import * as vscode from 'vscode'
import { escapeMarkdown } from '../../core/chat/chatMarkdown'
import { meansEarlierBlock } from '../../core/chat/intent'
import { parseBlocks } from '../../core/blocks/parseBlocks'
import { plainNotice } from '../../core/logs/plainText'
import { isRelayError, RelayError } from '../../core/relayError'
import type { JobRequests } from '../../store/jobs/jobRequests'
import type { JobStore } from '../../store/jobs/jobStore'
import type { JobModel } from '../jobs/jobModel'
import type { JobStarter } from '../jobs/startJob'
import { commands } from '../contributions'
import { readSetting } from '../settings'
import { blockUri } from './blockDocuments'
import { blocksOf, blocksOfHistory, readAttached, showBlocks } from './blockAnswers'
import { converse, showHelp } from './converse'
import { answerDraft } from './draftAnswer'
import { ChatJobs } from './chatJobs'
import { JobAnswers } from './jobAnswers'
import { JobTools } from './jobTools'
import { requireTrust } from './trust'

export interface ChatHost {
  readonly model: JobModel
  readonly store: JobStore
  readonly requests: JobRequests
  readonly starter: JobStarter
}

/** One question and where its answer goes. */
export interface Question {
  readonly request: vscode.ChatRequest
  readonly history: vscode.ChatContext['history']
  readonly stream: vscode.ChatResponseStream
  readonly token: vscode.CancellationToken
}

export class RelayChat {
  readonly tools: JobTools
  private readonly jobs: JobAnswers

  constructor(private readonly host: ChatHost) {
    const jobs = new ChatJobs(host.model, host.store)
    this.tools = new JobTools(host, jobs)
    this.jobs = new JobAnswers(jobs)
  }

  async answer(
    request: vscode.ChatRequest,
    { history }: vscode.ChatContext,
    stream: vscode.ChatResponseStream,
    token: vscode.CancellationToken,
  ): Promise<void> {
    try {
      await this.route({ request, history, stream, token })
    } catch (error) {
      if (token.isCancellationRequested) return
      if (isRelayError(error)) stream.markdown(escapeMarkdown(error.message))
      else if (error instanceof vscode.LanguageModelError) {
        const { message } = error
        stream.markdown(escapeMarkdown(vscode.l10n.t('The language model did not answer: {0}', message)))
        showHelp(stream)
      } else throw error
    }
  }

  /** Shows what a block of the chat would do and starts it if the person approves, as one of a file. */
  async startBlock(text: unknown): Promise<void> {
    try {
      requireTrust()
      const document = await vscode.workspace.openTextDocument(blockUri(typeof text === 'string' ? text : ''))
      const [block] = parseBlocks(document.getText()).blocks
      if (block === undefined)
        throw new RelayError('no_block', vscode.l10n.t('There is no relay block in this answer.'))
      const id = await this.host.starter.start({ document, block })
      if (id === null) return
      this.host.model.touch(id)
      if (readSetting('relay.terminal.openOnStart')) await vscode.commands.executeCommand(commands.showLog, id)
    } catch (error) {
      if (!isRelayError(error)) throw error
      void vscode.window.showErrorMessage(plainNotice(error.message))
    }
  }

  private async route(question: Question): Promise<void> {
    const { request, stream } = question
    switch (request.command) {
      case 'start':
        return this.start(question)
      case 'status': {
        this.jobs.showStatus(stream)
        return
      }
      case 'logs':
        return this.jobs.showLog(stream, request.prompt)
      case 'stop': {
        this.jobs.offerStop(stream, request.prompt)
        return
      }
      default:
        if (request.prompt.trim() === '' && request.references.length === 0) {
          showHelp(stream)
          return
        }
        if (!(await this.startNamed(question))) await converse(question, (text) => this.showBlocksOf(text, stream))
    }
  }

  private async start(question: Question): Promise<void> {
    if (await this.startNamed(question)) return
    const { request, stream } = question
    if (request.prompt.trim() === '')
      stream.markdown(vscode.l10n.t('Paste a relay block, attach a file that has one, or say what is to run.'))
    else await answerDraft(question, (text) => this.showBlocksOf(text, stream))
  }

  /** Buttons for the blocks that are in the question or that it means; false if there are none. */
  private async startNamed({ request, history, stream }: Question): Promise<boolean> {
    const attached = await readAttached(request.references)
    const named = [...blocksOf(request.prompt, null), ...attached.flatMap(({ text, place }) => blocksOf(text, place))]
    const isEarlier = meansEarlierBlock(request.prompt) || (request.command === 'start' && request.prompt.trim() === '')
    const blocks = named.length === 0 && isEarlier ? blocksOfHistory(history) : named
    await showBlocks(blocks, this.host, stream)
    return blocks.length > 0
  }

  private async showBlocksOf(text: string, stream: vscode.ChatResponseStream): Promise<void> {
    await showBlocks(blocksOf(text, null), this.host, stream)
  }
}
