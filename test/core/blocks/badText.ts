// Texts that have something wrong with their blocks, made at random from real ones.
import fc from 'fast-check'

const block = (body: string): string => `[[relay-actions]]\n${body}\n[[/relay-actions]]`
const job = (fields: string): string => block(`{"actions":[{"type":"job_start",${fields}}]}`)

export const realBlocks = [
  job(
    '"command":"bash a.sh","watch":{"everySec":300,"tailLines":30,"thenTask":"Look at \\"a\\" in <LOG_PATH>","runTasks":true}',
  ),
  job('"command":"x","thenTask":"é\\u200b\\n","preflight":[{"type":"cmd_exit_zero","cmd":"a","timeoutSec":5}]'),
  '> [[relay-actions]]\n> ```jsonc\n> {"actions":[{"type":"job_watch","jobId":"a","watch":{"requireFiles":"../x"}},]}\n> ```\n> [[/relay-actions]]',
  job('"supervisor":{"runId":"r","stateFile":"s","smokeCmd":"a","fullCmd":"b","mode":"stage0_smoke_gate"}'),
  job(
    '"command":"scripts/vr_run.sh --run-id r1 --run-dir exp/results/r1 -- python train.py","watch":{"requireFiles":["exp/results/r1/metrics.json"]},"preflight":{"checks":[]}',
  ),
  'Say [[relay-actions]]{"actions":[{"type":"job_start","command":"ssh host; vim a & sleep 3"}]}[[/relay-actions]] now',
]

export const pieces = [
  ...['[[relay-actions]]', '[[/relay-actions]]', '[[relay_actions]]', '[[/relay-action]]', '[[task:done]]'],
  ...['```', '```json', '~~~', '`', '\n', '\r', '\r\n', '> ', '- ', '    '],
  ...['{', '}', '[', ']', ':', ',', '"', "'", '“', '”', '\\', '\\"', '\\u', '\\ud800', '/*', '//', '...', '…', ' '],
  ...['"actions"', '"type"', '"job_start"', '"command"', '"watch"', '"preflight"', '"thenTask"'],
  ...['"__proto__"', '"a<b_c>"', '"Command"', '"EVERYSEC":"5"', '"watch":{"runTasks":"true"}', '"command":"ssh a"'],
  ...['1e999', '-', '00', '9'.repeat(400), 'null', 'True', 'İ', '\ud800', '\udc00', '\0', '\u202e', '\ufeff', '\u2028'],
  ...['\u00a0', '\u200b', '[[[[[['.repeat(20), '{"a":'.repeat(40)],
]

const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...pieces) },
  fc.string({ unit: 'binary', maxLength: 8 }),
)

/** A real block after some edits. */
export const mutated = fc
  .tuple(
    fc.constantFrom(...realBlocks),
    fc.array(fc.tuple(fc.nat(400), fc.nat(12), piece), { minLength: 1, maxLength: 5 }),
  )
  .map(([text, edits]) =>
    edits.reduce((now, [at, length, newText]) => {
      const start = at % (now.length + 1)
      return now.slice(0, start) + newText + now.slice(start + length)
    }, text),
  )

export const badText = fc.oneof(
  { weight: 4, arbitrary: mutated },
  fc.tuple(fc.constantFrom('', 'İ', '\ufeff', 'İ\ud800\n'), mutated).map(([before, text]) => before + text),
  fc.array(piece, { maxLength: 60 }).map((parts) => parts.join('')),
  fc.array(piece, { maxLength: 60 }).map((parts) => block(parts.join(''))),
)
