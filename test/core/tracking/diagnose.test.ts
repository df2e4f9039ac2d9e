import { describe, expect, test } from 'vitest'
import type { Exit } from '../../../src/core/jobs/exit'
import { diagnose, type DiagnosisInput, schedulerClass, type TrackFailure } from '../../../src/core/tracking/diagnose'

const exit = (code: number): Exit => ({ kind: 'code', code })
const killed: Exit = { kind: 'signal', signal: 'SIGKILL', status: 137, inferred: true }

function look(log: string, more: Partial<DiagnosisInput> = {}) {
  const lines = log.split('\n').map((text, index) => ({ number: index + 1, text }))
  return diagnose({ outcome: 'failed', exit: exit(1), scheduler: null, timeLimitReached: false, lines, ...more })
}

/** Ends of real logs: the class, the exit, the lines, and which of them is the evidence. */
const cases: readonly (readonly [TrackFailure, Exit, string, string])[] = [
  [
    'oom',
    exit(1),
    'epoch 1 loss 0.7\nTraceback (most recent call last):\n  File "train.py", line 88, in <module>\ntorch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB',
    'CUDA out of memory',
  ],
  [
    'oom',
    killed,
    'slurmstepd: error: Detected 1 oom_kill event in StepId=17.batch. Some of the step tasks have been OOM Killed.',
    'oom_kill',
  ],
  [
    'dependency_missing',
    exit(1),
    "Traceback (most recent call last):\nModuleNotFoundError: No module named 'einops'",
    'einops',
  ],
  [
    'dependency_missing',
    exit(127),
    '/var/spool/slurmd/job17/slurm_script: line 4: module: command not found',
    'command not found',
  ],
  ['data_missing', exit(1), "FileNotFoundError: [Errno 2] No such file or directory: 'data/train.bin'", 'train.bin'],
  [
    'timeout',
    exit(1),
    'slurmstepd: error: *** JOB 1 ON c1 CANCELLED AT 2026-11-20T10:00:00 DUE TO TIME LIMIT ***',
    'TIME LIMIT',
  ],
  ['disk_full', exit(1), 'OSError: [Errno 28] No space left on device', 'No space left'],
  ['permission', exit(1), "PermissionError: [Errno 13] Permission denied: '/scratch/other/x'", 'Permission denied'],
  [
    'node_failure',
    exit(1),
    'slurmstepd: error: *** JOB 9 ON c3 CANCELLED AT 2026-11-20T10:00:00 DUE TO NODE FAILURE, SEE SLURMCTLD LOG FOR DETAILS ***',
    'NODE FAILURE',
  ],
  [
    'preempted',
    exit(1),
    'slurmstepd: error: *** JOB 9 ON c3 CANCELLED AT 2026-11-20T10:00:00 DUE TO PREEMPTION ***',
    'PREEMPTION',
  ],
  [
    'container',
    exit(125),
    "docker: Error response from daemon: pull access denied for lab/train, repository does not exist or may require 'docker login'.",
    'pull access denied',
  ],
  [
    'container',
    exit(255),
    'FATAL:   While making image from oci registry: error fetching image to cache: manifest unknown',
    'FATAL',
  ],
  [
    'container',
    exit(255),
    'FATAL:   could not open image /home/ada/train.sif: failed to retrieve path for /home/ada/train.sif: lstat /home/ada/train.sif: no such file or directory',
    'could not open image',
  ],
  ['container', exit(1), 'slurmstepd: error: pyxis: container start failed with error code: 1', 'pyxis'],
  [
    'syntax',
    exit(1),
    '  File "train.py", line 12\n    lr = = 0.1\n         ^\nSyntaxError: invalid syntax',
    'SyntaxError',
  ],
  ['syntax', exit(2), "run.sh: line 9: syntax error near unexpected token `done'", 'syntax error'],
  ['syntax', exit(2), 'run.sh: line 30: unexpected EOF while looking for matching `"\'', 'unexpected EOF'],
  ['syntax', exit(1), '  File "train.py", line 3\nIndentationError: unexpected indent', 'IndentationError'],
  ['config_error', exit(2), 'train.py: error: unrecognized arguments: --bathc-size 8', 'unrecognized'],
  ['interrupted', exit(130), 'KeyboardInterrupt', 'KeyboardInterrupt'],
]

describe('a failure is told by its log and its exit', () => {
  test.for(cases)('%s', ([name, ending, log, evidence]) => {
    const diagnosis = look(log, { exit: ending })
    expect(diagnosis?.class).toBe(name)
    expect(diagnosis?.lines.map(({ text }) => text).join('\n')).toContain(evidence)
  })

  test('an error around it hides neither memory nor a full disk', () => {
    expect(
      look('FATAL:   container creation failed: no space\nOSError: [Errno 28] No space left on device')?.class,
    ).toBe('disk_full')
  })

  test('numbers and directories make no other failure of it, another file does', () => {
    const at = (file: string) => look(`FileNotFoundError: [Errno 2] No such file or directory: '${file}'`)?.signature
    expect(at('/tmp/run-1/train.bin')).toBe(at('/scratch/run-22/train.bin'))
    expect(at('/tmp/train.bin')).not.toBe(at('/tmp/test.bin'))
  })

  test('a success has no diagnosis, unless its loss is none', () => {
    expect(look('loss 0.5\nloss 0.4', { outcome: 'succeeded', exit: exit(0) })).toBeNull()
    expect(look('loss 0.5\nloss nan', { outcome: 'succeeded', exit: exit(0) })?.class).toBe('nan')
  })

  test('an end of which nothing is known is unknown, and never throws', () => {
    expect(look('', { outcome: 'lost', exit: null })?.class).toBe('unknown')
  })
})

describe('what the scheduler says', () => {
  test.for([
    ['OUT_OF_MEMORY', 'oom'],
    ['OutOfMemory', 'oom'],
    ['TIMEOUT', 'timeout'],
    ['DEADLINE', 'timeout'],
    ['timed_out', 'timeout'],
    ['NODE_FAIL', 'node_failure'],
    ['BOOT_FAIL', 'node_failure'],
    ['PREEMPTED', 'preempted'],
    ['REQUEUED', 'preempted'],
    ['CANCELLED by 1000', 'interrupted'],
    ['startup_failure', 'config_error'],
    ['FAILED', null],
    ['COMPLETED', null],
    ['SOMETHING_NEW', null],
  ] as const)('%s is %s', ([state, name]) => {
    expect(schedulerClass({ state, reason: null })).toBe(name)
  })

  test('is believed before the log, for it saw the job from outside', () => {
    const diagnosis = look('epoch 1 loss 0.5', {
      exit: killed,
      scheduler: { state: 'OUT_OF_MEMORY', reason: 'OutOfMemory' },
    })
    expect(diagnosis).toMatchObject({ class: 'oom' })
    expect(diagnosis?.explanation).toContain('OUT_OF_MEMORY')
  })

  test('a cancelled job that shows why it was beyond help is that', () => {
    const diagnosis = look('OSError: [Errno 28] No space left on device', {
      scheduler: { state: 'CANCELLED', reason: null },
    })
    expect(diagnosis?.class).toBe('disk_full')
  })

  test('its own time limit is one, whatever signal ended it', () => {
    const term: Exit = { kind: 'signal', signal: 'SIGTERM', status: 143, inferred: true }
    expect(look('step 4', { exit: term, timeLimitReached: true })?.class).toBe('timeout')
  })
})

test('a line of a megabyte and one of controls are looked at in no time', () => {
  const began = performance.now()
  look(`${'FATAL: '.repeat(150_000)}\n${'\u001b['.repeat(100_000)}`)
  expect(performance.now() - began).toBeLessThan(2_000)
})
