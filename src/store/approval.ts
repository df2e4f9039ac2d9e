// What a person has approved, and may have approved for good in this folder.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { canonicalPlan, type Plan } from '../core/jobs/plan'
import { makeDirectory, writeDurably } from './durableFile'
import type { FolderPaths } from './stateFolder'

/** SHA-256 over everything the plan can make happen, in hex. */
export function planDigest(plan: Plan): string {
  return createHash('sha256').update(canonicalPlan(plan)).digest('hex')
}

/** Exactly this plan may be started in this folder without asking again. */
export function rememberApproval(folder: FolderPaths, plan: Plan, atMs: number): void {
  const file = folder.approval(planDigest(plan))
  makeDirectory(path.dirname(file))
  writeDurably(file, `${JSON.stringify({ v: 1, approvedAt: new Date(atMs).toISOString(), plan })}\n`)
}

export function isApprovalRemembered(folder: FolderPaths, plan: Plan): boolean {
  return fs.existsSync(folder.approval(planDigest(plan)))
}
