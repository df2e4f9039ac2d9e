// All that answers in the chat, in a file of its own that is loaded with the first question.
import * as vscode from 'vscode'
import { escapeMarkdown } from '../../core/chat/chatMarkdown'
import { type EarlierBlock, meantEarlierBlock, pickEarlier } from '../../core/chat/intent'
import { chosenAction } from '../../core/blocks/startableAction'
import { parseBlocks } from '../../core/blocks/parseBlocks'
import { plainNotice } from '../../core/logs/plainText'
import { isRelayError, RelayError } from '../../core/relayError'
import type { JobRequests } from '../../store/jobs/jobRequests'
import type { JobStore } from '../../store/jobs/jobStore'
import type { BlockActor } from '../jobs/blockActor'
import type { Experiments } from '../experiments/experiments'
import type { JobModel } from '../jobs/jobModel'
import type { JobStarter } from '../jobs/startJob'
import { commands } from '../contributions'
import { readSetting } from '../settings'
import { foldersOnDisk } from '../workspaceFolders'
import { blockUri } from './blockDocuments'
import {
  blocksOf,
  blocksOfHistory,
  blocksOfRequest,
  type FoundBlock,
  keyOf,
  readAttached,
  showBlocks,
} from './blockAnswers'
import { converse, showHelp } from './converse'
import { answerDraft } from './draftAnswer'
import { ChatJobs } from './chatJobs'
import type { StepViews } from '../steps/stepViews'
import type { Tracks } from '../tracking/tracks'
import type { TaskModel } from '../followUps/taskModel'
import { JobAnswers } from './jobAnswers'
import { answerTask } from './taskAnswers'
import { JobTools } from './jobTools'
import { requireTrust } from '../requireTrust'

export interface ChatHost {
  readonly model: JobModel
  readonly store: JobStore
  readonly requests: JobRequests
  readonly starter: JobStarter
  readonly actor: BlockActor
  /** Loads what answers about experiments. */
  readonly experiments: () => Promise<Pick<Experiments, 'answer'>>
  /** Loads what answers about steps. */
  readonly steps: () => Promise<Pick<StepViews, 'answer'>>
  /** Loads what answers about tracks. */
  readonly tracks: () => Promise<Pick<Tracks, 'answer'>>
  readonly tasks: TaskModel
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

  /**
   * Shows what a block of the chat would do and starts it if the person approves, as one of a file; in `folder`, if that is
   * one of this window's.
   */
  async startBlock(text: unknown, folder: unknown, nth: unknown = null): Promise<void> {
    try {
      requireTrust()
      const document = await vscode.workspace.openTextDocument(blockUri(typeof text === 'string' ? text : ''))
      const own = foldersOnDisk().find(({ uri }) => uri.fsPath === folder)
      if (own !== undefined) this.host.starter.intend(document, own.uri.fsPath)
      const [block] = parseBlocks(document.getText()).blocks
      if (block === undefined)
        throw new RelayError('no_block', vscode.l10n.t('There is no relay block in this answer.'))
      const which = typeof nth === 'number' ? nth : null
      const action = chosenAction(block, undefined, which)
      if (action.type !== 'job_start') {
        const where = await this.host.starter.folderFor(document)
        if (where !== null) await this.host.actor.act(this.host.actor.plan(action, where), where, [])
        return
      }
      const id = await this.host.starter.start({ document, block, nth: which })
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
      case 'task': {
        answerTask(this.host.tasks, stream, request.prompt)
        return
      }
      case 'stop': {
        this.jobs.offerStop(stream, request.prompt)
        return
      }
      case 'exp':
        return (await this.host.experiments()).answer(stream, request.prompt)
      case 'track': {
        const tracks = await this.host.tracks()
        await tracks.answer(stream, request.prompt)
        return
      }
      case 'steps':
      case 'do-tasks-v2':
        return (await this.host.steps()).answer(stream, request.prompt)
      default:
        if (request.prompt.trim() === '' && request.references.length === 0) {
          showHelp(stream)
          return
        }
        if (!(await this.showNamed(question))) await converse(question, (text) => this.showBlocksOf(text, stream))
    }
  }

  private async start(question: Question): Promise<void> {
    if (await this.showNamed(question)) return
    const { request, stream } = question
    if (request.prompt.trim() === '')
      stream.markdown(vscode.l10n.t('Paste a relay block, attach a file that has one, or say what is to run.'))
    else await answerDraft(question, (text, folder) => this.showBlocksOf(text, stream, folder))
  }

  /**
   * Buttons for the blocks that are in the question, attached to it or meant by it. False if that does not answer it: no
   * block was found, or there are words besides. Throws RelayError if a block is meant that is not there.
   */
  private async showNamed({ request, history, stream }: Question): Promise<boolean> {
    const { prompt, references, command } = request
    const isEmpty = prompt.trim() === ''
    const here = blocksOfRequest(prompt, await readAttached(references))
    // With /start, "the second one" has its verb already.
    const said = [prompt, ...(command === 'start' ? [`start ${prompt}`] : [])]
    const meant = isEmpty ? newestBlock : (said.map(meantEarlierBlock).find((one) => one !== null) ?? null)
    if (meant === null || (isEmpty && here.length > 0)) {
      await showBlocks(here, this.host, stream)
      return isEmpty || blocksOf(prompt, null).length > 0
    }
    const turns = here.length > 0 ? [here] : await blocksOfHistory(history)
    const picked = pickEarlier(turns, meant, keyOf)
    if (picked.length === 0 && !isEmpty) throw noSuchBlock(turns)
    await showBlocks(picked, this.host, stream)
    return picked.length > 0
  }

  private async showBlocksOf(
    text: string,
    stream: vscode.ChatResponseStream,
    folder: string | null = null,
  ): Promise<void> {
    await showBlocks(blocksOf(text, null, folder), this.host, stream)
  }
}

const newestBlock: EarlierBlock = { kind: 'newest' }

function noSuchBlock(turns: readonly (readonly FoundBlock[])[]): RelayError {
  const count = new Set(turns.flat().map(keyOf)).size
  const message =
    count === 0
      ? vscode.l10n.t('There is no relay block in this conversation yet: paste one, or attach a file that has one.')
      : vscode.l10n.t('There is no such block in this conversation: it has {0}.', count)
  return new RelayError('no_such_block', message)
}
