// A look of a monitor that was a turn of an agent: what it has answered, its log, and what of it a person should know.
import type { JobId } from '../../core/jobs/jobId'
import { redactSecrets } from '../../core/logs/redactSecrets'
import { renderTerminalLines } from '../../core/logs/terminalText'
import { judgeAnswer } from '../../core/steps/monitorRule'
import type { StepItem, StepRunEvent } from '../../core/steps/stepRunState'
import { readAnswer } from '../../store/followUps/turnFiles'
import { appendLook, monitorLog } from '../../store/steps/monitorLog'
import type { ActTools } from '../undertakings/actor'

const answerChars = 16_000
const maxLines = 200
const marker = /^\s*\[\[task:(?:done|blocked)\]\]\s*$/i

/** Its job has ended. Throws RelayError for what passes. */
export async function hearLook(
  item: StepItem,
  index: number,
  act: number,
  job: JobId,
  { store, paths, matcher, log }: ActTools,
): Promise<readonly StepRunEvent[]> {
  const planned = item.plan.acts[act]
  const monitor = item.monitors.find((one) => one.act === act)
  if (planned === undefined || monitor === undefined) return []
  const stored = store.read(job)
  const state = stored?.job.state
  const said = stored === null ? '' : (readAnswer(stored.paths.attempt(stored.job.attempt)) ?? '')
  const isAnswered = state?.kind === 'ended' && state.outcome === 'succeeded'
  const isSo = !isAnswered ? null : state.answer === 'done' ? true : state.answer === 'blocked' ? false : null
  const lines = renderTerminalLines(redactSecrets(said.slice(-answerChars)))
    .filter((line) => line.trim() !== '' && !marker.test(line))
    .slice(-maxLines)
  const why = isAnswered
    ? 'the agent gave no clear answer'
    : state?.kind === 'ended'
      ? state.reason
      : 'it has not ended'
  const told = isSo === null ? [`not checked: ${why}`] : lines
  const rule = planned.monitor?.alert ?? { kind: 'never' }
  const hits = rule.kind === 'matches' && isSo !== null ? await matcher.match([rule.pattern], lines) : []
  try {
    const how = isSo === null ? 'not checked' : isSo ? 'it is so' : 'it is not so'
    appendLook(monitorLog(paths, index, act), Date.now(), how, told)
  } catch (error) {
    log(`a look of ${planned.name} is not in its log: ${error instanceof Error ? error.message : String(error)}`)
  }
  return judgeAnswer(index, monitor, rule, { isSo, lines: told, hit: hits[0]?.line ?? null }, job, Date.now())
}
