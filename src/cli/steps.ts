// relay steps: what the steps of a workspace are, what each would run, where they stand. It runs none.
import path from 'node:path'
import { showInvisible } from '../core/logs/plainText'
import { shorten } from '../core/jobs/jobWords'
import { lineColumnAt } from '../core/blocks/position'
import { RelayError } from '../core/relayError'
import { findDrift, findSpecTwice } from '../core/steps/drift'
import { executionLogPath } from '../core/steps/executionLog'
import type { StepFinding } from '../core/steps/finding'
import { definitionsPath, parseDefinitions } from '../core/steps/parseDefinitions'
import { planStep } from '../core/steps/planStep'
import { renderStepPlan } from '../core/steps/renderStepPlan'
import { readSpec, specPath } from '../core/steps/specDocument'
import { taskIdPattern } from '../core/steps/stepNote'
import { type StepStatus, stepStates } from '../core/steps/stepStates'
import { findMissing } from '../core/steps/workspace'
import { ExecutionLogFile, readTaskLines } from '../store/steps/executionLogFile'
import { lookAtWorkspace, readStepText } from '../store/steps/stepFiles'
import { renderDiagnostic } from './check'
import type { Console } from './console'
import { exitError, exitOk, exitUsage, type Options, type Verb, type VerbContext } from './verb'

const acts = ['check', 'list', 'show', 'log'] as const
type Act = (typeof acts)[number]

export const stepsVerb: Verb = {
  name: 'steps',
  operands: [acts.join('|'), '[FILE]'],
  summary: 'Say what the steps of SPEC.md are, what they would run, and where they stand',
  options: {
    definitions: { type: 'string', value: 'FILE', summary: `Definitions of steps (default: ${definitionsPath})` },
    spec: { type: 'string', value: 'FILE', summary: `Where the steps are listed (default: ${specPath})` },
    json: { type: 'boolean', summary: 'Print JSON' },
  },
  run: async (context, [word = '', operand], options) => {
    const act = acts.find((one) => one === word)
    if (act === undefined) {
      context.console.err(`relay steps wants one of ${acts.join(', ')}, not ${word}`)
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
    }
  },
}

function tooMuch(console: Console, act: Act, operand: string): number {
  console.err(`relay steps ${act}: ${operand} is too much`)
  return exitUsage
}

const marks: Readonly<Record<StepStatus['state'], string>> = {
  done: '✓',
  running: '▶',
  failed: '✗',
  stopped: '■',
  blocked: '!',
  open: '·',
}
const styles = {
  done: 'green',
  running: 'cyan',
  failed: 'red',
  stopped: 'yellow',
  blocked: 'yellow',
  open: 'dim',
} as const

class Steps {
  private readonly definitionsFile: string
  private readonly specFile: string
  private readonly isJson: boolean

  constructor(
    private readonly context: VerbContext,
    { definitions, spec, json }: Options,
  ) {
    this.definitionsFile = typeof definitions === 'string' ? definitions : definitionsPath
    this.specFile = typeof spec === 'string' ? spec : specPath
    this.isJson = json === true
  }

  /** What is wrong with the definitions; and where SPEC.md and the log differ, unless a file of definitions is named. */
  async check(named: string | undefined): Promise<number> {
    const { console, cwd } = this.context
    const file = named ?? this.definitionsFile
    const text = this.read(file)
    const spec = named === undefined ? this.read(this.specFile) : null
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
        file: this.specFile,
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
        `${count}, ${lines.length} in ${this.specFile}, ${errors === 0 ? 'no errors' : `${errors} error${errors > 1 ? 's' : ''}`}`,
      )
    }
    return errors > 0 ? exitError : exitOk
  }

  async list(): Promise<number> {
    const { console, cwd } = this.context
    const definitions = this.read(this.definitionsFile)
    const spec = this.read(this.specFile)
    if (definitions === null && spec === null)
      throw new RelayError(
        'no_steps',
        `There are no steps in ${cwd}: neither ${this.specFile} nor ${this.definitionsFile} is there.`,
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
      console.out(`No step in ${this.specFile}: a step is a line such as "- [ ] **STEP 1**: Prepare".`)
    return exitOk
  }

  /** Everything that one step would run. */
  show(operand: string | undefined): number {
    const { console, cwd } = this.context
    const step = Number(operand)
    if (operand === undefined || !Number.isInteger(step) || step < 0) {
      console.err('relay steps show wants the number of a step')
      return exitUsage
    }
    const text = this.read(this.definitionsFile)
    if (text === null) throw new RelayError('no_definitions', `There is no ${this.definitionsFile} in ${cwd}.`)
    const parsed = parseDefinitions(text)
    const found = parsed.steps.find(({ number }) => number === step)
    if (found === undefined)
      throw new RelayError(
        'no_such_step',
        `Step ${step} is not defined in ${this.definitionsFile}: its key would begin with step_${step}.`,
      )
    if (found.definition === null) {
      const [first] = parsed.findings.filter(
        ({ severity, start }) => severity === 'error' && start >= found.start && start <= found.end,
      )
      const why = first === undefined ? '' : ` ${first.message}`
      throw new RelayError('step_has_errors', `Step ${step} has errors:${why} See relay steps check.`)
    }
    const line = readSpec(this.read(this.specFile) ?? '').find(({ number }) => number === step)
    const { plan, blocked } = planStep(found.definition, line === undefined ? null : line.title, {
      cwd,
      documents: { spec: this.specFile, log: executionLogPath },
      workspace: lookAtWorkspace(cwd),
      worker: null,
      reader: null,
      directScripts: false,
      defaultSkills: [],
      mandatorySkills: [],
    })
    if (this.isJson) {
      console.out(JSON.stringify({ plan, blocked }))
      return exitOk
    }
    for (const { label, value } of renderStepPlan(plan)) {
      const [first = '', ...more] = value.split('\n')
      console.out(
        [`${console.paint('bold', label.padEnd(13))} ${first}`, ...more.map((rest) => `${' '.repeat(14)}${rest}`)].join(
          '\n',
        ),
      )
    }
    for (const why of blocked) console.out(`${console.paint('yellow', 'Blocked'.padEnd(13))} ${showInvisible(why)}`)
    console.out(console.paint('dim', 'Shown only: this release does not run steps.'))
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

  private read(file: string): string | null {
    return readStepText(path.resolve(this.context.cwd, file))
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
