// `/exp` of @relay: runs as a table, and a button that leads to the approval of a new one. No model is asked.
import * as vscode from 'vscode'
import { escapeMarkdown, fence } from '../../core/chat/chatMarkdown'
import { renderRunTable } from '../../core/chat/runMarkdown'
import { readAskedExperiment } from '../../core/experiments/askedExperiment'
import { parseKeyValues, reservedNames } from '../../core/experiments/keyValues'
import type { RunRow } from '../../core/experiments/runTable'
import { formatNumber } from '../../core/followUps/quantities'
import { plainLabel } from '../../core/logs/plainText'
import { RelayError } from '../../core/relayError'
import { findTemplate, readTemplates, renderFindings } from '../../store/experiments/templateFiles'
import { commands } from '../contributions'
import type { ExperimentsModel } from './experimentsModel'
import { requireTrust } from '../requireTrust'
import type { RunExperiment } from './runExperiment'

const shownRuns = 15
const shownTemplates = 12

interface Asked {
  readonly stream: vscode.ChatResponseStream
  readonly prompt: string
  readonly model: ExperimentsModel
  readonly runner: RunExperiment
}

/** Throws RelayError. */
export function answerExperiments({ stream, prompt, model, runner }: Asked): void {
  const asked = readAskedExperiment(prompt)
  switch (asked.kind) {
    case 'run':
      return offerRun(stream, model, runner, asked.template, asked.words)
    case 'best':
      return showBest(stream, model, asked.metric)
    case 'report':
      return showReport(stream, model)
    case 'help':
      return showExperimentsHelp(stream, model)
  }
}

function offerRun(
  stream: vscode.ChatResponseStream,
  model: ExperimentsModel,
  runner: RunExperiment,
  id: string,
  words: readonly string[],
): void {
  requireTrust()
  const { folders } = model
  const folder = folders.find(({ root }) => readTemplates(root).some((one) => one.id === id)) ?? folders[0]
  if (folder === undefined)
    throw new RelayError('no_folder', vscode.l10n.t('Open the folder in which the experiment is to run first.'))
  const { root } = folder
  const found = findTemplate(root, id)
  const { template } = found
  const { values, problems } = parseKeyValues(words, [...template.names, ...reservedNames])
  if (problems.length > 0)
    throw new RelayError('bad_values', vscode.l10n.t('Nothing was started: {0}', problems.join(' ')))
  runner.requireLauncher(root)
  const missing = template.names.filter((name) => !Object.hasOwn({ ...template.defaults, ...values }, name))
  stream.markdown(`**${escapeMarkdown(template.description ?? template.id)}**\n\n`)
  for (const finding of renderFindings(found)) stream.markdown(`- ${escapeMarkdown(finding)}\n`)
  if (missing.length > 0)
    stream.markdown(`${escapeMarkdown(vscode.l10n.t('It will ask for {0}.', missing.join(', ')))}\n\n`)
  else {
    const { plan } = runner.plan(root, template, values)
    if (plan.work.kind === 'command') stream.markdown(`${fence(plan.work.command)}\n\n`)
    stream.markdown(
      `${vscode.l10n.t('Everything is shown once more before it is started; its run id is made then.')}\n\n`,
    )
  }
  stream.button({
    title: vscode.l10n.t('Run {0}…', plainLabel(template.id, 40)),
    command: commands.runExperiment,
    arguments: [template.id, values, root],
  })
}

function showBest(stream: vscode.ChatResponseStream, { folders }: ExperimentsModel, metric: string | null): void {
  const all = folders.flatMap(({ table }) => table.best.map((best) => ({ best, table })))
  const wanted = all.filter(({ best }) => metric === null || best.metric.toLowerCase() === metric.toLowerCase())
  if (wanted.length === 0) {
    const known = [...new Set(all.map(({ best }) => best.metric))]
    throw new RelayError(
      'no_best',
      known.length === 0
        ? vscode.l10n.t('No run has succeeded with a primary metric yet.')
        : vscode.l10n.t('No run is judged by {0}. There are: {1}.', metric ?? '', known.join(', ')),
    )
  }
  const rows: RunRow[] = []
  for (const { best, table } of wanted) {
    const direction = best.higherIsBetter ? vscode.l10n.t('higher is better') : vscode.l10n.t('lower is better')
    const line = vscode.l10n.t(
      '{0} {1}: {2}, the best of {3} runs',
      best.metric,
      formatNumber(best.value),
      best.runId,
      best.of,
    )
    stream.markdown(`- ${escapeMarkdown(`${line} (${direction})`)}\n`)
    const row = table.rows.find(({ runId }) => runId === best.runId)
    if (row !== undefined) rows.push(row)
  }
  stream.markdown(`\n${renderRunTable(rows)}\n\n`)
  stream.button(tableButton())
}

function showReport(stream: vscode.ChatResponseStream, { folders }: ExperimentsModel): void {
  const rows = folders.flatMap(({ table }) => table.rows)
  if (rows.length === 0) {
    stream.markdown(vscode.l10n.t('No runs are recorded yet.'))
    return
  }
  const newest = rows.slice(0, shownRuns)
  const best = rows.filter((row) => row.isBest && !newest.includes(row)).slice(0, shownRuns)
  const shown = [...rows.filter((row) => row.isBest && newest.includes(row)), ...best]
  // The best on top, then the newest.
  stream.markdown(`${renderRunTable([...shown, ...newest.filter((row) => !row.isBest)])}\n\n`)
  const hidden = rows.length - newest.length - best.length
  if (hidden > 0) stream.markdown(`${vscode.l10n.t('{0} more are in the table.', hidden)}\n\n`)
  stream.button(tableButton())
}

function showExperimentsHelp(stream: vscode.ChatResponseStream, { folders }: ExperimentsModel): void {
  const ids = folders.flatMap(({ root }) => readTemplates(root).map(({ id }) => id))
  stream.markdown(
    [
      `- \`/exp run TEMPLATE key=value…\` ${vscode.l10n.t('shows the command of a run, with a button that leads to its approval')}`,
      `- \`/exp best [metric]\` ${vscode.l10n.t('the best run of each metric')}`,
      `- \`/exp report\` ${vscode.l10n.t('the newest runs, the best on top')}`,
      '',
      ids.length === 0
        ? vscode.l10n.t('There are no templates here yet.')
        : escapeMarkdown(vscode.l10n.t('Templates: {0}', ids.slice(0, shownTemplates).join(', '))),
    ].join('\n'),
  )
}

function tableButton(): vscode.Command {
  return { title: vscode.l10n.t('Open Experiments Table'), command: commands.openRunTable }
}
