import { execFileSync, spawnSync } from 'node:child_process'
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { analyse } from '../../../src/core/followUps/analyse'
import type { JobFacts } from '../../../src/core/followUps/evidence'
import { renderReport } from '../../../src/core/followUps/renderReport'
import { exitFromStatus } from '../../../src/core/jobs/exit'
import { readEvidence } from '../../../src/supervisor/followUps/readEvidence'

let cwd = ''
beforeEach(() => (cwd = mkdtempSync(join(tmpdir(), 'relay-evidence-'))))
afterEach(() => rmSync(cwd, { recursive: true }))

function facts(part: Partial<JobFacts> = {}): JobFacts {
  return {
    id: 'task_1',
    description: null,
    command: 'true',
    cwd,
    outcome: 'succeeded',
    reason: null,
    exit: exitFromStatus(0),
    startedAtMs: 0,
    endedAtMs: 1_000,
    attempt: 1,
    logPath: join(cwd, 'output.log'),
    requiredFiles: [],
    leftBehind: [],
    alreadyDone: [],
    ...part,
  }
}

function write(path: string, content: string): void {
  mkdirSync(join(cwd, path, '..'), { recursive: true })
  writeFileSync(join(cwd, path), content)
}

describe('readEvidence', () => {
  it('samples a small log whole, with line numbers', async () => {
    write('output.log', 'a\r\nb 1%\rb 2%\nc')
    expect((await readEvidence(facts(), 't', [])).log).toEqual({
      path: join(cwd, 'output.log'),
      bytes: 14,
      lines: ['a', 'b 2%', 'c'].map((text, at) => ({ number: at + 1, text })),
      omittedBytes: 0,
      problem: null,
    })
  })

  it('reads the first MiB and the last 4 MiB of a large one, whole lines with their numbers', async () => {
    const lines = Array.from({ length: 100_000 }, (_, at) => `line ${at + 1} ${'é'.repeat(40)}`)
    write('output.log', lines.join('\n'))
    const { log } = await readEvidence(facts(), 't', [])
    for (const { number, text } of log.lines) expect(text).toBe(lines[(number ?? 0) - 1])
    expect(log.lines.at(-1)?.number).toBe(100_000)
    const shown = log.lines.reduce((bytes, { text }) => bytes + Buffer.byteLength(text) + 1, -1)
    expect(log.omittedBytes + shown).toBe(log.bytes)
    expect(shown).toBeGreaterThan(4.9 * 1024 ** 2)
  })

  it('does not count the lines of a huge one', async () => {
    write('output.log', 'first\n')
    const descriptor = openSync(join(cwd, 'output.log'), 'r+')
    ftruncateSync(descriptor, 3 * 1024 ** 3)
    writeSync(descriptor, '\nlast\n', 3 * 1024 ** 3)
    closeSync(descriptor)
    const { lines } = (await readEvidence(facts(), 't', [])).log
    expect(lines[0]).toEqual({ number: 1, text: 'first' })
    expect(lines.at(-1)).toEqual({ number: null, text: 'last' })
  })

  it('finds what lies next to the results, once each, and reads nothing else', async () => {
    for (const name of ['metrics.json', 'meta.json', 'train.log', 'eval_metrics.jsonl', 'results.json'])
      write(`run/${name}`, '{}')
    for (const name of ['config.json', 'model.pt', 'data.jsonl']) write(`run/${name}`, 'no')
    mkdirSync(join(cwd, 'run/other/metrics.json'), { recursive: true })
    write('secret.json', '{"secret":1}')
    symlinkSync(join(cwd, 'secret.json'), join(cwd, 'run/history.jsonl'))
    const requiredFiles = ['run/metrics.json', 'run/model.pt', 'gone/metrics.json'].map(
      (path) => ({ path, state: 'ready', detail: '' }) as const,
    )
    const { results } = await readEvidence(facts({ requiredFiles }), 't', ['run/metrics.json'])
    expect(
      Object.fromEntries(results.map((file) => [file.path, file.kind === 'text' ? file.text : file.problem])),
    ).toEqual({
      'run/metrics.json': '{}',
      'run/model.pt': 'Not read: it is neither JSON nor a log.',
      'gone/metrics.json': `Cannot read ${join(cwd, 'gone/metrics.json')}: there is no such file.`,
      'run/eval_metrics.jsonl': '{}',
      'run/meta.json': '{}',
      'run/results.json': '{}',
      'run/train.log': '{}',
    })
  })

  it('says what it could not read', async () => {
    write('big.json', ' '.repeat(5 * 1024 ** 2))
    execFileSync('mkfifo', [join(cwd, 'pipe.json')])
    mkdirSync(join(cwd, 'directory.json'))
    const { log, results } = await readEvidence(facts(), 't', ['big.json', 'pipe.json', 'directory.json', 'x\0.json'])
    expect(log).toMatchObject({
      lines: [],
      bytes: 0,
      problem: `Cannot read ${join(cwd, 'output.log')}: there is no such file.`,
    })
    expect(results.map((file) => file.kind === 'problem' && file.problem.replace(`${cwd}/`, ''))).toEqual([
      'Not read: it has 5242880 bytes, more than 4 MiB.',
      'Cannot read pipe.json: it is not a regular file.',
      'Cannot read directory.json: it is a directory.',
      'Cannot read x\0.json: its name is not valid.',
    ])
  })

  it('does not read a required file that lies outside of the workspace', async () => {
    write('away/metrics.json', '{}')
    const requiredFiles = [{ path: 'away/metrics.json', state: 'outside', detail: '' }] as const
    expect((await readEvidence(facts({ requiredFiles }), 't', ['away/metrics.json'])).results).toEqual([])
  })
})

describe('train.py of the sample', () => {
  const program = join(import.meta.dirname, '../../../media/sample/train.py')

  /** Runs it for real and has its end analysed, as after a job. */
  async function run(...options: string[]) {
    const log = openSync(join(cwd, 'output.log'), 'w')
    const command = ['python3', program, '--run-dir', 'exp/results/demo', '--seconds', '0.2', ...options]
    const { status, signal } = spawnSync('python3', command.slice(1), {
      cwd,
      stdio: ['ignore', log, log],
      timeout: 20_000,
    })
    closeSync(log)
    expect(signal).toBeNull()
    const requiredFiles = ['metrics.json', 'meta.json', 'train.log'].map(
      (name) => ({ path: `exp/results/demo/${name}`, state: 'ready', detail: '' }) as const,
    )
    const outcome = status === 0 ? 'succeeded' : 'failed'
    const job = facts({ command: command.join(' '), outcome, exit: exitFromStatus(status ?? 255), requiredFiles })
    const analysis = analyse(await readEvidence(job, 'Analyze it.', []))
    return { status, analysis, report: renderReport(analysis) }
  }

  it('learns, and its analysis has the primary metric, the trend and no failure', async () => {
    const { status, analysis, report } = await run()
    expect(status).toBe(0)
    expect(analysis.failure).toBeNull()
    const contract = analysis.results.find(({ kind }) => kind === 'contract')
    expect(contract).toMatchObject({
      status: 'success',
      primary: { name: 'val_accuracy', higherIsBetter: true },
      problems: [],
    })
    expect(contract?.primary?.value).toBeGreaterThan(0.9)
    expect(analysis.logMetrics?.series.find(({ key }) => key === 'train_loss')).toMatchObject({
      count: 12,
      trend: 'falling',
    })
    expect(report).toContain('reached epoch 12 of 12')
    expect(report).toMatch(/\n\[\[task:done\]\]\n$/)
  })

  it('is the same every time but for the times', async () => {
    const first = await run('--epochs', '2')
    const second = await run('--epochs', '2')
    expect(second.analysis.logMetrics).toEqual(first.analysis.logMetrics)
  })

  it.each([
    ['oom', 'oom', /^MemoryError/],
    ['missing-module', 'dependency_missing', /^ModuleNotFoundError: No module named 'relay_sample_missing_module'/],
    ['nan', 'nan', /train_loss=nan/],
  ])('fails for real with --fail %s, and its analysis says %s', async (mode, failureClass, line) => {
    const { status, analysis, report } = await run('--fail', mode)
    expect(status).toBe(1)
    expect(analysis.failure?.class).toBe(failureClass)
    expect(analysis.failure?.path).toBe(join(cwd, 'output.log'))
    expect(analysis.failure?.lines.some(({ text }) => line.test(text))).toBe(true)
    expect(analysis.results.find(({ kind }) => kind === 'contract')).toMatchObject({
      status: 'failed',
      errorType: failureClass,
      primary: { value: null },
    })
    expect(analysis.results.find(({ kind }) => kind === 'meta')).toMatchObject({ exitCode: 1, status: 'failed' })
    expect(report).toMatch(/\n\[\[task:done\]\]\n$/)
  })
})
