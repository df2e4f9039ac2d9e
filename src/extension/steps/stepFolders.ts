// The steps of this window's folders as their files tell of them: definitions, SPEC.md and the log, as they are in open editors
// or on disk. Nothing is read twice that has not changed.
import fs from 'node:fs'
import path from 'node:path'
import * as vscode from 'vscode'
import { executionLogPath, type LogHistory } from '../../core/steps/executionLog'
import {
  DefinitionsCache,
  parseDefinitions,
  prepareDefinitions,
  type ParsedDefinitions,
} from '../../core/steps/parseDefinitions'
import { readSpec, type SpecStep } from '../../core/steps/specDocument'
import { isRelayError } from '../../core/relayError'
import { ExecutionLogFile } from '../../store/steps/executionLogFile'
import { readStepText } from '../../store/steps/stepFiles'
import { openDocumentAt } from '../documents/openDocument'
import { definitionsFileOf, specFileOf } from './stepPlaces'

/** How long is read without a pause. */
const atOnceMs = 15
/** File systems count time in ticks, of up to two seconds. */
const freshMs = 2_000

export class StepFolders implements vscode.Disposable {
  /** By the path of their file. */
  private readonly caches = new Map<string, DefinitionsCache>()
  private readonly parsed = new Map<string, { readonly text: string; readonly definitions: ParsedDefinitions }>()
  private readonly specs = new Map<string, { readonly text: string; readonly steps: readonly SpecStep[] }>()
  private readonly texts = new Map<string, { readonly stamp: string; readonly text: string }>()
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

  /** What a text of definitions says. Thousands of steps take seconds the first time: keys and other extensions come between. */
  async parse(file: string, text: string): Promise<ParsedDefinitions> {
    const known = this.parsed.get(file)
    if (known?.text === text) return known.definitions
    const cache = this.caches.get(file) ?? new DefinitionsCache()
    this.caches.set(file, cache)
    let began = performance.now()
    const reading = prepareDefinitions(text, cache)
    while (reading.next().done !== true) {
      if (performance.now() - began < atOnceMs) continue
      await new Promise((resolve) => setImmediate(resolve))
      began = performance.now()
    }
    const definitions = parseDefinitions(text, cache)
    this.parsed.set(file, { text, definitions })
    return definitions
  }

  /** The definitions of a folder, with unsaved changes if they are open. What cannot be read is told, and has no steps. */
  async definitionsOf(folder: string): Promise<ParsedDefinitions> {
    const file = definitionsFileOf(folder)
    return this.parse(file, this.textOf(folder, file))
  }

  /** The steps of SPEC.md of a folder. */
  specOf(folder: string): readonly SpecStep[] {
    const file = specFileOf(folder)
    return this.readSpec(file, this.textOf(folder, file))
  }

  /** The steps of a text of SPEC.md: lenses, findings and the list of steps all ask for those of the same one. */
  readSpec(file: string, text: string): readonly SpecStep[] {
    const known = this.specs.get(file)
    if (known?.text === text) return known.steps
    const steps = readSpec(text)
    this.specs.set(file, { text, steps })
    return steps
  }

  async historyOf(folder: string): Promise<LogHistory> {
    this.watch(folder)
    const log = this.logs.get(folder) ?? new ExecutionLogFile(path.join(folder, executionLogPath))
    this.logs.set(folder, log)
    const problem = await log.refresh()
    if (problem !== null) this.tellError(problem)
    return log.steps
  }

  /** Tells of changes in this folder from here on. */
  watch(folder: string): void {
    if (this.watchers.has(folder)) return
    const own = [specFileOf(folder), definitionsFileOf(folder)].map((file) => path.relative(folder, file))
    const names = `{.claude/**,${[executionLogPath, ...own].join(',')}}`
    const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, names))
    const tell = ({ fsPath }: vscode.Uri) => {
      // What is open is read as it is there.
      if (fsPath !== specFileOf(folder) || openDocumentAt(fsPath) === null) this.changed.fire()
    }
    this.watchers.set(
      folder,
      vscode.Disposable.from(watcher, watcher.onDidChange(tell), watcher.onDidCreate(tell), watcher.onDidDelete(tell)),
    )
  }

  private readIfChanged(file: string): string {
    const stamp = stampOf(file)
    const known = this.texts.get(file)
    if (stamp !== null && known?.stamp === stamp) return known.text
    const text = readStepText(file) ?? ''
    if (stamp === null) this.texts.delete(file)
    else this.texts.set(file, { stamp, text })
    return text
  }

  private textOf(folder: string, file: string): string {
    this.watch(folder)
    try {
      return openDocumentAt(file)?.getText() ?? this.readIfChanged(file)
    } catch (error) {
      if (!isRelayError(error)) throw error
      this.tellError(error)
      return ''
    }
  }
}

/**
 * Another one for another content; null: there is no file, or none that can be looked at, or it was written so lately that
 * one who writes again may leave the same.
 */
function stampOf(file: string): string | null {
  try {
    const { ino, size, mtimeMs, ctimeMs } = fs.statSync(file)
    return Math.abs(Date.now() - mtimeMs) < freshMs ? null : `${ino}.${size}.${mtimeMs}.${ctimeMs}`
  } catch {
    return null // Whoever reads it is told why.
  }
}
