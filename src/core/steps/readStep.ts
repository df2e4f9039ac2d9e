// Makes a step of its map: every field checked, everything filled in that was left out.
import { YAMLMap } from 'yaml'
import { quote, type Range } from '../blocks/diagnostic'
import { longestSec, type MainPhase, scriptCommand, scriptFile, type StepDefinition, type StepTest } from './definition'
import { MapReader, type StepFindings } from './mapReader'
import { isProse } from './prose'
import { readChecks, readMonitors } from './readChecks'
import { readMode } from './readMode'
import { tellOfCommand } from './tellOfCommand'

/** A name that has to be looked for in the folder. */
export interface Reference extends Range {
  readonly kind: 'script' | 'agent' | 'skill'
  readonly name: string
}

export interface ReadStep {
  /** Whole where there is no error among the findings. */
  readonly definition: StepDefinition
  readonly references: readonly Reference[]
}

const defaultTestSec = 120
const defaultStartupSec = 300

export function readStep(number: number, key: string, map: YAMLMap, at: Range, findings: StepFindings): ReadStep {
  const step = new MapReader(map, 'step', at, findings)
  const references: Reference[] = []
  const mainMap = step.map('main')
  if (!step.has('main'))
    findings.add('error', 'missing-field', `${quote(key)} has no "main": write what the step is for.`, at)
  const main = new MapReader(mainMap ?? new YAMLMap(), 'main', step.keyOf('main'), findings)
  const phase = readMain(main, references, mainMap !== null)
  return {
    definition: {
      number,
      key,
      preflight: readChecks(step, 'pre_flight', findings),
      test: readTest(step, main, phase, findings),
      main: phase,
      post: readChecks(step, 'post_validation', findings),
      background: readMonitors(step, findings),
    },
    references,
  }
}

function readMain(main: MapReader, references: Reference[], isThere: boolean): MainPhase {
  const { findings } = main
  const agent = main.text('agent', 200)
  const script = main.text('script', 4_000)
  const objective = main.text('objective', 2_000)
  const skills = main.texts('skills', 20, 200)
  const mode = readMode(main)
  if (agent !== null) references.push({ kind: 'agent', name: agent.text, start: agent.start, end: agent.end })
  for (const { text, start, end } of skills) references.push({ kind: 'skill', name: text, start, end })
  const file = script === null ? null : scriptFile(script.text)
  if (script !== null && file !== null)
    references.push({ kind: 'script', name: file, start: script.start, end: script.end })
  if (script !== null && file === null && isProse(script.text))
    findings.add(
      'error',
      'wrong-value',
      `"script" is a file or a command; this is a sentence. Write it as "objective".`,
      script,
    )
  if (script !== null) tellOfCommand(script, 'script', findings, false)
  if (isThere && agent === null && script === null && !main.has('agent') && !main.has('script'))
    findings.add(
      'hint',
      'no-script',
      'This main phase names no "agent" and no "script": the agent that is chosen for all steps is asked to reach the objective.',
      main.at,
    )
  if (agent === null && skills.length > 0 && script !== null)
    findings.add(
      'warning',
      'mode-field',
      '"skills" are for an agent, and this script runs by itself: name an "agent" too.',
      main.keyOf('skills'),
    )
  const timeout = main.whole('timeout', 1, longestSec)
  const retries = main.whole('retries', 0, 5)
  if (isThere && timeout === null && !main.has('timeout') && mode.kind === 'foreground')
    findings.add(
      'hint',
      'no-time-limit',
      'There is no "timeout": if this hangs, the step hangs. Write how long it may take, in seconds.',
      main.at,
    )
  return {
    work:
      agent === null && script !== null
        ? { kind: 'script', script: script.text, command: scriptCommand(script.text) }
        : {
            kind: 'agent',
            agent: agent?.text ?? null,
            skills: [...new Set(skills.map(({ text }) => text))],
            script: script?.text ?? null,
          },
    objective: objective?.text ?? null,
    timeoutSec: timeout?.value ?? (mode.kind === 'background' ? defaultStartupSec : null),
    retries: retries?.value ?? 0,
    successCriteria: main.texts('success_criteria', 20, 500).map(({ text }) => text),
    requireFiles: main.texts('required_files', 32, 600).flatMap((path) => {
      if (!leadsOut(path.text)) return path.text
      findings.add(
        'error',
        'wrong-value',
        `"required_files" must name files of the workspace, and ${quote(path.text)} leads out of it.`,
        path,
      )
      return []
    }),
    mode,
  }
}

function readTest(step: MapReader, main: MapReader, { work }: MainPhase, findings: StepFindings): StepTest {
  const understands = main.flag('test_first')
  if (step.has('test')) {
    const own = readTestCommand(step, findings)
    if (own !== null) return own
  }
  if (understands === true && work.kind === 'agent' && work.script === null)
    findings.add(
      'warning',
      'mode-field',
      '"test_first" tells that a script understands RELAY_TEST_FIRST, and there is no script.',
      main.keyOf('test_first'),
    )
  if (work.kind === 'agent') return { kind: 'agent' }
  return understands === true ? { kind: 'script', timeoutSec: defaultTestSec } : { kind: 'none' }
}

function readTestCommand(step: MapReader, findings: StepFindings): StepTest | null {
  const map = step.isMapAt('test') ? step.map('test') : null
  if (map === null) {
    const command = step.text('test')
    if (command !== null) tellOfCommand(command, 'test', findings, true)
    return command && { kind: 'command', command: command.text, timeoutSec: defaultTestSec }
  }
  const test = new MapReader(map, 'test', step.keyOf('test'), findings)
  const command = test.text('command')
  if (!test.has('command')) findings.add('error', 'missing-field', '"test" wants a "command".', test.at)
  if (command !== null) tellOfCommand(command, 'test', findings, true)
  const timeout = test.whole('timeout', 1, longestSec)
  return command && { kind: 'command', command: command.text, timeoutSec: timeout?.value ?? defaultTestSec }
}

function leadsOut(path: string): boolean {
  if (/^(?:[/~]|[A-Za-z]:[\\/])/.test(path)) return true
  let depth = 0
  for (const part of path.split('/')) {
    if (part === '..') depth--
    else if (part !== '' && part !== '.') depth++
    if (depth < 0) return true
  }
  return false
}
