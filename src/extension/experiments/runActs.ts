// What a person can do about one run, the same from the tree, the table, the chat and the palette.
import fs from 'node:fs'
import path from 'node:path'
import * as vscode from 'vscode'
import { maxCompared } from '../../core/experiments/experimentsPage'
import { runHeading } from '../../core/experiments/runReport'
import { hasReport } from '../../core/jobs/describeJob'
import { plainLabel } from '../../core/logs/plainText'
import { hasRedacted } from '../../core/logs/redactSecrets'
import { RelayError } from '../../core/relayError'
import { commands } from '../contributions'
import type { Handler } from '../registerCommands'
import type { RunRowItem } from './experimentTree'
import { type ExperimentsModel, runDirectory, runIdOf, type ShownRun, templateOf } from './experimentsModel'
import type { RunExperiment } from './runExperiment'
import { runDescription, runLabel } from './runWords'

const reportFile = 'reports/rolling_report.md'
/** A longer report is opened without looking for the run in it. */
const maxReportBytes = 50 * 1024 * 1024
/** So many runs are offered to pick from. */
const offeredCount = 500
const labelChars = 80

export class RunActs {
  constructor(
    private readonly model: ExperimentsModel,
    private readonly runner: RunExperiment,
  ) {}

  /** A command about one run: that of the argument, or one that the person picks among those that it makes sense for. */
  about(fits: (run: ShownRun) => boolean, act: (run: ShownRun) => Promise<void>): Handler {
    return async (word) => {
      await this.model.untilRead()
      const run = this.runOf(word) ?? (await this.pick(fits))
      if (run !== null) await act(run)
    }
  }

  /** Its section of the rolling report, or else the report of the follow-up of its job. */
  async showReport(run: ShownRun): Promise<void> {
    const runId = runIdOf(run)
    const file = path.join(run.folder, reportFile)
    const size = fs.statSync(file, { throwIfNoEntry: false })?.size
    if (size !== undefined && size <= maxReportBytes) {
      const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file))
      const at = findSection(document.getText(), runId)
      if (at >= 0) {
        const position = document.positionAt(at)
        const editor = await vscode.window.showTextDocument(document, { preview: true })
        editor.selection = new vscode.Selection(position, position)
        editor.revealRange(new vscode.Range(position, position), vscode.TextEditorRevealType.AtTop)
        return
      }
    }
    const stored = this.model.jobOf(run)
    if (stored !== null && hasReport(this.model.describeJob(stored))) {
      await vscode.commands.executeCommand(commands.showReport, stored.job.spec.id)
      return
    }
    throw new RelayError(
      'no_report',
      vscode.l10n.t('There is no report of {0} yet: {1} has no section of it.', runId, reportFile),
    )
  }

  /** The log that the run wrote itself; of one that goes on, the terminal of its job. */
  async showLog(run: ShownRun): Promise<void> {
    const stored = this.model.jobOf(run)
    const file = logOf(run)
    if (stored !== null && (run.kind === 'live' || file === null))
      await vscode.commands.executeCommand(commands.showLog, stored.job.spec.id)
    else if (file !== null) await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file))
    else
      throw new RelayError(
        'no_log',
        vscode.l10n.t('There is no log of {0}: it has no train.log, and its job is gone.', runIdOf(run)),
      )
  }

  async showJob(run: ShownRun): Promise<void> {
    const stored = this.model.jobOf(run)
    if (stored === null)
      throw new RelayError('no_job', vscode.l10n.t('The job of {0} is not there any more.', runIdOf(run)))
    await vscode.commands.executeCommand(commands.showJob, stored.job.spec.id)
  }

  async runAgain(run: ShownRun): Promise<void> {
    const template = templateOf(run)
    if (template === null)
      throw new RelayError(
        'no_template',
        vscode.l10n.t('{0} was made from no template, so there is nothing to change values of.', runIdOf(run)),
      )
    const params = run.kind === 'live' ? run.live.experiment.params : run.row.params
    const values = Object.fromEntries(
      // A secret was taken out of the record, and has to be given again.
      Object.entries(params).flatMap(([name, value]) =>
        value === null || hasRedacted(String(value)) ? [] : [[name, String(value)]],
      ),
    )
    await this.runner.run({ template, values, folder: run.folder })
  }

  async copyId(run: ShownRun): Promise<void> {
    await vscode.env.clipboard.writeText(runIdOf(run))
  }

  async revealFolder(run: ShownRun): Promise<void> {
    const directory = runDirectory(run)
    if (directory === null || !fs.existsSync(directory))
      throw new RelayError('no_folder', vscode.l10n.t('The folder of {0} is not there.', runIdOf(run)))
    // It lies in the workspace, so that the explorer has it, in a remote window, too.
    await vscode.commands.executeCommand('revealInExplorer', vscode.Uri.file(directory))
  }

  /** The keys of the runs to compare: the chosen rows, or those that are picked. */
  async pickCompared(word: unknown, selected: unknown): Promise<readonly string[]> {
    await this.model.untilRead()
    const rows = Array.isArray(selected) ? selected.filter(isRunRow).map(({ key }) => key) : []
    if (rows.length > 1) return rows.slice(0, maxCompared)
    const first = this.runOf(word)
    const items = this.items(() => true).map((item) => ({ ...item, picked: item.run.key === first?.key }))
    const picked = await vscode.window.showQuickPick(items, {
      title: vscode.l10n.t('Compare Runs'),
      placeHolder: vscode.l10n.t('Two to {0} runs', maxCompared),
      canPickMany: true,
      matchOnDescription: true,
      matchOnDetail: true,
    })
    if (picked === undefined) return []
    if (picked.length < 2) throw new RelayError('too_few', vscode.l10n.t('Choose at least two runs to compare.'))
    return picked.map(({ run }) => run.key).slice(0, maxCompared)
  }

  private runOf(word: unknown): ShownRun | null {
    const key = isRunRow(word) ? word.key : word
    if (typeof key !== 'string') return null
    const run = this.model.find(key)
    if (run === null) throw new RelayError('no_such_run', vscode.l10n.t('This run is not recorded any more.'))
    return run
  }

  private async pick(fits: (run: ShownRun) => boolean): Promise<ShownRun | null> {
    const picked = await vscode.window.showQuickPick(this.items(fits), {
      matchOnDescription: true,
      matchOnDetail: true,
    })
    return picked?.run ?? null
  }

  private items(fits: (run: ShownRun) => boolean) {
    const items = this.model.runs
      .filter(fits)
      .slice(0, offeredCount)
      .map((run) => ({
        label: runLabel(run),
        description: runDescription(run, Date.now()),
        detail: plainLabel(runIdOf(run), labelChars),
        run,
      }))
    if (items.length === 0) throw new RelayError('no_run', vscode.l10n.t('There is no run for which this can be done.'))
    return items
  }
}

/** The file that the run wrote what it said to; null: there is none in the workspace. */
export function logOf(run: ShownRun): string | null {
  const directory = runDirectory(run)
  const recorded = run.kind === 'recorded' ? run.row.record.paths.trainLog : null
  const file =
    recorded === null
      ? directory === null
        ? null
        : path.join(directory, 'train.log')
      : path.resolve(run.folder, recorded)
  if (file === null) return null
  try {
    const relative = path.relative(fs.realpathSync(run.folder), fs.realpathSync(file))
    return relative.startsWith('..') || path.isAbsolute(relative) ? null : file
  } catch {
    return null // Not there.
  }
}

/** Where the section of a run begins; -1: there is none. Of several the last counts. */
function findSection(text: string, runId: string): number {
  const heading = runHeading(runId)
  for (let at = text.lastIndexOf(heading); at >= 0; at = at === 0 ? -1 : text.lastIndexOf(heading, at - 1)) {
    const isLineStart = at === 0 || text[at - 1] === '\n'
    if (isLineStart && /^\s*$/m.test(text.slice(at + heading.length).split('\n', 1)[0] ?? '')) return at
  }
  return -1
}

function isRunRow(word: unknown): word is RunRowItem & { kind: 'run' } {
  return typeof word === 'object' && word !== null && 'kind' in word && word.kind === 'run' && 'key' in word
}
