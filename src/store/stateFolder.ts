// Where everything is: the only code that knows file names in the state folder.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { AgentRequestId } from '../core/agentRequests/agentRequest'
import type { JobId } from '../core/jobs/jobId'
import { RelayError } from '../core/relayError'
import { asRelayError, errorCode } from './durableFile'
import { hostName } from './processIdentity'

/** `$RELAY_STATE_FOLDER`, else `$XDG_STATE_HOME/relay-jobs`, else the same below `~/.local/state`. */
export function defaultRoot(env: NodeJS.ProcessEnv): string {
  const chosen = env['RELAY_STATE_FOLDER']
  if (chosen !== undefined && path.isAbsolute(chosen)) return chosen
  const base = env['XDG_STATE_HOME']
  const isUsable = base !== undefined && path.isAbsolute(base)
  return path.join(isUsable ? base : path.join(env['HOME'] ?? os.homedir(), '.local', 'state'), 'relay-jobs')
}

/**
 * The state folder of one user, seen from one host. Files of a job say what was asked (`spec`), what
 * happened (`journal`), and what each attempt left. Nothing outside of this class builds a path in it.
 */
export class StateFolder {
  private constructor(
    readonly root: string,
    readonly host: string,
  ) {}

  /**
   * Opens the folder, made if it is not there. Throws RelayError if it is a symlink, another user's, or cannot be made:
   * whoever can write there can have commands run.
   */
  static open(root: string): StateFolder {
    const state = StateFolder.forReading(root)
    try {
      // Looked at before it is made: a link that leads nowhere is a link, too.
      if (fs.lstatSync(root, { throwIfNoEntry: false }) === undefined)
        fs.mkdirSync(root, { recursive: true, mode: 0o700 })
      const stat = fs.lstatSync(root)
      if (stat.isSymbolicLink())
        throw new RelayError(
          'state_symlink',
          `${root} is a symbolic link. Replace it by a folder, or set XDG_STATE_HOME.`,
        )
      if (!stat.isDirectory()) throw new RelayError('state_not_folder', `${root} is not a folder. Move it away.`)
      const uid = process.getuid?.()
      if (uid !== undefined && stat.uid !== uid)
        throw new RelayError(
          'state_foreign',
          `${root} belongs to another user (uid ${stat.uid}). Set XDG_STATE_HOME to a folder of yours.`,
        )
      if ((stat.mode & 0o077) !== 0) fs.chmodSync(root, 0o700)
      fs.mkdirSync(state.inbox, { recursive: true, mode: 0o700 })
      fs.mkdirSync(state.rejected, { recursive: true, mode: 0o700 })
      fs.mkdirSync(state.folders, { recursive: true, mode: 0o700 })
    } catch (error) {
      throw asRelayError(error, 'use the state folder', root)
    }
    return state
  }

  /** The folder as it is, or as it would be: nothing is made, and nothing checked. For whoever must not write anything. */
  static forReading(root: string): StateFolder {
    return new StateFolder(root, hostName())
  }

  private get hostFolder(): string {
    return path.join(this.root, 'hosts', this.host)
  }
  get lock(): string {
    return path.join(this.hostFolder, 'lock')
  }
  get supervisorRecord(): string {
    return path.join(this.hostFolder, 'supervisor.json')
  }
  get supervisorLog(): string {
    return path.join(this.hostFolder, 'supervisor.log')
  }
  /** What a wrapper runs when its job has ended and no supervisor may be there. */
  get wakeScript(): string {
    return path.join(this.hostFolder, 'wake.sh')
  }
  /** Copies of the supervisor, one folder a build, so that an update of the installed one does no harm. */
  get builds(): string {
    return path.join(this.hostFolder, 'builds')
  }
  /** Limits and pauses of the queue's groups. */
  get groups(): string {
    return path.join(this.hostFolder, 'groups.json')
  }
  get inbox(): string {
    return path.join(this.hostFolder, 'inbox')
  }
  request(requestId: string): string {
    return path.join(this.inbox, `${requestId}.json`)
  }
  /** The inbox of another host that shares this folder. */
  foreignRequest(host: string, requestId: string): string {
    return path.join(this.root, 'hosts', host, 'inbox', `${requestId}.json`)
  }
  /** Touched by a wrapper when its job has ended. */
  bell(jobId: JobId): string {
    return path.join(this.inbox, `${jobId}.ended`)
  }
  get rejected(): string {
    return path.join(this.hostFolder, 'rejected')
  }
  rejection(requestId: string): string {
    return path.join(this.rejected, `${requestId}.json`)
  }

  /** Whether anything may start by itself, and how much. */
  get chains(): string {
    return path.join(this.root, 'chains.json')
  }
  /** There if a person has allowed VS Code's language models to do follow-ups. */
  get windowModelsAllowed(): string {
    return path.join(this.root, 'window-models-allowed.json')
  }
  /** What a person has set for the command line, and for windows where VS Code has no value of theirs. */
  get settings(): string {
    return path.join(this.root, 'settings.json')
  }
  /** Held while a line is appended to a registry of runs: whether it is there already is looked up before. */
  get registryLock(): string {
    return path.join(this.root, 'registry.lock')
  }

  get folders(): string {
    return path.join(this.root, 'folders')
  }
  folder(key: FolderKey): FolderPaths {
    return new FolderPaths(path.join(this.folders, key), key)
  }
  /** The folders that have jobs. Foreign files between them are left alone. */
  listFolders(): FolderPaths[] {
    return listDirectories(this.folders).map((key) => this.folder(key as FolderKey))
  }
}

/** The name that a workspace folder has in the state folder: readable, and one per real path. */
export type FolderKey = string & { readonly __brand: 'FolderKey' }

export function folderKey(realPath: string): FolderKey {
  const name = path
    .basename(realPath)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
  const hash = createHash('sha256').update(realPath).digest('hex').slice(0, 12)
  return `${name.replace(/^-|-$/g, '') || 'folder'}-${hash}` as FolderKey
}

export class FolderPaths {
  constructor(
    readonly directory: string,
    readonly key: FolderKey,
  ) {}

  /** Which folder this is: its name here does not tell. */
  get record(): string {
    return `${this.directory}/folder.json`
  }
  get jobs(): string {
    return `${this.directory}/jobs`
  }
  /** Finished jobs, summed up: a cache that can be thrown away. */
  get finishedIndex(): string {
    return `${this.directory}/finished.jsonl`
  }
  /** Touched after every change to a journal of this folder. */
  get changed(): string {
    return `${this.directory}/changed`
  }
  approval(digest: string): string {
    return `${this.directory}/approvals/${digest}.json`
  }
  job(jobId: JobId): JobPaths {
    return new JobPaths(`${this.jobs}/${jobId}`)
  }
  listJobs(): string[] {
    return listDirectories(this.jobs)
  }
  /** Runs of steps, and whatever else starts several jobs. */
  get undertakings(): string {
    return `${this.directory}/undertakings`
  }
  undertaking(id: JobId): UndertakingPaths {
    return new UndertakingPaths(`${this.undertakings}/${id}`)
  }
  listUndertakings(): string[] {
    return listDirectories(this.undertakings)
  }
  /** One file for each VS Code window that has this folder open. */
  get windows(): string {
    return `${this.directory}/windows`
  }
  window(windowId: string): string {
    return `${this.windows}/${windowId}.json`
  }
  /** What windows are asked to edit: one directory an offer. */
  get edits(): string {
    return `${this.directory}/edits`
  }
  offer(name: string): OfferPaths {
    return new OfferPaths(`${this.edits}/${name}`)
  }
  listOffers(): string[] {
    return listDirectories(this.edits).filter((name) => /^[a-z0-9-]+\.[0-9]+$/.test(name))
  }
  /** What windows are asked to have answered by a language model: one directory an offer. */
  get windowTurns(): string {
    return `${this.directory}/window-turns`
  }
  windowTurn(name: string): TurnOfferPaths {
    return new TurnOfferPaths(`${this.windowTurns}/${name}`)
  }
  listWindowTurns(): string[] {
    return listDirectories(this.windowTurns).filter((name) => /^[a-z0-9-]+\.[0-9]+$/.test(name))
  }
  /** There if agents may ask for jobs in this folder at the end of their turns; no repository can put it here. */
  get agentRequestsOn(): string {
    return `${this.directory}/agent-requests-on.json`
  }
  /** When somebody cleared the list of tasks. */
  get tasksCleared(): string {
    return `${this.directory}/tasks-cleared.json`
  }
  /** Document, results and metrics of what was tracked here last. */
  get trackedLast(): string {
    return `${this.directory}/tracked-last.json`
  }
  /** One directory a request. */
  get agentRequests(): string {
    return `${this.directory}/agent-requests`
  }
  agentRequest(id: AgentRequestId): AgentRequestPaths {
    return new AgentRequestPaths(`${this.agentRequests}/${id}`)
  }
  listAgentRequests(): AgentRequestId[] {
    return listDirectories(this.agentRequests).filter((name) => /^[0-9a-f]{32}$/.test(name)) as AgentRequestId[]
  }
}

/** The files of one request of an agent. Each is made once, by one window, and never changed. */
export class AgentRequestPaths {
  constructor(readonly directory: string) {}

  get request(): string {
    return `${this.directory}/request.json`
  }
  /** The job that it leads to, named before that is started. */
  get start(): string {
    return `${this.directory}/start.json`
  }
  /** That job was taken by the supervisor. */
  get started(): string {
    return `${this.directory}/started`
  }
  /** The job that sends its errors back to the agent. */
  get repair(): string {
    return `${this.directory}/repair.json`
  }
  get dismissed(): string {
    return `${this.directory}/dismissed`
  }
  /** The conversation has gone on beyond it. */
  get superseded(): string {
    return `${this.directory}/superseded`
  }
  /** Made by the window that tells the person of it. */
  get noticed(): string {
    return `${this.directory}/noticed`
  }
}

/** The files of one offer: `offer` is the supervisor's, `claim` (made once) and `result` are the window's. */
export class OfferPaths {
  constructor(readonly directory: string) {}

  /** The same offer while it is being made, or after it was withdrawn. */
  beside(prefix: string): OfferPaths {
    return new OfferPaths(path.join(path.dirname(this.directory), prefix + path.basename(this.directory)))
  }

  get offer(): string {
    return `${this.directory}/offer.json`
  }
  get claim(): string {
    return `${this.directory}/claim`
  }
  get claimant(): string {
    return `${this.claim}/claimant.json`
  }
  get result(): string {
    return `${this.directory}/result.json`
  }
}

/** The files of a turn that is offered to windows. What its claimant writes lies in its claim, where nobody else writes. */
export class TurnOfferPaths extends OfferPaths {
  get progress(): string {
    return `${this.claim}/progress.jsonl`
  }
  override get result(): string {
    return `${this.claim}/result.json`
  }
  /** Made by the window that asks the person, as a claim is. */
  get question(): string {
    return `${this.directory}/question`
  }
  get asker(): string {
    return `${this.question}/claimant.json`
  }
  /** Why a window does not take it: a file a window. */
  get refusals(): string {
    return `${this.directory}/refusals`
  }
  refusal(windowId: string): string {
    return `${this.refusals}/${windowId}.json`
  }
}

export class JobPaths {
  constructor(readonly directory: string) {}

  get spec(): string {
    return `${this.directory}/spec.json`
  }
  get journal(): string {
    return `${this.directory}/events.jsonl`
  }
  attempt(number: number): AttemptPaths {
    const directory = `${this.directory}/attempts/${number}`
    return new AttemptPaths(directory, directory)
  }
  /** A stage before the work: it has its own records and writes into the log of the attempt. */
  stage(number: number, stage: number): AttemptPaths {
    const directory = `${this.directory}/attempts/${number}`
    return new AttemptPaths(`${directory}/stages/${stage}`, directory)
  }
}

/** The files of an undertaking, all but those of its jobs, which are beside others. */
export class UndertakingPaths {
  constructor(readonly directory: string) {}

  get spec(): string {
    return `${this.directory}/spec.json`
  }
  get journal(): string {
    return `${this.directory}/events.jsonl`
  }
  /** As that of a job's attempt; deleted when it is at rest. */
  get env(): string {
    return `${this.directory}/env`
  }
  /** Made by the window that tells a person something of it. `name` is in our own alphabet. */
  noticed(name: string): string {
    return `${this.directory}/noticed-${name}`
  }
  /** The size of the journal when it was at rest: nothing needs to be read while it is the same. A cache. */
  get atRest(): string {
    return `${this.directory}/at-rest`
  }
  /** What is no job's, and has a log all the same: looks of monitors. `name` is in our own alphabet. */
  log(name: string): string {
    return `${this.directory}/${name}.log`
  }
  /** Of a track: an index of our own while its tree is kept. */
  get snapshotIndex(): string {
    return `${this.directory}/snapshot.index`
  }
  /** The worktree in which that attempt of a track runs. Its name is that of git's own record of it, too. */
  fixTree(attempt: number): string {
    return `${this.directory}/trees/${path.basename(this.directory)}-${attempt}`
  }
  /** What an agent has changed for that attempt. */
  fixPatch(attempt: number): string {
    return `${this.directory}/fix-${attempt}.patch`
  }
}

/**
 * The files of one attempt, or of one stage of it: then `whole` is the directory of the attempt. `claim`, `started` and
 * `exit` are written by the wrapper, `log` by the job.
 */
export class AttemptPaths {
  constructor(
    readonly directory: string,
    private readonly whole: string,
  ) {}

  get command(): string {
    return `${this.directory}/command.sh`
  }
  /** The submitter's environment, NUL-separated, mode 0600, deleted when it is not needed any more. */
  get env(): string {
    return `${this.whole}/env`
  }
  get claim(): string {
    return `${this.directory}/claim`
  }
  get started(): string {
    return `${this.directory}/started`
  }
  get exit(): string {
    return `${this.directory}/exit`
  }
  get log(): string {
    return `${this.whole}/output.log`
  }
  /** What a turn of an agent tells of itself. */
  get turn(): string {
    return `${this.whole}/turn.json`
  }
  /** What it has answered, whole. */
  get answer(): string {
    return `${this.whole}/answer.md`
  }
  /** What the tools that it called gave back, as far as that is kept. */
  get toolOutput(): string {
    return `${this.whole}/tools.log`
  }
  /** Who runs for a part of the work after it, while it does. */
  part(name: string): string {
    return `${this.whole}/part-${name}.json`
  }
  /** Made by the window that tells a person of the end: no other does. */
  get noticed(): string {
    return `${this.whole}/noticed`
  }
  /** The same for one thing that was told of it while it ran. */
  noticedAlert(name: string): string {
    return `${this.whole}/noticed-${name}`
  }
}

function listDirectories(directory: string): string[] {
  try {
    return fs
      .readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort()
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return [] // Nothing of ours was ever put there.
    throw asRelayError(error, 'list', directory)
  }
}

/** The state folder that a job's directory is in: `folders/KEY/jobs/ID` of it. */
export function rootOf({ directory }: JobPaths): string {
  return path.resolve(directory, '../../../..')
}
