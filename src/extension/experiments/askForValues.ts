// Asks for the values of a template: those that are missing one by one, then a look at all of them and at the whole command, where
// each can be changed.
import * as vscode from 'vscode'
import { parseKeyValues, reservedNames } from '../../core/experiments/keyValues'
import { substitute } from '../../core/experiments/substitute'
import type { ExperimentTemplate } from '../../core/experiments/template'
import { plainLabel, plainNotice, showInvisible } from '../../core/logs/plainText'

const shownChars = 300

type Values = Readonly<Record<string, string>>

/** The values that are other than the template's defaults; null if the person gave up. */
export async function askForValues(template: ExperimentTemplate, known: Values): Promise<Values | null> {
  const { defaults } = template
  const names = template.names.filter((name) => !reservedNames.some((one) => one === name))
  const missing = names.filter((name) => !Object.hasOwn(known, name) && !Object.hasOwn(defaults, name))
  const values: Record<string, string> = { ...known }
  for (let at = 0; at < missing.length;) {
    const name = missing[at] ?? ''
    const answer = await askForOne(template, name, values, { at, of: missing.length })
    if (answer === null) return null
    if (answer.kind === 'back') at--
    else {
      values[name] = answer.text
      at++
    }
  }
  while (names.length > 0) {
    const chosen = await review(template, names, values)
    if (chosen === null) return null
    if (chosen === 'go on') break
    const answer = await askForOne(template, chosen, values, null)
    if (answer?.kind === 'value') values[chosen] = answer.text
  }
  // What is as the template has it anyway is no choice of the person's.
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => defaults[name] !== value))
}

/** `go on`, or the name of a value that is to be another. */
async function review(template: ExperimentTemplate, names: readonly string[], values: Values): Promise<string | null> {
  const goOn = {
    label: `$(play) ${vscode.l10n.t('Go on to the approval')}`,
    detail: plainNotice(commandOf(template, values), shownChars),
    name: 'go on',
    alwaysShow: true,
  }
  const picked = await vscode.window.showQuickPick(
    [
      goOn,
      { label: vscode.l10n.t('Values'), kind: vscode.QuickPickItemKind.Separator, name: '' },
      ...names.map((name) => {
        const isChanged = Object.hasOwn(values, name) && values[name] !== template.defaults[name]
        const was = template.defaults[name]
        return {
          label: plainLabel(`${name} = ${values[name] ?? was ?? ''}`, shownChars),
          description: isChanged && was !== undefined ? vscode.l10n.t('instead of {0}', plainLabel(was, 60)) : '',
          name,
        }
      }),
    ],
    {
      title: vscode.l10n.t('Run Experiment: {0}', template.id),
      placeHolder: vscode.l10n.t('Choose a value to change it, or go on'),
      ignoreFocusOut: true,
    },
  )
  return picked?.name ?? null
}

type Answer = { readonly kind: 'value'; readonly text: string } | { readonly kind: 'back' }

async function askForOne(
  template: ExperimentTemplate,
  name: string,
  values: Values,
  step: { readonly at: number; readonly of: number } | null,
): Promise<Answer | null> {
  const input = vscode.window.createInputBox()
  const subscriptions: { dispose(): void }[] = [input]
  const check = (text: string): string | undefined => {
    if (text.trim() === '' && !Object.hasOwn(template.defaults, name)) return vscode.l10n.t('{0} needs a value.', name)
    const [problem] = parseKeyValues([`${name}=${text}`], template.names).problems
    return problem === undefined ? undefined : plainNotice(problem)
  }
  const prompt = (text: string) =>
    vscode.l10n.t(
      'Value of {0}. The command: {1}',
      name,
      plainNotice(commandOf(template, { ...values, [name]: text }), shownChars),
    )
  input.title = vscode.l10n.t('Run Experiment: {0}', template.id)
  if (step !== null) {
    input.step = step.at + 1
    input.totalSteps = step.of
    if (step.at > 0) input.buttons = [vscode.QuickInputButtons.Back]
  }
  input.value = values[name] ?? template.defaults[name] ?? ''
  input.ignoreFocusOut = true
  input.prompt = prompt(input.value)
  try {
    return await new Promise<Answer | null>((resolve) => {
      subscriptions.push(
        input.onDidChangeValue((text) => {
          input.prompt = prompt(text)
          input.validationMessage = text === '' ? undefined : check(text)
        }),
        input.onDidTriggerButton(() => resolve({ kind: 'back' })),
        input.onDidAccept(() => {
          const problem = check(input.value)
          input.validationMessage = problem
          if (problem === undefined) resolve({ kind: 'value', text: input.value })
        }),
        input.onDidHide(() => resolve(null)),
      )
      input.show()
    })
  } finally {
    for (const subscription of subscriptions.reverse()) subscription.dispose()
  }
}

/** The command of the template with these values; names without one stay as they are. */
function commandOf({ command, defaults }: ExperimentTemplate, values: Values): string {
  return showInvisible(substitute(command.join(' '), { ...defaults, ...values }))
}
