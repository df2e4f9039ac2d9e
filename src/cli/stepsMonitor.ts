// relay steps monitor: how everything in the background stands.
import { renderSeconds } from '../core/steps/transcript'
import { showInvisible } from '../core/logs/plainText'
import { shorten } from '../core/jobs/jobWords'
import type { Doing } from '../core/steps/planStep'
import { stepRunKind } from '../core/steps/stepRun'
import type { MonitorRun, StepItem } from '../core/steps/stepRunState'
import { resolveFolder } from '../store/jobs/jobRequests'
import { folderKey } from '../store/stateFolder'
import { type LastLook, monitorLog, readLastLook } from '../store/steps/monitorLog'
import { UndertakingStore } from '../store/undertakings/undertakingStore'
import { keepSupervised } from './keepSupervised'
import { exitOk, type VerbContext } from './verb'

export async function showMonitors(context: VerbContext, isJson: boolean): Promise<number> {
  const { console, state, cwd, now } = context
  const folder = state.folder(folderKey(resolveFolder(cwd)))
  const { found, problems } = new UndertakingStore(state).list(stepRunKind, folder)
  for (const problem of problems) console.err(problem)
  const live = found.filter(({ undertaking }) => !stepRunKind.isAtRest(undertaking))
  if (live.length > 0) keepSupervised(context)
  const items = live.flatMap(({ undertaking, paths }) =>
    undertaking.state.items
      .map((item, index) => ({ item, index, paths }))
      .filter(({ item }) => item.state.kind === 'running' || item.monitors.some((one) => one.state === 'watching')),
  )
  const seen = await Promise.all(
    items.map(async ({ item, index, paths }) => ({
      item,
      looks: await Promise.all(item.monitors.map(({ act }) => readLastLook(monitorLog(paths, index, act)))),
    })),
  )
  if (isJson) {
    console.out(JSON.stringify(seen.map(({ item, looks }) => describe(item, looks))))
    return exitOk
  }
  for (const problem of new Set(live.map(({ undertaking }) => undertaking.state.logProblem)))
    if (problem !== null) console.err(`! ${showInvisible(problem)}`)
  if (seen.length === 0) console.out('Nothing runs in the background, and nothing is monitored.')
  for (const { item, looks } of seen) {
    const { plan, taskId, state: own } = item
    const since = own.kind === 'running' ? ` for ${renderSeconds(now() - own.sinceMs)}` : ''
    console.out(`Step ${plan.step} (${taskId}): ${wordOf(item)}${since}`)
    for (const [at, monitor] of item.monitors.entries()) {
      const look = looks[at] ?? null
      const told =
        look === null
          ? notLookedAt(monitor, plan.acts[monitor.act]?.doing)
          : `${shorten(look.line, 120)}  (${renderSeconds(Math.max(0, now() - look.atMs))} ago)`
      console.out(`  ${showInvisible(plan.acts[monitor.act]?.name ?? '')}: ${showInvisible(told)}`)
      const { alert } = monitor
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

function notLookedAt({ state }: MonitorRun, doing: Doing | undefined): string {
  if (doing?.kind === 'nothing') return doing.why
  return state === 'over' ? 'not looked at' : 'not looked at yet'
}

function describe(item: StepItem, looks: readonly (LastLook | null)[]) {
  const { plan, taskId, monitors } = item
  return {
    step: plan.step,
    taskId,
    state: wordOf(item),
    monitors: monitors.map(({ act, alert }, at) => ({
      name: plan.acts[act]?.name ?? '',
      look: looks[at] ?? null,
      alert,
    })),
  }
}
