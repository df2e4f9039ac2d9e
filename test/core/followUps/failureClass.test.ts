import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  classifyFailure,
  failureClasses,
  normalizeLine,
  type Failure,
  type FailureClass,
} from '../../../src/core/followUps/failureClass'
import { failurePatterns, interestingLine } from '../../../src/core/followUps/failurePatterns'
import { readMetricSeries } from '../../../src/core/followUps/metricSeries'
import { exitFromStatus } from '../../../src/core/jobs/exit'
import type { Outcome } from '../../../src/core/jobs/outcome'

function classify(
  log: string,
  status: number | null,
  outcome: Outcome = status === 0 ? 'succeeded' : 'failed',
): Failure | null {
  const lines = log.split('\n').map((text, at) => ({ number: at + 1, text }))
  return classifyFailure({
    outcome,
    exit: status === null ? null : exitFromStatus(status),
    lines,
    series: readMetricSeries(lines),
  })
}

/** The log lines that must be quoted are marked with `>` in front. */
const table: readonly (readonly [name: string, status: number, log: string, expected: FailureClass])[] = [
  ['CUDA', 1, 'epoch 1 loss 0.5\n>torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB', 'oom'],
  ['Python', 1, 'Traceback (most recent call last):\n>  File "t.py", line 3, in f\n    x()\n>MemoryError', 'oom'],
  ['a worker killed', 1, '>RuntimeError: DataLoader worker (pid 12) is killed by signal: Killed.', 'oom'],
  ['SLURM', 137, '>slurmstepd: error: Detected 1 oom_kill event in StepId=12.batch', 'oom'],
  ['NumPy', 1, '>numpy.core._exceptions._ArrayMemoryError: Unable to allocate 12.0 GiB for an array', 'oom'],
  ['SIGKILL with nothing in the log', 137, 'epoch 1 loss 0.5', 'unknown'],
  ['SIGKILL and a shell that says Killed', 137, '>run.sh: line 3: 4242 Killed   python train.py', 'unknown'],
  ['SIGTERM', 143, 'epoch 1 loss 0.5', 'interrupted'],
  ['Control-C', 130, 'epoch 1\n>KeyboardInterrupt', 'interrupted'],
  [
    'SLURM time limit',
    143,
    '>slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2024-05-01T00:00:00 DUE TO TIME LIMIT ***',
    'timeout',
  ],
  ['timeout(1)', 124, 'working', 'timeout'],
  ['CPU limit', 152, 'working', 'timeout'],
  ['a program that is not there', 127, '>bash: line 1: tran: command not found', 'dependency_missing'],
  ['a shell without line', 127, '>sh: 1: tran: not found', 'dependency_missing'],
  ['status 127 alone', 127, '', 'dependency_missing'],
  ['a module', 1, ">ModuleNotFoundError: No module named 'torch'", 'dependency_missing'],
  [
    'a library',
    1,
    '>ImportError: libcudart.so.11.0: cannot open shared object file: No such file or directory',
    'dependency_missing',
  ],
  ['not executable', 126, '>bash: ./run.sh: Permission denied', 'permission'],
  ['no permission', 1, ">PermissionError: [Errno 13] Permission denied: '/data/x'", 'permission'],
  ['no data', 1, ">FileNotFoundError: [Errno 2] No such file or directory: 'data/train.csv'", 'data_missing'],
  ['full disk', 1, '>OSError: [Errno 28] No space left on device', 'disk_full'],
  ['quota', 1, '>cp: error writing: Disk quota exceeded', 'disk_full'],
  ['argparse', 2, '>usage: train.py [-h] [--lr LR]\n>train.py: error: unrecognized arguments: --lrr', 'config_error'],
  ['KeyError', 1, ">KeyError: 'optimizer'", 'config_error'],
  ['YAML', 1, '>yaml.scanner.ScannerError: mapping values are not allowed here', 'config_error'],
  ['NaN said', 1, '>FloatingPointError: train_loss became nan in epoch 2', 'nan'],
  ['loss NaN in words', 1, '>Loss is nan, stopping training', 'nan'],
  ['NaN as a value', 1, 'step 1 loss=0.5\n>step 2 loss=nan\nstep 3 loss=nan', 'nan'],
  ['NaN before another error', 1, '>step 2 loss=nan\nValueError: bad\nKeyError: 3', 'nan'],
  ['the first of equals', 1, ">FileNotFoundError: 'a'\nPermissionError: 'b'", 'data_missing'],
  ['the specific before the first', 1, "KeyError: 'cache'\n>MemoryError", 'oom'],
  [
    'noise of the shell at the start, then training',
    1,
    "bash: module: command not found\nepoch 1 loss 1\nepoch 2 loss 2\n>KeyError: 'x'",
    'config_error',
  ],
  ['a warning is none', 1, "UserWarning: ImportError: no apex\n>FileNotFoundError: 'x'", 'data_missing'],
  ['nothing of a known kind', 1, '>Traceback\n>ValueError: shapes (3,) and (4,) not aligned', 'unknown'],
  [
    'noise at the start, then an error of no known kind',
    1,
    'bash: x: command not found\nloss 1\nloss 2\nValueError: y',
    'unknown',
  ],
  ['noise at the start, then killed', 137, 'bash: x: command not found\nloss 1\nloss 2', 'unknown'],
  ['a summary after the failure', 1, '>CUDA out of memory\nloss 1\nloss 2', 'oom'],
  ['a crash', 139, '>Segmentation fault (core dumped)', 'unknown'],
  ['nothing at all', 1, '', 'unknown'],
]

describe('classifyFailure', () => {
  it.each(table)('%s (status %i)', (_name, status, log, expected) => {
    const failure = classify(log.replace(/^>/gm, ''), status)
    const marked = log
      .split('\n')
      .flatMap((line, at) => (line.startsWith('>') && line !== '>Traceback' ? [at + 1] : []))
    if (expected !== 'unknown' || _name === 'nothing of a known kind')
      expect(failure?.lines.map(({ number }) => number)).toEqual(marked)
    expect(failure?.class).toBe(expected)
  })

  it('sees NaN in a job that ended with 0, and nothing else in one', () => {
    expect(classify('loss 0.5\nloss nan', 0)?.class).toBe('nan')
    expect(classify('loss 0.5\nWARNING: loss is nan', 0)?.class).toBe('nan')
    expect(classify('loss is nan, skipping the batch\nloss 0.5', 0)).toBeNull()
    expect(classify('loss nan\nloss 0.5', 0)).toBeNull()
    expect(classify("KeyError: 'x' (handled)\nloss 0.5\nMemoryError", 0)).toBeNull()
    expect(classify('no nan values found\ncheck that loss is nan: false', 0)).toBeNull()
  })

  it('does not say why a job was killed when nothing shows it', () => {
    expect(classify('', 137)?.explanation).toMatch(/does not say why/)
  })

  it('calls a job that was stopped stopped, whatever it wrote', () => {
    expect(classify('MemoryError', 143, 'stopped')).toMatchObject({
      class: 'interrupted',
      explanation: 'It was stopped on request; killed by SIGTERM (status 143).',
    })
  })

  it('has words for a lost job and for one that never started', () => {
    expect(classify('loss 1', null, 'lost')).toMatchObject({ class: 'unknown', signature: 'unknown|lost', lines: [] })
    expect(classify('', null, 'blocked')?.class).toBe('unknown')
  })

  it('quotes at most five lines, each text once, in order', () => {
    const failure = classify(Array.from({ length: 50 }, (_, at) => `MemoryError ${at % 9}`).join('\n'), 1)
    expect(failure?.lines.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5])
  })

  it('names the module that is missing in the next step', () => {
    expect(classify("ModuleNotFoundError: No module named 'torch.nn'", 1)?.nextStep).toContain(
      'python3 -c "import torch.nn"',
    )
  })

  it('gives two runs of the same failure the same signature, and another one another', () => {
    const one = classify("x\nFileNotFoundError: [Errno 2] No such file or directory: '/tmp/run-1/data.csv'", 1)
    const two = classify("FileNotFoundError: [Errno 2] No such file or directory: '/home/b/data.csv'", 1)
    expect(one?.signature).toBe(two?.signature)
    expect(one?.signature).toBe("data_missing|filenotfounderror: [errno #] no such file or directory: 'data.csv'")
    expect(classify("ModuleNotFoundError: No module named 'a'", 1)?.signature).not.toBe(
      classify("ModuleNotFoundError: No module named 'b'", 1)?.signature,
    )
    expect(normalizeLine('2024-05-01 12:00:01 Error at 0x7fab, job 8f14e45f-ceea-467f')).toBe(
      '#-#-# # error at #, job #',
    )
  })

  it('tries its patterns on every line that one of them matches', () => {
    const samples = table.flatMap(([, , log]) => log.replace(/^>/gm, '').split('\n'))
    for (const line of samples) {
      if (failurePatterns.some(({ pattern }) => pattern.test(line))) expect(line).toMatch(interestingLine)
    }
    for (const { pattern } of failurePatterns) {
      fc.assert(
        fc.property(
          fc.stringMatching(new RegExp(pattern.source.replaceAll('\\b', ''), pattern.flags.replace('i', ''))),
          (line) => {
            if (pattern.test(line)) expect(line).toMatch(interestingLine)
          },
        ),
        { numRuns: 100 },
      )
    }
  })

  it('shows only lines of the log, and no class without a sign, in linear time', () => {
    const words = fc.constantFrom(
      'loss',
      ' ',
      'nan',
      'MemoryError',
      'Permission denied',
      'Killed',
      'error',
      '\n',
      'epoch 3',
      'KeyError:',
      '/',
      '0',
    )
    fc.assert(
      fc.property(
        fc.array(fc.oneof(words, fc.string()), { maxLength: 40 }),
        fc.integer({ min: 0, max: 255 }),
        (pieces, status) => {
          const log = pieces.join('')
          const failure = classify(log, status)
          for (const { text } of failure?.lines ?? []) expect(log.split('\n')).toContain(text)
          if (failure !== null) expect(failureClasses).toContain(failure.class)
          expect(failure?.lines.length ?? 0).toBeLessThanOrEqual(5)
        },
      ),
    )
    const started = performance.now()
    for (const unit of ['loss ', 'nan ', 'a/', 'dataset ', 'RESOURCE_EXHAUSTED', ' : 1: ', 'Config', '0', 'ab.'])
      classify(unit.repeat(20_000), 1)
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})
