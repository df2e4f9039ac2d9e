// relay steps: what the steps of a workspace are, what each would run, where they stand, and running them.
import path from 'node:path'
import { showInvisible } from '../core/logs/plainText'
import { shorten } from '../core/jobs/jobWords'
import { lineColumnAt } from '../core/blocks/position'
import { RelayError } from '../core/relayError'
import { findDrift, findSpecTwice } from '../core/steps/drift'
import { executionLogPath } from '../core/steps/executionLog'
import type { StepFinding } from '../core/steps/finding'
import { parseDefinitions } from '../core/steps/parseDefinitions'
import { readSpec } from '../core/steps/specDocument'
import { taskIdPattern } from '../core/steps/stepNote'
import { type StepStatus, stepStates } from '../core/steps/stepStates'
import { findMissing } from '../core/steps/workspace'
import { ExecutionLogFile, readTaskLines } from '../store/steps/executionLogFile'
import { lookAtWorkspace } from '../store/steps/stepFiles'
import { planSteps } from '../store/steps/planSteps'
import { renderDiagnostic } from './check'
import type { Console } from './console'
import { renderStepLines, StepFiles } from './stepFiles'
import { continueSteps, retrySteps } from './stepsAgain'
import { runOptions, runSteps } from './stepsRun'
import { stopSteps } from './stepsStop'
import { showMonitors } from './stepsMonitor'
import { exitError, exitOk, exitUsage, type Options, type Verb, type VerbContext } from './verb'

const acts = ['check', 'list', 'show', 'log', 'run', 'continue', 'retry', 'stop', 'monitor'] as const
type Act = (typeof acts)[number]

export const stepsVerb: Verb = {
  name: 'steps',
  operands: [`[${acts.join('|')}]`, '[STEPS|FILE]'],
  summary: 'Say what the steps of SPEC.md are and where they stand; run them (run 3, run 1-5), continue, retry, stop',
  options: {
    definitions: { type: 'string', value: 'FILE', summary: 'Definitions of steps (default: relay.steps.definitions)' },
    spec: { type: 'string', value: 'FILE', summary: 'Where the steps are listed (default: relay.steps.spec)' },
    ...runOptions,
  },
  run: async (context, [word, operand], options) => {
    const asked = word ?? askedBy(options)
    const act = acts.find((one) => one === asked)
    if (act === undefined) {
      context.console.err(`relay steps wants one of ${acts.join(', ')}, not ${asked}`)
      return exitUsage
    }
    const steps = new Steps(context, options)
    switch (act) {
      case 'check':
        return steps.check(operand)
      case 'list':
        return operand === undefined ? steps.list() : tooMuch(context.console, act, operand)
      case 'show':
        return steps.show(operand)
      case 'log':
        return steps.log(operand)
      case 'run':
        return runSteps(context, steps.files, operand ?? textOf(options['step']), options)
      case 'continue':
        return continueSteps(context, steps.files, operand ?? textOf(options['step']), options)
      case 'retry':
        return retrySteps(context, steps.files, operand ?? textOf(options['step']), options)
      case 'stop':
        return stopSteps(context, operand ?? textOf(options['step']), options)
      case 'monitor':
        return showMonitors(context, options['json'] === true)
    }
  },
}

/** The words of the command that people had before: `do-tasks-v2 --step 1-5`. */
export const doTasksVerb: Verb = {
  name: 'do-tasks-v2',
  operands: [],
  summary: 'The same: --step 1, --step 1-5, --continue, --monitor',
  options: stepsVerb.options,
  run: (context, _operands, options) => {
    return stepsVerb.run(context, [], options)
  },
}

/** Without a word: what the options say, or the list. */
function askedBy(options: Options): Act {
  if (options['continue'] === true) return 'continue'
  if (options['monitor'] === true) return 'monitor'
  return typeof options['step'] === 'string' ? 'run' : 'list'
}

function textOf(value: Options[string]): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function tooMuch(console: Console, act: Act, operand: string): number {
  console.err(`relay steps ${act}: ${operand} is too much`)
  return exitUsage
}

const marks: Readonly<Record<StepStatus['state'], string>> = {
  done: '✓',
  running: '▶',
  unproved: '?',
  failed: '✗',
  stopped: '■',
  blocked: '!',
  open: '·',
}
const styles = {
  done: 'green',
  running: 'cyan',
  unproved: 'yellow',
  failed: 'red',
  stopped: 'yellow',
  blocked: 'yellow',
  open: 'dim',
} as const

class Steps {
  readonly files: StepFiles
  private readonly isJson: boolean

  constructor(
    private readonly context: VerbContext,
    { definitions, spec, json }: Options,
  ) {
    this.files = new StepFiles(context, textOf(definitions), textOf(spec))
    this.isJson = json === true
  }

  /** What is wrong with the definitions; and where SPEC.md and the log differ, unless a file of definitions is named. */
  async check(named: string | undefined): Promise<number> {
    const { console, cwd } = this.context
    const file = named ?? this.files.definitionsFile
    const text = this.files.read(file)
    const spec = named === undefined ? this.files.read(this.files.specFile) : null
    if (text === null && spec === null)
      throw new RelayError('no_definitions', `There is no ${file} in ${cwd}: steps are defined there.`)
    const { steps, findings } = parseDefinitions(text ?? '')
    const own = [...findings, ...findMissing(steps, lookAtWorkspace(cwd))].sort((a, b) => a.start - b.start)
    const lines = readSpec(spec ?? '')
    const isDefined = new Set(steps.map(({ number }) => number))
    const history = spec === null ? new Map() : await this.history()
    const drift = findDrift(lines, history, (step) => isDefined.has(step))
    const told = [
      { file, text: text ?? '', findings: own },
      {
        file: this.files.specFile,
        text: spec ?? '',
        findings: [...findSpecTwice(lines), ...drift.map(({ finding }) => finding)],
      },
    ]
    const errors = told.flatMap((one) => one.findings).filter(({ severity }) => severity === 'error').length
    if (this.isJson)
      console.out(
        JSON.stringify({
          steps: steps.map(({ number, key, definition }) => ({ step: number, key, definition })),
          findings: told.flatMap(placed),
        }),
      )
    else {
      for (const finding of told.flatMap(placed)) console.out(renderDiagnostic(finding, finding.file, console))
      const count = `${steps.length === 1 ? '1 step is' : `${steps.length} steps are`} defined`
      console.out(
        `${count}, ${lines.length} in ${this.files.specFile}, ${errors === 0 ? 'no errors' : `${errors} error${errors > 1 ? 's' : ''}`}`,
      )
    }
    return errors > 0 ? exitError : exitOk
  }

  async list(): Promise<number> {
    const { console, cwd } = this.context
    const definitions = this.files.read(this.files.definitionsFile)
    const spec = this.files.read(this.files.specFile)
    if (definitions === null && spec === null)
      throw new RelayError(
        'no_steps',
        `There are no steps in ${cwd}: neither ${this.files.specFile} nor ${this.files.definitionsFile} is there.`,
      )
    const states = stepStates(readSpec(spec ?? ''), parseDefinitions(definitions ?? '').steps, await this.history())
    if (this.isJson) {
      console.out(JSON.stringify(states))
      return exitOk
    }
    for (const { step, title, state, taskId, key, isValid } of states) {
      const note = key === null ? 'not defined' : isValid ? '' : 'has errors'
      const head = `${console.paint(styles[state], `${marks[state]} ${state.padEnd(8)}`)} ${String(step).padStart(4)}  ${(taskId ?? '').padEnd(20)}`
      const tail = shorten(showInvisible(title), Math.max(20, console.columns - 40 - note.length))
      console.out(`${head}  ${tail}${note === '' ? '' : `  ${console.paint('dim', note)}`}`)
    }
    if (states.length === 0)
      console.out(`No step in ${this.files.specFile}: a step is a line such as "- [ ] **STEP 1**: Prepare".`)
    return exitOk
  }

  /** Everything that one step would run. */
  show(operand: string | undefined): number {
    const { console } = this.context
    const step = Number(operand)
    if (operand === undefined || !Number.isInteger(step) || step < 0) {
      console.err('relay steps show wants the number of a step')
      return exitUsage
    }
    const [planned] = planSteps([step], this.files.texts(), this.files.context())
    if (planned === undefined) return exitError
    const { plan, blocked } = planned
    if (this.isJson) {
      console.out(JSON.stringify({ plan, blocked }))
      return exitOk
    }
    for (const line of renderStepLines({ plan, blocked }, console)) console.out(line)
    console.out(console.paint('dim', `Shown only. To run it: relay steps run ${step}`))
    return exitOk
  }

  /** The lines of one task, as they are. */
  async log(taskId: string | undefined): Promise<number> {
    const { console, cwd } = this.context
    if (taskId === undefined || !taskIdPattern.test(taskId)) {
      console.err('relay steps log wants a task id, such as task_1_a2b3c4d5: relay steps list shows them')
      return exitUsage
    }
    let count = 0
    await readTaskLines(path.join(cwd, executionLogPath), taskId, (line) => {
      count++
      console.out(showInvisible(line))
    })
    if (count > 0) return exitOk
    console.err(`${executionLogPath} has no line of ${taskId}.`)
    return exitError
  }

  private async history() {
    const log = new ExecutionLogFile(path.join(this.context.cwd, executionLogPath))
    const problem = await log.refresh()
    if (problem !== null) this.context.console.err(problem)
    return log.steps
  }
}

interface Told {
  readonly file: string
  readonly text: string
  readonly findings: readonly StepFinding[]
}

/** Lines and columns count from 1. */
function placed({ file, text, findings }: Told) {
  const positionOf = lineColumnAt(text)
  return findings.map(({ code, severity, message, start, end }) => {
    const { line: endLine, column: endColumn } = positionOf(end)
    return { file, code, severity, message, ...positionOf(start), endLine, endColumn }
  })
}
