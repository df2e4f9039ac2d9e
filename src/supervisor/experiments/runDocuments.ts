// The documents that are written after a run: a section of the report, an entry of the handoff log, the snapshot. Each through the
// windows that have the document open, exactly once.
import path from 'node:path'
import type { DocumentEdit } from '../../core/documents/documentEdit'
import { endMarker, handoffHeader } from '../../core/documents/handoffEntry'
import { renderRunHandoff } from '../../core/experiments/runHandoff'
import { documentParts, partEditId } from '../../core/experiments/runParts'
import { renderRunSection, rollingReportHeader, runMarker } from '../../core/experiments/runReport'
import { type ActiveRun, renderWorkingMemory } from '../../core/experiments/workingMemory'
import { renderWork } from '../../core/jobs/describeJob'
import { currentAttempt, type Job } from '../../core/jobs/job'
import { redactSecrets } from '../../core/logs/redactSecrets'
import { makeParentWithin } from '../../store/realFile'
import { localIsoTime } from '../documents/handoff'
import type { PartResult, RunWorld } from './doRunPart'
import { type EndedRun, reportPath } from './seeRun'

const handoffPath = 'HANDOFF_LOG.md'
export const memoryPath = 'docs/WORKING_MEMORY.md'

export async function writeRunSection(world: RunWorld, run: EndedRun): Promise<PartResult> {
  const { record, comparison } = run.result
  const edit = {
    kind: 'append_once',
    header: rollingReportHeader,
    text: renderRunSection(record, comparison),
    marker: runMarker(record.runId),
  } as const
  return make(world, run, 'report', reportPath, edit, `A section of run ${record.runId} is in ${reportPath}.`)
}

export async function writeRunEntry(world: RunWorld, run: EndedRun): Promise<PartResult> {
  const { job, result, endedAtMs, files, failure } = run
  const id = partEditId('handoff', job.spec.id, job.attempt)
  const text = renderRunHandoff({
    edit: id,
    at: localIsoTime(endedAtMs),
    record: result.record,
    command: renderWork(job),
    scope: `${job.spec.description ?? 'A run without a description'} — job ${job.spec.id}, attempt ${job.attempt}`,
    comparison: result.comparison,
    next: result.next,
    problems: [...files.metrics.problems, ...files.metaProblems],
    evidence: failure?.lines.map(({ text }) => text) ?? [],
  })
  const edit = { kind: 'append_once', header: handoffHeader, text, marker: endMarker(id) } as const
  return make(world, run, 'handoff', handoffPath, edit, `An entry of run ${result.record.runId} is in ${handoffPath}.`)
}

export async function editMemory(world: RunWorld, run: EndedRun): Promise<PartResult> {
  const { job, result, workspace } = run
  const active = world.listActive(workspace).filter(({ spec }) => spec.id !== job.spec.id)
  const edit = renderWorkingMemory({
    name: path.basename(workspace),
    at: localIsoTime(world.nowMs),
    branch: result.record.git.branch,
    commit: result.record.git.commit,
    dirty: result.record.git.dirty,
    table: result.table(),
    last: result.record,
    active: active.map((one) => describeActive(world, one)),
    next: result.next,
  })
  // A snapshot that was offered before a crash is older than this one.
  world.editor.forgetOffer(world.folder, partEditId('working_memory', job.spec.id, job.attempt))
  return make(world, run, 'working_memory', memoryPath, edit, `The sections of relay in ${memoryPath} are as of now.`)
}

function describeActive({ folder }: RunWorld, job: Job): ActiveRun {
  const startedAtMs = currentAttempt(job)?.startedAtMs ?? null
  const { experiment } = job.spec.plan
  return {
    jobId: job.spec.id,
    runId: experiment?.runId ?? null,
    startedAt: startedAtMs === null ? null : localIsoTime(startedAtMs),
    log: experiment === undefined ? folder.job(job.spec.id).attempt(job.attempt).log : `${experiment.runDir}/train.log`,
  }
}

async function make(
  { editor, folder }: RunWorld,
  { job, workspace }: EndedRun,
  part: (typeof documentParts)[number],
  name: string,
  edit: DocumentEdit,
  detail: string,
): Promise<PartResult> {
  const file = path.join(workspace, name)
  makeParentWithin(file, workspace)
  const id = partEditId(part, job.spec.id, job.attempt)
  // Files of the project, which others will read.
  const problem = await editor.edit(folder, { id, file, within: workspace, edit: redactEdit(edit) })
  return { detail, problem }
}

function redactEdit(edit: DocumentEdit): DocumentEdit {
  if (edit.kind !== 'replace_sections') return { ...edit, text: redactSecrets(edit.text) }
  return { ...edit, sections: edit.sections.map(({ name, text }) => ({ name, text: redactSecrets(text) })) }
}
