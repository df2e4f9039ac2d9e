// The light bulb in definitions of steps and in SPEC.md: what was meant, and either way to make the document and the log one.
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import * as vscode from 'vscode'
import { executionLogPath, taskIdOf } from '../../core/steps/executionLog'
import { appendLogEntry } from '../../store/steps/executionLogFile'
import { rangeOf, workspaceEdit } from '../blocks/ranges'
import { recordStep } from '../contributions'
import type { StepFindings, Told } from './stepFindings'
import { stepPlaceOf } from './stepPlaces'

export class StepFixes implements vscode.CodeActionProvider {
  constructor(private readonly findings: StepFindings) {}

  async provideCodeActions(
    document: vscode.TextDocument,
    range: vscode.Range,
    { only, diagnostics }: vscode.CodeActionContext,
  ): Promise<vscode.CodeAction[]> {
    if (only !== undefined && !only.intersects(vscode.CodeActionKind.QuickFix)) return []
    const place = stepPlaceOf(document)
    if (place === null) return []
    const { version } = document
    const told = await this.findings.of(document)
    if (told === null || document.version !== version) return []
    return told
      .filter(({ finding }) => rangeOf(document, finding).intersection(range) !== undefined)
      .flatMap((one) => actionsFor(document, place.folder, one, diagnostics))
  }
}

function actionsFor(
  document: vscode.TextDocument,
  folder: string,
  { finding, drift }: Told,
  shown: readonly vscode.Diagnostic[],
): vscode.CodeAction[] {
  const own = rangeOf(document, finding)
  const make = (title: string): vscode.CodeAction => {
    const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix)
    action.diagnostics = shown.filter(({ code, range }) => code === finding.code && range.isEqual(own))
    return action
  }
  if (drift !== null) {
    const inDocument = make(drift.inDocument.title)
    inDocument.edit = workspaceEdit(document, drift.inDocument.edits)
    // In Restricted Mode no file is written that nobody has open.
    if (!vscode.workspace.isTrusted) return [inDocument]
    const inLog = make(drift.inLog.title)
    const wanted: StepRecord = {
      folder,
      step: drift.step.number,
      status: drift.inLog.status,
      taskId: drift.inLog.taskId,
    }
    inLog.command = { title: inLog.title, command: recordStep, arguments: [wanted] }
    return [inDocument, inLog]
  }
  if (finding.fix === undefined) return []
  const action = make(finding.fix.title)
  action.edit = workspaceEdit(document, [finding.fix])
  action.isPreferred = finding.fix.isGuess !== true
  return [action]
}

/** What a person says of a step, for the log. */
interface StepRecord {
  readonly folder: string
  readonly step: number
  readonly status: string
  readonly taskId: string | null
}

/** Writes what a fix has offered; anything else that the command is called with is ignored. Throws RelayError. */
export function writeStepRecord(wanted: unknown): void {
  if (!vscode.workspace.isTrusted || typeof wanted !== 'object' || wanted === null) return
  const { folder, step, status, taskId } = wanted as Partial<StepRecord> // Each is looked at below.
  const isOurs = vscode.workspace.workspaceFolders?.some(({ uri }) => uri.scheme === 'file' && uri.fsPath === folder)
  if (folder === undefined || isOurs !== true || typeof step !== 'number') return
  if (status !== 'COMPLETED' && status !== 'REOPENED') return
  appendLogEntry(path.join(folder, executionLogPath), folder, {
    taskId: typeof taskId === 'string' ? taskId : taskIdOf(step, randomBytes(4).readUInt32BE()),
    step,
    timestamp: new Date().toISOString(),
    status,
    name: 'by hand',
  })
}
