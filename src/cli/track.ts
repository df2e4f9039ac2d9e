// relay track: any long job, with its results in a pull request. All that it may do is shown on one screen and approved once.
import { RelayError } from '../core/relayError'
import { sbatchOptions } from './backendOptions'
import { exitUsage, type Options, type Verb, type VerbContext } from './verb'
import { listTracks, showTrack, stopTrack } from './trackRecords'
import { startTrack } from './trackStart'
import { listThere } from './trackThere'

const acts: Readonly<
  Record<string, (context: VerbContext, words: readonly string[], options: Options) => Promise<number>>
> = {
  list: listTracks,
  show: showTrack,
  stop: stopTrack,
  there: listThere,
}

export const trackVerb: Verb = {
  name: 'track',
  operands: ['[SLURM-ID|there|list|show|stop|--]', '[WORD…]'],
  summary: 'Track any long job to a pull request with its results: a SLURM job, a process, a run, a command',
  takesRest: true,
  options: {
    pid: { type: 'string', value: 'N', summary: 'A process that runs already' },
    run: { type: 'string', value: 'ID', summary: 'A workflow run of the repository' },
    workflow: { type: 'string', value: 'FILE', summary: 'Dispatch this workflow of the repository' },
    field: { type: 'string', short: 'f', value: 'K=V', many: true, summary: 'An input of the workflow' },
    ref: { type: 'string', value: 'REF', summary: 'The branch whose workflow is dispatched (default: this one)' },
    script: { type: 'string', value: 'FILE', summary: 'A script to be launched, as sbatch would take it' },
    launch: {
      type: 'string',
      value: 'HOW',
      summary: 'auto, workflow, sbatch or local (default: relay.tracking.launch)',
    },
    experiment: { type: 'string', value: 'NAME', summary: 'What the branch and the pull request are named after' },
    doc: { type: 'string', value: 'FILE', summary: 'The experiment document' },
    results: { type: 'string', value: 'GLOB', many: true, summary: 'Folder or pattern of result files' },
    metric: { type: 'string', short: 'm', value: 'NAME', many: true, summary: 'A metric to collect (default: all)' },
    require: {
      type: 'string',
      value: 'FILE',
      many: true,
      summary: 'A file that it must write: without it, new and whole, it is not done',
    },
    agent: { type: 'string', value: 'NAME', summary: 'Who fixes and discusses: auto, claude, codex, builtin, none' },
    attempts: { type: 'string', value: 'N', summary: 'How often it is run at most, 1 to 3 (default: 3)' },
    ...sbatchOptions,
    time: { type: 'string', value: 'TIME', summary: 'Time limit: minutes, HH:MM:SS or D-HH:MM:SS' },
    'max-memory': { type: 'string', value: 'SIZE', summary: 'Memory that a relaunch may ask for at most' },
    'max-time': { type: 'string', value: 'TIME', summary: 'Time that a relaunch may ask for at most' },
    link: {
      type: 'string',
      value: 'PATH',
      many: true,
      summary: 'Linked into the worktree of a fix: data, environments',
    },
    'no-pr': { type: 'boolean', summary: 'No branch and no pull request: the text is kept and shown' },
    cwd: { type: 'string', value: 'DIR', summary: 'The workspace (default: this folder)' },
    here: { type: 'boolean', summary: 'list: only those of this folder' },
    plan: { type: 'boolean', summary: 'Show what would be approved, and begin nothing' },
    yes: { type: 'boolean', short: 'y', summary: 'Approve without being asked' },
    json: { type: 'boolean', summary: 'Print JSON' },
  },
  run: async (context, operands, options) => {
    const [first = '', ...words] = operands
    const act = Object.hasOwn(acts, first) ? acts[first] : undefined
    try {
      return act === undefined ? await startTrack(context, operands, options) : await act(context, words, options)
    } catch (error) {
      if (!(error instanceof RelayError) || error.code !== 'usage') throw error
      context.console.err(`relay track: ${error.message}`)
      return exitUsage
    }
  },
}
