// What one step would make happen, whole and in order: the thing that a person approves. Made of the definition and of
// facts of the folder; its canonical text is what the digest of the approval is made of.
import type { Agent } from '../followUps/agent'
import { canonicalJson } from '../jobs/plan'
import {
  agentLook,
  chunkVariables,
  type CheckWork,
  type MainWork,
  type Monitor,
  scriptCommand,
  type StepCheck,
  type StepDefinition,
  testFirstVariable,
} from './definition'
import { isToolOutputKnown } from './evidence'
import { qualityOfChunk } from './qualityOfChunk'
import { renderPreparePrompt, renderRecoveryPrompt, renderStepPrompt } from './stepPrompt'
import { commonAgentFile, findAgent, skillsFolder, type StepWorkspace } from './workspace'

export const phases = ['PRE-FLIGHT', 'TEST', 'MAIN', 'POST-VALIDATION', 'BACKGROUND', 'SPEC'] as const
export type PhaseName = (typeof phases)[number]

/** What is run: a command by a shell, or a turn of an agent with a prompt. Either may set variables. */
export type Doing =
  | { readonly kind: 'command'; readonly command: string; readonly env: Readonly<Record<string, string>> }
  /** `reads`: it can read the workspace and change nothing. `agentFile` null: no file says what it is. */
  | {
      readonly kind: 'agent'
      readonly prompt: string
      readonly agent: string | null
      readonly agentFile: string | null
      readonly skills: readonly string[]
      readonly reads: boolean
      readonly env: Readonly<Record<string, string>>
    }
  /** Nothing, for the reason that is said; such an act has never passed. */
  | { readonly kind: 'nothing'; readonly why: string }

/** One thing that is done. Acts of one phase with the same `group` run side by side, at most three at a time. */
export interface PlannedAct {
  readonly phase: PhaseName
  readonly name: string
  readonly group: number
  readonly doing: Doing
  readonly timeoutSec: number | null
  readonly retries: number
  /** It is done only if the act before it has failed for good: if it passes, that one counts as passed. */
  readonly onFailure?: true | undefined
  /** Monitors only: how long from one look to the next, and when it is told to a person. */
  readonly monitor?:
    { readonly intervalSec: number; readonly alert: StepDefinition['background'][number]['alert'] } | undefined
}

export interface StepPlan {
  readonly v: 1
  readonly step: number
  readonly key: string
  readonly title: string
  readonly objective: string
  /** Absolute. */
  readonly cwd: string
  readonly mode: StepDefinition['main']['mode']['kind']
  /** In the order in which they begin. */
  readonly acts: readonly PlannedAct[]
  readonly successCriteria: readonly string[]
  readonly requireFiles: readonly string[]
  /** The document whose line of the step is ticked at the end, and the log; from the workspace on. */
  readonly documents: { readonly spec: string; readonly log: string }
  /** Skills that every agent must use; those of an act are among its own. */
  readonly mandatorySkills: readonly string[]
  /** Who does what agents do, and who answers what can only be read; null where no act needs one. */
  readonly worker: Agent | null
  readonly reader: Agent | null
}

export interface PlanContext {
  /** Absolute. */
  readonly cwd: string
  readonly documents: StepPlan['documents']
  readonly workspace: StepWorkspace
  /** Without one, a step that needs an agent is blocked. */
  readonly worker: Agent | null
  /** Without one that can only read, questions are not checked. */
  readonly reader: Agent | null
  /** Where there is no agent, a script that an agent was to run is run by itself. */
  readonly directScripts: boolean
  /** For steps that name none. */
  readonly defaultSkills: readonly string[]
  /** For every agent, on top of its own. */
  readonly mandatorySkills: readonly string[]
  /** How often monitors look that say nothing of it. */
  readonly monitorSec: number
}

export interface PlannedStep {
  readonly plan: StepPlan
  /** Why it cannot be run as things are, a sentence each. */
  readonly blocked: readonly string[]
}

/** `title` is that of the step in SPEC.md; null if it is not there. */
export function planStep(definition: StepDefinition, title: string | null, context: PlanContext): PlannedStep {
  const { main, number, key } = definition
  const objective = main.objective ?? title ?? readableKey(key)
  const blocked: string[] = []
  const worker = makeWorker(definition, title ?? objective, objective, context, blocked)
  const acts: PlannedAct[] = [
    ...planChecks('PRE-FLIGHT', definition.preflight, context),
    planTest(definition, worker),
    ...planMain(definition, worker),
    ...planRecovery(definition, title ?? objective, objective, worker),
    ...planChecks('POST-VALIDATION', definition.post, context),
    ...definition.background.map((monitor, group) => planMonitor(monitor, group, context)),
  ]
  const isBy = (reads: boolean) => acts.some(({ doing }) => doing.kind === 'agent' && doing.reads === reads)
  return {
    plan: {
      v: 1,
      step: number,
      key,
      title: title ?? objective,
      objective,
      cwd: context.cwd,
      mode: main.mode.kind,
      acts,
      successCriteria: main.successCriteria,
      requireFiles: main.requireFiles,
      documents: context.documents,
      mandatorySkills: context.mandatorySkills,
      worker: isBy(false) ? context.worker : null,
      reader: isBy(true) ? context.reader : null,
    },
    blocked,
  }
}

/** One text per plan. The digest of an approval is the SHA-256 of this text in UTF-8. */
export function canonicalStepPlan(plan: StepPlan): string {
  return canonicalJson(plan)
}

/** `step_13_training` as a title: `training`. */
export function readableKey(key: string): string {
  const words = key
    .replace(/^step[-_ ]?\d+/i, '')
    .replace(/[-_]+/g, ' ')
    .trim()
  return words === '' ? key : words
}

/** Which can be another than the one that is chosen for follow-ups, for not every one can do work of its own. */
const chooseAgent = 'choose a command-line agent that is installed (setting relay.followUps.agent)'

type Worker = (env: Readonly<Record<string, string>>, isTestFirst: boolean) => Doing

/** What does the main phase. */
function makeWorker(
  { number, main, test }: StepDefinition,
  title: string,
  objective: string,
  context: PlanContext,
  blocked: string[],
): Worker {
  const { work } = main
  if (work.kind === 'script') return (env) => ({ kind: 'command', command: work.command, env })
  if (context.worker === null && context.directScripts && work.script !== null) {
    const command = scriptCommand(work.script)
    return (env) => ({ kind: 'command', command, env })
  }
  if (context.worker === null)
    blocked.push(
      work.script === null
        ? `An agent has to do this step, and none that can was found: ${chooseAgent}.`
        : `An agent has to run the script of this step, and none that can was found: ${chooseAgent}, or let scripts run by themselves (setting relay.steps.directScripts, or: relay config steps.directScripts true).`,
    )
  const { agent, agentFile, skills } = findHelp(work, context, blocked)
  return (env, isTestFirst) => ({
    kind: 'agent',
    prompt: renderStepPrompt({
      step: number,
      title,
      objective,
      script: work.script,
      agentFile,
      skills: skills.map((name) => `${skillsFolder}/${name}/SKILL.md`),
      successCriteria: main.successCriteria,
      requireFiles: main.requireFiles,
      testFirst: isTestFirst || test.kind === 'agent',
      isToolOutputKnown: isToolOutputKnown(context.worker),
      env,
    }),
    agent,
    agentFile,
    skills,
    reads: false,
    env,
  })
}

function findHelp(
  work: Extract<MainWork, { kind: 'agent' }>,
  { workspace, defaultSkills, mandatorySkills }: PlanContext,
  blocked: string[],
): { readonly agent: string | null; readonly agentFile: string | null; readonly skills: readonly string[] } {
  const own = work.skills.length > 0 ? work.skills : defaultSkills
  const skills = [...new Set([...mandatorySkills, ...own])]
  for (const name of skills)
    if (!workspace.skills.includes(name)) {
      const why = mandatorySkills.includes(name)
        ? ', which every step must use (setting relay.steps.mandatorySkills),'
        : ''
      blocked.push(`The skill ${name}${why} is not there: ${skillsFolder}/${name}/SKILL.md.`)
    }
  const found = work.agent === null ? null : findAgent(work.agent, workspace)
  if (work.agent !== null && found === null)
    blocked.push(
      `The agent ${work.agent} is not there: no file in .claude/agents has this name, and there is no ${commonAgentFile}.`,
    )
  return { agent: work.agent, agentFile: found?.file ?? null, skills }
}

function planTest({ test }: StepDefinition, worker: Worker): PlannedAct {
  const act = { phase: 'TEST', name: 'test first', group: 0, timeoutSec: null, retries: 0 } as const
  switch (test.kind) {
    case 'command':
      return { ...act, doing: { kind: 'command', command: test.command, env: {} }, timeoutSec: test.timeoutSec }
    case 'script':
      return { ...act, doing: worker({ [testFirstVariable]: '1' }, true), timeoutSec: test.timeoutSec }
    case 'agent':
      // One turn does both: the prompt of the main phase begins with it.
      return worker({}, true).kind === 'agent'
        ? {
            ...act,
            doing: { kind: 'nothing', why: 'the agent of the main phase is told to test with minimal data first' },
          }
        : { ...act, doing: { kind: 'nothing', why: noTest } }
    case 'none':
      return { ...act, doing: { kind: 'nothing', why: noTest } }
  }
}

const noTest = 'no test defined'

function planMain({ main }: StepDefinition, worker: Worker): readonly PlannedAct[] {
  const { mode, timeoutSec, retries, work } = main
  const act = { phase: 'MAIN', timeoutSec, retries } as const
  const doing = worker({}, false)
  if (mode.kind === 'background' && doing.kind === 'agent' && work.kind === 'agent' && work.script !== null) {
    // A turn of an agent has an end; what is to run for hours is a job of its own, which is watched over.
    const prepared: Doing = { ...doing, prompt: renderPreparePrompt(doing.prompt) }
    const command: Doing = { kind: 'command', command: scriptCommand(work.script), env: {} }
    return [
      { ...act, name: 'prepare', group: 0, doing: prepared, timeoutSec: null },
      { ...act, name: 'main', group: 1, doing: command },
    ]
  }
  if (mode.kind !== 'chunked') return [{ ...act, name: 'main', group: 0, doing }]
  const { sizes, quality, checkpointEvery } = mode
  let offset = 0
  return sizes.flatMap((size, at): PlannedAct[] => {
    const env = {
      [chunkVariables.size]: String(size),
      [chunkVariables.index]: String(at + 1),
      [chunkVariables.count]: String(sizes.length),
      [chunkVariables.offset]: String(offset),
      ...(checkpointEvery !== null && { [chunkVariables.checkpointEvery]: String(checkpointEvery) }),
    }
    offset += size
    const name = `chunk ${at + 1} of ${sizes.length} (${size})`
    const chunk: PlannedAct = { ...act, name, group: at * 2, doing: worker(env, false) }
    if (quality === null) return [chunk]
    const check: Doing = { kind: 'command', command: quality, env }
    return [chunk, { ...act, name: qualityOfChunk(at + 1), group: at * 2 + 1, doing: check, retries: 0 }]
  })
}

/** What an agent was to do, it is told to put right once, when all tries are used up. What is long over cannot be. */
function planRecovery(
  { number, main }: StepDefinition,
  title: string,
  objective: string,
  worker: Worker,
): readonly PlannedAct[] {
  const doing = worker({}, false)
  if (doing.kind !== 'agent' || main.mode.kind === 'background') return []
  const prompt = renderRecoveryPrompt({ step: number, title, objective, again: doing.prompt })
  const { timeoutSec } = main
  const act = { phase: 'MAIN', name: 'recovery', group: 1_000, timeoutSec, retries: 0 } as const
  return [{ ...act, doing: { ...doing, prompt }, onFailure: true }]
}

function planChecks(phase: PhaseName, checks: readonly StepCheck[], context: PlanContext): readonly PlannedAct[] {
  let group = 0
  let isAlone = false
  return checks.map(({ name, work, timeoutSec, parallel }, at) => {
    if (at > 0 && (isAlone || !parallel)) group++
    isAlone = !parallel
    return { phase, name, group, doing: doingOf(work, context), timeoutSec, retries: 0 }
  })
}

function planMonitor(
  { name, work, intervalSec, timeoutSec, alert }: Monitor,
  group: number,
  context: PlanContext,
): PlannedAct {
  const act = { phase: 'BACKGROUND', name, group, retries: 0 } as const
  const wantedSec = intervalSec ?? context.monitorSec
  if (work.kind === 'command')
    return { ...act, doing: doingOf(work, context), timeoutSec, monitor: { intervalSec: wantedSec, alert } }
  const doing = askOf(work.question, context, [
    'Look at this workspace as it is now, and answer in one line. Change nothing.',
    '',
    work.question,
    '',
    `If this is so, or is no question, end with [[task:done]]; if it is not so, end with [[task:blocked]].${whenTold(alert)}`,
  ])
  const intervalLeastSec = Math.max(wantedSec, agentLook.leastIntervalSec)
  return { ...act, doing, timeoutSec: agentLook.timeoutSec, monitor: { intervalSec: intervalLeastSec, alert } }
}

function whenTold({ kind }: Monitor['alert']): string {
  if (kind === 'output') return ' A person is told of it at once if it is so.'
  return kind === 'fails' ? ' A person is told of it at once if it is not so.' : ''
}

function doingOf(work: CheckWork, context: PlanContext): Doing {
  if (work.kind === 'command') return { kind: 'command', command: work.command, env: {} }
  return askOf(work.question, context, [
    'Look at this workspace and answer. Change nothing.',
    '',
    work.question,
    '',
    'If this is so, or is done with your answer, end with [[task:done]]; if it is not so, end with [[task:blocked]].',
  ])
}

/** A turn of an agent that can only read. */
function askOf(question: string, { worker, reader }: PlanContext, lines: readonly string[]): Doing {
  const isRead = worker === null ? '' : ' that can only read'
  if (reader === null) return { kind: 'nothing', why: `not checked, because no agent was found${isRead}: ${question}` }
  return { kind: 'agent', prompt: lines.join('\n'), agent: null, agentFile: null, skills: [], reads: true, env: {} }
}
