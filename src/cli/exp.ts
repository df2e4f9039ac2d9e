// relay exp: runs of experiments, and what is known of them. Each act is thin over core and store.
import { RelayError } from '../core/relayError'
import { expScaffold } from './expScaffold'
import { expAppend, expBest, expCompare, expReport, expSummarize, expValidate } from './expRecords'
import { expList, expRun } from './expRun'
import { exitUsage, type Options, type Verb, type VerbContext } from './verb'

type Act = (context: VerbContext, words: readonly string[], options: Options) => Promise<number>

interface ExpAct {
  readonly act: Act
  /** What stands behind its name. */
  readonly usage: string
  readonly options: readonly string[]
}

const acts: Readonly<Record<string, ExpAct>> = {
  run: { act: expRun, usage: 'ID [KEY=VALUE…]', options: ['yes', 'dry-run', 'json', 'cwd'] },
  list: { act: expList, usage: '', options: ['json', 'cwd'] },
  scaffold: { act: expScaffold, usage: '', options: ['yes', 'cwd'] },
  validate: { act: expValidate, usage: 'FILE', options: ['json'] },
  append: { act: expAppend, usage: '--run-dir DIR', options: ['run-dir', 'json', 'cwd'] },
  summarize: { act: expSummarize, usage: '--run-dir DIR', options: ['run-dir', 'json', 'cwd'] },
  best: { act: expBest, usage: '[METRIC]', options: ['json', 'cwd'] },
  report: { act: expReport, usage: '', options: ['last', 'json', 'csv', 'cwd'] },
  compare: { act: expCompare, usage: 'RUN', options: ['json', 'cwd'] },
}

export const expVerb: Verb = {
  name: 'exp',
  operands: [Object.keys(acts).join('|'), '[WORD…]'],
  summary: 'Run an experiment from a template; record, compare and report runs',
  options: {
    yes: { type: 'boolean', short: 'y', summary: 'run, scaffold: go on without being asked' },
    'dry-run': { type: 'boolean', summary: 'run: run its checks only, and tell what they found' },
    'run-dir': { type: 'string', value: 'DIR', summary: 'append, summarize: the directory of the run' },
    last: { type: 'string', value: 'N', summary: 'report: how many of the newest runs (default: 20)' },
    csv: { type: 'boolean', summary: 'report: print CSV, with every parameter and metric' },
    cwd: { type: 'string', value: 'DIR', summary: 'The workspace (default: this folder)' },
    json: { type: 'boolean', summary: 'Print JSON' },
  },
  run: async (context, [name = '', ...words], options) => {
    const chosen = Object.hasOwn(acts, name) ? acts[name] : undefined
    if (chosen === undefined) {
      context.console.err(`relay exp wants one of ${Object.keys(acts).join(', ')}, not ${name}`)
      return exitUsage
    }
    const foreign = Object.keys(options).find((option) => !chosen.options.includes(option))
    if (foreign !== undefined) {
      context.console.err(`relay exp ${name} has no --${foreign}. usage: relay exp ${name} ${chosen.usage}`.trim())
      return exitUsage
    }
    try {
      return await chosen.act(context, words, options)
    } catch (error) {
      if (!(error instanceof RelayError) || error.code !== 'usage') throw error
      context.console.err(`relay exp ${name}: ${error.message}\nusage: relay exp ${name} ${chosen.usage}`.trimEnd())
      return exitUsage
    }
  },
}
