// What a keystroke costs in a long document: reading again what it touched, against reading everything.
import { BlockIndex } from '../../src/core/blocks/blockIndex'
import { completionsAt } from '../../src/core/blocks/completeBlock'
import { parseBlocks } from '../../src/core/blocks/parseBlocks'
import { renderBlock } from '../support/relay'
import type { Bench } from './support/benchmark'
import { median, ms, percentile, timed, times } from './support/samples'

const blocks = 1000
const aimMs = 5

export async function run(bench: Bench): Promise<void> {
  const text = document(10e6 / blocks)
  const index = new BlockIndex(text)
  const whole = await Promise.all(Array.from({ length: bench.count(7, 3) }, () => timed(() => parseBlocks(text))))

  const places: readonly (readonly [string, number])[] = [
    ['in prose at the start', 40],
    ['in prose in the middle', Math.floor(text.length / 2)],
    ['in a block in the middle', text.indexOf('--epochs', Math.floor(text.length / 2))],
    ['in the last block', text.lastIndexOf('--epochs')],
  ]
  const rows: string[][] = []
  const all: number[] = []
  for (const [name, start] of places) {
    const samples: number[] = []
    for (let key = 0; key < bench.count(200, 40); key++) {
      samples.push(await timed(() => index.edit({ start, end: start, newText: 'x' })))
      samples.push(await timed(() => index.edit({ start, end: start + 1, newText: '' })))
    }
    all.push(...samples)
    rows.push(row(name, samples))
  }
  const fence: number[] = []
  for (let key = 0; key < bench.count(20, 5); key++) {
    fence.push(await timed(() => index.edit({ start: 0, end: 0, newText: '```\n' })))
    fence.push(await timed(() => index.edit({ start: 0, end: 4, newText: '' })))
  }
  // A key that asks for more: what can be written there.
  const asked: number[] = []
  const inBlock = text.indexOf('"watch":{', Math.floor(text.length / 2)) + '"watch":{'.length
  for (let key = 0; key < bench.count(200, 40); key++) {
    asked.push(
      await timed(() => {
        index.edit({ start: inBlock, end: inBlock, newText: '"' })
        if (completionsAt(index, inBlock + 1).length === 0) throw new Error('nothing is offered in a watch')
      }),
    )
    index.edit({ start: inBlock, end: inBlock + 1, newText: '' })
  }
  all.push(...asked)
  rows.push(row('in a watch, with what can be written there', asked))
  expectSame(index, text)
  bench.table([
    [`a key in ${(text.length / 1e6).toFixed(0)} MB with ${blocks} blocks`, 'median', 'p95', '÷ reading all of it'],
    ...rows,
    row('a fence opened before all blocks', fence),
    row('reading all of it', whole),
  ])
  bench.aim({
    aim: `a keystroke is read in ${aimMs} ms`,
    measured: `${ms(median(all))}, p95 ${ms(percentile(all, 0.95))}`,
    ratio: `${times(median(all) / median(whole))} reading all`,
    reached: median(all) <= aimMs,
  })

  function row(name: string, samples: readonly number[]): string[] {
    return [name, ms(median(samples)), ms(percentile(samples, 0.95)), times(median(samples) / median(whole))]
  }
}

function expectSame(index: BlockIndex, text: string): void {
  if (JSON.stringify(index.parsed) !== JSON.stringify(parseBlocks(text)))
    throw new Error('the index does not say what a reading of the whole text says')
}

function document(blockEvery: number): string {
  const turn = [
    '## Assistant',
    'I looked at `train.py` — the loss is flat after epoch 12, so the schedule is to blame.',
    '```python',
    'loss = criterion(model(batch), labels)  # [[1, 2], [3, 4]]',
    '```',
    '> - lr 3e-4',
    '',
  ].join('\n')
  const watch = { everySec: 300, tailLines: 30, thenTask: 'Analyze logs/train.log.', runTasks: true }
  const block = `${renderBlock({ command: 'python train.py --epochs 30', description: 'A longer run', watch })}\n`
  const prose = turn.repeat(Math.ceil((blockEvery - block.length) / turn.length))
  return (prose + block).repeat(blocks)
}
