// Steps as they would run now: their definitions, as they stand in the editor, made into plans.
import fs from 'node:fs'
import path from 'node:path'
import * as vscode from 'vscode'
import { RelayError } from '../../core/relayError'
import type { StepDefinition } from '../../core/steps/definition'
import { type PlannedStep, planStep } from '../../core/steps/planStep'
import type { StateFolder } from '../../store/stateFolder'
import { stepContext } from './stepContext'
import type { StepFolders } from './stepFolders'
import { definitionsFileOf } from './stepPlaces'
import type { ShownStep } from './stepsModel'
import { stepTitle } from './stepWords'

const titleChars = 80

/** A step with what it would do. */
export interface Prepared extends PlannedStep {
  readonly step: ShownStep
  readonly definition: StepDefinition
}

/** Throws RelayError for a step that has no definition, or one with errors. */
export async function prepareSteps(
  state: StateFolder,
  files: StepFolders,
  steps: readonly ShownStep[],
): Promise<readonly Prepared[]> {
  const [first] = steps
  if (first === undefined) return []
  const definitions = await definitionsOf(files, steps)
  const context = stepContext(state, realFolder(first.folder))
  return steps.map((step, at) => {
    const definition = definitions[at] ?? null
    const name = stepTitle(step, titleChars)
    if (step.status.key === null)
      throw new RelayError(
        'not_defined',
        vscode.l10n.t(
          '{0} is not defined: {1} says what steps run.',
          name,
          path.relative(step.folder, definitionsFileOf(step.folder)),
        ),
      )
    if (definition === null)
      throw new RelayError(
        'step_has_errors',
        vscode.l10n.t('The definition of {0} has errors: see the Problems view.', name),
      )
    return { ...planStep(definition, titleOf(step), context), step, definition }
  })
}

/** Of steps of one folder; null: it has none, or one with errors. */
export async function definitionsOf(
  files: StepFolders,
  steps: readonly ShownStep[],
): Promise<readonly (StepDefinition | null)[]> {
  const [first] = steps
  if (first === undefined) return []
  const { steps: parsed } = await files.definitionsOf(first.folder)
  return steps.map(({ status }) => parsed.find(({ number }) => number === status.step)?.definition ?? null)
}

/** Null: it does not stand in SPEC.md. */
export function titleOf({ status }: ShownStep): string | null {
  return status.inSpec ? status.title : null
}

/** Throws RelayError. */
export function realFolder(folder: string): string {
  try {
    return fs.realpathSync(folder)
  } catch {
    throw new RelayError('no_folder', vscode.l10n.t('The folder {0} is not there.', folder))
  }
}
