// Everything that package.json contributes, by the name that code uses for it. A test proves both equal, both ways.
import { defaultChainLimits } from '../core/followUps/decideNext'
import { agentSettingChoices, agentSettings } from '../core/followUps/agentSettings'

export const commands = {
  startJob: 'relay.startJob',
  dryRun: 'relay.dryRun',
  doAction: 'relay.doAction',
  showJobs: 'relay.showJobs',
  showJob: 'relay.showJob',
  showLog: 'relay.showLog',
  openLog: 'relay.openLog',
  showReport: 'relay.showReport',
  stopJob: 'relay.stopJob',
  holdJob: 'relay.holdJob',
  releaseJob: 'relay.releaseJob',
  pauseGroup: 'relay.pauseGroup',
  resumeGroup: 'relay.resumeGroup',
  setGroupLimit: 'relay.setGroupLimit',
  restartJob: 'relay.restartJob',
  restartJobWithEdits: 'relay.restartJobWithEdits',
  removeJob: 'relay.removeJob',
  revealJobFolder: 'relay.revealJobFolder',
  copyJobId: 'relay.copyJobId',
  copyJobCommand: 'relay.copyJobCommand',
  copyJobReport: 'relay.copyJobReport',
  installSkill: 'relay.installSkill',
  copyTaskText: 'relay.copyTaskText',
  chooseFollowUpAgent: 'relay.chooseFollowUpAgent',
  fixAllInBlocks: 'relay.fixAllInBlocks',
  formatBlockOnOneLine: 'relay.formatBlockOnOneLine',
  formatBlockReadably: 'relay.formatBlockReadably',
  insertBlock: 'relay.insertBlock',
  turnOnRequests: 'relay.turnOnRequests',
  turnOffRequests: 'relay.turnOffRequests',
  startRequest: 'relay.startRequest',
  showRequest: 'relay.showRequest',
  sendErrorsBack: 'relay.sendErrorsBack',
  dismissRequest: 'relay.dismissRequest',
  showExperiments: 'relay.showExperiments',
  openRunTable: 'relay.openRunTable',
  refreshExperiments: 'relay.refreshExperiments',
  runExperiment: 'relay.runExperiment',
  scaffoldRunContract: 'relay.scaffoldRunContract',
  showRunReport: 'relay.showRunReport',
  showRunLog: 'relay.showRunLog',
  showRunJob: 'relay.showRunJob',
  runAgain: 'relay.runAgain',
  compareRuns: 'relay.compareRuns',
  copyRunId: 'relay.copyRunId',
  revealRunFolder: 'relay.revealRunFolder',
  exportRuns: 'relay.exportRuns',
  addTask: 'relay.addTask',
  runTask: 'relay.runTask',
  stopTask: 'relay.stopTask',
  retryTask: 'relay.retryTask',
  answerTask: 'relay.answerTask',
  showAnswer: 'relay.showAnswer',
  showTaskJob: 'relay.showTaskJob',
  removeTask: 'relay.removeTask',
  clearTasks: 'relay.clearTasks',
  stopChains: 'relay.stopChains',
  resumeChains: 'relay.resumeChains',
  showSteps: 'relay.showSteps',
  runStep: 'relay.runStep',
  runSteps: 'relay.runSteps',
  continueSteps: 'relay.continueSteps',
  dryRunStep: 'relay.dryRunStep',
  stopStep: 'relay.stopStep',
  retryStep: 'relay.retryStep',
  showStepRun: 'relay.showStepRun',
  showTaskLog: 'relay.showTaskLog',
  openStepLine: 'relay.openStepLine',
  openStepDefinition: 'relay.openStepDefinition',
  copyTaskId: 'relay.copyTaskId',
  removeStepRun: 'relay.removeStepRun',
  trackJob: 'relay.trackJob',
  stopTrack: 'relay.stopTrack',
  openPullRequest: 'relay.openPullRequest',
  showTrack: 'relay.showTrack',
  copyTrackId: 'relay.copyTrackId',
  openSample: 'relay.openSample',
  openStepsSample: 'relay.openStepsSample',
  openWalkthrough: 'relay.openWalkthrough',
  showOutput: 'relay.showOutput',
} as const
export type Command = keyof typeof commands

/** Ended jobs that are not listed yet are asked for by clicking a row; nobody has to see this one in the palette. */
export const showMoreJobs = 'relay.showMoreJobs'

/** A fix of SPEC.md writes into the log of steps what a person says of one. */
export const recordStep = 'relay.recordStep'
/** The same of runs. */
export const showMoreRuns = 'relay.showMoreRuns'
/** And of steps. */
export const showMoreSteps = 'relay.showMoreSteps'

/** What a block of the chat is started with: its text, which no file has. */
export const startChatBlock = 'relay.startChatBlock'

export const chatParticipant = {
  id: 'relay.chat',
  name: 'relay',
  commands: ['start', 'status', 'logs', 'stop', 'task', 'exp', 'steps', 'do-tasks-v2', 'track'],
} as const

/** What agents of the window can call. */
export const tools = {
  startJob: 'relay_startJob',
  listJobs: 'relay_listJobs',
  jobStatus: 'relay_jobStatus',
  waitForJob: 'relay_waitForJob',
  stopJob: 'relay_stopJob',
  doAction: 'relay_doAction',
} as const
export type Tool = keyof typeof tools

export const views = {
  requests: 'relay.requests',
  jobs: 'relay.jobs',
  tasks: 'relay.tasks',
  steps: 'relay.steps',
  experiments: 'relay.experiments',
  tracks: 'relay.tracks',
} as const
/** The page with the table of runs. */
export const runTableViewType = 'relay.runTable'
export const viewContainer = 'relay'
export const walkthrough = 'relay.start'

/** What `when` clauses of package.json ask of us. */
export const contextKeys = {
  /** Why jobs cannot be run in this window: `windows`, `virtual`, or empty. */
  unsupported: 'relay.unsupported',
  /** The state folder cannot be used; the view says why. */
  trouble: 'relay.trouble',
  /** Agents may ask for jobs in a folder of this window. */
  requestsOn: 'relay.requestsOn',
  /** There is an inbox: they may, or the answer of a follow-up has asked for something. */
  requestsAsked: 'relay.requestsAsked',
  /** Nothing starts by itself. */
  chainsStopped: 'relay.chainsStopped',
  /** Something is or was tracked in a folder of this window. */
  hasTracks: 'relay.hasTracks',
  /** A run of steps goes on. */
  stepsRunning: 'relay.stepsRunning',
} as const

/** When the end of a job is told by a notification. */
export const notificationChoices = ['whenAway', 'onFailure', 'always', 'never'] as const
export type NotificationChoice = (typeof notificationChoices)[number]

/** When a job that an agent asks for is started without a click. */
export const autoStartChoices = ['never', 'approved'] as const
export type AutoStartChoice = (typeof autoStartChoices)[number]

/** Settings with their defaults. */
export const settings = {
  'relay.notifications': 'whenAway' as NotificationChoice,
  'relay.terminal.openOnStart': true as boolean,
  'relay.terminal.addRelayToPath': true as boolean,
  'relay.stateFolder': '' as string,
  'relay.requests.autoStart': 'never' as AutoStartChoice,
  'relay.chains.maxDepth': defaultChainLimits.maxDepth,
  'relay.chains.startsPerHour': defaultChainLimits.startsPerHour,
  ...agentSettings,
} as const
export type Setting = keyof typeof settings

/** The values of those that are a choice. */
export const choices: Readonly<Partial<Record<Setting, readonly string[]>>> = {
  'relay.notifications': notificationChoices,
  'relay.requests.autoStart': autoStartChoices,
  ...agentSettingChoices,
}

/** The argument with which a key says that it means the rows that are chosen in the tree. */
export const chosenByKey = 'chosen'

/** Words in the context value of a job's row; `when` clauses look for them. */
export const rowWords = {
  job: 'job',
  /** It can be stopped. */
  live: 'live',
  /** It can be restarted and removed. */
  ended: 'ended',
  /** It waits, and can be held back. */
  waiting: 'waiting',
  /** It, or its follow-up, waits for a person to let it go. */
  heldBack: 'heldBack',
  /** It waits for a place in a group. */
  grouped: 'grouped',
  hasLog: 'hasLog',
  hasReport: 'hasReport',
  /** What an agent asks for. */
  request: 'request',
  startable: 'startable',
  /** It has errors that can be sent back. */
  malformed: 'malformed',
  /** A run of an experiment. */
  run: 'run',
  recorded: 'recorded',
  /** The job that ran it is there. */
  runJob: 'runJob',
  fromTemplate: 'fromTemplate',
  runFolder: 'runFolder',
  /** A run of steps that is over, and can be removed with its jobs. */
  hasRun: 'hasRun',
  /** What an agent is asked to do. */
  task: 'task',
  /** It waits for a person to let it go. */
  held: 'held',
  /** It is blocked, and nobody has answered yet. */
  answerable: 'answerable',
  /** Something that is carried to a pull request. */
  track: 'track',
  pullRequest: 'pullRequest',
  /** A step that can be run. */
  runnable: 'runnable',
  /** It failed, and can be taken up where it did. */
  retryable: 'retryable',
  /** It has run, so that there is something of it in the log. */
  hasTask: 'hasTask',
  /** It has a line in SPEC.md. */
  inSpec: 'inSpec',
  /** It has a definition. */
  defined: 'defined',
} as const
