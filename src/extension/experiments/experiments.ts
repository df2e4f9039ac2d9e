// All that shows and runs experiments in one window, in a file of its own that is loaded with the first look at them.
import path from 'node:path'
import * as vscode from 'vscode'
import { RunNumbers } from '../../store/experiments/runNumbers'
import { answerExperiments } from './experimentAnswers'
import { ExperimentsModel } from './experimentsModel'
import type { ExperimentCommand, ExperimentsHost } from './experimentsGate'
import { ExperimentTree } from './experimentTree'
import { RunActs } from './runActs'
import { RunExperiment } from './runExperiment'
import { RunTablePanel } from './runTablePanel'
import { scaffoldRunContract } from './scaffoldRunContract'
import { describeError, type Handler } from '../registerCommands'

export class Experiments implements vscode.Disposable {
  readonly model: ExperimentsModel
  readonly tree: ExperimentTree
  readonly table: RunTablePanel
  /** What commands do; they throw RelayError where something cannot be done. */
  readonly acts: Readonly<Record<ExperimentCommand, Handler>>
  private readonly runner: RunExperiment

  constructor(host: ExperimentsHost) {
    this.model = new ExperimentsModel(host.model, host.roots, (error) => host.log.error(describeError(error)))
    this.tree = new ExperimentTree(this.model)
    this.runner = new RunExperiment(host)
    const acts = new RunActs(this.model, this.runner)
    this.table = new RunTablePanel({
      extensionUri: host.extensionUri,
      model: this.model,
      numbers: new RunNumbers(),
      memento: host.memento,
      log: host.log,
    })
    const shipped = path.join(host.extensionUri.fsPath, 'media', 'experiments')
    const read = async () => this.model.untilRead()
    this.acts = {
      openRunTable: async () => {
        await read()
        this.table.show()
      },
      refreshExperiments: () => this.model.refresh(),
      runExperiment: async (template, values, folder) => this.runner.run({ template, values, folder }),
      scaffoldRunContract: () => scaffoldRunContract(shipped),
      showRunReport: acts.about(
        (run) => run.kind === 'recorded' || this.model.jobOf(run) !== null,
        (run) => acts.showReport(run),
      ),
      showRunLog: acts.about(
        () => true,
        (run) => acts.showLog(run),
      ),
      showRunJob: acts.about(
        (run) => this.model.jobOf(run) !== null,
        (run) => acts.showJob(run),
      ),
      runAgain: acts.about(
        () => true,
        (run) => acts.runAgain(run),
      ),
      copyRunId: acts.about(
        () => true,
        (run) => acts.copyId(run),
      ),
      revealRunFolder: acts.about(
        () => true,
        (run) => acts.revealFolder(run),
      ),
      compareRuns: async (word, selected) => {
        const keys = await acts.pickCompared(word, selected)
        if (keys.length > 1) this.table.show(keys)
      },
      exportRuns: async () => {
        await read()
        await this.table.exportAll()
      },
    }
  }

  /** `/exp` of @relay. Throws RelayError. */
  async answer(stream: vscode.ChatResponseStream, prompt: string): Promise<void> {
    await this.model.refresh()
    answerExperiments({ stream, prompt, model: this.model, runner: this.runner })
  }

  dispose(): void {
    this.table.dispose()
    this.tree.dispose()
    this.model.dispose()
  }
}
