// What a person was asked about is what is written, or nothing.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseSkill } from '../../../src/core/skills/skill'
import { readSkills } from '../../../src/store/skills/shippedSkills'
import { planSkillFile, type SkillRoot, writeSkillFile } from '../../../src/store/skills/skillFile'

const skill = parseSkill('---\nname: test-skill\ndescription: Use it in tests.\n---\n\n# Test\n\nThe way.\n')

let root: SkillRoot
beforeEach(() => {
  root = { scope: 'project', folder: fs.mkdtempSync(path.join(os.tmpdir(), 'relay-skill-')) }
})
afterEach(() => fs.rmSync(root.folder, { recursive: true }))

function planned(agent: 'claude' | 'agents') {
  const one = planSkillFile('install', skill, agent, root)
  if (one === null) throw new Error(`there is no place for ${agent}`)
  return one
}

test('a file that was changed while the person was asked is left as it is', () => {
  const file = path.join(root.folder, 'AGENTS.md')
  fs.writeFileSync(file, 'Mine.\n')
  const plan = planned('agents')
  fs.writeFileSync(file, 'Mine, too.\n')
  expect(() => writeSkillFile(plan, root)).toThrow('was changed in the meantime')
  expect(fs.readFileSync(file, 'utf8')).toBe('Mine, too.\n')
})

test('a directory that became a link out of the folder in the meantime is not followed', () => {
  const plan = planned('claude')
  const outside = fs.mkdtempSync(path.join(os.tmpdir(), 'relay-outside-'))
  try {
    fs.symlinkSync(outside, path.join(root.folder, '.claude'))
    expect(() => writeSkillFile(plan, root)).toThrow('leads out of')
    expect(fs.readdirSync(outside)).toEqual([])
  } finally {
    fs.rmSync(outside, { recursive: true })
  }
})

test('a folder behind a link is written to, for the person has named it', () => {
  const link = `${root.folder}-link`
  fs.symlinkSync(root.folder, link)
  try {
    const linked: SkillRoot = { scope: 'project', folder: link }
    const plan = planSkillFile('install', skill, 'claude', linked)
    if (plan !== null) writeSkillFile(plan, linked)
    expect(fs.readFileSync(path.join(root.folder, '.claude/skills/test-skill/SKILL.md'), 'utf8')).toContain('The way.')
  } finally {
    fs.rmSync(link)
  }
})

test('a directory in the place of the file is said, and left', () => {
  fs.mkdirSync(path.join(root.folder, 'AGENTS.md'))
  expect(() => planned('agents')).toThrow('is not a file')
})

test('nothing is left beside the file', () => {
  const plan = planned('agents')
  writeSkillFile(plan, root)
  expect(fs.readdirSync(root.folder)).toEqual(['AGENTS.md'])
})

test('a skill in a folder of another name is refused: agents would not find it', () => {
  const folder = path.join(root.folder, 'other')
  fs.mkdirSync(folder)
  fs.writeFileSync(path.join(folder, 'SKILL.md'), skill.text)
  expect(() => readSkills(root.folder)).toThrow('is called test-skill')
})
