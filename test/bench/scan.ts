// Looking for blocks in a long transcript.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { findBlocks } from '../../src/core/blocks/findBlocks'
import { parseBlocks } from '../../src/core/blocks/parseBlocks'
import { renderBlock } from '../support/relay'
import type { Bench } from './support/benchmark'
import { median, ms, percentile, timed, times } from './support/samples'

export async function run(bench: Bench): Promise<void> {
  const bytes = bench.count(100e6, 10e6)
  const file = path.join(os.tmpdir(), 'transcript.md')
  const blocks = writeTranscript(file, bytes)
  const read = () => fs.readFileSync(file, 'utf8')
  const text = read()

  const samples = { grep: [] as number[], read: [] as number[], find: [] as number[], parse: [] as number[] }
  for (let round = 0; round < bench.count(5, 3); round++) {
    samples.grep.push(await timed(() => execFileSync('grep', ['-c', '^\\[\\[relay-actions\\]\\]', file])))
    samples.read.push(await timed(read))
    samples.find.push(await timed(() => expectCount(findBlocks(text).spans.length, blocks)))
    samples.parse.push(await timed(() => expectCount(parseBlocks(text).blocks.length, blocks)))
  }
  const base = median(samples.grep)
  const row = (name: string, values: readonly number[]) => [
    name,
    ms(median(values)),
    ms(percentile(values, 0.95)),
    `${(bytes / 1e3 / median(values)).toFixed(0)} MB/s`,
    times(median(values) / base),
  ]
  bench.table([
    [`${bytes / 1e6} MB of transcript, ${blocks} blocks`, 'median', 'p95', 'speed', '÷ grep -c'],
    row('grep -c, a process', samples.grep),
    row('reading the file as text', samples.read),
    row('findBlocks, on the text', samples.find),
    row('parseBlocks, on the text', samples.parse),
  ])
  const whole = median(samples.read) + median(samples.parse)
  bench.aim({
    aim: `scan of ${bytes / 1e6} MB against grep -c`,
    measured: `${ms(whole)} with reading, ${ms(median(samples.find))} to find, ${ms(median(samples.parse))} to parse`,
    ratio: `${times(whole / base)} grep -c`,
    reached: null,
  })
}

function expectCount(found: number, written: number): void {
  if (found !== written) throw new Error(`${found} blocks were found, not ${written}`)
}

/** What agents and people say to each other, with code, logs, quotes, lists, talk about the marker, and a block per 250 kB. */
function writeTranscript(file: string, bytes: number): number {
  const turn = [
    '## Assistant',
    '',
    'I looked at `train.py` — the loss is flat after epoch 12, and I think the schedule is to blame (größer → schlechter).',
    'I will write a block [[relay-actions]] into the file, as the contract says, when you agree.',
    '',
    '```python',
    'for step, (batch, labels) in enumerate(loader):',
    '    loss = criterion(model(batch), labels)  # [[1, 2], [3, 4]]',
    '    loss.backward()',
    '```',
    '',
    '> Could you run it with the smaller batch first?',
    '> - lr 3e-4',
    '> - batch 64',
    '',
    ...Array.from(
      { length: 20 },
      (_, step) => `  step ${step * 50} loss=0.${9999 - step} lr=3.0e-04 tokens/s=18${step}42 [${'#'.repeat(step)}]`,
    ),
    '',
    '{"role":"assistant","content":[{"type":"text","text":"The run has ended. See metrics.json: accuracy 0.912."}]}',
    '',
  ].join('\n')
  const block = `\n${renderBlock({ command: 'python train.py --epochs 30', description: 'A longer run', watch: { thenTask: 'Analyze the log.', runTasks: true } })}\n`
  const stretch = turn.repeat(Math.ceil(250e3 / Buffer.byteLength(turn))) + block
  const count = Math.ceil(bytes / Buffer.byteLength(stretch))
  fs.writeFileSync(file, '')
  for (let index = 0; index < count; index++) fs.appendFileSync(file, stretch)
  return count
}
