// The skills that ship with this product: media/skills/<name>/SKILL.md.
import fs from 'node:fs'
import path from 'node:path'
import { RelayError } from '../../core/relayError'
import { parseSkill, type Skill } from '../../core/skills/skill'
import { asRelayError } from '../durableFile'

/** By name. Throws RelayError if the installation is incomplete. */
export function readSkills(directory: string): readonly Skill[] {
  try {
    return fs
      .readdirSync(directory)
      .sort()
      .map((name) => {
        const skill = parseSkill(fs.readFileSync(path.join(directory, name, 'SKILL.md'), 'utf8'))
        // Agents want a skill to lie in a folder of its name.
        if (skill.name !== name) throw new RelayError('not_a_skill', `The skill in ${name} is called ${skill.name}.`)
        return skill
      })
  } catch (error) {
    throw asRelayError(error, 'read', directory)
  }
}
