// What steps need of the folder that they are for: agents, skills and scripts that are there. Others look; this judges.
import { quote } from '../blocks/diagnostic'
import { nearestName } from '../blocks/nearestName'
import type { StepFinding } from './finding'
import type { ParsedStep } from './parseDefinitions'
import { yamlText } from './tellOfCommand'

export const agentsFolder = '.claude/agents'
export const skillsFolder = '.claude/skills'
/** Stands for every agent that has no file of its own. */
export const commonAgentFile = `${agentsFolder}/AGENT.md`

export interface AgentFile {
  readonly name: string
  /** From the workspace on. */
  readonly file: string
}

export interface StepWorkspace {
  readonly agents: readonly AgentFile[]
  /** Names of folders of `.claude/skills` that hold a SKILL.md. */
  readonly skills: readonly string[]
  /** Whether a path, from the workspace on, is a file. */
  readonly isFile: (path: string) => boolean
}

/** The agent in the text of a file: the `name` of its front matter, else the name of the file. */
export function agentIn(file: string, text: string): AgentFile {
  const head = /^\uFEFF?---\r?\n([^]*?)\r?\n---/.exec(text.slice(0, 8_000))?.[1] ?? ''
  const name = /^name:[ \t]*(?:"([^"\r\n]+)"|'([^'\r\n]+)'|([^#\r\n]+))/m.exec(head)
  const stem = /([^/]*)\.md$/i.exec(file)?.[1] ?? file
  return { name: (name?.[1] ?? name?.[2] ?? name?.[3] ?? stem).trim() || stem, file }
}

/** The file of an agent; null if there is none. */
export function findAgent(name: string, { agents }: StepWorkspace): AgentFile | null {
  const own = agents.find((agent) => agent.name === name)
  const common = agents.find(({ file }) => file === commonAgentFile)
  return own ?? (common === undefined ? null : { name, file: common.file })
}

/** Everything that the steps name and that is not there. */
export function findMissing(steps: readonly ParsedStep[], workspace: StepWorkspace): readonly StepFinding[] {
  return steps.flatMap(({ references }) =>
    references.flatMap(({ kind, name, start, end }): StepFinding[] => {
      const suggest = (known: readonly string[]) => {
        const meant = nearestName(name, known)
        return meant === undefined
          ? {}
          : { fix: { title: `Write ${meant}`, start, end, newText: yamlText(meant), isGuess: true as const } }
      }
      switch (kind) {
        case 'agent':
          if (findAgent(name, workspace) !== null) return []
          return [
            {
              code: 'agent-missing',
              severity: 'error',
              message: `There is no agent ${quote(name)}: no file in ${agentsFolder} has this name, and there is no ${commonAgentFile}.`,
              start,
              end,
              ...suggest(workspace.agents.map((agent) => agent.name)),
            },
          ]
        case 'skill':
          if (workspace.skills.includes(name)) return []
          return [
            {
              code: 'skill-missing',
              severity: 'error',
              message: `There is no skill ${quote(name)}: ${skillsFolder}/${name}/SKILL.md is not there.`,
              start,
              end,
              ...suggest(workspace.skills),
            },
          ]
        case 'script':
          if (workspace.isFile(name)) return []
          return [
            {
              code: 'script-missing',
              severity: 'warning',
              message: `${quote(name)} is not in the workspace. If no earlier step makes it, this one fails.`,
              start,
              end,
            },
          ]
      }
    }),
  )
}
