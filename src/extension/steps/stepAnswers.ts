// `/steps` and `/do-tasks-v2` of @relay: no model is asked, and nothing runs before its button and its approval.
import * as vscode from 'vscode'
import { escapeMarkdown } from '../../core/chat/chatMarkdown'
import { plainLabel } from '../../core/logs/plainText'
import { RelayError } from '../../core/relayError'
import { readStepsWish, type StepRange } from '../../core/steps/stepsWish'
import { isLive } from '../../core/steps/goingOn'
import { requireTrust } from '../requireTrust'
import { commands } from '../contributions'
import type { ShownStep, StepsModel } from './stepsModel'
import { taskIdOfStep } from './stepTree'
import { actWord, stepLine, stepSigns, stepState, stepTitle } from './stepWords'

const shownSteps = 30
const shownChars = 60

/** Throws RelayError where the words name nothing that could be done. */
export async function answerSteps(model: StepsModel, stream: vscode.ChatResponseStream, prompt: string): Promise<void> {
  await model.untilRead()
  await model.refresh()
  answer(model, stream, prompt)
}

function answer(model: StepsModel, stream: vscode.ChatResponseStream, prompt: string): void {
  const wish = readStepsWish(prompt)
  if (wish.kind === 'unclear') {
    stream.markdown(escapeMarkdown(wish.problem))
    return
  }
  if (model.all.length === 0)
    throw new RelayError(
      'no_step',
      vscode.l10n.t('There are no steps in this window: neither SPEC.md nor definitions of steps are there.'),
    )
  if (wish.kind !== 'list' && wish.kind !== 'monitor' && wish.kind !== 'log') requireTrust()
  switch (wish.kind) {
    case 'list':
      return showList(model, stream)
    case 'monitor':
      return showBackground(model, stream)
    case 'run':
      return offerRun(model, stream, wish.range, wish.dryRun)
    case 'continue': {
      const rest = model.all.filter((step) => stepState(step) !== 'done')
      if (rest.length === 0) {
        stream.markdown(vscode.l10n.t('All steps are done: there is nothing to continue.'))
        return
      }
      stream.markdown(`${rows(rest.slice(0, shownSteps))}\n\n`)
      stream.button({ title: vscode.l10n.t('Continue Steps…'), command: commands.continueSteps })
      return
    }
    case 'stop':
      return offer(model, stream, wish.step, commands.stopStep, vscode.l10n.t('Stop'), (step) => canStop(step))
    case 'retry':
      return offer(
        model,
        stream,
        wish.step,
        commands.retryStep,
        vscode.l10n.t('Retry'),
        (step) => !canStop(step) && step.run !== null && step.run.retryFrom !== null,
      )
    case 'log': {
      const { taskId } = wish
      const fits = (step: ShownStep) => (taskId === null ? taskIdOfStep(step) !== null : taskIdOfStep(step) === taskId)
      return offer(model, stream, wish.step, commands.showTaskLog, vscode.l10n.t('Show Log'), fits)
    }
  }
}

function showList(model: StepsModel, stream: vscode.ChatResponseStream): void {
  const shown = model.all.slice(0, shownSteps)
  stream.markdown(`${rows(shown)}\n\n`)
  const hidden = model.all.length - shown.length
  if (hidden > 0) stream.markdown(`${vscode.l10n.t('{0} more are in the Steps view.', hidden)}\n\n`)
  if (vscode.workspace.isTrusted && model.all.some((step) => stepState(step) !== 'done'))
    stream.button({ title: vscode.l10n.t('Continue Steps…'), command: commands.continueSteps })
  stream.button({ title: vscode.l10n.t('Show Steps'), command: commands.showSteps })
}

/** What goes on behind the steps: their jobs, what their monitors saw last, and what they want to be looked at. */
function showBackground(model: StepsModel, stream: vscode.ChatResponseStream): void {
  const { live } = model
  if (live.length === 0) {
    stream.markdown(vscode.l10n.t('Nothing of these steps runs in the background.'))
    return
  }
  for (const step of live.slice(0, shownSteps)) {
    stream.markdown(`${row(step)}\n`)
    const monitors = step.run?.phases.find(({ phase }) => phase === 'BACKGROUND')?.acts ?? []
    for (const { name, state, detail } of monitors)
      stream.markdown(
        `  - ${escapeMarkdown(`${plainLabel(name, shownChars)}: ${detail === '' ? actWord(state, 'BACKGROUND') : detail}`)}\n`,
      )
    for (const { monitor, text } of step.run?.alerts ?? [])
      stream.markdown(`  - ⚠ ${escapeMarkdown(`${plainLabel(monitor, shownChars)}: ${plainLabel(text, 200)}`)}\n`)
  }
  for (const step of live.slice(0, 4)) {
    stream.button({
      title: vscode.l10n.t('Log of {0}', stepTitle(step, 32)),
      command: commands.showTaskLog,
      arguments: [step.key],
    })
    if (vscode.workspace.isTrusted)
      stream.button({
        title: vscode.l10n.t('Stop {0}…', stepTitle(step, 32)),
        command: commands.stopStep,
        arguments: [step.key],
      })
  }
}

function offerRun(model: StepsModel, stream: vscode.ChatResponseStream, range: StepRange, dryRun: boolean): void {
  const { from, to } = range
  const wanted = model.all.filter(({ status }) => status.step >= from && status.step <= to)
  const [first] = wanted
  if (first === undefined)
    throw new RelayError(
      'no_such_step',
      vscode.l10n.t('There is no step {0}. There are: {1}.', nameOf(range), numbersOf(model.all)),
    )
  stream.markdown(`${rows(wanted.slice(0, shownSteps))}\n\n`)
  stream.markdown(`${vscode.l10n.t('Everything that they can make happen is shown before anything runs.')}\n\n`)
  const title = dryRun
    ? vscode.l10n.t('Dry Run of Step {0}…', nameOf(range))
    : from === to
      ? vscode.l10n.t('Run Step {0}…', from)
      : vscode.l10n.t('Run Steps {0}…', nameOf(range))
  stream.button(
    dryRun || from === to
      ? { title, command: dryRun ? commands.dryRunStep : commands.runStep, arguments: [first.key] }
      : { title, command: commands.runSteps, arguments: [from, to, first.folder] },
  )
}

function offer(
  model: StepsModel,
  stream: vscode.ChatResponseStream,
  number: number | null,
  command: string,
  title: string,
  fits: (step: ShownStep) => boolean,
): void {
  const named = number === null ? model.all : model.all.filter(({ status }) => status.step === number)
  const fitting = named.filter(fits)
  if (fitting.length === 0)
    throw new RelayError(
      'no_step',
      number === null
        ? vscode.l10n.t('There is no step for which this can be done.')
        : named[0] === undefined
          ? vscode.l10n.t('There is no step {0}. There are: {1}.', number, numbersOf(model.all))
          : `${stepTitle(named[0])}: ${stepLine(named[0], Date.now())}.`,
    )
  stream.markdown(`${rows(fitting.slice(0, shownSteps))}\n\n`)
  for (const step of fitting.slice(-4))
    stream.button({ title: `${title}: ${stepTitle(step, 40)}`, command, arguments: [step.key] })
}

function rows(steps: readonly ShownStep[]): string {
  return steps.map(row).join('\n')
}

function row(step: ShownStep): string {
  const taskId = taskIdOfStep(step)
  const line = escapeMarkdown(`${stepSigns[stepState(step)]} ${stepTitle(step)} — ${stepLine(step, Date.now())}`)
  return `- ${line}${taskId === null ? '' : ` \`${taskId}\``}`
}

function canStop({ run }: ShownStep): boolean {
  return run !== null && isLive(run)
}

function nameOf({ from, to }: StepRange): string {
  return from === to ? String(from) : `${from}-${to}`
}

function numbersOf(steps: readonly ShownStep[]): string {
  const numbers = steps.map(({ status }) => status.step)
  return numbers.length > 20 ? `${numbers.slice(0, 20).join(', ')}, …` : numbers.join(', ')
}
