// The relay-long-task-callback skill asks for more than the schema: advice, never a reason to refuse.
import type { Findings } from './findings'
import { isEmpty, propertyOf, type JsonNode, type JsonObject } from './jsonTree'
import { actionTypes } from './schema'

/** The skill asks for exactly one job_start; a person may still start something else. */
export function checkSingleStart(items: readonly JsonNode[], findings: Findings): void {
  const types = items.map((item) => (item.kind === 'object' ? propertyOf(item, 'type')?.value : undefined))
  const isStart = (type: JsonNode | undefined) =>
    type?.kind === 'string' && type.value.trim().toLowerCase() === 'job_start'
  const isOther = (type: JsonNode | undefined) =>
    type?.kind === 'string' && !isStart(type) && actionTypes.some((each) => each === type.value.trim().toLowerCase())
  const where = types.find(isOther) ?? types.filter(isStart)[1]
  if (where) {
    const message = "The skill's contract is exactly one job_start in a block. Put each job into a block of its own."
    findings.add({ code: 'contract-one-job-start', severity: 'hint', message, start: where.start, end: where.end })
  }
}

/** Without these the analysis does not run by itself. */
export function checkWatch(action: JsonObject, findings: Findings): void {
  const watch = propertyOf(action, 'watch')
  const fieldOf = (name: string) => (watch?.value.kind === 'object' ? propertyOf(watch.value, name)?.value : undefined)
  const missing = ['everySec', 'tailLines', 'thenTask'].filter((name) => {
    const field = fieldOf(name)
    return !field || isEmpty(field)
  })
  const runTasks = fieldOf('runTasks')
  if (runTasks?.kind !== 'boolean' || !runTasks.value) missing.push('runTasks true')
  const where = watch?.key ?? propertyOf(action, 'type')?.value
  if (missing.length === 0 || !where) return
  const message = `The skill's contract also asks for watch.${missing.join(', watch.')}, so that the analysis runs by itself.`
  findings.add({ code: 'contract-watch', severity: 'hint', message, start: where.start, end: where.end })
}
