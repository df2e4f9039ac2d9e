// One look of a monitor: its command with its seconds, its log, and what of it a person should know.
import { redactSecrets } from '../../core/logs/redactSecrets'
import { renderTerminalLines } from '../../core/logs/terminalText'
import { maxCheckSec } from '../../core/steps/definition'
import { judgeLook } from '../../core/steps/monitorRule'
import { keptOutput } from '../../core/steps/secrets'
import { stepVariables } from '../../core/steps/stepJob'
import type { StepItem, StepRunEvent } from '../../core/steps/stepRunState'
import { appendLook, monitorLog } from '../../store/steps/monitorLog'
import { renderShellEnd, runShell } from '../jobs/runShell'
import type { ActTools } from '../undertakings/actor'

/** Of what a look prints. */
const outputChars = 16_000
const maxLines = 200

export async function lookAsMonitor(
  item: StepItem,
  index: number,
  act: number,
  tools: ActTools,
): Promise<readonly StepRunEvent[]> {
  const { plan, taskId } = item
  const planned = plan.acts[act]
  const monitor = item.monitors.find((one) => one.act === act)
  if (planned?.doing.kind !== 'command' || monitor === undefined) return []
  const env = {
    ...tools.env(),
    PYTHONUNBUFFERED: '1',
    [stepVariables.taskId]: taskId,
    [stepVariables.step]: String(plan.step),
  }
  const timeoutMs = Math.min(planned.timeoutSec ?? maxCheckSec, maxCheckSec) * 1000
  const { signal, paths, matcher, log } = tools
  const end = await runShell(planned.doing.command, timeoutMs, { cwd: plan.cwd, env, outputChars, signal })
  // It says nothing of what was looked at.
  if (signal.aborted) return []
  const lines = renderTerminalLines(keptOutput(planned.doing.command, redactSecrets(end.output))).slice(-maxLines)
  const exit = end.kind === 'exited' ? end.code : renderShellEnd(end, timeoutMs)
  const rule = planned.monitor?.alert ?? { kind: 'never' }
  const hits = rule.kind === 'matches' ? await matcher.match([rule.pattern], lines) : []
  try {
    appendLook(monitorLog(paths, index, act), Date.now(), renderShellEnd(end, timeoutMs), lines)
  } catch (error) {
    log(`a look of ${planned.name} is not in its log: ${error instanceof Error ? error.message : String(error)}`)
  }
  return judgeLook(index, monitor, rule, { exit, lines, hit: hits[0]?.line ?? null }, Date.now())
}
