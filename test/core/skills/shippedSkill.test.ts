// The skill that ships promises what the contract and this product do, and nothing else.
import fs from 'node:fs'
import { describe, expect, test } from 'vitest'
import type * as z from 'zod'
import { parseBlocks } from '../../../src/core/blocks/parseBlocks'
import * as schema from '../../../src/core/blocks/schema'
import { startableAction } from '../../../src/core/blocks/startableAction'
import { planJob } from '../../../src/core/jobs/plan'
import { parseSkill } from '../../../src/core/skills/skill'
import { fillTaskText, taskTextOf } from '../../../src/core/skills/taskText'

const name = 'relay-long-task-callback'
const skill = parseSkill(fs.readFileSync(`media/skills/${name}/SKILL.md`, 'utf8'))
const blocks = parseBlocks(skill.text).blocks
const sources = blocks.map(({ start, end }) => skill.text.slice(start, end))

/** Rows of the tables of fields: `table field default`. */
const rows = [...skill.text.matchAll(/^\| `(?:\w+)` \|.*$/gm)].map(([row]) => row.split('|').map((cell) => cell.trim()))
function tableOf(heading: string): Record<string, string> {
  const start = skill.text.indexOf(`| \`${heading}\` | default |`)
  expect(start, heading).toBeGreaterThan(0)
  const lines = skill.text.slice(start).split('\n\n')[0]?.split('\n').slice(2) ?? []
  return Object.fromEntries(
    lines.map((line) => {
      const [, field = '', value = ''] = line.split('|').map((cell) => cell.trim().replaceAll('`', ''))
      return [field, value]
    }),
  )
}
const optionalKeys = (shape: Readonly<Record<string, z.ZodType>>) =>
  Object.entries(shape).map(([key, type]) => [key, type.safeParse(undefined).success] as const)

describe('the shipped skill', () => {
  test('has the name and the description by which agents know it', () => {
    expect(skill.name).toBe(name)
    expect(skill.description).toBe(
      'Use when a task needs unattended background execution; must emit one valid [[relay-actions]] job_start block with watch.everySec/tailLines/thenTask/runTasks=true so follow-up analysis auto-runs.',
    )
  })

  test('shows blocks in which nothing but the placeholders is to be filled in', () => {
    expect(blocks).toHaveLength(2)
    for (const { diagnostics } of blocks) {
      const codes = diagnostics.filter(({ severity }) => severity !== 'hint').map(({ code }) => code)
      expect(new Set(codes)).toEqual(new Set(['placeholder-left']))
    }
  })

  test('shows blocks that follow all of its rules once they are filled in, and can be started', () => {
    const values: Readonly<Record<string, string>> = {
      'what this is, in a few words': 'Train the small model',
      'non-interactive shell command': 'bash scripts/train.sh',
      'training command': 'python3 train.py --config small.yaml',
      'log path': 'logs/train.log',
      'metric name': 'val_loss',
      run_id: 'r20260102-030405-ab12',
    }
    for (const source of sources) {
      const answer = `${source.replace(/<([^<>]+)>/g, (_whole, name: string) => values[name] ?? '<?>')}\n\n[[task:done]]\n`
      const [block] = parseBlocks(answer).blocks
      expect(block?.diagnostics).toEqual([])
      const planned = block && planJob(startableAction(block), '/project')
      expect(planned).toMatchObject({ plan: { followUp: { run: true }, watch: { everySec: 300, tailLines: 30 } } })
    }
  })

  test('mentions its markers in prose without making blocks of them', () => {
    const { diagnostics } = parseBlocks(skill.text)
    expect(diagnostics.filter(({ severity }) => severity !== 'hint')).toEqual([])
  })

  test('has every field of a watch with its default', () => {
    const defaults = new Map<string, unknown>(Object.entries(schema.watchDefaults))
    const wanted = Object.keys(schema.watchSchema.shape).map((key) => [
      key,
      defaults.has(key) ? JSON.stringify(defaults.get(key)) : 'none',
    ])
    expect(tableOf('watch')).toEqual(Object.fromEntries(wanted))
  })

  test('has every field of a start and of its preflight', () => {
    const { shape } = schema.commandJobSchema
    expect(Object.keys(tableOf('job_start')).sort()).toEqual([...Object.keys(shape), 'supervisor'].sort())
    expect(tableOf('job_start')).toMatchObject({ type: 'required', command: 'required', description: 'none' })
    expect(tableOf('preflight')).toEqual({
      checks: 'required',
      onFail: JSON.stringify(schema.preflightDefaults.onFail),
    })
  })

  test('has every field of every check with its default', () => {
    const defaults: Readonly<Record<string, unknown>> = schema.preflightDefaults
    const wanted = schema.checkSchema.options.flatMap(({ shape: { type, ...fields } }) =>
      optionalKeys(fields).map(([key, isOptional]) => [
        type.value,
        key,
        isOptional ? JSON.stringify(defaults[key]) : 'required',
      ]),
    )
    const told = rows
      .filter(([, check = '']) => schema.checkTypes.some((type) => check === `\`${type}\``))
      .map(([, check = '', field = '', value = '']) => [check, field, value].map((cell) => cell.replaceAll('`', '')))
    expect(told).toEqual(wanted)
  })

  test('has every field of a queue with its default', () => {
    const defaults = new Map<string, unknown>(Object.entries(schema.queueDefaults))
    const wanted = Object.keys(schema.queueSchema.shape).map((key) => [
      key,
      defaults.has(key) ? JSON.stringify(defaults.get(key)) : 'none',
    ])
    expect(tableOf('queue')).toEqual(Object.fromEntries(wanted))
  })

  test('names the other actions', () => {
    for (const type of schema.actionTypes.filter((one) => one !== 'job_start'))
      expect(skill.text).toMatch(new RegExp(`Other actions \\(.*\`${type}\``))
  })

  test('has a task text that is filled in', () => {
    const filled = fillTaskText(taskTextOf(skill) ?? '', { logPath: 'exp/$&/train.log', metrics: '' })
    expect(filled).toContain('training log at exp/$&/train.log, report key metrics with')
    expect(filled).not.toMatch(/<[A-Z_]+>/)
    expect(filled.trimEnd()).toMatch(/^Use skill relay-long-task-callback\.\n[\s\S]*\nEnd with \[\[task:done\]\]\.$/)
  })
})

test.each([
  ['', 'must not be empty'],
  ['a\nb', 'one line'],
  ['a "quoted" log', 'quotes'],
  ['<LOG_PATH>', 'angle brackets'],
])('a task text is not filled in with %j', (logPath, why) => {
  expect(() => fillTaskText('at <LOG_PATH>', { logPath, metrics: 'loss' })).toThrow(why)
})

test.each([
  ['no front matter', '# Title\n'],
  ['no description', '---\nname: a\n---\n\nText\n'],
  ['a name that is a path', '---\nname: ../a\ndescription: b\n---\n\nText\n'],
  ['no text', '---\nname: a\ndescription: b\n---\n'],
])('a text with %s is no skill', (_what, text) => {
  expect(() => parseSkill(text)).toThrow('This is no skill')
})
