// relay skill: puts the skills that ship with relay where coding agents look for them, and takes them away again.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { RelayError } from '../core/relayError'
import { agentNames, type SkillAgent, skillAgents } from '../core/skills/agents'
import { diffLines } from '../core/skills/lineDiff'
import type { Skill } from '../core/skills/skill'
import { showInvisible } from '../core/logs/plainText'
import { readSkills } from '../store/skills/shippedSkills'
import {
  findAgents,
  planSkillFile,
  type SkillFileChange,
  type SkillRoot,
  writeSkillFile,
} from '../store/skills/skillFile'
import type { Console } from './console'
import { exitError, exitOk, exitUsage, type Options, type Verb, type VerbContext } from './verb'

const acts = ['list', 'show', 'install', 'remove']
const noUserPlace = 'There is no AGENTS.md for all projects: choose --agent claude or codex, or a project.'

export const skillVerb: Verb = {
  name: 'skill',
  operands: [acts.join('|'), '[NAME]'],
  summary: 'Teach coding agents to write relay blocks: install a skill where they look',
  options: {
    agent: {
      type: 'string',
      value: skillAgents.join('|'),
      summary: 'For whom, several with commas (default: those found)',
    },
    user: { type: 'boolean', summary: 'In your home, for all projects' },
    dir: { type: 'string', value: 'DIR', summary: 'The project (default: this folder)' },
    yes: { type: 'boolean', short: 'y', summary: 'Write without being asked' },
  },
  run: async (context, [act = '', name], options) => {
    const { console } = context
    if (!acts.includes(act)) {
      console.err(`relay skill wants one of ${acts.join(', ')}, not ${act}`)
      return exitUsage
    }
    const unknown = agentWords(options).find((word) => !skillAgents.some((agent) => agent === word))
    if (unknown !== undefined || (options['user'] === true && options['dir'] !== undefined)) {
      if (unknown === undefined) console.err('--user and --dir are two places: choose one')
      else console.err(`--agent wants some of ${skillAgents.join(', ')}, not ${unknown}`)
      return exitUsage
    }
    const skills = chooseSkills(readSkills(context.skills), name)
    switch (act) {
      case 'show':
        console.out(skills.map(({ text }) => text.trimEnd()).join('\n\n'))
        return exitOk
      case 'list':
        return list(context, skills, rootOf(context, options))
      default:
        return change(context, act === 'remove' ? 'remove' : 'install', skills, options)
    }
  },
}

function chooseSkills(all: readonly Skill[], name: string | undefined): readonly Skill[] {
  const chosen = all.filter((skill) => name === undefined || skill.name === name)
  if (chosen.length > 0) return chosen
  const known = all.map((skill) => skill.name).join(', ')
  throw new RelayError('no_such_skill', `There is no skill ${name ?? ''}. Known: ${known}.`)
}

function agentWords({ agent }: Options): readonly string[] {
  return typeof agent === 'string' ? agent.split(',').map((word) => word.trim()) : []
}

function rootOf({ cwd, env }: VerbContext, { user, dir }: Options): SkillRoot {
  if (user === true) return { scope: 'user', folder: env['HOME'] ?? os.homedir() }
  const folder = path.resolve(cwd, typeof dir === 'string' ? dir : '.')
  if (!fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new RelayError('no_folder', `There is no folder ${folder}.`)
  return { scope: 'project', folder }
}

function list({ console }: VerbContext, skills: readonly Skill[], root: SkillRoot): number {
  for (const skill of skills) {
    console.out(`${console.paint('bold', skill.name)}\n  ${skill.description}`)
    for (const agent of skillAgents) {
      const state = describeState(skill, agent, root)
      if (state !== null) console.out(`  ${agent.padEnd(8)} ${state}`)
    }
  }
  return exitOk
}

/** Null: the agent has no place there. What cannot be read must not hide the rest. */
function describeState(skill: Skill, agent: SkillAgent, root: SkillRoot): string | null {
  try {
    const planned = planSkillFile('install', skill, agent, root)
    return planned && `${stateWords(planned)}: ${showInvisible(planned.file)}`
  } catch (error) {
    if (error instanceof RelayError) return error.message
    throw error
  }
}

function stateWords({ change }: SkillFileChange): string {
  switch (change.kind) {
    case 'same':
      return 'installed'
    case 'edited':
      return 'there is another text'
    case 'write':
      return change.was === 'absent' ? 'not installed' : 'of another version'
  }
}

async function change(
  context: VerbContext,
  act: 'install' | 'remove',
  skills: readonly Skill[],
  options: Options,
): Promise<number> {
  const { console } = context
  const root = rootOf(context, options)
  const agents = chooseAgents(act, root, options, context)
  const planned: SkillFileChange[] = []
  let status: number = exitOk
  for (const skill of skills)
    for (const agent of agents) {
      try {
        const one = planSkillFile(act, skill, agent, root)
        if (one !== null) planned.push(one)
        else if (agentWords(options).length > 0) throw new RelayError('no_place', noUserPlace)
      } catch (error) {
        // One that cannot be written must not keep the others from it.
        if (!(error instanceof RelayError)) throw error
        console.err(`relay: ${error.message}`)
        status = exitError
      }
    }

  for (const one of planned) showChange(one, act, console)
  const writes = planned.filter((one) => one.change.kind === 'write')
  if (planned.some((one) => one.change.kind === 'edited')) status = exitError
  if (writes.length === 0) return status
  if (options['yes'] !== true) {
    const question = act === 'install' ? 'Write this? [y/N]: ' : 'Remove this? [y/N]: '
    const answer = await console.ask(question)
    if (answer === null)
      throw new RelayError('needs_yes', 'Nothing was written: nobody can be asked here. Use --yes to go on without.')
    if (!/^y(es)?$/i.test(answer.trim())) {
      console.err('Nothing was written.')
      return exitError
    }
  }
  for (const one of writes) {
    writeSkillFile(one, root)
    console.out(`${act === 'install' ? 'Written' : 'Removed'}: ${showInvisible(one.file)}`)
  }
  return status
}

/** Those that were named, or those that are used here; to remove something, all. Throws RelayError if none is known. */
function chooseAgents(
  act: 'install' | 'remove',
  root: SkillRoot,
  options: Options,
  { env }: VerbContext,
): readonly SkillAgent[] {
  const words = agentWords(options)
  if (words.length > 0) return skillAgents.filter((agent) => words.includes(agent))
  if (act === 'remove') return skillAgents
  const here = findAgents(root.folder)
  const found = here.length > 0 ? here : findAgents(env['HOME'] ?? os.homedir())
  if (found.length > 0) return found
  const names = skillAgents.map((agent) => `${agent} (${agentNames[agent]})`).join(', ')
  throw new RelayError('no_agent', `No coding agent was found here. Say with --agent which is meant: ${names}.`)
}

function showChange({ file, before, change }: SkillFileChange, act: 'install' | 'remove', console: Console): void {
  const name = showInvisible(file)
  if (change.kind === 'same') {
    console.out(`${act === 'install' ? 'Up to date' : 'Not there'}: ${name}`)
    return
  }
  const isEdited = change.kind === 'edited'
  console.out(console.paint('bold', `${isEdited ? 'Left as it is' : before === null ? 'New file' : 'Change'}: ${name}`))
  if (isEdited) {
    console.out(console.paint('yellow', `  ! ${change.why}`))
    console.out('  Remove it yourself, or take over the lines below by hand:')
    if (change.text === null) return
  }
  for (const { sign, text } of diffLines(before ?? '', change.text ?? '')) {
    const line = `  ${sign} ${showInvisible(text)}`
    console.out(sign === ' ' ? line : console.paint(sign === '+' ? 'green' : 'red', line))
  }
}
