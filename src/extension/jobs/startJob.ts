// From a block in a document to a running job, with everything shown and approved in between.
import path from 'node:path'
import * as vscode from 'vscode'
import type { Block } from '../../core/blocks/parseBlocks'
import type { JobStart } from '../../core/blocks/schema'
import { startableAction } from '../../core/blocks/startableAction'
import type { PlanDefaults } from '../../core/jobs/plan'
import type { ChosenAgent } from '../../core/followUps/chooseAgent'
import type { Approval } from '../../core/jobs/event'
import { type Job, planOf } from '../../core/jobs/job'
import type { JobId } from '../../core/jobs/jobId'
import type { TranscriptAgent } from '../../core/transcripts/turn'
import { plainLabel } from '../../core/logs/plainText'
import { RelayError } from '../../core/relayError'
import { isApprovalRemembered, planDigest, rememberApproval } from '../../store/approval'
import { jobEnvironment } from '../../store/jobs/jobEnvironment'
import { type JobOrder, type JobRequests, resolveFolder } from '../../store/jobs/jobRequests'
import { JobStore } from '../../store/jobs/jobStore'
import { type PlannedJob, planInFolder } from '../../store/jobs/planInFolder'
import { findSameJobs, isSameRunning, type SameJobs } from '../../store/jobs/sameJobs'
import { folderKey, type StateFolder } from '../../store/stateFolder'
import { chooseAgentHere, planDefaultsHere } from '../followUps/agentChoice'
import type { ApprovalRequest } from './approvalPage'
import type { IntendedFolders } from './intendedFolders'
import { tellBefore, tellRunning } from './sameJobWords'

const labelChars = 80

/** Where a block stands. */
export interface BlockPlace {
  readonly document: vscode.TextDocument
  readonly block: Block
  /** Which of its actions is meant, where it has several. */
  readonly nth?: number | null
}

export interface Startable extends PlannedJob {
  /** A real path. */
  readonly folder: string
}

export class JobStarter {
  /** Approvals that are being asked for, by their files: a double click is one question. */
  private readonly asking = new Set<string>()

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly state: StateFolder,
    private readonly requests: JobRequests,
    private readonly intended: IntendedFolders,
  ) {}

  /** Blocks of this document are to run in `folder`, although the document does not lie there. */
  intend(document: vscode.TextDocument, folder: string): void {
    this.intended.set(document, folder)
  }

  /**
   * What the block would start. Null: its folder has to be asked for, for the window has several. Throws RelayError that
   * says why it cannot be started.
   */
  startable(place: BlockPlace): Startable | null {
    const folder = this.intended.get(place.document) ?? folderOf(place.document)
    return folder === null ? null : this.startableIn(place, folder)
  }

  /** The folder that a block of this document is about, a real path; null: none was picked. Throws RelayError. */
  async folderFor(document: vscode.TextDocument): Promise<string | null> {
    const folder = this.intended.get(document) ?? folderOf(document) ?? (await pickFolder())
    return folder === null ? null : resolveFolder(folder)
  }

  /**
   * Shows what the block would do, asks, and starts it or runs its checks; null if the person decided otherwise. What runs
   * already they are told of first. Throws RelayError.
   */
  async start(place: BlockPlace, dryRun = false): Promise<JobId | null> {
    const { document, block } = place
    const startable = this.startable(place) ?? (await this.startableInPicked(place))
    if (startable === null) return null
    const { plan, description, agentChoice } = startable
    const line = document.positionAt(block.start).line + 1
    const same = dryRun ? nothingSame : this.findSame(startable)
    const notes = [
      ...tellBefore(same),
      ...(agentChoice === null ? [] : [agentChoice]),
      vscode.l10n.t('The block stands in {0}, line {1}.', document.fileName, line),
      ...block.diagnostics.flatMap(({ severity, message }) => (severity === 'warning' ? message : [])),
    ]
    const how = await this.approve({
      ...startable,
      dryRun,
      title: questionOf(description, dryRun),
      warnings: tellRunning(same),
      notes,
      approve: dryRun
        ? vscode.l10n.t('Run the checks once')
        : same.running.length > 0
          ? vscode.l10n.t('Start a second time')
          : vscode.l10n.t('Start once'),
    })
    if (how === null) return null
    const file = document.uri.scheme === 'file' ? document.uri.fsPath : null
    const env = jobEnvironment(process.env)
    const order = {
      plan,
      description,
      folder: startable.folder,
      origin: { kind: 'block' as const, file, line },
      how,
      env,
    }
    return this.startKnowing({ ...order, dryRun }, idsOf(same.running))
  }

  /** Who does the follow-up of what is started in this window. Throws RelayError. */
  readonly chooseAgent = (origin: TranscriptAgent | null = null): ChosenAgent => chooseAgentHere(this.state, origin)

  /** What blocks leave to the person. Throws RelayError. */
  readonly planDefaults = (): PlanDefaults => planDefaultsHere(this.state)

  /** What does the same as this in its folder, as it is on disk now. Throws RelayError. */
  findSame({ plan, folder }: Pick<Startable, 'plan' | 'folder'>): SameJobs {
    return findSameJobs(this.state.folder(folderKey(folder)), planDigest(plan))
  }

  /** Starts it. If another window has started the same meanwhile, that is asked about. */
  private async startKnowing(order: JobOrder, known: readonly JobId[]): Promise<JobId | null> {
    let knows = known
    for (;;) {
      try {
        return await this.requests.start({ ...order, knows })
      } catch (error) {
        if (!isSameRunning(error)) throw error
        knows = [...knows, ...error.running]
        const again = vscode.l10n.t('Start a Second Time')
        const question = vscode.l10n.t('The same block has just been started elsewhere.')
        const detail = tellRunning(this.findSame(order)).join('\n')
        if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, again)) !== again) return null
      }
    }
  }

  /** Runs an ended job once more, exactly as it was; false if the person decided otherwise. Throws RelayError. */
  async restart(job: Job): Promise<boolean> {
    const { folder, description, dryRun = false } = job.spec
    const plan = planOf(job)
    const title = dryRun
      ? questionOf(description, dryRun)
      : description === null
        ? vscode.l10n.t('Run this job again?')
        : vscode.l10n.t('Run “{0}” again?', description)
    const warnings = dryRun ? [] : tellRunning(this.findSame({ plan, folder }))
    const approve = vscode.l10n.t('Run again')
    const how = await this.approve({ plan, folder, dryRun, title, warnings, notes: [], approve })
    if (how === null) return false
    await this.requests.restart(job, how, jobEnvironment(process.env))
    return true
  }

  /** Throws RelayError that says why it cannot be started there. */
  private startableIn({ block, nth = null }: BlockPlace, folder: string): Startable {
    return this.planIn(startableAction(block, undefined, nth), resolveFolder(folder))
  }

  /**
   * What `action` would start in `cwd`, with its documents in `folder`; both are real paths. `origin`: the agent in whose
   * conversation it was asked for. Throws RelayError.
   */
  planIn(action: JobStart, cwd: string, folder: string = cwd, origin: TranscriptAgent | null = null): Startable {
    const jobs = { store: new JobStore(this.state), folder: this.state.folder(folderKey(folder)) }
    return { ...planInFolder(action, cwd, () => this.chooseAgent(origin), jobs, this.planDefaults()), folder }
  }

  private async startableInPicked(place: BlockPlace): Promise<Startable | null> {
    const picked = await pickFolder()
    return picked === null ? null : this.startableIn(place, picked)
  }

  /** Whether exactly this has been approved for good in its folder. */
  isApproved({ plan, folder }: Startable): boolean {
    return isApprovalRemembered(this.state.folder(folderKey(folder)), plan)
  }

  /** Null: not approved, or somebody is being asked about exactly this already. */
  async approve(request: ApprovalRequest & { folder: string }): Promise<Approval['how'] | null> {
    const paths = this.state.folder(folderKey(request.folder))
    const file = paths.approval(planDigest(request.plan))
    if (this.asking.has(file)) return null
    // That something runs already is said in any case.
    if (request.warnings.length === 0 && isApprovalRemembered(paths, request.plan)) return 'remembered'
    this.asking.add(file)
    try {
      const { askAboutPlan } = await import('./approvalPage')
      const answer = await askAboutPlan(this.extensionUri, request)
      switch (answer) {
        case 'always':
          rememberApproval(paths, request.plan, Date.now())
          return 'asked'
        case 'once':
          return 'asked'
        case 'cancel':
          return null
      }
    } finally {
      this.asking.delete(file)
    }
  }
}

const nothingSame: SameJobs = { running: [], before: null }

function idsOf(jobs: SameJobs['running']): readonly JobId[] {
  return jobs.map(({ job }) => job.spec.id)
}

function questionOf(description: string | null, dryRun: boolean): string {
  if (dryRun)
    return description === null
      ? vscode.l10n.t('Dry run: run the checks of this job?')
      : vscode.l10n.t('Dry run: run the checks of “{0}”?', description)
  return description === null ? vscode.l10n.t('Start this job?') : vscode.l10n.t('Start “{0}”?', description)
}

async function pickFolder(): Promise<string | null> {
  const placeHolder = vscode.l10n.t('The folder in which the job is to run')
  const picked = await vscode.window.showWorkspaceFolderPick({ placeHolder })
  return picked?.uri.scheme === 'file' ? picked.uri.fsPath : null
}

/** The workspace folder that a document lies in, or the only one; null: there are several. Throws RelayError. */
function folderOf({ uri }: vscode.TextDocument): string | null {
  const own = vscode.workspace.getWorkspaceFolder(uri)
  if (own !== undefined && own.uri.scheme !== 'file')
    throw new RelayError('virtual', vscode.l10n.t('This folder is virtual: a job needs a folder on a disk.'))
  if (own !== undefined) return own.uri.fsPath
  const [first, ...others] = (vscode.workspace.workspaceFolders ?? []).filter((one) => one.uri.scheme === 'file')
  if (first === undefined)
    throw new RelayError('no_folder', vscode.l10n.t('Open the folder in which the job is to run first.'))
  return others.length === 0 ? first.uri.fsPath : null
}

/** The block that the cursor is in, the only one, or the one that is picked; null if there is none. */
export async function chooseBlock(
  { document, selection }: vscode.TextEditor,
  blocks: readonly Block[],
): Promise<BlockPlace | null> {
  const cursor = document.offsetAt(selection.active)
  const [first, ...others] = blocks
  if (first === undefined)
    throw new RelayError('no_block', vscode.l10n.t('There is no relay block in {0}.', path.basename(document.fileName)))
  const around = blocks.find(({ start, end }) => start <= cursor && cursor <= end)
  if (around !== undefined || others.length === 0) return { document, block: around ?? first }
  const picked = await vscode.window.showQuickPick(
    blocks.map((block) => {
      const action = block.actions[0]
      const line = document.positionAt(block.start).line + 1
      const label = action?.type === 'job_start' && action.description !== undefined ? action.description : `${line}`
      return { label: plainLabel(label, labelChars), description: vscode.l10n.t('line {0}', line), block }
    }),
    { placeHolder: vscode.l10n.t('The block to start') },
  )
  return picked === undefined ? null : { document, block: picked.block }
}
