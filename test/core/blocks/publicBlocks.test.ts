// The blocks found in public text: what the deployed relay accepts, ours accepts; where it fails, ours says where.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { parseBlocks } from '../../../src/core/blocks/parseBlocks'

const caseSchema = z.object({ case: z.string(), text: z.string(), deployed_actions: z.array(z.string()) })
const cases = readFileSync(new URL('../../fixtures/blocks/public.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => caseSchema.parse(JSON.parse(line)))

/** The findings that are more than advice, as code and the text they point at. */
const findings: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'skill-canonical': [['placeholder-left', '<non-interactive shell command>']],
  'skill-older': [['placeholder-left', '<non-interactive shell command>']],
  'manual-supervisor': [['command-and-supervisor', '"supervisor"']],
  'escaped-quotes': [['json-escaped-quotes', '\\"']],
  'env-ellipsis': [['json-ellipsis', '...']],
}

describe('public blocks', () => {
  it('are all here', () => expect(cases).toHaveLength(9))

  it.each(cases)('$case is read as the deployed relay reads it', ({ case: name, text, deployed_actions: deployed }) => {
    const { blocks, diagnostics } = parseBlocks(text)
    expect(blocks.flatMap(({ actions }) => actions.map(({ type }) => type))).toEqual(deployed)
    const found = [...diagnostics, ...blocks.flatMap((block) => block.diagnostics)]
      .filter(({ severity }) => severity !== 'hint')
      .map(({ code, start, end }) => [code, text.slice(start, end)])
    expect(found).toEqual(findings[name] ?? [])
  })

  it('a skill that describes blocks contains none, and a hint says why', () => {
    const text = cases.find((each) => each.case === 'skill-frontmatter-swallow')?.text ?? ''
    const { blocks, diagnostics } = parseBlocks(text)
    expect(blocks).toEqual([])
    expect(diagnostics.map(({ code }) => code)).toEqual(['marker-mentioned', 'marker-mentioned'])
  })
})
