// What is wrong with the open documents about steps: what their text says, what the folder and the log add to that.
import path from 'node:path'
import * as vscode from 'vscode'
import { type Drift, findDrift, findSpecTwice } from '../../core/steps/drift'
import { executionLogPath } from '../../core/steps/executionLog'
import type { StepFinding } from '../../core/steps/finding'
import {
  definitionsPath,
  DefinitionsCache,
  parseDefinitions,
  prepareDefinitions,
  type ParsedDefinitions,
} from '../../core/steps/parseDefinitions'
import { readSpec } from '../../core/steps/specDocument'
import { findMissing, type StepWorkspace } from '../../core/steps/workspace'
import { isRelayError } from '../../core/relayError'
import { ExecutionLogFile } from '../../store/steps/executionLogFile'
import { lookAtWorkspace, readStepText } from '../../store/steps/stepFiles'
import { openDocumentAt } from '../documents/openDocument'
import { definitionsFileOf, type StepPlace, stepPlaceOf } from './stepPlaces'

/** How long is read without a pause. */
const atOnceMs = 15

/** `drift` where SPEC.md and the log differ, and either can be changed. */
export interface Told {
  readonly finding: StepFinding
  readonly drift: Drift | null
}

export class StepFindings implements vscode.Disposable {
  /** By the path of their file. */
  private readonly caches = new Map<string, DefinitionsCache>()
  private readonly logs = new Map<string, ExecutionLogFile>()
  private readonly watchers = new Map<string, vscode.Disposable>()
  private readonly changed = new vscode.EventEmitter<void>()
  /** Something besides the open documents is another: the folder, the log, a setting. */
  readonly onDidChange = this.changed.event
  private readonly subscriptions: readonly { dispose(): void }[]

  constructor(private readonly tellError: (error: unknown) => void) {
    this.subscriptions = [
      this.changed,
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('relay.steps')) this.changed.fire()
      }),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.changed.fire()),
    ]
  }

  dispose(): void {
    for (const each of [...this.subscriptions, ...this.watchers.values()]) each.dispose()
  }

  lookAgain(): void {
    this.changed.fire()
  }

  /** In the order of the text; null if the document is not about steps. */
  async of(document: vscode.TextDocument): Promise<readonly Told[] | null> {
    const place = stepPlaceOf(document)
    if (place === null) return null
    this.watch(place.folder)
    if (place.kind === 'definitions') {
      await this.prepare(document)
      const { steps, findings } = this.parse(document.uri.fsPath, document.getText())
      return [...findings, ...findMissing(steps, this.workspaceOf(place))]
        .sort((a, b) => a.start - b.start)
        .map((finding) => ({ finding, drift: null }))
    }
    const log = this.logOf(place.folder)
    const problem = await log.refresh()
    if (problem !== null) this.tellError(problem)
    // As it is now that the log is read.
    const steps = readSpec(document.getText())
    const defined = this.definedIn(place.folder)
    const drift = findDrift(steps, log.steps, (step) => defined.has(step))
    return [
      ...findSpecTwice(steps).map((finding) => ({ finding, drift: null })),
      ...drift.map((one) => ({ finding: one.finding, drift: one })),
    ].sort((a, b) => a.finding.start - b.finding.start)
  }

  workspaceOf({ folder }: StepPlace): StepWorkspace {
    return lookAtWorkspace(folder)
  }

  /** Thousands of steps take seconds the first time: keys and other extensions come between them. */
  private async prepare(document: vscode.TextDocument): Promise<void> {
    let began = performance.now()
    const reading = prepareDefinitions(document.getText(), this.cacheOf(document.uri.fsPath))
    while (reading.next().done !== true) {
      if (performance.now() - began < atOnceMs) continue
      await new Promise((resolve) => setImmediate(resolve))
      began = performance.now()
    }
  }

  private parse(file: string, text: string): ParsedDefinitions {
    return parseDefinitions(text, this.cacheOf(file))
  }

  private cacheOf(file: string): DefinitionsCache {
    const cache = this.caches.get(file) ?? new DefinitionsCache()
    this.caches.set(file, cache)
    return cache
  }

  /** Numbers of the steps that are defined in a folder. */
  private definedIn(folder: string): ReadonlySet<number> {
    const file = definitionsFileOf(folder)
    try {
      const text = openDocumentAt(file)?.getText() ?? readStepText(file) ?? ''
      return new Set(this.parse(file, text).steps.map(({ number }) => number))
    } catch (error) {
      if (!isRelayError(error)) throw error
      this.tellError(error)
      return new Set()
    }
  }

  private logOf(folder: string): ExecutionLogFile {
    const log = this.logs.get(folder) ?? new ExecutionLogFile(path.join(folder, executionLogPath))
    this.logs.set(folder, log)
    return log
  }

  private watch(folder: string): void {
    if (this.watchers.has(folder)) return
    const names = `{.claude/**,${executionLogPath},${definitionsPath}}`
    const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, names))
    const tell = () => this.changed.fire()
    this.watchers.set(
      folder,
      vscode.Disposable.from(watcher, watcher.onDidChange(tell), watcher.onDidCreate(tell), watcher.onDidDelete(tell)),
    )
  }
}
