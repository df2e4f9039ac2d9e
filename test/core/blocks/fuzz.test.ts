// Whatever the text: nothing is thrown, nothing takes long, nothing points outside of it, and nothing wrong can be started.
import { describe, expect, test } from 'vitest'
import { completionsAt, hoverAt } from '../../../src/core/blocks/completeBlock'
import type { Diagnostic, Range } from '../../../src/core/blocks/diagnostic'
import { parseBlocks, type ParsedText } from '../../../src/core/blocks/parseBlocks'
import { startableAction } from '../../../src/core/blocks/startableAction'
import { RelayError } from '../../../src/core/relayError'
import { count, seededRandom, type Random } from '../../support/scale'
import { pieces, realBlocks } from './badText'

const limitMs = 100

function pick<T>(items: readonly [T, ...T[]] | readonly T[], random: Random): T {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new Error('there is nothing to pick from')
  return item
}

const someBytes = (random: Random, length: number): string =>
  Array.from({ length }, () => String.fromCharCode(Math.floor(random() * (random() < 0.7 ? 128 : 65_536)))).join('')

/** Cuts, doubles, swaps and puts in, at places of the text and at its tokens. */
function mutate(text: string, random: Random): string {
  const at = Math.floor(random() * (text.length + 1))
  const length = Math.floor(random() ** 3 * 60)
  const part = text.slice(at, at + length)
  switch (Math.floor(random() * 6)) {
    case 0:
      return text.slice(0, at) + text.slice(at + length)
    case 1:
      return text.slice(0, at) + part + text.slice(at)
    case 2:
      return text.slice(0, at) + pick(pieces, random) + text.slice(at + length)
    case 3:
      return text.slice(0, at) + pick(pieces, random) + text.slice(at)
    case 4: {
      const tokens = text.split(/(?<=[{}[\],:])/)
      const from = Math.floor(random() * tokens.length)
      const [token = ''] = tokens.splice(from, 1)
      tokens.splice(Math.floor(random() * (tokens.length + 1)), 0, token)
      return tokens.join('')
    }
    default:
      return text.slice(0, at) + someBytes(random, 1 + Math.floor(random() * 8)) + text.slice(at + length)
  }
}

function someText(random: Random): string {
  const before = random() < 0.1 ? pick(['İ', '\ufeff', 'İ\ud800\n', '```\n', '> '], random) : ''
  if (random() < 0.02) return before + someBytes(random, Math.floor(random() * 2000))
  if (random() < 0.01) {
    const depth = Math.floor(random() * 9000)
    return `${before}[[relay-actions]]\n${pick(['[', '{"a":', '[{"actions":'], random).repeat(depth)}\n[[/relay-actions]]`
  }
  let text = pick(realBlocks, random)
  if (random() < 0.1) text += `\n${pick(realBlocks, random)}`
  for (let step = 0; step < 1 + Math.floor(random() * 5); step++) text = mutate(text, random)
  return before + text
}

function check(text: string, { blocks, diagnostics }: ParsedText): void {
  const isInside = ({ start, end }: Range) => start >= 0 && start <= end && end <= text.length
  const isRight = (each: Diagnostic) => isInside(each) && (!each.fix || isInside(each.fix))
  for (const each of diagnostics) if (!isRight(each)) throw new Error(`${each.code} is outside of the text`)
  for (const block of blocks) {
    const wrong = block.diagnostics.find((each) => !isRight(each))
    if (wrong) throw new Error(`${wrong.code} is outside of the text`)
    if (!isInside(block) || !block.actionSpans.every(isInside)) throw new Error('a block is outside of the text')
    let isStarted = false
    try {
      startableAction(block)
      isStarted = true
    } catch (error) {
      if (!(error instanceof RelayError)) throw error
    }
    if (isStarted && block.diagnostics.some(({ severity }) => severity === 'error'))
      throw new Error('a block with an error can be started')
  }
}

describe('a text made at random', () => {
  const wanted = count(20_000, 1_000_000)

  test('is read without an exception, in less than 100 ms, with every range inside', () => {
    const random = seededRandom('the texts of blocks')
    let started = 0
    for (let run = 0; run < wanted; run++) {
      const text = someText(random)
      try {
        const begunMs = performance.now()
        const parsed = parseBlocks(text)
        if (performance.now() - begunMs > limitMs) expectQuick(text)
        check(text, parsed)
        started += parsed.blocks.filter(({ actions }) => actions.length > 0).length
        if (run % 20 === 0) {
          const offset = Math.floor(random() * (text.length + 1))
          completionsAt(text, offset)
          hoverAt(text, offset)
        }
      } catch (error) {
        throw new Error(`in ${JSON.stringify(text)}`, { cause: error })
      }
    }
    // Texts of which none can be read would prove little.
    expect(started).toBeGreaterThan(wanted / 20)
  }, 3_600_000)
})

/** The best of some, because others use the machine too. */
function expectQuick(text: string): void {
  const tookMs = [1, 2, 3, 4, 5].map(() => {
    const begunMs = performance.now()
    parseBlocks(text)
    return performance.now() - begunMs
  })
  expect(Math.min(...tookMs)).toBeLessThan(limitMs)
}
