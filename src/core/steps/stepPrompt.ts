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
  readonly env: Readonly<Record<string, string>>
}

export function renderStepPrompt(input: StepPromptInput): string {
  const { step, title, objective, script, agentFile, skills, successCriteria, requireFiles, testFirst, env } = input
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
    ...list('Success criteria. Quote the line of output that shows each:', successCriteria),
    ...list('Files that must be there afterwards:', requireFiles),
    'Do this one thing only. Do not edit SPEC.md: it is ticked for you.',
  ].join('\n')
}

function list(head: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : [head, ...items.map((item) => `- ${item}`)]
}
