// The portable run contract, by real shells, with real git.
import { execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkMetrics } from '../../../src/core/experiments/metricsFile'
import { planScaffold, writeScaffold } from '../../../src/store/experiments/scaffold'
import { parseTemplate } from '../../../src/core/experiments/template'
import { eventually } from '../../support/eventually'

const shipped = path.resolve('media/experiments')
const shells = ['dash', 'bash', 'busybox'].filter((shell) => {
  try {
    execFileSync('sh', ['-c', `command -v ${shell}`])
    return true
  } catch {
    return false
  }
})

let folder = ''
beforeEach(() => {
  folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'relay-vr-')))
  writeScaffold(planScaffold(shipped, folder), folder)
})
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

const read = (name: string, run = 'r1') => fs.readFileSync(path.join(folder, 'exp/results', run, name), 'utf8')
const json = (name: string, run = 'r1') => JSON.parse(read(name, run)) as Record<string, unknown>

interface Ran {
  readonly status: number
  readonly output: string
}

function start(shell: string, words: readonly string[], env: Record<string, string> = {}) {
  const argv = shell === 'busybox' ? ['busybox', 'sh'] : [shell]
  const [program = '', ...rest] = [...argv, 'scripts/vr_run.sh', ...words]
  const child = spawn(program, rest, {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, TMPDIR: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (data: Buffer) => (output += data.toString()))
  child.stderr.on('data', (data: Buffer) => (output += data.toString()))
  const ended = new Promise<Ran>((resolve) => child.once('exit', (code) => resolve({ status: code ?? -1, output })))
  return { child, ended }
}
const run = (shell: string, command: string, env?: Record<string, string>, id = 'r1') =>
  start(shell, ['--run-id', id, '--run-dir', `exp/results/${id}`, '--', 'sh', '-c', command], env).ended

describe.each(shells)('vr_run.sh under %s', (shell) => {
  test("keeps the command's own status, and its output in train.log, whatever stands behind a pipe", async () => {
    const { status, output } = await run(shell, 'echo out; echo err >&2; exit 7')
    expect(status).toBe(7)
    expect(output).toContain('out\nerr\n')
    expect(read('train.log')).toBe('out\nerr\n')
    expect(json('meta.json')).toMatchObject({ run_id: 'r1', exit_code: 7, signal: null, status: 'failed' })
  })

  test('records what ran, from which commit, and only the variables that are named', async () => {
    const git = (...words: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t.example', ...words], {
        cwd: folder,
        encoding: 'utf8',
      }).trim()
    git('init', '-q', '-b', 'main')
    git('add', '.')
    git('commit', '-qm', 'first')
    await run(shell, 'true "$@"', { WANDB_MODE: 'off\nline "two" \\', SECRET_TOKEN: 'hidden', RELAY_JOB_ID: 'j1' })
    expect(json('meta.json')).toMatchObject({
      run_dir: path.join(folder, 'exp/results/r1'),
      cwd: folder,
      command: ['sh', '-c', 'true "$@"'],
      git: { commit: git('rev-parse', 'HEAD'), branch: 'main', dirty: false },
      context: { job_id: 'j1', task_id: null },
      env: { WANDB_MODE: 'off\nline "two" \\' },
      exit_code: 0,
      status: 'success',
    })
    fs.writeFileSync(path.join(folder, 'changed'), '')
    await run(shell, 'true', {}, 'r2')
    expect(json('meta.json', 'r2')).toMatchObject({ git: { dirty: true } })
  })

  test('adds to metrics.json what the command did not say, and never a metric', async () => {
    const own = '{ "metrics": {"loss": 1}, "primary": {"name": "loss", "value": 1, "higher_is_better": false} }'
    const env = { RELAY_RUN_PARAMS: '{"lr":0.1}', RELAY_RUN_SEED: '3' }
    await run(shell, `printf '%s' '${own}' > "$RELAY_RUN_DIR/metrics.json"`, env)
    const { file, problems } = checkMetrics(read('metrics.json'), 'r1')
    expect(problems).toEqual([])
    expect(file).toMatchObject({ status: 'success', seed: 3, params: { lr: 0.1 }, primary: { value: 1 } })
    await run(shell, 'echo "{}" > "$RELAY_RUN_DIR/metrics.json"; exit 1', {}, 'r2')
    expect(json('metrics.json', 'r2')).toMatchObject({ status: 'failed', run: { run_id: 'r2' } })
    await run(shell, 'echo "[1]" > "$RELAY_RUN_DIR/metrics.json"', {}, 'r3')
    expect(read('metrics.json', 'r3'), 'what is no object is left as it is').toBe('[1]\n')
  })

  test('a command that measured nothing: no file if it ended well, an error without a value if not', async () => {
    const primary = { VR_PRIMARY_NAME: 'val "loss"', VR_PRIMARY_HIGHER_IS_BETTER: 'false' }
    const { status, output } = await run(shell, 'true', primary)
    expect(status).toBe(0)
    expect(fs.existsSync(path.join(folder, 'exp/results/r1/metrics.json'))).toBe(false)
    expect(output).toContain('nothing was measured')
    await run(shell, 'kill -9 $$', primary, 'r2')
    const { file, problems } = checkMetrics(read('metrics.json', 'r2'), 'r2')
    expect(problems).toEqual([])
    expect(file).toMatchObject({
      status: 'failed',
      primary: { name: 'val "loss"', value: null },
      metrics: {},
      error: 'The command ended with SIGKILL and wrote no metrics.json.',
    })
    expect(json('meta.json', 'r2')).toMatchObject({ exit_code: 137, signal: 'SIGKILL' })
  })

  test('a directory that is not empty is refused, and nothing in it is touched', async () => {
    fs.mkdirSync(path.join(folder, 'exp/results/r1'), { recursive: true })
    fs.writeFileSync(path.join(folder, 'exp/results/r1/theirs'), 'x')
    expect(await run(shell, 'touch ran')).toMatchObject({
      status: 2,
      output: expect.stringMatching(/not empty/) as string,
    })
    expect(fs.readdirSync(path.join(folder, 'exp/results/r1'))).toEqual(['theirs'])
    expect(fs.existsSync(path.join(folder, 'ran'))).toBe(false)
    expect((await start(shell, ['--run-id', '../up', '--', 'true']).ended).status).toBe(2)
    expect((await start(shell, ['--run-id', 'r9']).ended).output).toMatch(/no command behind --/)
  })

  test('asked to end, it ends the command, keeps its last words and says that it was canceled', async () => {
    const command = `trap 'echo bye; exit 143' TERM; echo begun; while :; do sleep 0.05; done`
    const { child, ended } = start(shell, ['--run-id', 'r1', '--', 'sh', '-c', command])
    await eventually(() => expect(read('train.log')).toBe('begun\n'))
    child.kill('SIGTERM')
    expect((await ended).status).toBe(143)
    expect(read('train.log')).toBe('begun\nbye\n')
    expect(json('meta.json')).toMatchObject({ status: 'canceled', signal: 'SIGTERM' })
    expect(json('metrics.json')).toMatchObject({ status: 'canceled' })
    expect(fs.readdirSync(folder).filter((name) => name.startsWith('vr_run'))).toEqual([])
  })

  test('what the command leaves running does not hold it up', async () => {
    const begun = performance.now()
    await run(shell, '(sleep 30 & echo $! > left) ; echo done')
    expect(performance.now() - begun).toBeLessThan(15_000)
    expect(read('train.log')).toBe('done\n')
    process.kill(Number(fs.readFileSync(path.join(folder, 'left'), 'utf8')), 'SIGKILL')
  })
})

test('what is scaffolded can be used, and is never written over anything', () => {
  for (const name of ['train_baseline', 'eval_only']) {
    const text = fs.readFileSync(path.join(folder, `templates/experiments/${name}.yaml`), 'utf8')
    expect(parseTemplate(text, 'x')).toMatchObject({ findings: [], template: { id: name } })
  }
  expect(fs.statSync(path.join(folder, 'scripts/vr_run.sh')).mode & 0o111).toBe(0o111)
  fs.writeFileSync(path.join(folder, 'scripts/vr_run.sh'), '# mine\n')
  fs.rmSync(path.join(folder, 'schemas'), { recursive: true })
  const planned = planScaffold(shipped, folder)
  expect(planned.map(({ state }) => state)).toEqual(['other', 'same', 'same', 'absent'])
  fs.mkdirSync(path.join(folder, 'schemas'))
  fs.writeFileSync(path.join(folder, 'schemas/metrics.schema.json'), 'theirs')
  expect(writeScaffold(planned, folder)).toEqual([])
  expect(fs.readFileSync(path.join(folder, 'schemas/metrics.schema.json'), 'utf8')).toBe('theirs')
  expect(fs.readFileSync(path.join(folder, 'scripts/vr_run.sh'), 'utf8')).toBe('# mine\n')
})

test('a link that leads out of the workspace is not written through', () => {
  const outside = fs.mkdtempSync(path.join(os.tmpdir(), 'relay-outside-'))
  fs.rmSync(path.join(folder, 'scripts'), { recursive: true })
  fs.symlinkSync(outside, path.join(folder, 'scripts'))
  expect(() => writeScaffold(planScaffold(shipped, folder), folder)).toThrow(/not in the workspace|leads out/)
  expect(fs.readdirSync(outside)).toEqual([])
  fs.rmSync(outside, { recursive: true })
})
