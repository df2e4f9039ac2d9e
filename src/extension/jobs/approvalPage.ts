// Asks a person to approve a plan, on a page that shows everything it can make happen, made from the parsed bytes alone.
import * as vscode from 'vscode'
import { type ApprovalAnswer, type ApprovalQuestion, parseApprovalMessage } from '../../core/jobs/approvalPage'
import { renderDryRun } from '../../core/jobs/dryRun'
import type { Plan } from '../../core/jobs/plan'
import { environmentCaveat, planCaveat, type PlanFact, renderPlan } from '../../core/jobs/renderPlan'
import { plainLabel, showInvisible } from '../../core/logs/plainText'
import { detachmentCaveats } from '../../store/detachment'
import { renderWebviewHtml, webviewRoot } from '../webviewHtml'

const titleChars = 120

interface Asked {
  /** What must not be missed. */
  readonly warnings: readonly string[]
  /** What the person is asked, as a heading. */
  readonly title: string
  /** What the button that approves once says. */
  readonly approve: string
}

export interface ApprovalRequest extends Asked {
  readonly plan: Plan
  /** Only its checks are to be run. */
  readonly dryRun: boolean
  /** What is to be known besides: where the block stands, what in it has no effect. */
  readonly notes: readonly string[]
}

/** All that a page shows. */
export interface ApprovalPage extends Asked {
  readonly facts: readonly PlanFact[]
  readonly caveats: readonly string[]
  /** What the button says that approves for good; null: there is none. */
  readonly always: string | null
}

/** Asks about a plan. */
export function askAboutPlan(extensionUri: vscode.Uri, request: ApprovalRequest): Promise<ApprovalAnswer> {
  const { plan, dryRun, notes } = request
  return askForApproval(extensionUri, {
    ...request,
    facts: [...(dryRun ? [renderDryRun(plan)] : []), ...renderPlan(plan)],
    caveats: [
      ...notes,
      vscode.l10n.t(environmentCaveat),
      vscode.l10n.t(planCaveat),
      ...(dryRun ? [] : detachmentCaveats(process.env)),
    ],
    // For good is only approved what is shown as that: not the command on a page that says that it is not started.
    always: dryRun ? null : vscode.l10n.t('Always start exactly this'),
  })
}

/** The person's answer; `cancel` if the page was closed. */
export function askForApproval(extensionUri: vscode.Uri, page: ApprovalPage): Promise<ApprovalAnswer> {
  const { facts, caveats, warnings, approve, always } = page
  const title = plainLabel(page.title, titleChars)
  const panel = vscode.window.createWebviewPanel('relay.approval', title, vscode.ViewColumn.Active, {
    enableScripts: true,
    localResourceRoots: [webviewRoot(extensionUri)],
  })
  const question: ApprovalQuestion = {
    title,
    warnings: warnings.map(showInvisible),
    facts: facts.map((fact) => ({ ...fact, label: vscode.l10n.t(fact.label) })),
    caveats: caveats.map(showInvisible),
    buttons: {
      once: approve,
      always,
      cancel: vscode.l10n.t('Cancel'),
    },
  }
  return new Promise((resolve) => {
    panel.onDidDispose(() => resolve('cancel'))
    panel.webview.onDidReceiveMessage((said: unknown) => {
      const message = parseApprovalMessage(said)
      if (message?.kind === 'ready') void panel.webview.postMessage(question)
      if (message?.kind === 'answer') {
        resolve(message.answer)
        panel.dispose()
      }
    })
    panel.webview.html = renderWebviewHtml(panel.webview, extensionUri, 'approval', title)
  })
}
