// Everything that a step can make happen, in words, made of its plan alone: what a person reads before approving.
import { showInvisible } from '../logs/plainText'
import type { PlanFact } from '../jobs/renderPlan'
import { tellAgent } from '../followUps/tellAgent'
import type { Agent } from '../followUps/agent'
import { isDoneByAgent, isTakenAtItsWord, isToolOutputKnown } from './evidence'
import type { PlannedAct, StepPlan } from './planStep'
import { findPrintedSecret } from './secrets'

const labels: Readonly<Record<PlannedAct['phase'], string>> = {
  'PRE-FLIGHT': 'Before',
  TEST: 'Test first',
  MAIN: 'Main',
  'POST-VALIDATION': 'After',
  BACKGROUND: 'Monitor',
  SPEC: 'Documents',
}

/** In the order in which it will matter. Characters that cannot be seen are shown as `\u{…}`. */
export function renderStepPlan(plan: StepPlan): readonly PlanFact[] {
  const { acts, successCriteria, requireFiles, documents, mode } = plan
  const isByAgent = isDoneByAgent(plan)
  const facts: PlanFact[] = [
    { label: 'Step', value: `${plan.step}: ${plan.title}`, isVerbatim: true },
    { label: 'Directory', value: plan.cwd, isVerbatim: true },
    ...(mode === 'background'
      ? [{ label: 'Mode', value: 'background: the step goes on once it has started up, and is ticked when it ends' }]
      : []),
    ...acts.flatMap((act) => renderAct(act, acts)),
    ...successCriteria.map((text): PlanFact => ({
      label: isByAgent ? 'Should show' : 'Should print',
      value: text,
      isVerbatim: true,
    })),
    ...(isByAgent && successCriteria.length > 0 ? [{ label: 'Evidence', value: tellQuotes(plan.worker) }] : []),
    ...requireFiles.map((path): PlanFact => ({ label: 'Must write', value: path, isVerbatim: true })),
    ...(isTakenAtItsWord(plan)
      ? [
          {
            label: 'Evidence',
            value:
              'none but what the agent says, for no file is required and nothing checks it after: so it is not ticked when it is done, but noted as unproved, and the steps behind it are not begun (add post_validation or required_files)',
          },
        ]
      : []),
    ...renderBy('The agent', plan.worker),
    ...renderBy('Only reads', plan.reader),
    {
      label: labels.SPEC,
      value: `the line of the step in ${documents.spec} gets the outcome, the time and the task id; every act gets a line in ${documents.log}`,
    },
  ]
  return facts.map((fact) => ({ ...fact, value: showInvisible(fact.value) }))
}

function tellQuotes(agent: Agent | null): string {
  return isToolOutputKnown(agent)
    ? 'for each of these it has to quote a line, word for word, of what its tools gave back, or of a file that it names and that was written since the step began'
    : 'for each of these it has to quote a line, word for word, of a file that it names and that was written since the step began: what your own command prints is its answer, and shows nothing'
}

/** One thing a line, for each of them matters. */
function renderBy(label: string, agent: Agent | null): readonly PlanFact[] {
  return agent === null ? [] : [{ label, value: tellAgent(agent).join(';\n'), isOurs: true }]
}

function renderAct(act: PlannedAct, all: readonly PlannedAct[]): PlanFact[] {
  const { phase, name, doing, timeoutSec, retries, monitor } = act
  const label = labels[phase]
  if (doing.kind === 'nothing') return [{ label, value: phase === 'TEST' ? doing.why : `${name}: ${doing.why}` }]
  const isBeside = all.some((other) => other !== act && other.phase === phase && other.group === act.group)
  const how = [
    ...(act.onFailure === true ? ['only if the act before it has failed for good'] : []),
    ...(timeoutSec === null ? ['without a time limit'] : [`within ${timeoutSec} s`]),
    ...(isBeside ? ['side by side, three at a time'] : []),
    ...(retries > 0 ? [`up to ${retries} more ${retries === 1 ? 'time' : 'times'} if it fails`] : []),
    ...(monitor === undefined
      ? []
      : [`every ${monitor.intervalSec} s`, renderAlert(monitor.alert, doing.kind === 'agent')]),
    ...(monitor !== undefined && doing.kind === 'agent'
      ? ['each time a turn of the agent, which costs what turns cost']
      : []),
    ...(doing.kind === 'agent' ? [doing.reads ? 'by an agent that can only read' : `by ${renderAgent(doing)}`] : []),
  ].join(', ')
  const set = Object.entries(doing.env).map(([variable, value]) => `${variable}=${value}\n`)
  const what = doing.kind === 'command' ? `${set.join('')}${doing.command}` : doing.prompt
  const printed = doing.kind === 'command' ? findPrintedSecret(doing.command) : null
  const warning =
    printed === null ? '' : `, WARNING: it prints ${printed.name}, so what it prints is not kept in the log`
  // Ours first, theirs last: no text of a definition can look like a sentence of ours.
  return [{ label, value: `${phase === 'MAIN' && name === 'main' ? '' : `${name}, `}${how}${warning}:\n${what}` }]
}

function renderAgent({
  agent,
  agentFile,
}: {
  readonly agent: string | null
  readonly agentFile: string | null
}): string {
  if (agent === null) return 'the agent that is chosen for all'
  return `the agent ${agent}${agentFile === null ? '' : ` (${agentFile})`}`
}

function renderAlert(alert: NonNullable<PlannedAct['monitor']>['alert'], isAsked: boolean): string {
  switch (alert.kind) {
    case 'never':
      return 'shown'
    case 'matches':
      return `told if a line has ${JSON.stringify(alert.pattern)}`
    case 'output':
      return isAsked ? 'told if it is so' : 'told if it prints something'
    case 'fails':
      return isAsked ? 'told if it is not so' : 'told if it fails and did not before'
  }
}
