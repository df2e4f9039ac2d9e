import { describe, expect, test } from 'vitest'
import { compileAlertPattern, defaultAlertPatterns, findHits } from '../../../src/core/logs/alertPatterns'

/** Which of the default patterns a line has. */
function hits(line: string): number[] {
  return defaultAlertPatterns.flatMap((pattern, index) => {
    const compiled = compileAlertPattern(pattern)
    if ('problem' in compiled) throw new Error(`${pattern}: ${compiled.problem}`)
    return findHits(compiled.regex, [line]) === null ? [] : [index]
  })
}

describe('the patterns that are looked for in every log', () => {
  test.each([
    'Traceback (most recent call last):',
    'torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB',
    'RuntimeError: CUDA error: device-side assert triggered',
    'ValueError: shapes (3,4) and (5,) not aligned',
    'KeyboardInterruptError',
    '2026-11-28 09:00:00,123 ERROR trainer: data loader died',
    '[ERROR] cannot open the checkpoint',
    'ERROR 2026-11-28 12:00:01 lost connection',
    'train.c:3:5: error: expected ‘;’ before ‘}’ token',
    'error: Your local changes would be overwritten by merge',
    'slurmstepd: error: Detected 1 oom-kill event(s)',
    'epoch 3 loss=nan lr=0.001',
    '{"step": 7, "train_loss": NaN}',
    'Loss is nan, stopping training',
    'grad_norm: nan',
    'Segmentation fault (core dumped)',
    'OSError: [Errno 28] No space left on device',
    "thread 'main' panicked at src/main.rs:4:5",
    'NCCL error in: ProcessGroupNCCL.cpp:1191, unhandled system error',
    'Killed',
  ])('are found in: %s', (line) => expect(hits(line)).not.toEqual([]))

  test.each([
    '0 errors, 3 warnings',
    'Finished with 0 errors',
    'error_rate=0.1',
    'Error rate: 0.1',
    'ERROR RATE: 0.12 %',
    'errors: 0',
    'test error: 0.0312',
    'Error: 0.25',
    'epoch 3: error: 0.2, accuracy: 0.8',
    'ERROR 0.25',
    'train ERROR=0.5 val ERROR=0.6',
    'mean squared error 0.33',
    'loss 0.3012 val_loss 0.4',
    'nan_count=0',
    'dropping nan values: 0 rows',
    'best_loss=inf',
    'CUDA error count: 0',
    'class TimeoutError handled, retrying 1 of 3',
    'tests/test_errors.py::test_error PASSED',
    'loading model from /models/ERROR-net',
    'Banana bread, finance, nanoseconds',
    'out of memory: 0',
    'no exceptions were raised',
    'error-correcting code enabled',
    'perplexity: 12.4',
  ])('cry no wolf over: %s', (line) => expect(hits(line)).toEqual([]))
})

describe('a pattern of somebody', () => {
  test('does not look at letter case, unless it says so', () => {
    const compiled = compileAlertPattern('warn(ing)?')
    expect('regex' in compiled && findHits(compiled.regex, ['WARNING a', 'b', 'a Warn'])).toEqual({
      count: 2,
      line: 'a Warn',
    })
    const exact = compileAlertPattern('(?-i)WARN')
    expect('regex' in exact && findHits(exact.regex, ['warn'])).toBeNull()
    expect(compileAlertPattern('(?i)warn')).toHaveProperty('regex')
  })

  test('that cannot be one, or is found everywhere, says why', () => {
    expect(compileAlertPattern('(')).toEqual({ problem: 'Unterminated group' })
    expect(compileAlertPattern('.*')).toEqual({ problem: 'it is found in every line' })
  })
})
