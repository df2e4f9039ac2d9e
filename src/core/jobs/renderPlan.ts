// Everything a plan can make happen, in words, made from the parsed bytes alone: what a person reads before approving.
import { renderBackend, workLabel } from '../backends/renderBackend'
import { preflightDefaults } from '../blocks/schema'
import type { Agent } from '../followUps/agent'
import { tellAgent } from '../followUps/tellAgent'
import { showInvisible } from '../logs/plainText'
import { renderExperimentFacts } from '../experiments/renderExperiment'
import { staleLimitSec } from './alerts'
import type { Plan, Stage } from './plan'

export interface PlanFact {
  readonly label: string
  readonly value: string
  /** The value is what somebody wrote, byte for byte, and no sentence of ours. */
  readonly isVerbatim?: true
  /** The value is sentences of ours, one a line. */
  readonly isOurs?: true
  /** What somebody wrote, below a value that is a sentence of ours. */
  readonly below?: string
  /** A part of its own begins here, for a page that has several. */
  readonly isHead?: true
}

/** The facts in the order in which they will matter. Characters that cannot be seen are shown as `\u{…}`. */
export function renderPlan(plan: Plan): readonly PlanFact[] {
  const { work, preflight, watch, followUp } = plan
  const facts: PlanFact[] = [
    ...(plan.stages ?? []).flatMap((stage, index) => renderStage(stage, index + 1)),
    work.kind === 'command'
      ? { label: workLabel(plan.backend), value: work.command, isVerbatim: true }
      : { label: 'Agent', value: work.task, isVerbatim: true },
    ...(work.kind === 'agent' ? [{ label: 'By', value: renderAgent(work.agent, 'as this job') }] : []),
    { label: 'Directory', value: plan.cwd, isVerbatim: true },
    ...renderBackend(plan.backend),
    ...Object.entries(plan.env).map(([name, value]): PlanFact => ({
      label: 'Variable',
      value: `${name}=${value}`,
      isVerbatim: true,
    })),
  ]
  facts.push(...renderQueue(plan))
  const then = preflight.onFail === 'reject' ? 'or it is not started' : 'or a warning is shown'
  for (const check of preflight.checks) facts.push({ label: 'Check before', value: renderCheck(check, then) })
  if (plan.timeLimitSec !== null) facts.push({ label: 'Time limit', value: `${plan.timeLimitSec} s` })
  facts.push({ label: 'Watch', value: `looked at every ${watch.everySec} s` }, ...renderAlerts(plan))
  if (watch.requireFiles.length > 0) {
    facts.push({ label: 'Must write', value: watch.requireFiles.join('\n'), isVerbatim: true })
    const otherwise = watch.onMissing === 'block' ? 'otherwise no follow-up' : 'the follow-up runs in any case'
    facts.push({ label: 'By when', value: `within ${watch.readyTimeoutSec} s after its end; ${otherwise}` })
  }
  if (plan.runState !== undefined)
    facts.push({
      label: 'State file',
      value: `Relay Jobs writes there, as JSON, how far it has come; no other file is changed or deleted: ${plan.runState.file}`,
    })
  if (plan.experiment !== undefined) facts.push(...renderExperimentFacts(plan.experiment))
  if (work.kind === 'agent') facts.push(documents, ...renderNext(work.agent))
  else if (followUp === null) facts.push({ label: 'Follow-up', value: 'none' })
  if (followUp !== null) {
    const how = followUp.run
      ? 'run by itself when the job ends'
      : 'waiting for you under Tasks when the job ends (runTasks is not true)'
    facts.push(
      { label: 'Follow-up', value: followUp.task, isVerbatim: true },
      { label: 'By', value: renderAgent(followUp.agent, how) },
      documents,
      ...renderNext(followUp.agent),
    )
  }
  return facts.map((fact) => ({ ...fact, value: showInvisible(fact.value) }))
}

const documents: PlanFact = { label: 'Documents', value: 'an entry is appended to HANDOFF_LOG.md' }

/** What an answer may lead to. The built-in analyst asks for nothing. */
function renderNext(agent: Agent): readonly PlanFact[] {
  const value =
    'if its answer asks for another job, that starts by itself only if exactly that was approved with “always” in this folder; otherwise you are asked'
  return agent.kind === 'builtin' ? [] : [{ label: 'Next job', value }]
}

function renderQueue({ queue }: Plan): readonly PlanFact[] {
  const { group, after = [] } = queue ?? {}
  const facts = after.map(({ jobId, on }): PlanFact => {
    const otherwise = on === 'succeeded' ? ' and has succeeded; otherwise it is not started' : ''
    return { label: 'Waits', value: `until the job ${jobId} has ended${otherwise}` }
  })
  if (group === undefined) return facts
  const where = group.scope === 'host' ? 'on this machine, over all folders' : 'in this folder'
  return [...facts, { label: 'Waits', value: `for a place in the group ${group.name}, counted ${where}` }]
}

/** One thing a line, for each of them matters. */
function renderAgent(agent: Agent, how: string): string {
  const [who = '', ...rest] = tellAgent(agent)
  return [`${who}, ${how}`, ...rest].join(';\n')
}

/** What has to succeed before the command is run at all. */
function renderStage(stage: Stage, number: number): readonly PlanFact[] {
  const { command, timeLimitSec, requireFiles, readyTimeoutSec } = stage
  const limit = timeLimitSec === null ? '' : ` within ${timeLimitSec} s`
  const files = requireFiles.length === 0 ? '' : `, and have written its files at most ${readyTimeoutSec} s later`
  return [
    { label: `Stage ${number}`, value: command, isVerbatim: true },
    { label: `${number} must`, value: `end with 0${limit}${files}; otherwise nothing that follows is run` },
    ...(requireFiles.length === 0
      ? []
      : [{ label: `${number} must write`, value: requireFiles.join('\n'), isVerbatim: true as const }]),
  ]
}

function renderAlerts({ work, watch }: Plan): readonly PlanFact[] {
  if (work.kind === 'agent') return []
  const limitSec = staleLimitSec(watch)
  const quiet = limitSec === 0 ? [] : [`${limitSec} s without output and work`]
  const { alertOn } = watch
  const usual = alertOn === undefined ? ['the usual signs of trouble in its log (errors, tracebacks, NaN losses)'] : []
  const own = alertOn !== undefined && alertOn.length > 0 ? ['the patterns below in its log'] : []
  const all = [...quiet, ...usual, ...own]
  return [
    { label: 'Alerts', value: all.length === 0 ? 'none' : `a person is told of ${all.join(' and of ')}` },
    ...(own.length === 0 ? [] : [{ label: 'Patterns', value: alertOn?.join('\n') ?? '', isVerbatim: true as const }]),
  ]
}

/** What a job gets besides what the plan says. */
export const environmentCaveat =
  'The job gets the environment of this window or terminal, with whatever secrets are in it; it is kept, readable by you alone, until the job has ended.'

/** What the approval does not cover, said beside it. */
export const planCaveat =
  'Scripts that the command calls may change between now and the start; what is shown here will not.'

/** Ours first, theirs last: no text of a block can look like a sentence of ours. */
function renderCheck(check: Plan['preflight']['checks'][number], then: string): string {
  switch (check.type) {
    case 'path_exists':
      return `there must be, ${then}: ${check.path}`
    case 'cmd_exit_zero':
      return `this must exit with 0 within ${check.timeoutSec ?? preflightDefaults.timeoutSec} s, ${then}:\n${check.cmd}`
    case 'min_free_disk_gb':
      return `${check.gb} GB must be free, ${then}, at: ${check.path ?? preflightDefaults.path}`
  }
}
