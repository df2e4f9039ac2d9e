// Relay: Copy Ready-to-Use Task Text: the text that gives an agent a long task, filled in for the clipboard.
import fs from 'node:fs'
import path from 'node:path'
import * as vscode from 'vscode'
import { isMetricsFile, readResultMetrics } from '../../core/followUps/resultMetrics'
import type { Job } from '../../core/jobs/job'
import { anyMetrics, fillTaskText, type TaskFacts, whyNoFact } from '../../core/skills/taskText'
import type { JobModel } from '../jobs/jobModel'

/** Among so many of the newest jobs one that says what it writes is looked for. */
const recentCount = 20
/** A larger file is not read for the name of a metric. */
const largestBytes = 256 * 1024

export async function copyTaskText(text: string, model: JobModel): Promise<void> {
  const known = factsOf([...model.live, ...model.ended(0, recentCount)].map(({ job }) => job))
  const title = vscode.l10n.t('Copy Ready-to-Use Task Text')
  const logPath = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t('Where will the work write its log? A path in the workspace.'),
    placeHolder: 'exp/results/r1/train.log',
    value: known.logPath,
    ignoreFocusOut: true,
    validateInput: whyNoFact,
  })
  if (logPath === undefined) return
  const metrics = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t('Which metrics are to be reported?'),
    placeHolder: anyMetrics,
    value: known.metrics,
    ignoreFocusOut: true,
    validateInput: (value) => (value.trim() === '' ? null : whyNoFact(value)),
  })
  if (metrics === undefined) return
  await vscode.env.clipboard.writeText(fillTaskText(text, { logPath, metrics }))
  void vscode.window.showInformationMessage(vscode.l10n.t('Copied. Paste it to your agent.'))
}

/** What the required files of the newest job that has some tell; empty where they tell nothing. */
function factsOf(jobs: readonly Job[]): TaskFacts {
  const job = jobs.find(({ spec }) => spec.plan.watch.requireFiles.length > 0)
  if (job === undefined) return { logPath: '', metrics: '' }
  const { cwd, watch } = job.spec.plan
  const names = watch.requireFiles.filter(isMetricsFile).flatMap((file) => primaryIn(path.resolve(cwd, file)) ?? [])
  return { logPath: watch.requireFiles.find((file) => /\.(?:log|txt|out)$/i.test(file)) ?? '', metrics: names[0] ?? '' }
}

function primaryIn(file: string): string | null {
  try {
    if (fs.statSync(file).size > largestBytes) return null
    return readResultMetrics(file, fs.readFileSync(file, 'utf8')).primary?.name ?? null
  } catch {
    return null // Not there, or not to be read: the person is asked all the same.
  }
}
