// Composition root of the extension: what stands as soon as it is activated. It draws what is on disk and asks the
// supervisor; it never runs a job, and ending it ends none.
import * as vscode from 'vscode'
import type { BlockLanguage } from './blocks/blockLanguage'
import { type Command, commands, contextKeys, views, walkthrough } from './contributions'
import { openSample } from './openSample'
import { describeError, type Handler, registerCommands } from './registerCommands'
import type { Languages } from './showJobs'
import type { StepLanguage } from './steps/stepLanguage'
import { whenStepsOpen } from './steps/stepPlaces'
import { whyUnsupported } from './workspaceFolders'

type Handlers = Readonly<Partial<Record<Command, Handler>>>

export function activate(context: vscode.ExtensionContext): void {
  const output = vscode.window.createOutputChannel(vscode.l10n.t('Relay Jobs'), { log: true })
  const unsupported = whyUnsupported()
  void run('setContext', contextKeys.unsupported, unsupported?.key ?? '')
  let loading: Promise<BlockLanguage> | null = null
  const language = () => (loading ??= loadLanguage(context))
  let loadingSteps: Promise<StepLanguage> | null = null
  const steps = () => (loadingSteps ??= loadSteps(context, output))
  const languages = { blocks: language, steps }
  const jobs = unsupported === null ? load(context, output, languages) : Promise.reject<Handlers>(unsupported.error)
  jobs.catch((error: unknown) => {
    if (unsupported === null) {
      output.error(describeError(error))
      void run('setContext', contextKeys.trouble, true)
    }
    showNoJobs(context)
    // Blocks can be written and checked where none can be started.
    language().catch((failure: unknown) => output.error(describeError(failure)))
  })
  const general: Handlers = {
    openSample: () => openSample(context.extensionPath, 'sample'),
    openStepsSample: () => openSample(context.extensionPath, 'steps-sample'),
    openWalkthrough: () => run('workbench.action.openWalkthrough', `${context.extension.id}#${walkthrough}`),
    showOutput: () => {
      output.show()
      return Promise.resolve()
    },
    showJobs: () => run(`${views.jobs}.focus`),
    fixAllInBlocks: async () => (await language()).fixAll(),
    formatBlockOnOneLine: async () => (await language()).format('line'),
    formatBlockReadably: async () => (await language()).format('readable'),
    insertBlock: async () => (await language()).insert(),
  }
  const handlerOf =
    (name: Command): Handler =>
    async (...words) => {
      const act = general[name] ?? (await jobs)[name]
      if (act === undefined) throw new Error(`The command ${name} has no handler.`)
      await act(...words)
    }
  const names = Object.keys(commands) as Command[] // The keys of a table that nothing is added to.
  const stepsOpen = whenStepsOpen(() => {
    steps().catch((failure: unknown) => output.error(describeError(failure)))
  })
  context.subscriptions.push(output, registerCommands(names, handlerOf, output), stepsOpen)
}

/** Loads what shows jobs, when the editor has done what it had to do to start. */
async function load(
  context: vscode.ExtensionContext,
  output: vscode.LogOutputChannel,
  languages: Languages,
): Promise<Handlers> {
  await new Promise((resolve) => setImmediate(resolve))
  const { showJobs } = await import('./showJobs')
  return showJobs(context, output, languages)
}

/** Loads what reads and checks blocks; the views of jobs need not wait for it. */
async function loadLanguage({ subscriptions }: vscode.ExtensionContext): Promise<BlockLanguage> {
  await new Promise((resolve) => setImmediate(resolve))
  const { BlockLanguage: Language } = await import('./blocks/blockLanguage')
  const language = new Language()
  subscriptions.push(language)
  return language
}

/** Loads what reads definitions of steps and SPEC.md, when one of them is open or is to be shown. */
async function loadSteps(
  { subscriptions }: vscode.ExtensionContext,
  output: vscode.LogOutputChannel,
): Promise<StepLanguage> {
  await new Promise((resolve) => setImmediate(resolve))
  const { StepLanguage: Language } = await import('./steps/stepLanguage')
  const language = new Language((error) => output.warn(describeError(error)))
  subscriptions.push(language)
  return language
}

/** A view without a provider would look broken; its welcome text says why there is nothing. */
function showNoJobs({ subscriptions }: vscode.ExtensionContext): void {
  const nothing = { getChildren: () => [], getTreeItem: () => new vscode.TreeItem('') }
  for (const view of [views.jobs, views.tasks])
    subscriptions.push(vscode.window.registerTreeDataProvider(view, nothing))
}

async function run(command: string, ...words: unknown[]): Promise<void> {
  await vscode.commands.executeCommand(command, ...words)
}
