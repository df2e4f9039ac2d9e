// What any agent of the window can do with jobs. What acts is confirmed by the person, who is shown everything that can
// happen; exactly that happens, or nothing. Every answer is short text.
import * as vscode from 'vscode'
import { renderStop } from '../../core/backends/renderBackend'
import { escapeMarkdown } from '../../core/chat/chatMarkdown'
import { renderFacts, renderWholePlan } from '../../core/chat/planMarkdown'
import { readActInput, readStartInput } from '../../core/chat/readBlock'
import { clipAnswer, renderJobList, renderJobStatus, renderStarted } from '../../core/chat/toolAnswer'
import { actionTitles } from '../../core/blocks/startableAction'
import { carryOut, type PlannedAct } from '../../store/jobs/planAct'
import { planOf } from '../../core/jobs/job'
import { isRelayError, RelayError } from '../../core/relayError'
import { planDigest } from '../../store/approval'
import { detachmentCaveats } from '../../store/detachment'
import { jobEnvironment } from '../../store/jobs/jobEnvironment'
import type { StoredJob } from '../../store/jobs/jobFiles'
import { resolveFolder } from '../../store/jobs/jobRequests'
import type { SameJobs } from '../../store/jobs/sameJobs'
import type { Tool } from '../contributions'
import { foldersOnDisk } from '../workspaceFolders'
import { tellBefore, tellRunning } from '../jobs/sameJobWords'
import type { Startable } from '../jobs/startJob'
import { jobTitle, stateLine } from '../jobs/stateWords'
import type { ChatJobs } from './chatJobs'
import { Confirmed } from './confirmed'
import type { ChatHost } from './relayChat'
import { requireTrust } from '../requireTrust'
import { untilEnded } from './untilEnded'

const listedJobs = 10
const tailLines = 10
const waitSec = { usual: 30, most: 60 } as const

type Input = Readonly<Record<string, unknown>>

export class JobTools {
  /** The plans that were shown, and what ran of the same then. */
  private readonly starts = new Confirmed()
  /** Ids of the jobs that were named: the newest of a moment ago may not be the newest any more. */
  private readonly stops = new Confirmed()
  private readonly acts = new Confirmed()

  constructor(
    private readonly host: ChatHost,
    private readonly jobs: ChatJobs,
  ) {}

  /** What VS Code tells and asks the person before a call. What cannot be done is said by the call itself. */
  prepare(tool: Tool, input: object): vscode.PreparedToolInvocation {
    try {
      requireTrust()
      if (tool === 'startJob') return this.prepareStart({ ...input })
      if (tool === 'stopJob') return this.prepareStop({ ...input })
      if (tool === 'doAction') return this.prepareAct({ ...input })
    } catch (error) {
      if (!isRelayError(error)) throw error
    }
    return {}
  }

  /** Never throws for what an agent can have got wrong: it is told. */
  async invoke(tool: Tool, input: object, token: vscode.CancellationToken): Promise<vscode.LanguageModelToolResult> {
    try {
      requireTrust()
      return textResult(await this.answer(tool, { ...input }, token))
    } catch (error) {
      if (!isRelayError(error)) throw error
      return textResult(clipAnswer(`error: ${error.message}`))
    }
  }

  private async answer(tool: Tool, input: Input, token: vscode.CancellationToken): Promise<string> {
    switch (tool) {
      case 'startJob':
        return this.start(input)
      case 'listJobs':
        return renderJobList(this.jobs.newest(listedJobs), this.jobs.total, Date.now())
      case 'jobStatus':
        return this.status(this.jobs.find(idOf(input)))
      case 'waitForJob':
        return this.wait(input, token)
      case 'stopJob':
        return this.stop(input)
      case 'doAction':
        return this.act(input)
    }
  }

  /** What a call asks for. Throws RelayError with what is wrong with it. */
  private startableOf(input: Input): Startable {
    const read = readStartInput(input)
    if (read.kind === 'invalid') throw new RelayError('block_errors', `Not started. ${read.problems.join(' ')}`)
    const folder = resolveFolder(folderNamed(input['folder']))
    return this.host.starter.planIn(read.action, folder)
  }

  private prepareStart(input: Input): vscode.PreparedToolInvocation {
    const startable = this.startableOf(input)
    const { plan, description, agentChoice } = startable
    const same = this.host.starter.findSame(startable)
    this.starts.hold(input, shownOf(startable, same))
    const running = tellRunning(same)
    const message = [
      ...running.map(escapeMarkdown),
      renderWholePlan(plan, description, [
        ...tellBefore(same),
        ...(agentChoice === null ? [] : [agentChoice]),
        ...detachmentCaveats(process.env),
      ]),
    ].join('\n\n')
    return {
      invocationMessage: vscode.l10n.t('Starting a job'),
      confirmationMessages: {
        title: running.length > 0 ? vscode.l10n.t('Start this job a second time?') : vscode.l10n.t('Start this job?'),
        message: new vscode.MarkdownString(message),
      },
    }
  }

  private async start(input: Input): Promise<string> {
    const startable = this.startableOf(input)
    const same = this.host.starter.findSame(startable)
    if (!this.starts.take(input, shownOf(startable, same))) throw notShown()
    const knows = same.running.map(({ job }) => job.spec.id)
    const id = await this.host.requests.start({
      ...startable,
      origin: { kind: 'block', file: null, line: 1 },
      how: 'asked',
      env: jobEnvironment(process.env),
      knows,
    })
    this.host.model.touch(id)
    return renderStarted(id, startable.plan, knows)
  }

  private prepareStop(input: Input): vscode.PreparedToolInvocation {
    const stored = this.jobs.find(idOf(input))
    const job = this.jobs.describe(stored)
    if (job.endedAt !== null) return {}
    this.stops.hold(input, job.id)
    const facts = [`**${escapeMarkdown(jobTitle(job))}**`, escapeMarkdown(`${job.id}: ${stateLine(job, Date.now())}`)]
    const end = escapeMarkdown(renderStop(planOf(stored.job).backend, stored.job.remote?.handle ?? null))
    return {
      invocationMessage: vscode.l10n.t('Stopping a job'),
      confirmationMessages: {
        title: vscode.l10n.t('Stop this job?'),
        message: new vscode.MarkdownString([...facts, end].join('\n\n')),
      },
    }
  }

  private async stop(input: Input): Promise<string> {
    const stored = this.jobs.find(idOf(input))
    const { id } = stored.job.spec
    if (this.jobs.describe(stored).endedAt !== null) return this.status(stored, 'it has ended already')
    if (!this.stops.take(input, id)) throw notShown()
    await this.host.requests.stop(stored.job)
    this.host.model.touch(id)
    return `job: ${id}\nstate: stop requested`
  }

  private prepareAct(input: Input): vscode.PreparedToolInvocation {
    const { planned, title } = this.actOf(input)
    if (planned.kind === 'nothing') return {}
    this.acts.hold(input, shownAct(planned))
    return {
      invocationMessage: title,
      confirmationMessages: { title: `${title}?`, message: new vscode.MarkdownString(renderFacts(planned.facts)) },
    }
  }

  private async act(input: Input): Promise<string> {
    const { planned, folder } = this.actOf(input)
    if (planned.kind === 'nothing') return clipAnswer(`note: ${planned.why}`)
    if (!this.acts.take(input, shownAct(planned))) throw notShown()
    const id = await carryOut(planned, this.host.requests, folder, 'asked', process.env)
    this.host.model.touch(id)
    const done = { patch: 'watch changed', stop: 'stop requested', add: 'added, waits for the person', run: 'let go' }
    return `job: ${id}\nstate: ${done[planned.kind]}`
  }

  private actOf(input: Input): { readonly planned: PlannedAct; readonly folder: string; readonly title: string } {
    const read = readActInput(input)
    if (read.kind === 'invalid') throw new RelayError('block_errors', `Not done. ${read.problems.join(' ')}`)
    const folder = resolveFolder(folderNamed(input['folder']))
    const title = vscode.l10n.t(actionTitles[read.action.type])
    return { planned: this.host.actor.plan(read.action, folder), folder, title }
  }

  private async wait(input: Input, token: vscode.CancellationToken): Promise<string> {
    const stored = this.jobs.find(idOf(input))
    const asked = typeof input['seconds'] === 'number' ? input['seconds'] : waitSec.usual
    const seconds = Math.min(waitSec.most, Math.max(0, asked))
    const read = () => this.jobs.describe(stored)
    await untilEnded(read, this.host.model.onDidChange, seconds * 1000, token)
    const goesOn = read().endedAt === null
    const note = `after ${seconds} s it goes on; its follow-up comes by itself, so end your turn`
    return this.status(stored, goesOn ? note : null)
  }

  private async status(stored: StoredJob, note: string | null = null): Promise<string> {
    const tail = await this.jobs.tail(stored, tailLines)
    return renderJobStatus(this.jobs.describe(stored), tail, Date.now(), note)
  }
}

/** What a person has seen of it. That a job has begun meanwhile makes it no other. */
function shownAct(act: PlannedAct): string {
  const id = 'job' in act ? act.job.spec.id : null
  return JSON.stringify([act.kind, id, act.facts.filter(({ label }) => label !== 'Job')])
}

function textResult(text: string): vscode.LanguageModelToolResult {
  return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)])
}

function idOf({ id }: Input): string {
  return typeof id === 'string' ? id : ''
}

function notShown(): RelayError {
  return new RelayError('not_shown', 'Not done: this is not what the person was shown. Call the tool again.')
}

/** What a person has seen before they said yes: if either is another by then, they are asked again. */
function shownOf({ plan }: Startable, { running }: SameJobs): string {
  return [planDigest(plan), ...running.map(({ job }) => job.spec.id)].join(' ')
}

function folderNamed(name: unknown): string {
  const folders = foldersOnDisk()
  const [first, ...others] = name === undefined ? folders : folders.filter((folder) => folder.name === name)
  if (folders.length === 0)
    throw new RelayError('no_folder', vscode.l10n.t('Open the folder in which the job is to run first.'))
  if (first === undefined || others.length > 0)
    throw new RelayError('which_folder', `Give "folder", one of: ${folders.map((one) => one.name).join(', ')}.`)
  return first.uri.fsPath
}
