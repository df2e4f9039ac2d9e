// relay steps monitor: how everything in the background stands.
import { renderSeconds } from '../core/steps/transcript'
import { showInvisible } from '../core/logs/plainText'
import { shorten } from '../core/jobs/jobWords'
import { stepRunKind } from '../core/steps/stepRun'
import type { MonitorRun, StepItem } from '../core/steps/stepRunState'
import { resolveFolder } from '../store/jobs/jobRequests'
import { folderKey } from '../store/stateFolder'
import { UndertakingStore } from '../store/undertakings/undertakingStore'
import { keepSupervised } from './keepSupervised'
import { exitOk, type VerbContext } from './verb'

export function showMonitors(context: VerbContext, isJson: boolean): number {
  const { console, state, cwd, now } = context
  const folder = state.folder(folderKey(resolveFolder(cwd)))
  const { found, problems } = new UndertakingStore(state).list(stepRunKind, folder)
  for (const problem of problems) console.err(problem)
  const live = found.filter(({ undertaking }) => !stepRunKind.isAtRest(undertaking))
  if (live.length > 0) keepSupervised(context)
  const items = live.flatMap(({ undertaking }) =>
    undertaking.state.items.filter(
      (item) => item.state.kind === 'running' || item.monitors.some((one) => one.state === 'watching'),
    ),
  )
  if (isJson) {
    console.out(JSON.stringify(items.map(describe)))
    return exitOk
  }
  if (items.length === 0) console.out('Nothing runs in the background, and nothing is monitored.')
  for (const item of items) {
    const { plan, taskId, state: own } = item
    console.out(
      `Step ${plan.step} (${taskId}): ${wordOf(item)}${own.kind === 'running' ? ` for ${renderSeconds(now() - own.sinceMs)}` : ''}`,
    )
    for (const monitor of item.monitors) {
      const planned = plan.acts[monitor.act]
      const { look, alert } = monitor
      const seen =
        look === null
          ? notLookedAt(monitor)
          : `${shorten(look.line, 120) || `exit ${look.exit ?? ''}`}  (${renderSeconds(now() - look.atMs)} ago)`
      console.out(`  ${showInvisible(planned?.name ?? '')}: ${showInvisible(seen)}`)
      if (alert !== null)
        console.out(console.paint('yellow', `    ! ${showInvisible(alert.text)}${alert.ignored ? '  (ignored)' : ''}`))
    }
  }
  return exitOk
}

function wordOf({ state, acts }: StepItem): string {
  if (state.kind === 'ended') return `${state.outcome}; what it left running is monitored`
  return acts.some((one) => one.state.kind === 'running' && one.state.up !== null) ? 'in the background' : state.kind
}

function notLookedAt({ state }: MonitorRun): string {
  return state === 'over' ? 'not looked at' : 'not looked at yet'
}

function describe(item: StepItem) {
  const { plan, taskId, monitors } = item
  return {
    step: plan.step,
    taskId,
    state: wordOf(item),
    monitors: monitors.map(({ act, look, alert }) => ({ name: plan.acts[act]?.name ?? '', look, alert })),
  }
}
