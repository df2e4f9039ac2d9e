// What a block asks for besides a start: another watch, a stop, a task. Looked up, shown whole, asked about, and then done.
import * as vscode from 'vscode'
import type { Act } from '../../core/blocks/startableAction'
import type { JobId } from '../../core/jobs/jobId'
import { environmentCaveat } from '../../core/jobs/renderPlan'
import type { TranscriptAgent } from '../../core/transcripts/turn'
import { plainLabel } from '../../core/logs/plainText'
import { JobStore } from '../../store/jobs/jobStore'
import type { JobRequests } from '../../store/jobs/jobRequests'
import { carryOut, planAct, type PlannedAct } from '../../store/jobs/planAct'
import { folderKey, type StateFolder } from '../../store/stateFolder'
import { chooseAgentHere } from '../followUps/agentChoice'
import type { JobModel } from './jobModel'

const titleChars = 80

export class BlockActor {
  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly state: StateFolder,
    private readonly requests: JobRequests,
    private readonly model: JobModel,
  ) {}

  /** What `action` would do; a task is to run in `cwd`, and the jobs of `folder` are meant. Throws RelayError. */
  plan(action: Act, cwd: string, folder: string = cwd, origin: TranscriptAgent | null = null): PlannedAct {
    const named = { store: new JobStore(this.state), folder: this.state.folder(folderKey(folder)) }
    return planAct(action, cwd, named, () => chooseAgentHere(this.state, origin))
  }

  /**
   * Shows it, asks, and has it done; the id of the job that it is about, or null if the person decided otherwise. `begin`
   * is called in between, with that id if there is one already, and may give a new task its id. Throws RelayError.
   */
  async act(
    planned: PlannedAct,
    folder: string,
    notes: readonly string[],
    begin: (id: JobId | null) => JobId | undefined = () => undefined,
  ): Promise<JobId | null> {
    if (planned.kind === 'nothing') {
      void vscode.window.showInformationMessage(planned.why)
      return planned.job.spec.id
    }
    if (!(await this.approve(planned, notes))) return null
    const about = planned.kind === 'add' ? null : planned.kind === 'run' ? planned.task : planned.job.spec.id
    const id = await carryOut(planned, this.requests, folder, 'asked', process.env, begin(about))
    this.model.touch(id)
    if (planned.kind === 'run') this.model.touch(planned.job.spec.id)
    return id
  }

  /** How often something is looked at is asked about in a few words; all else on a page of its own. */
  private async approve(planned: Exclude<PlannedAct, { kind: 'nothing' }>, notes: readonly string[]): Promise<boolean> {
    const { title, button } = wordsOf(planned)
    if (planned.kind === 'patch' && !planned.isWeighty) {
      const detail = planned.facts.map(({ label, value }) => `${label}: ${value}`).join('\n')
      return (await vscode.window.showInformationMessage(title, { modal: true, detail }, button)) === button
    }
    const runs = planned.kind === 'add' || planned.kind === 'run'
    const { askForApproval } = await import('./approvalPage')
    const answer = await askForApproval(this.extensionUri, {
      title,
      facts: planned.facts,
      warnings: [],
      caveats: [...notes, ...(runs ? [vscode.l10n.t(environmentCaveat)] : [])],
      approve: button,
      always: null,
    })
    return answer === 'once'
  }
}

function wordsOf(planned: Exclude<PlannedAct, { kind: 'nothing' }>): {
  readonly title: string
  readonly button: string
} {
  const name = (text: string | null) => (text === null ? '' : ` “${plainLabel(text, titleChars)}”`)
  switch (planned.kind) {
    case 'patch':
      return {
        title: vscode.l10n.t('Change how the job{0} is watched?', name(planned.job.spec.description)),
        button: vscode.l10n.t('Change watch'),
      }
    case 'stop':
      return {
        title: vscode.l10n.t('Stop the job{0}, with all that it has started?', name(planned.job.spec.description)),
        button: vscode.l10n.t('Stop job'),
      }
    case 'add':
      return {
        title: vscode.l10n.t('Add the task{0}?', name(planned.description)),
        button: vscode.l10n.t('Add task'),
      }
    case 'run':
      return {
        title: vscode.l10n.t('Run the task{0}?', name(planned.job.spec.description)),
        button: vscode.l10n.t('Run task'),
      }
  }
}
