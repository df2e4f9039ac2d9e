// The checks and the monitors of a step, in all the forms in which people write them.
import { isMap, isScalar, type Node } from 'yaml'
import {
  agentLook,
  type AlertRule,
  checksAtOnce,
  type CheckWork,
  compileAlert,
  longestSec,
  maxCheckSec,
  type Monitor,
  type StepCheck,
} from './definition'
import { checkForms, monitorForms } from './fields'
import { MapReader, rangeOfNode, type StepFindings } from './mapReader'
import { isProse } from './prose'
import { tellOfCommand, yamlText } from './tellOfCommand'

const maxChecks = 50

export function readChecks(
  step: MapReader,
  name: 'pre_flight' | 'post_validation',
  findings: StepFindings,
): StepCheck[] {
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

export function readMonitors(step: MapReader, findings: StepFindings): Monitor[] {
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
