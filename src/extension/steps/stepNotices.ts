// Tells a person what a run of steps wants them to know: once over all windows.
import type * as vscode from 'vscode'
import type { StepsModel } from './stepsModel'

export class StepNotices implements vscode.Disposable {
  constructor(private readonly model: StepsModel) {
    void this.model
  }
  dispose(): void {}
}
