// Makes a step of its map: every field checked, everything filled in that was left out.
import { isMap, isScalar, type Node, YAMLMap } from 'yaml'
import { quote, type Range } from '../blocks/diagnostic'
import { checkCommand } from '../blocks/checkCommand'
import {
  agentLook,
  type AlertRule,
  checksAtOnce,
  type CheckWork,
  compileAlert,
  type MainMode,
  type MainPhase,
  maxCheckSec,
  type Monitor,
  scriptCommand,
  scriptFile,
  type StepCheck,
  type StepDefinition,
  type StepTest,
} from './definition'
import { checkForms, monitorForms } from './fields'
import { MapReader, rangeOfNode, type StepFindings, type Written } from './mapReader'
import { isProse } from './prose'
import { findPrintedSecret } from './secrets'

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

const maxChecks = 50
const longestSec = 30 * 24 * 3600
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

function readMode(main: MapReader): MainMode {
  const { findings } = main
  const kind = main.choice('mode', ['foreground', 'background', 'chunked'])
  if (kind !== 'chunked') {
    for (const name of ['chunks', 'quality', 'checkpoint_every'])
      if (main.has(name) && (kind !== null || !main.has('mode')))
        findings.add(
          'warning',
          'mode-field',
          `"${name}" has a meaning in mode chunked only, and here the mode is ${kind ?? 'foreground'}.`,
          main.keyOf(name),
        )
    return { kind: kind ?? 'foreground' }
  }
  const chunks = main.items('chunks', 100)
  if (chunks.length === 0 && !main.has('chunks'))
    findings.add(
      'error',
      'missing-field',
      'Mode chunked wants "chunks": a list of sizes, lines such as "- size: 100".',
      main.keyOf('mode'),
    )
  else if (chunks.length === 0)
    findings.add('error', 'empty-field', '"chunks" has no size in it.', main.keyOf('chunks'))
  const sizes = chunks.flatMap((item) => readSize(item, main) ?? [])
  const quality = main.text('quality')
  if (quality !== null) tellOfCommand(quality, 'quality', findings, true)
  if (quality === null && !main.has('quality') && sizes.length > 1)
    findings.add(
      'hint',
      'mode-field',
      'There is no "quality" command: only the exit code of a chunk decides whether the next is begun.',
      main.keyOf('chunks'),
    )
  return {
    kind: 'chunked',
    sizes,
    quality: quality?.text ?? null,
    checkpointEvery: main.whole('checkpoint_every', 1, 1_000_000_000)?.value ?? null,
  }
}

function readSize(item: Node, main: MapReader): number | null {
  const at = rangeOfNode(item)
  if (!isMap(item)) return main.wholeOf('size', item, at, 1, 1_000_000_000)?.value ?? null
  const chunk = new MapReader(item, 'chunk', at, main.findings)
  if (!chunk.has('size'))
    main.findings.add('error', 'missing-field', 'A chunk wants "size": how many it is to make.', at)
  return chunk.whole('size', 1, 1_000_000_000)?.value ?? null
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

function readChecks(step: MapReader, name: 'pre_flight' | 'post_validation', findings: StepFindings): StepCheck[] {
  const items = step.items(name, maxChecks)
  if (items.length > checksAtOnce)
    findings.add(
      'hint',
      'too-many-checks',
      `${items.length} checks in "${name}": they run ${checksAtOnce} at a time, so this phase may take ${Math.ceil(items.length / checksAtOnce)} times as long as one.`,
      step.keyOf(name),
    )
  return items.flatMap((item) => {
    const check = readerOf(item, 'check', findings)
    const done = check && readWork(check, checkForms)
    if (check === null) return []
    const timeoutSec = readCheckTime(check)
    const parallel = check.flag('parallel') ?? true
    return done === null ? [] : { name: done.name, work: done.work, timeoutSec, parallel }
  })
}

function readMonitors(step: MapReader, findings: StepFindings): Monitor[] {
  return step.items('background', maxChecks).flatMap((item) => {
    const monitor = readerOf(item, 'monitor', findings)
    if (monitor === null) return []
    const done = readWork(monitor, monitorForms)
    const interval = monitor.whole('interval', 1, 24 * 3600)
    const timeoutSec = readCheckTime(monitor)
    const alert = readAlert(monitor, done?.form ?? null)
    if (done === null) return []
    return { name: done.name, work: done.work, intervalSec: interval?.value ?? null, timeoutSec, alert }
  })
}

function readerOf(item: Node, place: 'check' | 'monitor', findings: StepFindings): MapReader | null {
  const at = rangeOfNode(item)
  if (isMap(item)) {
    const [first] = item.items
    return new MapReader(item, place, first && isScalar(first.key) ? rangeOfNode(first.key) : at, findings)
  }
  const isText = isScalar(item) && typeof item.value === 'string'
  findings.add(
    'error',
    'wrong-type',
    `A ${place} is a map: "- command: …", with a name if you like ("task: …").`,
    at,
    isText
      ? { title: 'Write command:', start: at.start, end: at.start, newText: 'command: ', isGuess: true }
      : undefined,
  )
  return null
}

/** What a check or a monitor does, in whichever form it is written. */
function readWork(
  reader: MapReader,
  forms: readonly string[],
): { readonly name: string; readonly work: CheckWork; readonly form: string | null } | null {
  const { findings, place } = reader
  const [form, second] = ['command', ...forms].filter((name) => reader.has(name))
  const name = reader.text('task', 200)
  if (form === undefined) {
    findings.add(
      'error',
      'missing-field',
      `A ${place} wants a "command", or one of the short forms ${forms.join(', ')}.`,
      reader.at,
    )
    return null
  }
  if (second !== undefined) {
    findings.add(
      'error',
      'two-forms',
      `"${form}" and "${second}" are two ways to say what this ${place} does: keep one, or make it two.`,
      reader.keyOf(second),
    )
    return null
  }
  const value = reader.text(form)
  if (value === null) return null
  const isQuestion = form !== 'command' && isProse(value.text)
  const howOften =
    place === 'monitor' ? `, a turn each time and so every ${agentLook.leastIntervalSec / 60} minutes at most` : ''
  if (isQuestion)
    findings.add(
      'hint',
      'prose',
      `A sentence and no command: an agent that can only read answers it${howOften}; without an agent it is not checked. If it is a command, write "command" for the key.`,
      value,
    )
  else tellOfCommand(value, form, findings, true)
  return {
    name: (name ?? value).text.replace(/\s+/g, ' ').slice(0, 80),
    work: isQuestion ? { kind: 'question', question: value.text } : { kind: 'command', command: value.text },
    form: form === 'command' ? null : form,
  }
}

function readCheckTime(reader: MapReader): number {
  const timeout = reader.whole('timeout', 1, longestSec)
  if (timeout === null || timeout.value <= maxCheckSec) return timeout?.value ?? maxCheckSec
  const { start, end } = timeout
  reader.findings.add(
    'warning',
    'time-over-limit',
    `This is ended after ${maxCheckSec} s whatever is written here. What takes longer belongs into "main" or "test".`,
    { start, end },
    { title: `Write ${maxCheckSec}`, start, end, newText: String(maxCheckSec) },
  )
  return maxCheckSec
}

function readAlert(monitor: MapReader, form: string | null): AlertRule {
  const pattern = monitor.text('alert_on', 1_000)
  if (pattern !== null) {
    const compiled = compileAlert(pattern.text)
    if (typeof compiled !== 'string') return { kind: 'matches', pattern: pattern.text }
    const bare = pattern.text.replace(/^\(\?[aimsux]+\)/, '')
    const canBe = bare !== pattern.text && typeof compileAlert(bare) !== 'string'
    monitor.findings.add(
      'error',
      'pattern-invalid',
      canBe
        ? '"alert_on" begins with flags of another language: capitals make no difference anyway. Leave them out.'
        : `"alert_on" is not a pattern: ${compiled}.`,
      pattern,
      canBe
        ? { title: 'Remove the flags', start: pattern.start, end: pattern.end, newText: yamlText(bare) }
        : undefined,
    )
    return { kind: 'never' }
  }
  return form === 'alert' ? { kind: 'output' } : form === 'check' ? { kind: 'fails' } : { kind: 'never' }
}

/** What is worth saying of a command. `isShort`: it has seconds, and nobody looks at it. */
function tellOfCommand(command: Written, name: string, findings: StepFindings, isShort: boolean): void {
  const secret = findPrintedSecret(command.text)
  if (secret !== null) {
    const { instead } = secret
    findings.add(
      'warning',
      'secret-printed',
      `This prints ${secret.name}, or a part of it, into the log, where it stays. Test that it is set instead${instead === null ? '' : `: ${instead}`}.`,
      command,
      instead === null
        ? undefined
        : {
            title: `Write ${instead}`,
            start: command.start,
            end: command.end,
            newText: yamlText(instead),
            isGuess: true,
          },
    )
  }
  if (!isShort) return
  const endless = checkCommand(command.text).find(
    ({ code }) => code === 'command-endless' || code === 'command-interactive',
  )
  if (endless === undefined) return
  const [what = ''] = endless.message.split(/[,:] (?:so|this job)/)
  findings.add(
    'warning',
    'never-ends',
    `${what}: "${name}" would use up its time and fail. Write a command that ends by itself.`,
    command,
  )
}

/** A text in single quotes, which YAML reads as it stands. */
export function yamlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
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
