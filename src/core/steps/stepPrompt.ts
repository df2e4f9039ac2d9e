// What the agent of a step is told. It is part of the plan: a person approves these words.

export interface StepPromptInput {
  readonly step: number
  readonly title: string
  readonly objective: string
  readonly script: string | null
  readonly agentFile: string | null
  /** Files, from the workspace on. */
  readonly skills: readonly string[]
  readonly successCriteria: readonly string[]
  readonly requireFiles: readonly string[]
  readonly testFirst: boolean
  /** Lines that it quotes are looked for in what its tools gave back, too. */
  readonly isToolOutputKnown: boolean
  readonly env: Readonly<Record<string, string>>
}

const criteriaHead =
  'Success criteria. Quote the line that shows each, word for word as a command of yours has printed it, or as it stands in a file that you name beside it; it is looked for there:'
/** For an agent of which it is not known what its tools gave back. */
const criteriaHeadOfFiles =
  'Success criteria. Have a file written that shows each, and quote its line, word for word, with the name of the file beside it; it is looked for there, and not in what you print:'

export function renderStepPrompt(input: StepPromptInput): string {
  const { step, title, objective, script, agentFile, skills, successCriteria, requireFiles, testFirst, env } = input
  const { isToolOutputKnown } = input
  const head = /[.!?]$/.test(objective) ? objective : `${objective}.`
  const test = ' FIRST run a test with minimal data to ensure the script works!'
  return [
    `Execute Step ${step}: ${title}`,
    '',
    `${head}${testFirst ? test : ''}`,
    '',
    ...(agentFile === null ? [] : [`Work as ${agentFile} says; read it first.`]),
    ...(skills.length === 0 ? [] : [`Read and follow these skills (MANDATORY): ${skills.join(', ')}`]),
    ...(script === null ? [] : [`Script to run: ${script}`]),
    ...Object.entries(env).map(([name, value]) => `Set for it: ${name}=${value}`),
    ...list(isToolOutputKnown ? criteriaHead : criteriaHeadOfFiles, successCriteria),
    ...list('Files that must be there afterwards:', requireFiles),
    'Do this one thing only. Do not edit SPEC.md: it is ticked for you.',
  ].join('\n')
}

/** The same for what is started as a job of its own when the agent is done. */
export function renderPreparePrompt(prompt: string): string {
  return [
    prompt,
    '',
    'Only prepare it: the script is started as a job of its own, in the background, when you are done. Run it with minimal',
    'data, put right what is wrong, and end with [[task:done]] when it can be started as it stands.',
  ].join('\n')
}

/** For the agent that is to put right what has failed; what is known of that is added when it has. */
export function renderRecoveryPrompt({
  step,
  title,
  objective,
  again,
}: {
  readonly step: number
  readonly title: string
  readonly objective: string
  readonly again: string
}): string {
  return [
    `Step ${step} (${title}) has failed; below stands what is known of that. Find out why, put it right, and reach its objective: ${objective}`,
    '',
    'Look first at what is done already, and do nothing twice. This is what was asked for:',
    '',
    again,
  ].join('\n')
}

function list(head: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : [head, ...items.map((item) => `- ${item}`)]
}
