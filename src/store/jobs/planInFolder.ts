// The plan of an action for a folder on disk.
import fs from 'node:fs'
import path from 'node:path'
import type { JobStart } from '../../core/blocks/schema'
import type { ChosenAgent } from '../../core/followUps/chooseAgent'
import { planJob, type Plan, type PlanDefaults } from '../../core/jobs/plan'
import { RelayError } from '../../core/relayError'

export interface PlannedJob {
  readonly plan: Plan
  readonly description: string | null
  /** Who does the follow-up and why, in a sentence; null if there is none. */
  readonly agentChoice: string | null
}

/**
 * The plan of `action` in `folder` (a real path); `choose` says who does its follow-up, if it has one, and `defaults` what else
 * its block leaves open. Throws RelayError if
 * it cannot or must not be run there.
 */
export function planInFolder(
  action: JobStart,
  folder: string,
  choose: () => ChosenAgent,
  defaults: PlanDefaults = {},
): PlannedJob {
  const chosen = action.watch?.thenTask === undefined ? null : choose()
  const result = planJob(action, folder, { ...defaults, ...(chosen === null ? {} : { agent: chosen.agent }) })
  if ('refusals' in result) throw new RelayError('not_supported', `Not started: ${result.refusals.join(' ')}`)
  const { cwd, watch, stages = [], runState } = result.plan
  const outside = [...watch.requireFiles, ...stages.flatMap(({ requireFiles }) => requireFiles)].filter(
    (file) => !isBelow(path.resolve(cwd, file), folder),
  )
  if (outside.length > 0)
    throw new RelayError(
      'outside',
      `Not started: required files must lie in ${folder}, and these do not: ${outside.join(', ')}.`,
    )
  // By way of links, too: what is written is to be in the workspace, and what is run there.
  const places = [cwd, ...(runState === undefined ? [] : [path.resolve(cwd, runState.file)])]
  for (const place of places) {
    const real = realPath(place)
    if (real !== folder && !isBelow(real, folder))
      throw new RelayError('outside', `Not started: ${place} leads out of ${folder}, to ${real}.`)
  }
  return { ...result, agentChoice: chosen?.why ?? null }
}

function isBelow(file: string, folder: string): boolean {
  const relative = path.relative(folder, file)
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative)
}

/** Where a path leads, or will: what is there of it is looked up. */
function realPath(file: string): string {
  try {
    return fs.realpathSync(file)
  } catch {
    const above = path.dirname(file)
    return above === file ? file : path.join(realPath(above), path.basename(file))
  }
}
