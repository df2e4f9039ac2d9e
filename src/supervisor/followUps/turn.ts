// What the command of an agent's job does: reads what it is about, and has the planned agent answer. Its output is the log.
import fs from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { builtinAgent } from '../../core/followUps/agent'
import { type PromptFacts, renderPrompt } from '../../core/followUps/renderPrompt'
import { redactSecrets } from '../../core/logs/redactSecrets'
import { ourLine } from '../../core/followUps/turnLog'
import type { Now } from '../../core/followUps/turnOutcome'
import { renderReport } from '../../core/followUps/renderReport'
import { planOf } from '../../core/jobs/job'
import type { JobId } from '../../core/jobs/jobId'
import { RelayError } from '../../core/relayError'
import { readAnswer, readTurn, writeAnswer, writeTurn } from '../../store/followUps/turnFiles'
import { ToolOutputFile } from '../../store/followUps/toolOutputFile'
import { JobStore } from '../../store/jobs/jobStore'
import { readTail } from '../../store/logs/readTail'
import type { JobPaths } from '../../store/jobPaths'
import type { StateFolder } from '../../store/stateFolder'
import { endOthers } from './endOthers'
import { runTurn } from './runTurn'
import { readSubject, type Subject } from './subject'
import { askWindow } from './windowTurn'

/** A wait is looked at so often: a machine that slept is late by no more. */
const longestSleepMs = 30_000

/** Takes the turn of the follow-up or task `id`; whether it was answered. Throws RelayError. */
export async function takeTurn(state: StateFolder, id: JobId, env: NodeJS.ProcessEnv): Promise<boolean> {
  const store = new JobStore(state)
  const stored = store.read(id)
  const work = stored?.job.spec.plan.work
  if (stored === null || work?.kind !== 'agent') throw new RelayError('no_such_job', `There is no follow-up ${id}.`)
  const { job } = stored
  const folder = store.folderOf(id)
  if (folder === null) throw new RelayError('no_such_job', `There is no follow-up ${id}.`)
  const attempt = Number(env['RELAY_ATTEMPT'] ?? job.attempt)
  const paths = stored.paths.attempt(attempt)
  const earlier = attempt > 1 ? stored.paths.attempt(attempt - 1) : null
  const print = (line: string) => void process.stdout.write(`${line}\n`)

  // It was cut off when all was said and done.
  const said = job.approval?.how === 'retry' && earlier !== null ? answered(earlier) : null
  if (said !== null) {
    print(`[relay] The attempt before this had answered already; its answer is kept.\n${said.answer}`)
    writeAnswer(paths, said.answer)
    writeTurn(paths, said.turn)
    return true
  }

  const subject = work.about === null ? null : await readSubject(store, work.about, work.task)
  if (work.agent.kind === 'builtin') {
    if (subject === null)
      throw new RelayError('no_model', 'The built-in analyst has no model: it can only report on a job.')
    const report = renderReport(subject.analysis)
    process.stdout.write(report)
    const nowMs = Date.now()
    writeAnswer(paths, report)
    writeTurn(paths, {
      ...{ v: 1, agent: builtinAgent.kind, program: null, model: null, reason: null, state: 'answered' },
      ...{
        waitingUntilMs: null,
        conversation: null,
        resumed: null,
        fellBack: null,
        repairs: 0,
        notes: [],
        usage: null,
      },
      ...{ startedAtMs: nowMs, endedAtMs: nowMs },
    })
    return true
  }
  const facts = subject === null ? null : await promptFacts(subject)
  const { cwd } = job.spec.plan
  // Only of a step anybody looks for what is quoted.
  const isStep = job.spec.origin.kind === 'step'
  const title = subject?.job.spec.description ?? job.spec.description ?? id
  return runTurn({
    agent: work.agent,
    paths,
    cwd,
    env,
    facts: {
      jobId: subject?.job.spec.id ?? id,
      attempt: subject?.job.attempt ?? attempt,
      cwd,
      log: subject?.log ?? '',
      realLog: subject === null ? '' : realPathOf(subject.log),
    },
    interrupted: earlier === null ? null : interruptedIn(earlier, work.agent.kind),
    prompt: (wasInterrupted) => renderPrompt({ task: work.task, facts, wasInterrupted, isStep }),
    builtinReport: subject === null ? null : () => Promise.resolve(renderReport(subject.analysis)),
    print,
    keepToolOutput: isStep ? toolOutputKeeper(paths, print) : () => undefined,
    now,
    sleepUntil,
    endOthers: () => endOthers(id, attempt),
    askWindow: (question) =>
      askWindow({ folder, id: `${id}-${attempt}`, title, log: subject?.log ?? null, now }, question),
  })
}

const now = (): Now => ({ ms: Date.now(), offsetMin: -new Date().getTimezoneOffset() })

async function promptFacts({ job, analysis, log }: Subject): Promise<PromptFacts> {
  const { lines } = await readTail(log, planOf(job).watch.tailLines)
  return {
    analysis,
    tail: lines,
    best: job.parts.find(({ part }) => part === 'compare')?.detail ?? null,
    alerts: job.alerts.map(({ text }) => text),
  }
}

/** The conversation of a turn that was cut off; null if there is none to go on with. */
function interruptedIn(paths: ReturnType<JobPaths['attempt']>, kind: string): string | null {
  const turn = readTurn(paths)
  if (turn === null || turn.agent !== kind) return null
  return turn.state === 'running' || turn.state === 'waiting' ? turn.conversation : null
}

function answered(paths: ReturnType<JobPaths['attempt']>) {
  const turn = readTurn(paths)
  const answer = turn?.state === 'answered' ? readAnswer(paths) : null
  return turn === null || answer === null ? null : { turn, answer }
}

/** A log that is gone has none. */
function realPathOf(file: string): string {
  try {
    return fs.realpathSync(file)
  } catch {
    return file
  }
}

/** A turn is not given up for what could not be kept of it: what it quotes then is not found, which is said. */
function toolOutputKeeper(paths: ReturnType<JobPaths['attempt']>, print: (line: string) => void) {
  const file = new ToolOutputFile(paths)
  return (text: string) => {
    const problem = file.append(redactSecrets(text))
    if (problem !== null) print(ourLine(problem))
  }
}

async function sleepUntil(ms: number): Promise<void> {
  for (let left = ms - Date.now(); left > 0; left = ms - Date.now()) await delay(Math.min(left, longestSleepMs))
}
