// The checks before a start: all at once, each with a hard limit for its whole process group.
import fs from 'node:fs/promises'
import path from 'node:path'
import { type Check, preflightDefaults } from '../../core/blocks/schema'
import type { CheckFinding } from '../../core/jobs/checkFinding'
import { directoryCheck } from '../../core/jobs/dryRun'
import { renderTerminalLines } from '../../core/logs/terminalText'
import { errorCode } from '../../store/durableFile'
import { lookPatiently, renderSilence } from './patientLook'
import { renderShellEnd, runShell } from './runShell'

const bytesPerGb = 1024 ** 3
/** How much of a check's output is kept. */
const outputLimit = 400

/** How a command is run beside a job. */
export interface CommandContext extends CheckContext {
  /** How much of its output is kept: the beginning. */
  readonly outputChars?: number
  /** Called with its process id, which is that of its group. */
  readonly onStart?: (pid: number) => void
}

export interface CheckContext {
  readonly cwd: string
  /** The environment of the job; its marker included, so that what a check leaves behind is found. */
  readonly env: Readonly<Record<string, string>>
}

/** What a start would find of its directory, as a check: what a dry run has instead of a start. */
export async function checkDirectory(cwd: string): Promise<CheckFinding> {
  const begunAtMs = performance.now()
  const result = await patiently(`directory ${cwd}`, () => lookAtDirectory(cwd))
  return { name: directoryCheck, ...result, durationMs: Math.round(performance.now() - begunAtMs) }
}

async function lookAtDirectory(cwd: string): Promise<Result> {
  const { R_OK, X_OK, W_OK } = fs.constants
  try {
    if (!(await fs.stat(cwd)).isDirectory()) return { passed: false, detail: `${cwd} is no directory` }
    await fs.access(cwd, R_OK | X_OK)
  } catch (error) {
    const isMissing = errorCode(error) === 'ENOENT'
    const why = isMissing ? `there is no directory ${cwd}` : `cannot use ${cwd}: ${describeError(error)}`
    return { passed: false, detail: why }
  }
  try {
    await fs.access(cwd, W_OK)
    return { passed: true, detail: 'it is there, and can be written to' }
  } catch {
    return { passed: true, detail: 'it is there, and cannot be written to' }
  }
}

/** A look at a disk that may not answer. */
async function patiently(subject: string, look: () => Promise<Result>): Promise<Result> {
  const answer = await lookPatiently(subject, look)
  return answer.kind === 'answer' ? answer.value : { passed: false, detail: renderSilence() }
}

/** Runs all checks in parallel; never rejects. The findings are in the order of the checks. */
export async function runChecks(checks: readonly Check[], context: CheckContext): Promise<readonly CheckFinding[]> {
  return Promise.all(
    checks.map(async (check) => {
      const begunAtMs = performance.now()
      const result = await runCheck(check, context)
      return { name: nameCheck(check), ...result, durationMs: Math.round(performance.now() - begunAtMs) }
    }),
  )
}

/** A check in a few words. */
export function nameCheck(check: Check): string {
  switch (check.type) {
    case 'path_exists':
      return `path exists: ${check.path}`
    case 'cmd_exit_zero':
      return `exits with 0: ${check.cmd}`
    case 'min_free_disk_gb':
      return `at least ${check.gb} GB free at ${check.path ?? preflightDefaults.path}`
  }
}

type Result = Pick<CheckFinding, 'passed' | 'detail'>

async function runCheck(check: Check, context: CheckContext): Promise<Result> {
  switch (check.type) {
    case 'path_exists': {
      const file = path.resolve(context.cwd, check.path)
      return patiently(`exists ${file}`, () => checkExists(file))
    }
    case 'min_free_disk_gb':
      return patiently(`free ${path.resolve(context.cwd, check.path ?? preflightDefaults.path)}`, () =>
        checkFreeDisk(path.resolve(context.cwd, check.path ?? preflightDefaults.path), check.gb),
      )
    case 'cmd_exit_zero':
      return runCommand(check.cmd, (check.timeoutSec ?? preflightDefaults.timeoutSec) * 1000, context)
  }
}

async function checkExists(file: string): Promise<Result> {
  try {
    await fs.stat(file)
    return { passed: true, detail: 'found' }
  } catch (error) {
    const isMissing = ['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')
    return { passed: false, detail: isMissing ? `there is no ${file}` : `cannot see ${file}: ${describeError(error)}` }
  }
}

async function checkFreeDisk(directory: string, gb: number): Promise<Result> {
  try {
    const { bavail, bsize } = await fs.statfs(directory)
    const free = (bavail * bsize) / bytesPerGb
    return { passed: free >= gb, detail: `${free.toFixed(1)} GB are free` }
  } catch (error) {
    return {
      passed: false,
      detail: `cannot read ${directory}: ${describeError(error)}`,
    }
  }
}

/** Runs a command as `runShell` does; it passes if it exits with 0. */
export async function runCommand(
  command: string,
  timeoutMs: number,
  { cwd, env, outputChars = outputLimit, onStart }: CommandContext,
): Promise<Result> {
  const end = await runShell(command, timeoutMs, { cwd, env, outputChars, ...(onStart && { onStart }) })
  const said = renderTerminalLines(end.output).join(' ').trim().slice(0, outputChars)
  const detail = renderShellEnd(end, timeoutMs)
  return { passed: end.kind === 'exited' && end.code === 0, detail: said === '' ? detail : `${detail}: ${said}` }
}

function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
