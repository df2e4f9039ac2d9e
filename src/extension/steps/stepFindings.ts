// What is wrong with the open documents about steps: what their text says, what the folder and the log add to that.
import type * as vscode from 'vscode'
import { type Drift, findDrift, findSpecTwice } from '../../core/steps/drift'
import type { StepFinding } from '../../core/steps/finding'
import { findMissing, type StepWorkspace } from '../../core/steps/workspace'
import { lookAtWorkspace } from '../../store/steps/stepFiles'
import type { StepFolders } from './stepFolders'
import { type StepPlace, stepPlaceOf } from './stepPlaces'

/** `drift` where SPEC.md and the log differ, and either can be changed. */
export interface Told {
  readonly finding: StepFinding
  readonly drift: Drift | null
}

export class StepFindings {
  constructor(private readonly folders: StepFolders) {}

  /** Something besides the open documents is another. */
  get onDidChange(): vscode.Event<void> {
    return this.folders.onDidChange
  }

  /** In the order of the text; null if the document is not about steps. */
  async of(document: vscode.TextDocument): Promise<readonly Told[] | null> {
    const place = stepPlaceOf(document)
    if (place === null) return null
    this.folders.watch(place.folder)
    if (place.kind === 'definitions') {
      const { steps, findings } = await this.folders.parse(document.uri.fsPath, document.getText())
      return [...findings, ...findMissing(steps, this.workspaceOf(place))]
        .sort((a, b) => a.start - b.start)
        .map((finding) => ({ finding, drift: null }))
    }
    const history = await this.folders.historyOf(place.folder)
    const defined = new Set((await this.folders.definitionsOf(place.folder)).steps.map(({ number }) => number))
    // As it is now that the others are read.
    const steps = this.folders.readSpec(document.uri.fsPath, document.getText())
    const drift = findDrift(steps, history, (step) => defined.has(step))
    return [
      ...findSpecTwice(steps).map((finding) => ({ finding, drift: null })),
      ...drift.map((one) => ({ finding: one.finding, drift: one })),
    ].sort((a, b) => a.finding.start - b.finding.start)
  }

  workspaceOf({ folder }: StepPlace): StepWorkspace {
    return lookAtWorkspace(folder)
  }
}
