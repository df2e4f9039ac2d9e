// The body of a block to the actions it asks for.
import type { z } from 'zod'
import { checkAlerts } from './checkAlerts'
import { checkQueue, checkSingleStart, checkThenTask, checkWatch } from './checkContract'
import { checkSupervisor } from './checkSupervisor'
import { checkProfile } from './checkProfile'
import { checkTexts } from './checkTexts'
import { errorAt, isWithin, quote, type Fix } from './diagnostic'
import type { Findings } from './findings'
import { explainIssue } from './explainIssue'
import { isEmpty, propertyOf, type JsonNode, type JsonObject } from './jsonTree'
import { guessUnlessSame, nearestName } from './nearestName'
import { normalizeAction } from './normalizeAction'
import { readFields, reportEmptyField, reportUnknownKey } from './readFields'
import { readJson } from './readJson'
import * as schema from './schema'

export const maxActions = 64

export interface ReadAction {
  readonly action: schema.Action
  readonly node: JsonNode
}

/** The actions of a block's body that fit the schema, each with where it stands. */
export function readActions(body: string, findings: Findings): readonly ReadAction[] {
  const root = readJson(body, findings)
  const duplicates = findings.all.filter(({ code }) => code === 'json-duplicate-key')
  const list = root && findActionList(root, body, findings)
  if (!list) return []

  const read: ReadAction[] = []
  for (const item of list.items) {
    if (findings.isFull) break
    if (item.kind !== 'object') {
      findings.add(
        errorAt(item, 'action-not-object', 'An action is an object such as {"type":"job_start","command":"…"}.'),
      )
      continue
    }
    // With a key given twice, here or around the list, nobody knows what the person has read.
    if (duplicates.some((each) => isWithin(each, item) || !isWithin(each, list))) continue
    const node = normalizeAction(item, body, findings)
    const action = readAction(node, body, findings)
    checkTexts(node, body, findings)
    checkAlerts(node, findings)
    if (action) read.push({ action, node: item })
    if (action?.type !== 'job_start') continue
    checkWatch(node, body, findings)
    checkThenTask(node, findings)
    checkQueue(node, findings)
    checkSupervisor(node, findings)
    checkProfile(node, body, findings)
  }
  checkSingleStart(list.items, findings)
  return read
}

type JsonList = Extract<JsonNode, { kind: 'list' }>

function findActionList(root: JsonNode, body: string, findings: Findings): JsonList | undefined {
  const source = body.slice(root.start, root.end)
  const wrap = (newText: string): Fix => ({ title: 'Write {"actions":[…]}', start: root.start, end: root.end, newText })
  if (root.kind === 'list') {
    const message = 'A block is an object: put this list of actions into {"actions":[…]}.'
    findings.add(errorAt(root, 'root-is-list', message, wrap(`{"actions":${source}}`)))
    return undefined
  }
  if (root.kind !== 'object') {
    findings.add(errorAt(root, 'root-not-object', 'A block is an object of the form {"actions":[…]}.'))
    return undefined
  }
  const actions = propertyOf(root, 'actions')
  if (!actions && propertyOf(root, 'type')) {
    const message = 'This is an action without its list: put it into {"actions":[…]}.'
    findings.add(errorAt(root, 'root-is-action', message, wrap(`{"actions":[${source}]}`)))
    return undefined
  }
  const free = actions ? [] : ['actions']
  for (const property of root.properties) {
    if (findings.isFull) return undefined
    if (property.name !== 'actions') reportUnknownKey(property, 'block', free, findings)
  }
  if (!actions) {
    const brace = { start: root.start, end: root.start + 1 }
    findings.add(errorAt(brace, 'actions-missing', 'The block has no "actions". Write {"actions":[…]}.'))
    return undefined
  }
  const { value, key } = actions
  if (root.properties.filter(({ name }) => name === 'actions').length > 1) return undefined
  if (value.kind !== 'list') {
    const { start, end } = value
    const fix = { title: 'Put it into a list', start, end, newText: `[${body.slice(start, end)}]` }
    const isAction = value.kind === 'object'
    const message = '"actions" must be a list, also for a single action: "actions":[…].'
    findings.add(errorAt(value, 'actions-not-list', message, isAction ? fix : undefined))
    return undefined
  }
  if (value.items.length === 0) {
    findings.add(
      errorAt({ start: key.start, end: value.end }, 'actions-empty', 'The block has no actions. Write one job_start.'),
    )
    return undefined
  }
  const surplus = value.items[maxActions]
  if (surplus) {
    const message = `A block may have at most ${maxActions} actions, not ${value.items.length}. Split it.`
    findings.add(errorAt({ start: surplus.start, end: value.end }, 'too-many-actions', message))
    return undefined
  }
  return value
}

/** The action, or undefined after an error has been reported. */
function readAction(node: JsonObject, body: string, findings: Findings): schema.Action | undefined {
  const type = propertyOf(node, 'type')
  if (!type) {
    const brace = { start: node.start, end: node.start + 1 }
    findings.add(errorAt(brace, 'missing-field', '"type" is missing here. Add it, for example "type":"job_start".'))
    return undefined
  }
  if (type.value.kind !== 'string') {
    findings.add(errorAt(type.value, 'wrong-type', '"type" must be the name of an action in double quotes.'))
    return undefined
  }
  const given = type.value.value
  const name = schema.actionTypes.find((each) => each === given.trim().toLowerCase())
  if (!name) {
    const meant = nearestName(given, schema.actionTypes)
    const { start, end } = type.value
    const advice = meant ? `Did you mean ${quote(meant)}?` : `Known are ${schema.actionTypes.join(', ')}.`
    const fix = meant
      ? { title: `Write ${meant}`, start, end, newText: quote(meant), ...guessUnlessSame(given, meant) }
      : undefined
    findings.add(errorAt(type.value, 'unknown-action', `There is no action ${quote(given)}. ${advice}`, fix))
    return undefined
  }
  switch (name) {
    case 'job_start':
      return readJobStart(node, body, findings)
    case 'job_watch':
      return validate(node, schema.jobWatchSchema, body, findings)
    case 'job_stop':
      return validate(node, schema.jobStopSchema, body, findings)
    case 'task_add':
      return validate(node, schema.taskAddSchema, body, findings)
    case 'task_run':
      return validate(node, schema.taskRunSchema, body, findings)
  }
}

function readJobStart(node: JsonObject, body: string, findings: Findings): schema.JobStart | undefined {
  const command = propertyOf(node, 'command')
  const supervisor = propertyOf(node, 'supervisor')
  const hasCommand = command !== undefined && !isEmpty(command.value)
  const hasSupervisor = supervisor !== undefined && !isEmpty(supervisor.value)
  if (hasCommand && hasSupervisor) {
    const message = 'A job has either "command" or "supervisor", not both: remove one of them.'
    findings.add(errorAt(supervisor.key, 'command-and-supervisor', message))
    validate(without(node, ['supervisor']), schema.commandJobSchema, body, findings)
    return undefined
  }
  if (!hasCommand && !hasSupervisor) {
    const where = command?.key ?? propertyOf(node, 'type')?.value ?? node
    findings.add(errorAt(where, 'command-missing', 'This job has nothing to run. Add "command" with a shell command.'))
    // The rest is checked as well, and a misspelt "command" found among it.
    validate(without(node, ['command', 'supervisor']), schema.commandJobSchema, body, findings, 'command')
    return undefined
  }
  const empty = hasCommand ? supervisor : command
  if (empty) reportEmptyField(empty, findings)
  const rest = empty ? without(node, [empty.name]) : node
  return hasCommand
    ? validate(rest, schema.commandJobSchema, body, findings)
    : validate(rest, schema.supervisorJobSchema, body, findings)
}

function without(node: JsonObject, names: readonly string[]): JsonObject {
  return { ...node, properties: node.properties.filter(({ name }) => !names.includes(name)) }
}

/** `reported` names a field whose absence has been reported already. */
function validate<T>(
  node: JsonObject,
  type: z.ZodType<T>,
  body: string,
  findings: Findings,
  reported?: string,
): T | undefined {
  const result = type.safeParse(readFields(node, type, 'action', findings))
  if (result.success) return result.data
  const explained = new Set<string>()
  for (const issue of result.error.issues) {
    const path = issue.path.map(String).join('/')
    const diagnostic = explained.has(path) || path === reported ? undefined : explainIssue(issue, node, body)
    explained.add(path)
    if (diagnostic) findings.add(diagnostic)
  }
  return undefined
}
