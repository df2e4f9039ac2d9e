// All that shows jobs and acts on them in one window. Loaded after the activation: an editor that starts need not wait for it.
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import * as vscode from 'vscode'
import { isSettled } from '../core/jobs/job'
import { JobRequests } from '../store/jobs/jobRequests'
import { JobStore } from '../store/jobs/jobStore'
import { defaultRoot, StateFolder } from '../store/stateFolder'
import { BlockLenses } from './blocks/blockLenses'
import { type Command, showMoreJobs, views } from './contributions'
import { FolderEdits } from './documents/folderEdits'
import { jobCommands } from './jobs/jobCommands'
import { JobDetailsPages } from './jobs/jobDetails'
import { JobModel } from './jobs/jobModel'
import { JobNotices } from './jobs/jobNotices'
import { JobStatusBar } from './jobs/jobStatusBar'
import { JobTerminals } from './jobs/jobTerminals'
import { JobTree } from './jobs/jobTree'
import { LogDocuments } from './jobs/logDocuments'
import { JobStarter } from './jobs/startJob'
import type { Handler } from './registerCommands'
import { putRelayOnPath } from './relayOnPath'
import { readSetting } from './settings'
import { folderRoots } from './workspaceFolders'

/** Constructs everything that shows jobs; returns what can be done about them. Throws RelayError without a state folder. */
export function showJobs(
  context: vscode.ExtensionContext,
  output: vscode.LogOutputChannel,
): Readonly<Partial<Record<Command, Handler>>> {
  const state = StateFolder.open(readSetting('relay.stateFolder') || defaultRoot(process.env))
  const { extensionUri, extensionPath, workspaceState, globalState, subscriptions } = context
  const own = <Thing extends vscode.Disposable>(thing: Thing): Thing => {
    subscriptions.push(thing)
    return thing
  }
  const log = (fact: string) => output.info(fact)
  const cli = path.join(extensionPath, 'dist', 'cli.js')
  const store = new JobStore(state)
  const requests = new JobRequests(state, path.join(extensionPath, 'dist', 'supervisor.js'), () => Date.now())
  const starter = new JobStarter(extensionUri, state, requests)

  const model = own(new JobModel(state, store, folderRoots))
  const terminals = own(new JobTerminals())
  const logs = own(new LogDocuments(model))
  const statusBar = own(new JobStatusBar(model, workspaceState))
  const tree: JobTree = own(new JobTree(model, () => view.visible))
  const view = own(
    vscode.window.createTreeView(views.jobs, { treeDataProvider: tree, showCollapseAll: true, canSelectMany: true }),
  )
  const details = own(
    new JobDetailsPages({
      extensionUri,
      store,
      read: (id) => model.get(id),
      onDidChange: model.onDidChange,
      run: (command, id) => void run(command, id),
      log: output,
    }),
  )
  own(new JobNotices(model, globalState))
  own(vscode.languages.registerCodeLensProvider({ pattern: '**' }, own(new BlockLenses(model, starter))))
  own(vscode.commands.registerCommand(showMoreJobs, () => tree.showMore()))
  own(new FolderEdits(state, model, randomUUID(), log))
  own(vscode.workspace.onDidChangeWorkspaceFolders(() => model.foldersChanged()))
  own(
    view.onDidChangeVisibility(({ visible }) => {
      if (!visible) return
      tree.becameVisible()
      statusBar.sawJobs()
    }),
  )
  own(
    model.onDidChange(() => {
      const running = model.live.filter(({ job }) => job.state.kind !== 'ended').length
      view.badge = running === 0 ? undefined : { value: running, tooltip: vscode.l10n.t('{0} jobs running', running) }
    }),
  )

  // What writes or runs anything waits for trust.
  const whenTrusted = () => {
    try {
      if (readSetting('relay.terminal.addRelayToPath'))
        putRelayOnPath({
          environment: context.environmentVariableCollection,
          storage: context.globalStorageUri.fsPath,
          cli,
          stateRoot: state.root,
        })
      else context.environmentVariableCollection.clear()
      if (model.live.some(({ job }) => !isSettled(job) && job.spec.host === state.host)) requests.wake()
    } catch (error) {
      output.warn(error instanceof Error ? error.message : String(error))
    }
  }
  if (vscode.workspace.isTrusted) {
    const later = setTimeout(whenTrusted, 500)
    own(new vscode.Disposable(() => clearTimeout(later)))
  } else own(vscode.workspace.onDidGrantWorkspaceTrust(whenTrusted))

  return jobCommands({ model, requests, starter, terminals, logs, details })
}

async function run(command: string, ...words: unknown[]): Promise<void> {
  await vscode.commands.executeCommand(command, ...words)
}
