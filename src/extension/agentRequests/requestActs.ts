// What can be done about a request of an agent. Whatever runs is a job, shown whole and approved as one that a file asks for.
import * as vscode from 'vscode'
import {
  type AgentRequest,
  type AgentRequestId,
  agentRequestIdSchema,
  type RequestedJob,
} from '../../core/agentRequests/agentRequest'
import { renderRepairCommand, renderRepairPrompt } from '../../core/agentRequests/repairTurn'
import type { Approval } from '../../core/jobs/event'
import { type JobId, newJobId } from '../../core/jobs/jobId'
import { planJob } from '../../core/jobs/plan'
import type { Origin } from '../../core/jobs/spec'
import { transcriptAgents } from '../../core/transcripts/turn'
import { plainLabel } from '../../core/logs/plainText'
import { isRelayError, RelayError } from '../../core/relayError'
import { jobEnvironment } from '../../store/jobs/jobEnvironment'
import { commands } from '../contributions'
import { tellBefore, tellRunning } from '../jobs/sameJobWords'
import type { Startable } from '../jobs/startJob'
import { readSetting } from '../settings'
import { requestUri } from './requestDocuments'
import { conversationAgent, type Meaning, type RequestModel, type ShownRequest } from './requestModel'
import type { InboxHost } from './requestsGate'
import { agentName, answerNote, requestNotice, requestTitle } from './requestWords'

/** A turn that only reads and answers takes less. */
const repairLimitSec = 900
/** More starts without a click in an hour are left to the person. */
const automaticPerHour = 6
/** What was asked for longer ago is left to the person. */
const automaticWithinMs = 3_600_000
const labelChars = 80

export class RequestActs {
  constructor(
    private readonly host: InboxHost,
    private readonly model: RequestModel,
  ) {}

  /** A command about one request: that of the row or id, or one that the person picks among those that it makes sense for. */
  about(
    fits: (shown: ShownRequest) => boolean,
    act: (shown: ShownRequest) => Promise<void>,
  ): (word: unknown) => Promise<void> {
    return async (word) => {
      const id = agentRequestIdSchema.safeParse(isRow(word) ? word.id : word)
      const shown = id.success ? this.openRequest(id.data) : await this.pick(fits)
      if (shown !== null) await act(shown)
    }
  }

  async start(shown: ShownRequest): Promise<void> {
    const { meaning, request } = shown
    if (meaning.kind === 'act') return this.doAct(shown, meaning)
    if (meaning.kind !== 'job')
      throw new RelayError('not_startable', vscode.l10n.t('This request has nothing that could be started.'))
    const { startable, warnings } = meaning
    const { agentChoice } = startable
    const same = this.host.starter.findSame(startable)
    const title =
      startable.description === null
        ? vscode.l10n.t('Start what {0} asks for?', agentName(shown))
        : vscode.l10n.t('Start “{0}”?', startable.description)
    const asked = new Date(request.atMs).toLocaleString()
    const notes = [
      ...tellBefore(same),
      ...(agentChoice === null ? [] : [agentChoice]),
      answerNote(shown) ??
        vscode.l10n.t(
          '{0} asked for it in its conversation {1}, {2}.',
          agentName(shown),
          request.conversation ?? '',
          asked,
        ),
      ...warnings,
    ]
    const isSecond = same.running.length > 0
    const approve = isSecond ? vscode.l10n.t('Start a second time') : vscode.l10n.t('Start once')
    const asking = { ...startable, dryRun: false, title, warnings: tellRunning(same), notes, approve }
    const how = await this.host.starter.approve(asking)
    if (how === null) return
    const knows = same.running.map(({ job }) => job.spec.id)
    const job = await this.startNamed(this.openRequest(request.id), 'start', { ...startable, knows }, how, false)
    if (readSetting('relay.terminal.openOnStart')) await vscode.commands.executeCommand(commands.showLog, job.jobId)
  }

  /** Does what is asked of jobs or tasks that are there. It is looked up now: the latest job is that of this moment. */
  private async doAct({ request }: ShownRequest, { action, warnings }: Meaning & { kind: 'act' }): Promise<void> {
    const planned = this.host.actor.plan(action, request.cwd, request.folder, conversationAgent(request.agent))
    const shown = this.openRequest(request.id)
    const asked = new Date(request.atMs).toLocaleString()
    const note =
      answerNote(shown) ??
      vscode.l10n.t(
        '{0} asked for it in its conversation {1}, {2}.',
        agentName(shown),
        request.conversation ?? '',
        asked,
      )
    const { store } = shown
    const named: { job: RequestedJob | null } = { job: null }
    try {
      const id = await this.host.actor.act(planned, request.folder, [note, ...warnings], (about) => {
        this.openRequest(request.id)
        const wanted = { v: 1, atMs: Date.now(), automatic: false } as const
        const jobId = about ?? newJobId(Date.now(), Math.random())
        named.job = store.nameJob(request.id, 'start', { ...wanted, jobId })
        return named.job.jobId
      })
      if (id === null) return
      if (named.job === null) store.dismiss(request.id)
      else store.confirmStart(request.id)
    } catch (error) {
      if (named.job !== null && (!isRelayError(error) || error.code !== 'not_taken'))
        store.unnameJob(request.id, 'start')
      throw error
    } finally {
      this.model.refresh()
    }
  }

  /**
   * Starts it without a click, if the person has allowed for that and has approved exactly this before; the job, or null
   * if it is left to the person. To be called by the one window that has claimed the request.
   */
  async startApproved(shown: ShownRequest): Promise<RequestedJob | null> {
    if (readSetting('relay.requests.autoStart') !== 'approved') return null
    // As it is now: it may have been dismissed, or be long ago.
    const now = this.model.read(shown.request.id)
    if (now?.state.kind !== 'open' || now.request.atMs < Date.now() - automaticWithinMs) return null
    const { meaning } = now
    // Whether what an answer asks for starts by itself was decided when it was given.
    if (meaning.kind !== 'job' || now.request.answer !== undefined) return null
    if (meaning.hasUnknownKeys || !this.host.starter.isApproved(meaning.startable)) return null
    const sinceMs = Date.now() - 3_600_000
    const automatic = this.model.all.filter(
      ({ state }) => state.kind === 'started' && state.job.automatic && state.job.atMs > sinceMs,
    )
    if (automatic.length >= automaticPerHour) return null
    return this.startNamed(now, 'start', meaning.startable, 'remembered', true)
  }

  async show({ request }: ShownRequest): Promise<void> {
    // Plain text, for much of it is an agent's: the editor makes links of Markdown's, those of commands too.
    const document = await vscode.workspace.openTextDocument(requestUri(request))
    await vscode.window.showTextDocument(document)
  }

  dismiss({ request, store }: ShownRequest): Promise<void> {
    store.dismiss(request.id)
    this.model.refresh()
    return Promise.resolve()
  }

  /** One more turn of the agent's conversation, as a job: its command is shown and approved. */
  async sendErrorsBack(shown: ShownRequest): Promise<void> {
    const { meaning, request, repair } = shown
    if (meaning.kind !== 'malformed')
      throw new RelayError('no_errors', vscode.l10n.t('There are no errors that could be sent back.'))
    if (repair !== null) throw sentBefore()
    const { agent, conversation } = request
    const resumed = transcriptAgents.find((one) => one === agent)
    if (resumed === undefined || conversation === null)
      throw new RelayError(
        'no_conversation',
        vscode.l10n.t('Its agent has no conversation that could be gone on with.'),
      )
    const command = renderRepairCommand(resumed, conversation, renderRepairPrompt(meaning.problems))
    const description = vscode.l10n.t('Errors to {0}', agentName(shown))
    const planned = planJob({ type: 'job_start', command, description }, request.cwd)
    if ('refusals' in planned) throw new RelayError('not_supported', planned.refusals.join(' '))
    const plan = { ...planned.plan, timeLimitSec: repairLimitSec }
    const startable: Startable = { plan, description, folder: request.folder, agentChoice: null }
    const how = await this.host.starter.approve({
      ...startable,
      dryRun: false,
      warnings: [],
      title: vscode.l10n.t('Send the errors back to {0}?', agentName(shown)),
      notes: [
        vscode.l10n.t(
          'The agent goes on with its conversation {0} for one turn, with your account of it. It has to ask for whatever it may not do by itself, and nobody is there to be asked.',
          conversation,
        ),
      ],
      approve: vscode.l10n.t('Send once'),
    })
    if (how === null) return
    const now = this.openRequest(request.id)
    if (now.repair !== null) throw sentBefore()
    const job = await this.startNamed(now, 'repair', startable, how, false)
    if (readSetting('relay.terminal.openOnStart')) await vscode.commands.executeCommand(commands.showLog, job.jobId)
  }

  /** The name comes first, so that a start that is interrupted, or made in two windows, is one job. */
  private async startNamed(
    { request, store }: ShownRequest,
    what: 'start' | 'repair',
    startable: Startable & { readonly knows?: readonly JobId[] },
    how: Approval['how'],
    automatic: boolean,
  ): Promise<RequestedJob> {
    const { answer } = request
    // The next job of a chain has its name from the answer.
    const jobId = answer !== undefined && what === 'start' ? answer.jobId : newJobId(Date.now(), Math.random())
    const wanted = { v: 1, jobId, atMs: Date.now(), automatic } as const
    const job = store.nameJob(request.id, what, wanted)
    const origin = originOf(request, what)
    try {
      await this.host.requests.start({ ...startable, origin, how, env: jobEnvironment(process.env) }, job.jobId)
    } catch (error) {
      // One that still lies in the inbox may be taken yet.
      if (!isRelayError(error) || error.code !== 'not_taken') store.unnameJob(request.id, what)
      throw error
    }
    if (what === 'start') store.confirmStart(request.id)
    this.host.model.touch(job.jobId)
    this.model.refresh()
    return job
  }

  /** As it is on disk now. Throws RelayError if it is over. */
  private openRequest(id: AgentRequestId): ShownRequest {
    const shown = this.model.read(id)
    if (shown?.state.kind === 'open') return shown
    this.model.refresh()
    if (shown?.state.kind === 'started')
      throw new RelayError(
        'started_before',
        vscode.l10n.t('This was started before, as job {0}.', shown.state.job.jobId),
      )
    throw new RelayError('request_over', vscode.l10n.t('This request is not open any more.'))
  }

  private async pick(fits: (shown: ShownRequest) => boolean): Promise<ShownRequest | null> {
    const items = this.model.open.filter(fits).map((shown) => ({
      label: plainLabel(requestTitle(shown), labelChars),
      description: agentName(shown),
      detail: requestNotice(shown),
      shown,
    }))
    if (items.length === 0)
      throw new RelayError('no_request', vscode.l10n.t('There is no request for which this can be done.'))
    const picked = await vscode.window.showQuickPick(items, { matchOnDescription: true, matchOnDetail: true })
    return picked?.shown ?? null
  }
}

function originOf({ agent, conversation, answer }: AgentRequest, what: 'start' | 'repair'): Origin {
  if (answer !== undefined && what === 'start') {
    const { parent, attempt, root, depth } = answer
    return { kind: 'answer', parent, attempt, root, depth }
  }
  const resumed = transcriptAgents.find((one) => one === agent)
  if (resumed === undefined || conversation === null)
    throw new RelayError('no_conversation', vscode.l10n.t('Its agent has no conversation that could be gone on with.'))
  return { kind: 'conversation', agent: resumed, conversation }
}

function sentBefore(): RelayError {
  return new RelayError('sent_before', vscode.l10n.t('The errors of this block were sent back before.'))
}

function isRow(word: unknown): word is { readonly id: unknown } {
  return typeof word === 'object' && word !== null && 'kind' in word && word.kind === 'request' && 'id' in word
}
