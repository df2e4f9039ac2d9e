// The page on which a person reads all that steps would do, and what of it was approved for good before.
import path from 'node:path'
import * as vscode from 'vscode'
import type { Approval } from '../../core/jobs/event'
import { environmentCaveat, planCaveat, type PlanFact } from '../../core/jobs/renderPlan'
import { renderStepPlan } from '../../core/steps/renderStepPlan'
import { runWarnings } from '../../core/steps/runWarnings'
import { isOver } from '../../core/steps/stepView'
import { detachmentCaveats } from '../../store/detachment'
import { folderKey } from '../../store/stateFolder'
import { isStepApprovalRemembered, rememberStepApproval, stepDigest } from '../../store/steps/stepApproval'
import { openDocumentAt } from '../documents/openDocument'
import { askForApproval } from '../jobs/approvalPage'
import { definitionsFileOf } from './stepPlaces'
import type { Prepared } from './stepPreparation'
import type { StepsHost } from './stepsGate'
import { warningLine } from './stepSentences'
import type { StepsModel } from './stepsModel'
import { isDone, stepTitle } from './stepWords'

const titleChars = 80

export class StepApprovals {
  /** Those that are being asked for: a double click is one question. */
  private readonly asking = new Set<string>()

  constructor(
    private readonly host: StepsHost,
    private readonly model: StepsModel,
  ) {}

  /** Null: not approved. What was approved with *always*, each step by itself, is not asked for again. */
  async approve(
    prepared: readonly Prepared[],
    folder: string,
    { title, once, notes }: { readonly title: string; readonly once: string; readonly notes: readonly string[] },
  ): Promise<Approval['how'] | null> {
    const paths = this.host.state.folder(folderKey(folder))
    const done = prepared.flatMap(({ step }) => (isDone(step) ? [[step.status.step, step.status.taskId] as const] : []))
    const warnings = runWarnings(prepared, new Map(done)).map(warningLine)
    const live = prepared.filter(({ step }) => this.model.live.some(({ key }) => key === step.key))
    for (const { step } of live)
      warnings.push(
        step.run !== null && isOver(step.run)
          ? vscode.l10n.t('What {0} has left running is still alive and monitored.', stepTitle(step, titleChars))
          : vscode.l10n.t('{0} runs already.', stepTitle(step, titleChars)),
      )
    const isKnown = ({ plan }: Prepared) => isStepApprovalRemembered(paths, plan)
    const known = prepared.filter(isKnown)
    if (warnings.length === 0 && known.length === prepared.length) return 'remembered'
    // Where nothing is to be approved and only a warning is to be read, all of it is shown.
    const shown = known.length === prepared.length ? prepared : prepared.filter((one) => !isKnown(one))
    const numbers = known.map(({ plan }) => `STEP ${plan.step}`).join(', ')
    const answer = await this.ask(prepared.map(({ plan }) => stepDigest(plan)).join(), {
      title,
      warnings,
      facts: shown.flatMap(({ plan }) => factsOf(renderStepPlan(plan), prepared.length > 1)),
      notes: [
        ...(shown.length < prepared.length
          ? [
              vscode.l10n.t(
                'Exactly as they are, these were approved for good before, and are run as well: {0}.',
                numbers,
              ),
            ]
          : []),
        ...this.unsavedNotes(prepared),
        ...notes,
      ],
      once,
      always:
        prepared.length === 1 ? vscode.l10n.t('Always run exactly this') : vscode.l10n.t('Always run exactly these'),
    })
    if (answer === 'always') for (const { plan } of prepared) rememberStepApproval(paths, plan, Date.now())
    return answer === null ? null : 'asked'
  }

  private unsavedNotes([first]: readonly Prepared[]): readonly string[] {
    if (first === undefined) return []
    const file = definitionsFileOf(first.step.folder)
    return openDocumentAt(file)?.isDirty === true
      ? [vscode.l10n.t('{0} has changes that are not saved: they count here.', path.basename(file))]
      : []
  }

  /** Null: canceled, or the same is being asked. */
  async ask(
    key: string,
    page: {
      readonly title: string
      readonly warnings: readonly string[]
      readonly facts: readonly PlanFact[]
      readonly notes: readonly string[]
      readonly once: string
      readonly always: string | null
    },
  ): Promise<'once' | 'always' | null> {
    if (this.asking.has(key)) return null
    this.asking.add(key)
    try {
      const answer = await askForApproval(this.host.extensionUri, {
        title: page.title,
        warnings: page.warnings,
        facts: page.facts,
        caveats: [
          ...page.notes,
          vscode.l10n.t(environmentCaveat),
          vscode.l10n.t(planCaveat),
          ...detachmentCaveats(process.env),
        ],
        approve: page.once,
        always: page.always,
      })
      return answer === 'cancel' ? null : answer
    } finally {
      this.asking.delete(key)
    }
  }
}

/** As they stand on the page: a part for each of several steps, and what is run below how it is run. */
export function factsOf(facts: readonly PlanFact[], areSeveral: boolean): readonly PlanFact[] {
  return facts.map((fact, at): PlanFact => {
    if (at === 0 && areSeveral) return { label: fact.label, value: fact.value, isHead: true }
    const [first = '', ...rest] = fact.value.split('\n')
    return fact.isVerbatim === true || fact.isOurs === true || rest.length === 0
      ? fact
      : { ...fact, value: first, below: rest.join('\n') }
  })
}
