// The input of the tool that starts jobs, and the words that mean a block of before.
import { describe, expect, it } from 'vitest'
import { readStartInput } from '../../../src/core/chat/readBlock'

const problemsOf = (input: Readonly<Record<string, unknown>>) => {
  const read = readStartInput(input)
  return read.kind === 'invalid' ? read.problems.join('\n') : 'valid'
}

describe('the input of a start', () => {
  it('is the fields of one job_start', () => {
    const input = { command: 'make all', watch: { everySec: 5 }, folder: 'project' }
    expect(readStartInput(input)).toMatchObject({
      kind: 'block',
      action: { type: 'job_start', command: 'make all', watch: { everySec: 5 } },
    })
  })

  it('may hold a marker in a text without ending there', () => {
    const command = 'echo "[[/relay-actions]] [[relay-actions]]"'
    expect(readStartInput({ command })).toMatchObject({ kind: 'block', action: { command } })
  })

  it('is a whole block, too', () => {
    const block = '[[relay-actions]]\n{"actions":[{"type":"job_start","command":"make"}]}\n[[/relay-actions]]'
    expect(readStartInput({ block })).toMatchObject({ kind: 'block', action: { command: 'make' } })
    expect(problemsOf({ block, command: 'make' })).toMatch(/not both/)
    expect(problemsOf({ block: `${block}\n\n${block}` })).toMatch(/2 blocks/)
  })

  it.each<[Readonly<Record<string, unknown>>, RegExp]>([
    [{}, /Give "command"/],
    [{ block: 3 }, /must be the text/],
    [{ block: 'make' }, /no \[\[relay-actions\]\]/],
    [{ command: 7 }, /command/],
    [{ command: 'make', gpus: 4 }, /gpus/],
    [{ command: 'make', watch: { everySec: 0 } }, /everySec/],
    [{ command: 'run <FILE>' }, /<FILE>|placeholder/i],
    [{ type: 'job_stop', command: 'make' }, /job_stop|command/],
  ])('%j is refused with a reason', (input, why) => expect(problemsOf(input)).toMatch(why))

  it('is told without places where nobody has seen the text', () => {
    expect(problemsOf({ command: 7 })).not.toMatch(/^\d+:\d+/m)
    const block = '[[relay-actions]]\n{"actions":[{"type":"job_start","command":7}]}\n[[/relay-actions]]'
    expect(problemsOf({ block })).toMatch(/^2:43 /)
  })
})
