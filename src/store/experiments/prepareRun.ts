// From the name of a template and its values to a run that can be approved: what the command line, the palette and the chat call.
import fs from 'node:fs'
import path from 'node:path'
import {
  type ExperimentPlanned,
  launcher,
  type OwnTools,
  ownToolFiles,
  planExperiment,
} from '../../core/experiments/planExperiment'
import type { PlanDefaults } from '../../core/jobs/plan'
import type { Agent } from '../../core/followUps/agent'
import { newRunId, runDirOf } from '../../core/experiments/runId'
import type { ExperimentTemplate } from '../../core/experiments/template'
import { RelayError } from '../../core/relayError'

/** A run id that nobody has taken in `folder`, the run's directory not being there yet. */
export function allocateRunId(folder: string, atMs: number, random: () => number): string {
  for (let tries = 0; tries < 100; tries++) {
    const runId = newRunId(atMs, random())
    if (isRunDirFree(folder, runDirOf(runId))) return runId
  }
  throw new RelayError('no_run_id', `No run id is free in ${folder}: all that were tried have a directory already.`)
}

/** What was made of it, with a fresh run id. `agent` does the follow-up. Nothing is written. Throws RelayError. */
export function prepareRun(
  folder: string,
  template: ExperimentTemplate,
  values: Readonly<Record<string, string>>,
  {
    atMs,
    random,
    agent,
    defaults = {},
  }: {
    readonly atMs: number
    readonly random: () => number
    readonly agent: Agent
    readonly defaults?: PlanDefaults
  },
): ExperimentPlanned {
  const runId = allocateRunId(folder, atMs, random)
  return planExperiment({ template, values, runId, cwd: folder, tools: findOwnTools(folder), agent, defaults })
}

/** Whether the workspace has what every run needs. */
export function hasLauncher(folder: string): boolean {
  return fs.existsSync(path.join(folder, launcher))
}

function findOwnTools(folder: string): OwnTools {
  const has = (file: string) => fs.statSync(path.join(folder, file), { throwIfNoEntry: false })?.isFile() === true
  return {
    validate: has(ownToolFiles.validate),
    append: has(ownToolFiles.append),
    summarize: has(ownToolFiles.summarize),
  }
}

/** Nothing is in it. */
function isRunDirFree(folder: string, runDir: string): boolean {
  const directory = path.join(folder, runDir)
  const stat = fs.lstatSync(directory, { throwIfNoEntry: false })
  return stat === undefined || (stat.isDirectory() && fs.readdirSync(directory).length === 0)
}
