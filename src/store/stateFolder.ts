// Where everything is: the only code, with the paths beside it (jobPaths, undertakingPaths, …), that knows file names in the state folder.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { AgentRequestId } from '../core/agentRequests/agentRequest'
import type { JobId } from '../core/jobs/jobId'
import { RelayError } from '../core/relayError'
import { AgentRequestPaths } from './agentRequestPaths'
import { asRelayError } from './durableFile'
import { JobPaths } from './jobPaths'
import { listDirectories } from './listDirectories'
import { OfferPaths, TurnOfferPaths } from './offerPaths'
import { hostName } from './processIdentity'
import { UndertakingPaths } from './undertakingPaths'

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
