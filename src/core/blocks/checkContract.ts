// The relay-long-task-callback skill asks for more than the schema: advice, never a reason to refuse.
import type { Fix } from './diagnostic'
import type { Findings } from './findings'
import { insertProperties } from './insertJson'
import { isEmpty, propertyOf, type JsonNode, type JsonObject } from './jsonTree'
import { actionTypes, watchDefaults } from './schema'

/** The skill's own sentence for a job of which nothing is known. */
export const usualThenTask = 'Analyze the final log and summarize metrics, failures, and next actions.'

/** The skill asks for exactly one job_start; of several actions none is started. */
export function checkSingleStart(items: readonly JsonNode[], findings: Findings): void {
  const types = items.map((item) => (item.kind === 'object' ? propertyOf(item, 'type')?.value : undefined))
  const isStart = (type: JsonNode | undefined) =>
    type?.kind === 'string' && type.value.trim().toLowerCase() === 'job_start'
  const isOther = (type: JsonNode | undefined) =>
    type?.kind === 'string' && !isStart(type) && actionTypes.some((each) => each === type.value.trim().toLowerCase())
  const where = types.find(isOther) ?? types.filter(isStart)[1]
  if (!where) return
  const { start, end } = where
  if (items.length > 1) {
    const message = `A block with ${items.length} actions is not started: the contract is exactly one job_start in a block. Put each action into a block of its own.`
    findings.add({ code: 'contract-one-job-start', severity: 'warning', message, start, end })
  } else {
    const message = "The skill's contract is exactly one job_start in a block. Put each job into a block of its own."
    findings.add({ code: 'contract-one-job-start', severity: 'hint', message, start, end })
  }
}

/** Without these the analysis does not run by itself. */
export function checkWatch(action: JsonObject, body: string, findings: Findings): void {
  const watch = propertyOf(action, 'watch')
  const fields = watch?.value.kind === 'object' ? watch.value : undefined
  const fieldOf = (name: string) => fields && propertyOf(fields, name)?.value
  const isMissing = (name: string) => {
    const field = fieldOf(name)
    return !field || isEmpty(field)
  }
  const usual = { everySec: watchDefaults.everySec, tailLines: watchDefaults.tailLines, thenTask: usualThenTask }
  const missing: string[] = Object.keys(usual).filter(isMissing)
  const added = Object.entries({ ...usual, runTasks: true }).filter(([name]) => !fieldOf(name))
  const runTasks = fieldOf('runTasks')
  if (runTasks?.kind === 'boolean' && !runTasks.value) {
    const { start, end } = runTasks
    const message = 'The follow-up is queued and waits for a person. Write true if the analysis is to run by itself.'
    const fix: Fix = { title: 'Write true', start, end, newText: 'true', isGuess: true }
    findings.add({ code: 'contract-run-tasks', severity: 'hint', message, start, end, fix })
  } else if (isMissing('runTasks')) missing.push('runTasks true')
  const where = watch?.key ?? propertyOf(action, 'type')?.value
  if (missing.length === 0 || !where) return
  const message = `The skill's contract also asks for watch.${missing.join(', watch.')}, so that the analysis runs by itself.`
  const properties = added.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
  const edit = !watch
    ? insertProperties(action, [`"watch":{${properties.join(',')}}`])
    : fields && body[fields.start] === '{' && properties.length > 0
      ? insertProperties(fields, properties)
      : undefined
  const fix: Fix | undefined = edit && { title: 'Add what the contract asks for', ...edit, isGuess: true }
  const range = { start: where.start, end: where.end }
  findings.add({ code: 'contract-watch', severity: 'hint', message, ...range, ...(fix && { fix }) })
}

/** What says how a thing is meant says nothing without that thing. */
export function checkQueue(action: JsonObject, findings: Findings): void {
  const queue = propertyOf(action, 'queue')?.value
  if (queue?.kind !== 'object') return
  for (const [name, owner] of [
    ['scope', 'group'],
    ['afterOutcome', 'after'],
  ] as const) {
    const given = propertyOf(queue, name)
    const meant = propertyOf(queue, owner)
    if (!given || isEmpty(given.value) || (meant && !isEmpty(meant.value))) continue
    const message = `"${name}" has no effect without "${owner}". Add "${owner}", or leave it out.`
    findings.add({ code: 'queue-no-effect', severity: 'warning', message, ...given.key })
  }
}

const names =
  /[\w.-]*\/[\w./-]+|\b[\w-]+\.(?:log|out|err|txt|json|jsonl|csv|tsv|md|ya?ml|html|pkl|npz|pt|ckpt)\b|\br\d{8}\b|\brun[ _-]?id\W+\S|\b(?:loss|accuracy|acc|f1|auc|auroc|bleu|rouge|perplexity|ppl|reward|return|score|precision|recall|mse|rmse|mae|fid|psnr|iou|map|wer|cer|latency|throughput|success rate|win rate|tokens?\/s|runtime|memory)\b/i

/** A follow-up knows nothing but its text and its job: it should say where to look and what for. */
export function checkThenTask(action: JsonObject, findings: Findings): void {
  const watch = propertyOf(action, 'watch')?.value
  const task = watch?.kind === 'object' ? propertyOf(watch, 'thenTask')?.value : undefined
  if (task?.kind !== 'string' || isEmpty(task) || names.test(task.value)) return
  const message =
    '"thenTask" names no log path, run id or metric. Write the exact path of the log and which metrics to read from it.'
  findings.add({ code: 'then-task-vague', severity: 'hint', message, start: task.start, end: task.end })
}
