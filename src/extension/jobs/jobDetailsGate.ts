// What of the pages of jobs is there from the start: that they can be shown, and those that the editor has kept over a reload. What draws them is
// loaded with the first.
import * as vscode from 'vscode'
import type { JobId } from '../../core/jobs/jobId'
import type { JobDetailsInput, JobDetailsPages } from './jobDetails'

export const jobDetailsViewType = 'relay.jobDetails'

export class JobDetailsGate implements vscode.Disposable {
  private loading: Promise<JobDetailsPages> | null = null
  private isDisposed = false
  private readonly subscription: vscode.Disposable

  constructor(private readonly input: JobDetailsInput) {
    this.subscription = vscode.window.registerWebviewPanelSerializer(jobDetailsViewType, {
      deserializeWebviewPanel: async (panel, state: unknown) => (await this.load()).revive(panel, state),
    })
  }

  /** Shows the page of a job, from its top or at its report: the one it has, or a new one. */
  async show(id: JobId, part: 'top' | 'report' = 'top'): Promise<void> {
    ;(await this.load()).show(id, part)
  }

  dispose(): void {
    this.isDisposed = true
    this.subscription.dispose()
    void this.loading?.then((pages) => pages.dispose())
  }

  private load(): Promise<JobDetailsPages> {
    return (this.loading ??= import('./jobDetails').then(({ JobDetailsPages }) => {
      const pages = new JobDetailsPages(this.input)
      if (this.isDisposed) pages.dispose()
      return pages
    }))
  }
}
