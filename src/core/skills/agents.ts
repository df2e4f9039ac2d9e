// Which agent looks for skills where. The places are those that the agents document and that their programs were seen reading.

export const skillAgents = ['claude', 'codex', 'agents'] as const
export type SkillAgent = (typeof skillAgents)[number]

export const agentNames: Readonly<Record<SkillAgent, string>> = {
  claude: 'Claude Code',
  codex: 'Codex and others that read .agents',
  agents: 'Any agent that reads AGENTS.md',
}

/** A whole file, or a part of one that belongs to a person. */
export type SkillForm = 'file' | 'section'

export interface SkillPlace {
  readonly agent: SkillAgent
  readonly form: SkillForm
  /** Relative to the root: a project, or the person's home. */
  readonly path: string
}

/** Null: this agent has no such place. No file of instructions in a home is read by all agents. */
export function skillPlace(agent: SkillAgent, name: string, scope: 'project' | 'user'): SkillPlace | null {
  switch (agent) {
    case 'claude':
      return { agent, form: 'file', path: `.claude/skills/${name}/SKILL.md` }
    case 'codex':
      return { agent, form: 'file', path: `.agents/skills/${name}/SKILL.md` }
    case 'agents':
      return scope === 'user' ? null : { agent, form: 'section', path: 'AGENTS.md' }
  }
}

/** What in a project or a home tells that an agent is used there, relative to it. */
export const agentTraces: Readonly<Record<SkillAgent, readonly string[]>> = {
  claude: ['.claude', 'CLAUDE.md'],
  codex: ['.agents', '.codex'],
  agents: ['AGENTS.md'],
}
