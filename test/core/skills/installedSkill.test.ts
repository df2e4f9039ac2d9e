// What installing and removing a skill mean for a file, whatever is in it already.
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { planInstall, planRemoval } from '../../../src/core/skills/installedSkill'
import { parseSkill } from '../../../src/core/skills/skill'

const digest = (text: string) => createHash('sha256').update(text).digest('hex')
const skillWith = (body: string) =>
  parseSkill(`---\nname: test-skill\ndescription: Use it in tests.\n---\n\n# Test\n\n${body}\n`)
const old = skillWith('The old way.')
const current = skillWith('The way.\n\n## Part\n\n```sh\n# a comment\n```')

const install = (text: string | null, form: 'file' | 'section', skill = current) =>
  planInstall(text, skill, form, digest)
const remove = (text: string | null, form: 'file' | 'section') => planRemoval(text, current, form, digest)
/** The text after an installation that has to be possible. */
function installed(text: string | null, form: 'file' | 'section', skill = current): string {
  const change = install(text, form, skill)
  if (change.kind !== 'write' || change.text === null) throw new Error(`it is ${change.kind}`)
  return change.text
}
const crlf = (text: string) => text.replaceAll('\n', '\r\n')

describe('a skill as a file of its own', () => {
  const file = installed(null, 'file')

  test('is the shipped text, and a line that tells whether it was edited', () => {
    expect(file).toBe(`${current.text}\n<!-- relay skill test-skill ${digest(current.text).slice(0, 16)} -->\n`)
    expect(parseSkill(file).description).toBe('Use it in tests.')
  })

  test.each([
    ['as it was written', file],
    ['with the ends of lines of Windows', crlf(file)],
    ['copied by hand', current.text],
  ])('%s is up to date', (_how, text) => {
    expect(install(text, 'file')).toEqual({ kind: 'same' })
  })

  test('of an older version is replaced, and its ends of lines are kept', () => {
    const older = installed(null, 'file', old)
    expect(install(older, 'file')).toEqual({ kind: 'write', was: 'ours', text: file })
    expect(install(crlf(older), 'file')).toEqual({ kind: 'write', was: 'ours', text: crlf(file) })
  })

  test.each([
    ['that a person has written', '---\nname: test-skill\ndescription: mine\n---\n\nMine.\n', 'not written by relay'],
    ['that a person has edited', file.replace('The way.', 'My way.'), 'edited since'],
    [
      'of an older version that a person has edited',
      installed(null, 'file', old).replace('old', 'own'),
      'edited since',
    ],
    ['behind which a person has written', `${file}\nMine.\n`, 'not written by relay'],
  ])('%s is left alone by an installation and by a removal', (_what, text, why) => {
    expect(install(text, 'file')).toEqual({ kind: 'edited', why: expect.stringContaining(why) as string, text: file })
    expect(remove(text, 'file')).toMatchObject({ kind: 'edited', why: expect.stringContaining(why) as string })
  })

  test('is removed whole, and a removal where nothing is does nothing', () => {
    expect(remove(file, 'file')).toEqual({ kind: 'write', was: 'ours', text: null })
    expect(remove(installed(null, 'file', old), 'file')).toEqual({ kind: 'write', was: 'ours', text: null })
    expect(remove(null, 'file')).toEqual({ kind: 'same' })
  })
})

describe('a skill as a section', () => {
  const section = installed(null, 'section')
  const around = (text: string) => `# Rules\n\nMine.\n\n${text}\n## More rules\n`

  test('begins and ends with markers, has its headings below one of its own, and says when it is meant', () => {
    const [begin, ...lines] = section.trimEnd().split('\n')
    expect(begin).toMatch(/^<!-- relay skill begin test-skill [0-9a-f]{16} -->$/)
    expect(lines).toEqual([
      '## Test',
      '',
      'Skill `test-skill`. Use it in tests.',
      '',
      'The way.',
      '',
      '### Part',
      '',
      '```sh',
      '# a comment',
      '```',
      '<!-- relay skill end test-skill -->',
    ])
  })

  test('comes after what is there, a blank line between', () => {
    expect(installed('Mine.\n', 'section')).toBe(`Mine.\n\n${section}`)
    expect(installed('Mine.', 'section')).toBe(`Mine.\n\n${section}`)
    expect(installed('Mine.\r\n', 'section')).toBe(`Mine.\r\n\r\n${crlf(section)}`)
  })

  test('is replaced where it stands when it is old, and nothing around it changes', () => {
    const older = installed(null, 'section', old)
    expect(install(around(older), 'section')).toEqual({ kind: 'write', was: 'ours', text: around(section) })
    expect(install(around(section), 'section')).toEqual({ kind: 'same' })
    expect(install(crlf(around(older)), 'section')).toMatchObject({ text: crlf(around(section)) })
  })

  test.each([
    ['edited', section.replace('The way.', 'My way.')],
    ['without its digest', section.replace(/ [0-9a-f]{16} -->/, ' -->')],
    ['without its end', section.replace(/<!-- relay skill end.*\n/, '')],
    ['without its begin', section.replace(/<!-- relay skill begin.*\n/, '')],
    ['there twice', section + section],
  ])('%s is left alone', (_what, text) => {
    expect(install(around(text), 'section').kind).toBe('edited')
    expect(remove(around(text), 'section').kind).toBe('edited')
  })

  test('of another name, or mentioned in a sentence, is none of ours', () => {
    const other = section.replaceAll('test-skill', 'test-skill-two')
    expect(install(other, 'section')).toMatchObject({ kind: 'write', was: 'absent' })
    expect(install('See `<!-- relay skill begin test-skill -->`.\n', 'section')).toMatchObject({ was: 'absent' })
  })

  test('leaves what was there before, whatever it was, when it is removed again', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '', '# b', '```', '<!-- c -->', '\ufeff', '> d')), (lines) => {
        const before = lines.map((line) => `${line}\n`).join('')
        const text = installed(before, 'section')
        expect(text.startsWith(before)).toBe(true)
        expect(install(text, 'section')).toEqual({ kind: 'same' })
        const after = before.trim() === '' ? null : before
        expect(remove(text, 'section')).toEqual({ kind: 'write', was: 'ours', text: after })
      }),
    )
  })
})
