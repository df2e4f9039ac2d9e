// The work after a run: each part can be done again, so that a crash in the middle is healed by doing it once more, and each reads
// what there is, so that one that could not be done keeps no other from it.
import { ownToolLimitSec } from '../../core/experiments/renderExperiment'
import { documentParts, partEditId, type RunPart } from '../../core/experiments/runParts'
import type { Job } from '../../core/jobs/job'
import { appendRecord } from '../../store/experiments/appendRecord'
import type { RegistryFile } from '../../store/experiments/registryFile'
import { readEnvironment } from '../../store/jobs/jobFiles'
import type { JobStore } from '../../store/jobs/jobStore'
import type { FolderPaths } from '../../store/stateFolder'
import { supervisorEnvironment } from '../../store/wake'
import type { DocumentEditor } from '../documents/documentEditor'
import { lastingProblem } from '../documents/handoff'
import { editMemory, writeRunEntry, writeRunSection } from './runDocuments'
import { runTool } from './runTool'
import { type EndedRun, seeRun } from './seeRun'

/** What the parts need of the supervisor. */
export interface RunWorld {
  readonly folder: FolderPaths
  readonly store: JobStore
  readonly editor: DocumentEditor
  /** Registries by their files: a part does not read again what the one before has read. */
  readonly registries: Map<string, RegistryFile>
  readonly registryLock: string
  readonly nowMs: number
  /** The jobs of a workspace folder that are under way. */
  readonly listActive: (workspace: string) => readonly Job[]
}

export interface PartResult {
  /** A sentence or so, for the follow-up and for people. */
  readonly detail: string
  readonly problem: string | null
}

const maxDetailChars = 1_500

/** Does one part. What cannot be done comes back as a `problem`; trouble that passes is thrown, to be tried again. */
export async function doRunPart(world: RunWorld, job: Job, part: RunPart): Promise<PartResult> {
  try {
    const run = await seeRun(world, job)
    const { detail, problem } = await doPart(world, run, part)
    return { detail: bound(detail), problem: problem === null ? null : bound(problem) }
  } catch (error) {
    return { detail: '', problem: lastingProblem(error) }
  } finally {
    // The last part: what was read of the registry is not kept for the next run.
    if (part === 'propose') world.registries.clear()
  }
}

/** The document edits of the work after a run, whether they are made or not, by id. */
export function partEdits(job: Job): readonly string[] {
  if (job.spec.plan.experiment === undefined || job.state.kind !== 'ended') return []
  return documentParts.map((part) => partEditId(part, job.spec.id, job.attempt))
}

/** A job that somebody who reads the snapshot wants to know of. */
export function isUnderWay({ spec, state }: Job): boolean {
  return spec.plan.work.kind === 'command' && ['checking', 'launching', 'running', 'settling'].includes(state.kind)
}

async function doPart(world: RunWorld, run: EndedRun, part: RunPart): Promise<PartResult> {
  const { result, failure } = run
  switch (part) {
    case 'validate':
      return validate(run)
    case 'classify':
      return done(failure === null ? 'No failure.' : `${failure.class}: ${failure.explanation}`)
    case 'registry':
      return appendToRegistry(run, world)
    case 'report':
      return summarize(run, world)
    case 'handoff':
      return writeRunEntry(world, run)
    case 'working_memory':
      return editMemory(world, run)
    case 'compare':
      return done(result.comparison.sentence)
    case 'propose':
      return done(`To discuss: ${result.next.why}${result.next.command === null ? '' : `\n${result.next.command}`}`)
  }
}

async function validate(run: EndedRun): Promise<PartResult> {
  const { files, experiment } = run
  const command = experiment.tools?.validate
  if (command !== undefined && files.isMetricsThere) {
    const ran = await own(run, 'validate', command)
    if (!ran.passed) return failed(`${command}: ${ran.detail}`)
    return done(ran.detail)
  }
  const { problems } = files.metrics
  return problems.length === 0
    ? done('As the contract wants it.')
    : failed(`Not as the contract wants it: ${problems.join(' ')}`)
}

async function appendToRegistry(run: EndedRun, world: RunWorld): Promise<PartResult> {
  const { files, experiment, registry, workspace, result } = run
  const { runId } = experiment
  if (result.isRecorded) return done(`Run ${runId} is recorded already.`)
  const command = experiment.tools?.append
  // The workspace's program records what a run has written; of a run that has not there is still something to record.
  if (command !== undefined && files.isMetricsThere && files.meta !== null) {
    const ran = await own(run, 'registry', command)
    const isThere = (await registry.read()).records.some((record) => record.runId === runId)
    if (isThere) return done(ran.detail)
    return failed(`${command}: ${ran.detail}${ran.passed ? ', but the run is not in exp/registry.jsonl' : ''}`)
  }
  const appended = await appendRecord({ folder: workspace, record: result.record, lock: world.registryLock, registry })
  return done(appended ? `Run ${runId} was appended to exp/registry.jsonl.` : `Run ${runId} is recorded already.`)
}

async function summarize(run: EndedRun, world: RunWorld): Promise<PartResult> {
  const { files, experiment } = run
  const command = experiment.tools?.summarize
  if (command === undefined || !files.isMetricsThere || files.meta === null) return writeRunSection(world, run)
  // That program appends whenever it is asked to.
  if (run.isReported()) return done('The run has its section already.')
  const ran = await own(run, 'report', command)
  return ran.passed ? done(ran.detail) : failed(`${command}: ${ran.detail}`)
}

async function own({ job, paths }: EndedRun, part: RunPart, command: string) {
  const { plan, id } = job.spec
  const env = { ...(readEnvironment(paths, job.attempt) ?? supervisorEnvironment(process.env)), ...plan.env }
  return runTool({
    command,
    cwd: plan.cwd,
    env: { ...env, RELAY_JOB_ID: id, RELAY_ATTEMPT: String(job.attempt) },
    limitMs: ownToolLimitSec * 1000,
    note: paths.attempt(job.attempt).part(part),
  })
}

function done(detail: string): PartResult {
  return { detail, problem: null }
}

function failed(problem: string): PartResult {
  return { detail: '', problem }
}

function bound(text: string): string {
  return text.length > maxDetailChars ? `${text.slice(0, maxDetailChars)}…` : text
}
