// What a person has approved of steps, each by itself: a range may be made of steps that were approved at different times.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { canonicalStepPlan, type StepPlan } from '../../core/steps/planStep'
import { makeDirectory, writeDurably } from '../durableFile'
import type { FolderPaths } from '../stateFolder'

/** SHA-256 over everything that the step can make happen, in hex. */
export function stepDigest(plan: StepPlan): string {
  return createHash('sha256').update(canonicalStepPlan(plan)).digest('hex')
}

/** Exactly this step may be run in this folder without asking again. */
export function rememberStepApproval(folder: FolderPaths, plan: StepPlan, atMs: number): void {
  const file = folder.approval(stepDigest(plan))
  makeDirectory(path.dirname(file))
  writeDurably(file, `${JSON.stringify({ v: 1, approvedAt: new Date(atMs).toISOString(), step: plan })}\n`)
}

export function isStepApprovalRemembered(folder: FolderPaths, plan: StepPlan): boolean {
  return fs.existsSync(folder.approval(stepDigest(plan)))
}
