// The shapes agents write for the same thing, brought to the one the schema describes. Everything keeps its place in
// the text, so that whatever is found later is still shown where it was written.
import { quote } from './diagnostic'
import type { Findings } from './findings'
import { isEmpty, propertyOf, type JsonNode, type JsonObject } from './jsonTree'

/** One text may stand for a list of one. */
const listFields = ['requireFiles', 'smokeRequiredFiles', 'fullRequiredFiles', 'alertOn', 'after']
const listPlaces = ['watch', 'supervisor', 'queue']

export function normalizeAction(action: JsonObject, body: string, findings: Findings): JsonObject {
  const type = propertyOf(action, 'type')?.value
  const isStart = type?.kind === 'string' && type.value.trim().toLowerCase() === 'job_start'
  const normalized = isStart ? wrapPreflight(moveThenTask(action, body, findings), body, findings) : action
  return mapValues(normalized, (value, name) =>
    value.kind === 'object' && listPlaces.includes(name) ? mapValues(value, wrapSingle) : value,
  )
}

function mapValues(object: JsonObject, change: (value: JsonNode, name: string) => JsonNode): JsonObject {
  return { ...object, properties: object.properties.map((item) => ({ ...item, value: change(item.value, item.name) })) }
}

function wrapSingle(value: JsonNode, name: string): JsonNode {
  if (value.kind !== 'string' || isEmpty(value) || !listFields.includes(name)) return value
  return { kind: 'list', start: value.start, end: value.end, items: [value] }
}

function moveThenTask(action: JsonObject, body: string, findings: Findings): JsonObject {
  const isThenTask = ({ name }: { name: string }): boolean => name === 'thenTask' || name === 'thenTaskDescription'
  const misplaced = action.properties.filter(isThenTask)
  const given = propertyOf(action, 'watch')
  const [first] = misplaced
  if (!first || (given && given.value.kind !== 'object' && given.value.kind !== 'null')) return action

  const watch: JsonObject =
    given?.value.kind === 'object'
      ? given.value
      : { kind: 'object', start: first.key.start, end: first.value.end, properties: [] }
  const moved = []
  for (const property of misplaced) {
    const { name, key, value } = property
    const kept = propertyOf(watch, name)?.value
    const isKept = kept !== undefined && !isEmpty(kept)
    if (
      isKept &&
      !isEmpty(value) &&
      !(kept.kind === 'string' && value.kind === 'string' && kept.value === value.value)
    ) {
      const message = `${quote(name)} is given here and in "watch", and they differ. Keep the one in "watch".`
      findings.add({ code: 'then-task-conflict', severity: 'error', message, ...key })
    } else {
      const range = { start: key.start, end: value.end }
      const newText = `"watch":{${body.slice(range.start, range.end)}}`
      const fix = !given && misplaced.length === 1 ? { title: 'Move into watch', ...range, newText } : undefined
      const message = `${quote(name)} belongs inside "watch"; it is read as if it stood there. Move it.`
      findings.add({ code: 'then-task-misplaced', severity: 'warning', message, ...key, ...(fix && { fix }) })
    }
    if (!isKept) moved.push(property)
  }
  const names = moved.map(({ name }) => name)
  const merged: JsonObject = {
    ...watch,
    properties: [...watch.properties.filter(({ name }) => !names.includes(name)), ...moved],
  }
  const others = action.properties.filter((property) => !isThenTask(property) && property !== given)
  return { ...action, properties: [...others, { name: 'watch', key: given?.key ?? first.key, value: merged }] }
}

function wrapPreflight(action: JsonObject, body: string, findings: Findings): JsonObject {
  return mapValues(action, (value, name) => {
    if (name !== 'preflight') return value
    const isCheck = value.kind === 'object' && propertyOf(value, 'type') && !propertyOf(value, 'checks')
    if (value.kind !== 'list' && !isCheck) return value
    const { start, end } = value
    const source = body.slice(start, end)
    const newText = value.kind === 'list' ? `{"checks":${source}}` : `{"checks":[${source}]}`
    const fix = { title: 'Write {"checks":[…]}', start, end, newText }
    const message = '"preflight" is {"checks":[…]}; this is read as its checks. Write the checks inside it.'
    findings.add({ code: 'preflight-bare', severity: 'warning', message, start, end, fix })
    const checks: JsonNode = value.kind === 'list' ? value : { kind: 'list', start, end, items: [value] }
    return {
      kind: 'object',
      start,
      end,
      properties: [{ name: 'checks', key: { start, end: start + 1 }, value: checks }],
    }
  })
}
