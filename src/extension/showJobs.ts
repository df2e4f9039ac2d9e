// All that shows jobs and acts on them in one window. Loaded after the activation: an editor that starts need not wait for it.
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import * as vscode from 'vscode'
import { isAtRest } from '../core/jobs/owed'
import { RelayError } from '../core/relayError'
import { JobRequests } from '../store/jobs/jobRequests'
import { JobStore } from '../store/jobs/jobStore'
import { defaultRoot, StateFolder } from '../store/stateFolder'
import type { BlockLanguage } from './blocks/blockLanguage'
import { RequestsGate } from './agentRequests/requestsGate'
import { registerChat } from './chat/registerChat'
import { type Command, showMoreJobs, views } from './contributions'
import { BlockActor } from './jobs/blockActor'
import { AttachedFolders } from './attachedFolders'
import { DocumentEdits } from './documents/documentEdits'
import { OfferedTurns } from './followUps/offeredTurns'
import { ExperimentsGate } from './experiments/experimentsGate'
import { ChainSwitch } from './followUps/chainSwitch'
import { taskCommands } from './followUps/taskCommands'
import { TaskModel } from './followUps/taskModel'
import { TaskTree } from './followUps/taskTree'
import { isForPerson } from './followUps/taskWords'
import { IntendedFolders } from './jobs/intendedFolders'
import { jobCommands } from './jobs/jobCommands'
import { JobDetailsGate } from './jobs/jobDetailsGate'
import { JobModel } from './jobs/jobModel'
import { AlertNotices } from './jobs/alertNotices'
import { JobNotices } from './jobs/jobNotices'
import { countRunning, JobStatusBar, runningWords } from './jobs/jobStatusBar'
import { JobTerminals } from './jobs/jobTerminals'
import { JobTree } from './jobs/jobTree'
import { LogDocuments } from './jobs/logDocuments'
import { JobStarter } from './jobs/startJob'
import { describeError, type Handler } from './registerCommands'
import { Rarely } from './rarely'
import { putRelayOnPath } from './relayOnPath'
import { readSetting } from './settings'
import type { StepLanguage } from './steps/stepLanguage'
import { StepsGate } from './steps/stepsGate'
import { TracksGate } from './tracking/tracksGate'
import { folderRoots } from './workspaceFolders'

/** How often it is looked whether a supervisor is there for what is live. */
const keepMs = 10_000
/** However fast jobs change, it is not looked more often whether answers have asked for something. */
const gateRestMs = 2_000
/** Nor is it counted more often how many tasks wait for a person. */
const badgeRestMs = 1_000

/** Load what reads blocks, and what reads steps. */
export interface Languages {
  readonly blocks: () => Promise<BlockLanguage>
  readonly steps: () => Promise<StepLanguage>
}

/** Constructs everything that shows jobs; returns what can be done about them. Throws RelayError without a state folder. */
export function showJobs(
  context: vscode.ExtensionContext,
  output: vscode.LogOutputChannel,
  { blocks: language, steps: stepLanguage }: Languages,
): Readonly<Partial<Record<Command, Handler>>> {
  const root = stateRoot()
  // What is not trusted has no file written, not even ours.
  const state = vscode.workspace.isTrusted ? StateFolder.open(root) : StateFolder.forReading(root)
  const { extensionUri, extensionPath, workspaceState, globalState, subscriptions } = context
  const own = <Thing extends vscode.Disposable>(thing: Thing): Thing => {
    subscriptions.push(thing)
    return thing
  }
  const log = (fact: string) => output.info(fact)
  const warn = (error: unknown) => output.warn(describeError(error))
  const cli = path.join(extensionPath, 'dist', 'cli.js')
  const store = new JobStore(state)
  const requests = new JobRequests(state, path.join(extensionPath, 'dist', 'supervisor.js'), () => Date.now())
  const starter = new JobStarter(extensionUri, state, requests, own(new IntendedFolders(workspaceState)))

  const model = own(new JobModel(state, store, folderRoots))
  const actor = new BlockActor(extensionUri, state, requests, model)
  const terminals = own(new JobTerminals())
  const logs = own(new LogDocuments(model))
  const statusBar = own(new JobStatusBar(model, workspaceState, () => view.visible))
  const tree: JobTree = own(new JobTree(model, () => view.visible))
  const view = own(
    vscode.window.createTreeView(views.jobs, { treeDataProvider: tree, showCollapseAll: true, canSelectMany: true }),
  )
  const details = own(
    new JobDetailsGate({
      extensionUri,
      store,
      read: (id) => model.get(id),
      onDidChange: model.onDidChange,
      run: (command, id) => void run(command, id),
      log: output,
    }),
  )
  own(new JobNotices(model, globalState, output))
  const tasks = own(new TaskModel(model, state))
  const taskTree: TaskTree = own(new TaskTree(tasks, model, () => taskView.visible))
  const taskView = own(vscode.window.createTreeView(views.tasks, { treeDataProvider: taskTree, showCollapseAll: true }))
  // Whoever does not look at the tasks is told by the badge that some wait.
  const drawBadge = () => {
    const waiting = tasks.tasks.filter(({ task }) => isForPerson(task)).length
    const tooltip = vscode.l10n.t('{0} tasks wait for you', waiting)
    taskView.badge = waiting === 0 ? undefined : { value: waiting, tooltip }
  }
  const badge = own(new Rarely(badgeRestMs, drawBadge, warn))
  own(
    taskView.onDidChangeVisibility(({ visible }) => {
      if (visible) taskTree.becameVisible()
      badge.soon()
    }),
  )
  own(tasks.onDidChange(badge.soon))
  const chains = own(new ChainSwitch(state, requests, warn))
  own(new AlertNotices(model, output))
  language().then(
    (blocks) => blocks.showLenses(model, starter),
    (error: unknown) => output.error(describeError(error)),
  )
  own(vscode.commands.registerCommand(showMoreJobs, () => tree.showMore()))
  const windowId = randomUUID()
  own(
    new AttachedFolders(model, (root, folder) =>
      vscode.Disposable.from(
        new DocumentEdits({ root, folder, windowId, log }),
        new OfferedTurns({ state, root, folder, windowId, access: context.languageModelAccessInformation, log }),
      ),
    ),
  )
  own(vscode.workspace.onDidChangeWorkspaceFolders(() => model.foldersChanged()))
  const experiments = own(
    new ExperimentsGate({
      extensionUri,
      model,
      requests,
      starter,
      state,
      memento: workspaceState,
      roots: folderRoots,
      log: output,
    }),
  )
  const steps = own(new StepsGate({ extensionUri, model, requests, starter, state, log: output }, stepLanguage))
  const tracks = own(new TracksGate({ extensionUri, model, requests, state, cli, log: output }))
  const chat = {
    ...{ model, store, requests, starter, tasks, actor },
    experiments: () => experiments.load(),
    steps: () => steps.load(),
    tracks: () => tracks.load(),
  }
  own(registerChat(chat, vscode.Uri.joinPath(extensionUri, 'media/relay.svg')))
  own(view.onDidExpandElement(({ element }) => tree.unfoldedChanged(element, true)))
  own(view.onDidCollapseElement(({ element }) => tree.unfoldedChanged(element, false)))
  own(
    view.onDidChangeVisibility(({ visible }) => {
      if (!visible) return
      tree.becameVisible()
      statusBar.sawJobs()
    }),
  )
  own(
    model.onDidChange(() => {
      const running = countRunning(model.live)
      view.badge = running === 0 ? undefined : { value: running, tooltip: runningWords(running) }
    }),
  )

  const gate = own(new RequestsGate({ state, model, requests, starter, actor, roots: folderRoots, log: output }))
  const refreshGate = () => void gate.refresh().catch(warn)
  own(vscode.workspace.onDidChangeWorkspaceFolders(refreshGate))
  // The answer of a follow-up may have asked for something.
  own(model.onDidChange(own(new Rarely(gateRestMs, refreshGate, warn)).soon))

  /** Somebody has to be there for what is live, and may have been killed. */
  const keepSupervised = () => {
    if (vscode.workspace.isTrusted && model.live.some(({ job }) => !isAtRest(job) && job.spec.host === state.host))
      requests.wake()
  }
  const keeping = setInterval(() => {
    refreshGate()
    try {
      keepSupervised()
    } catch (error) {
      warn(error)
    }
  }, keepMs)
  own(new vscode.Disposable(() => clearInterval(keeping)))

  // What writes or runs anything waits for trust.
  const whenTrusted = () => {
    refreshGate()
    try {
      StateFolder.open(root)
      chains.watchAnew()
      if (readSetting('relay.terminal.addRelayToPath'))
        putRelayOnPath({
          environment: context.environmentVariableCollection,
          storage: context.globalStorageUri.fsPath,
          cli,
          stateRoot: state.root,
        })
      else context.environmentVariableCollection.clear()
      keepSupervised()
      chains.pushLimits(false)
    } catch (error) {
      warn(error)
    }
  }
  if (vscode.workspace.isTrusted) {
    const later = setTimeout(whenTrusted, 500)
    own(new vscode.Disposable(() => clearTimeout(later)))
  } else own(vscode.workspace.onDidGrantWorkspaceTrust(whenTrusted))

  const blocksOf = async (document: vscode.TextDocument) => (await language()).blocksOf(document)
  const chosenRows = async () => {
    // Arrow keys move the focus, of which VS Code tells nothing, and not the selection.
    if (view.selection.length < 2) await run('list.selectAndPreserveFocus')
    return view.selection
  }
  // Seldom asked for, so loaded when it is.
  let loaded: ReturnType<typeof loadSkills> | null = null
  const loadSkills = async () => {
    const { skillCommands } = await import('./skills/skillCommands')
    const skills = skillCommands({ extensionPath, model })
    own(new vscode.Disposable(() => skills.dispose()))
    return skills
  }
  const skills = () => (loaded ??= loadSkills())
  return {
    ...jobCommands({ model, requests, starter, actor, state, terminals, logs, details, blocksOf, chosenRows }),
    ...experiments.handlers,
    ...steps.handlers,
    ...tracks.handlers,
    ...taskCommands({ tasks, jobs: model, requests, starter, details }),
    stopChains: () => chains.stop(),
    resumeChains: () => chains.resume(),
    installSkill: async () => (await skills()).install(),
    copyTaskText: async () => (await skills()).copyTaskText(),
    chooseFollowUpAgent: async () => {
      const { pickAgent } = await import('./followUps/pickAgent')
      await pickAgent({ state, access: context.languageModelAccessInformation })
    },
    turnOnRequests: () => gate.turn(true),
    turnOffRequests: () => gate.turn(false),
    startRequest: gate.act('start'),
    showRequest: gate.act('show'),
    sendErrorsBack: gate.act('sendErrorsBack'),
    dismissRequest: gate.act('dismiss'),
  }
}

/** Where jobs are kept. Throws RelayError if the setting names no absolute path. */
function stateRoot(): string {
  const chosen = readSetting('relay.stateFolder')
  if (chosen === '') return defaultRoot(process.env)
  if (path.isAbsolute(chosen)) return chosen
  throw new RelayError(
    'relative_state_folder',
    vscode.l10n.t('The setting relay.stateFolder wants an absolute path, not {0}.', chosen),
  )
}

async function run(command: string, ...words: unknown[]): Promise<void> {
  await vscode.commands.executeCommand(command, ...words)
}
