// A plan in the chat: whole, for a confirmation, and in short above a button that leads to the approval page.
import { environmentCaveat, planCaveat, type PlanFact, renderPlan } from '../jobs/renderPlan'
import type { Plan } from '../jobs/plan'
import { escapeMarkdown, fence } from './chatMarkdown'

/**
 * Everything that the plan can make happen; `caveats` are sentences of ours. Where VS Code shows it without markup, only the
 * line end inside of a fence keeps what follows apart from it.
 */
export function renderWholePlan(plan: Plan, description: string | null, caveats: readonly string[]): string {
  const title = description === null ? [] : [`“${escapeMarkdown(description)}”`]
  return [
    ...title,
    renderFacts(renderPlan(plan)),
    ...[environmentCaveat, planCaveat, ...caveats].map(escapeMarkdown),
  ].join('\n\n')
}

/** Each fact with its label; what somebody wrote is in fences. */
export function renderFacts(facts: readonly PlanFact[]): string {
  return facts
    .map(({ label, value, isVerbatim }) =>
      isVerbatim || value.includes('\n')
        ? `**${label}**\n\n${fence(`${marked(value)}\n`)}`
        : `**${label}:** ${escapeMarkdown(value)}`,
    )
    .join('\n\n')
}

/** Where a fence is not drawn, several lines of somebody could pass for facts of ours. */
function marked(value: string): string {
  return value.includes('\n') ? value.replace(/^/gm, '│ ') : value
}

/** The command, and one line each for what else matters. The approval page shows the rest. */
export function renderShortPlan(plan: Plan, description: string | null, directory: string | null): string {
  const { work, preflight, watch, followUp } = plan
  const points = [
    directory === null ? null : `in ${escapeMarkdown(directory)}`,
    renderWaits(plan),
    preflight.checks.length === 0 ? null : `checked before: ${count(preflight.checks.length, 'check')}`,
    watch.requireFiles.length === 0 ? null : `must write ${watch.requireFiles.map(escapeMarkdown).join(', ')}`,
    followUp === null
      ? 'no follow-up'
      : `${followUp.run ? 'when it ends' : 'when it ends, and you let it go'}: ${escapeMarkdown(followUp.task)}`,
  ]
  const title = description === null ? [] : [`**${escapeMarkdown(description)}**`]
  const list = points.flatMap((point) => (point === null ? [] : [`- ${point}`])).join('\n')
  return [...title, fence(work.kind === 'command' ? work.command : work.task), list].join('\n\n')
}

function renderWaits({ queue }: Plan): string | null {
  const { group, after = [] } = queue ?? {}
  const waits = [
    ...after.map(({ jobId }) => `for the end of ${jobId}`),
    ...(group === undefined ? [] : [`for a place in the group ${escapeMarkdown(group.name)}`]),
  ]
  return waits.length === 0 ? null : `waits ${waits.join(', ')}`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
