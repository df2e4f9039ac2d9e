// The tasks of this window's folders, as the view, the chat and the commands see them.
import * as vscode from 'vscode'
import { isOver } from '../../core/followUps/taskState'
import { newestFirst } from '../../core/jobs/job'
import type { JobId } from '../../core/jobs/jobId'
import {
  describeTask,
  isOwnTask,
  listedTasks,
  markCleared,
  readClearedAtMs,
  type TaskDescription,
} from '../../store/followUps/taskList'
import type { StoredJob } from '../../store/jobs/jobFiles'
import { type FolderKey, folderKey, type StateFolder } from '../../store/stateFolder'
import type { JobModel } from '../jobs/jobModel'

/** So many that ended are listed. */
const endedCount = 200

export interface ShownTask {
  readonly stored: StoredJob
  readonly task: TaskDescription
}

export class TaskModel implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>()
  private readonly subscription: vscode.Disposable
  /** What ended tasks say is read from their answers once; a task that changed is another object. */
  private readonly described = new WeakMap<StoredJob, TaskDescription>()
  private shown: readonly ShownTask[] | null = null
  readonly onDidChange = this.changed.event

  constructor(
    private readonly jobs: JobModel,
    private readonly state: StateFolder,
  ) {
    this.subscription = jobs.onDidChange(() => this.refresh())
  }

  dispose(): void {
    this.subscription.dispose()
    this.changed.dispose()
  }

  refresh(): void {
    this.shown = null
    this.changed.fire()
  }

  /** Newest first. */
  get tasks(): readonly ShownTask[] {
    this.shown ??= this.read()
    return this.shown
  }

  find(id: JobId): ShownTask | null {
    return this.tasks.find(({ task }) => task.id === id) ?? null
  }

  /** Those that are over, and can be cleared. */
  get over(): readonly ShownTask[] {
    return this.tasks.filter(({ task }) => isOver(task.state) || task.answeredBy !== null)
  }

  /** Follow-ups that are over are listed no more; the others are for the caller to remove. Throws RelayError. */
  clearFollowUps(nowMs: number): readonly StoredJob[] {
    const over = this.over.map(({ stored }) => stored)
    const folders = new Set(over.map(({ job }) => job.spec.folder))
    for (const folder of folders) markCleared(this.state.folder(folderKey(folder)), nowMs)
    return over.filter(isOwnTask)
  }

  private read(): readonly ShownTask[] {
    const all = this.jobs.tasks(endedCount)
    const byFolder = new Map<FolderKey, StoredJob[]>()
    for (const stored of all) {
      const key = folderKey(stored.job.spec.folder)
      byFolder.set(key, [...(byFolder.get(key) ?? []), stored])
    }
    const listed = [...byFolder].flatMap(([key, own]) => listedTasks(own, readClearedAtMs(this.state.folder(key))))
    const answers = new Map(
      all.flatMap(({ job: { spec } }) =>
        spec.origin.kind === 'task' && spec.origin.answers !== null ? [[spec.origin.answers, spec.id] as const] : [],
      ),
    )
    return [...listed]
      .sort((a, b) => newestFirst(a.job, b.job))
      .map((stored) => {
        const task = this.described.get(stored) ?? describeTask(stored, [])
        if (stored.job.state.kind === 'ended') this.described.set(stored, task)
        return { stored, task: { ...task, answeredBy: answers.get(task.id) ?? null } }
      })
  }
}
