// How the main phase of a step goes: in the foreground, in the background, or in chunks.
import { isMap, type Node } from 'yaml'
import type { MainMode } from './definition'
import { MapReader, rangeOfNode } from './mapReader'
import { tellOfCommand } from './tellOfCommand'

export function readMode(main: MapReader): MainMode {
  const { findings } = main
  const kind = main.choice('mode', ['foreground', 'background', 'chunked'])
  if (kind !== 'chunked') {
    for (const name of ['chunks', 'quality', 'checkpoint_every'])
      if (main.has(name) && (kind !== null || !main.has('mode')))
        findings.add(
          'warning',
          'mode-field',
          `"${name}" has a meaning in mode chunked only, and here the mode is ${kind ?? 'foreground'}.`,
          main.keyOf(name),
        )
    return { kind: kind ?? 'foreground' }
  }
  const chunks = main.items('chunks', 100)
  if (chunks.length === 0 && !main.has('chunks'))
    findings.add(
      'error',
      'missing-field',
      'Mode chunked wants "chunks": a list of sizes, lines such as "- size: 100".',
      main.keyOf('mode'),
    )
  else if (chunks.length === 0)
    findings.add('error', 'empty-field', '"chunks" has no size in it.', main.keyOf('chunks'))
  const sizes = chunks.flatMap((item) => readSize(item, main) ?? [])
  const quality = main.text('quality')
  if (quality !== null) tellOfCommand(quality, 'quality', findings, true)
  if (quality === null && !main.has('quality') && sizes.length > 1)
    findings.add(
      'hint',
      'mode-field',
      'There is no "quality" command: only the exit code of a chunk decides whether the next is begun.',
      main.keyOf('chunks'),
    )
  return {
    kind: 'chunked',
    sizes,
    quality: quality?.text ?? null,
    checkpointEvery: main.whole('checkpoint_every', 1, 1_000_000_000)?.value ?? null,
  }
}

function readSize(item: Node, main: MapReader): number | null {
  const at = rangeOfNode(item)
  if (!isMap(item)) return main.wholeOf('size', item, at, 1, 1_000_000_000)?.value ?? null
  const chunk = new MapReader(item, 'chunk', at, main.findings)
  if (!chunk.has('size'))
    main.findings.add('error', 'missing-field', 'A chunk wants "size": how many it is to make.', at)
  return chunk.whole('size', 1, 1_000_000_000)?.value ?? null
}
