// Asks a person to approve a plan, on a page that shows everything it can make happen, made from the parsed bytes alone.
import * as vscode from 'vscode'
import type { ApprovalAnswer, ApprovalMessage, ApprovalQuestion } from '../../core/jobs/approvalPage'
import type { Plan } from '../../core/jobs/plan'
import { planCaveat, renderPlan, showInvisible } from '../../core/jobs/renderPlan'
import { detachmentCaveats } from '../../store/detachment'
import { renderWebviewHtml, webviewRoot } from '../webviewHtml'

export interface ApprovalRequest {
  readonly plan: Plan
  /** What the person is asked, as a heading. */
  readonly title: string
  /** What the button that approves once says. */
  readonly approve: string
}

/** The person's answer; `cancel` if the page was closed. */
export function askForApproval(extensionUri: vscode.Uri, request: ApprovalRequest): Promise<ApprovalAnswer> {
  const { plan, title, approve } = request
  const panel = vscode.window.createWebviewPanel('relay.approval', title, vscode.ViewColumn.Active, {
    enableScripts: true,
    localResourceRoots: [webviewRoot(extensionUri)],
  })
  const question: ApprovalQuestion = {
    title: showInvisible(title),
    facts: renderPlan(plan).map((fact) => ({ ...fact, label: vscode.l10n.t(fact.label) })),
    caveats: [vscode.l10n.t(planCaveat), ...detachmentCaveats(process.env)],
    buttons: {
      once: approve,
      always: vscode.l10n.t('Always start exactly this'),
      cancel: vscode.l10n.t('Cancel'),
    },
  }
  return new Promise((resolve) => {
    panel.onDidDispose(() => resolve('cancel'))
    panel.webview.onDidReceiveMessage((message: ApprovalMessage) => {
      if (message.kind === 'ready') void panel.webview.postMessage(question)
      else {
        resolve(message.answer)
        panel.dispose()
      }
    })
    panel.webview.html = renderWebviewHtml(panel.webview, extensionUri, 'approval', title)
  })
}
