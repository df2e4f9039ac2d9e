// Runs of experiments from `relay exp run` to the last document after them: a real shell, real git, a real supervisor.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe } from 'vitest'
import { type RunRecord, parseRegistryLine } from '../../../src/core/experiments/registryRecord'
import { planScaffold, writeScaffold } from '../../../src/store/experiments/scaffold'
import { inWorkspace, journalOf, killSupervision, processesNamed, test } from '../../fixtures/relayTest'
import { eventually } from '../../support/eventually'
import type { Relay } from '../../support/relay'

/** What a run does, by the value of `do`; every run is given its metrics file and its seed. */
const trainer = `
metrics=$1 seed=$2 what=$3
echo "epoch 1 of 1 loss=0.9$seed"
write() { printf '{"primary": {"name": "loss", "value": %s, "higher_is_better": false}, "metrics": {"loss": %s, "acc": 0.5}}' "$1" "$1" > "$metrics"; }
case $what in
  well) write "0.5$seed" ;;
  bare) echo '{"metrics": {}}' > "$metrics" ;;
  oom) echo "RuntimeError: CUDA out of memory. Tried to allocate 2 GiB" >&2; exit 1 ;;
  nothing) : ;;
  long) echo up; while :; do sleep 0.05; done ;;
esac
`
const template = `id: base
description: Baseline
command: [sh, train.sh, "{run_dir}/metrics.json", "{seed}", "{do}"]
primary_metric: {name: loss, higher_is_better: false}
defaults: {seed: 0, do: well}
watch: {readyTimeoutSec: 10, readyPollSec: 1}
`

function prepare(relay: Relay): void {
  writeScaffold(planScaffold(path.resolve('media/experiments'), relay.workspace), relay.workspace)
  fs.writeFileSync(inWorkspace(relay, 'train.sh'), trainer)
  fs.writeFileSync(inWorkspace(relay, 'templates/experiments/base.yaml'), template)
}

async function startRun(relay: Relay, ...values: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await relay.run(['exp', 'run', 'base', ...values, '--yes'])
  if (exitCode !== 0) throw new Error(stderr)
  return stdout.trim()
}

/** A run and everything after it; its job. */
async function runWhole(relay: Relay, ...values: readonly string[]) {
  const id = await startRun(relay, ...values)
  return relay.untilDelivered(id)
}

function read(relay: Relay, name: string): string {
  const file = inWorkspace(relay, name)
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
}

function records(relay: Relay): RunRecord[] {
  const lines = read(relay, 'exp/registry.jsonl').split('\n').map(parseRegistryLine)
  return lines.flatMap((line) => (line.kind === 'record' ? [line.record] : []))
}

const count = (text: string, piece: string) => text.split(piece).length - 1

/** How often a run is in each document; once is right. */
function traces(relay: Relay, jobId: string, runId: string) {
  return {
    registry: count(read(relay, 'exp/registry.jsonl'), `"run_id":"${runId}"`),
    report: count(read(relay, 'reports/rolling_report.md'), `## Run \`${runId}\``),
    reportEnd: count(read(relay, 'reports/rolling_report.md'), `<!-- relay end run ${runId} -->`),
    handoff: count(relay.handoffLog, `<!-- relay end handoff-${jobId}-1 -->`),
    followUp: relay.handoffEntries(jobId),
    memory: count(read(relay, 'docs/WORKING_MEMORY.md'), '<!-- relay:begin best -->'),
  }
}
const once = { registry: 1, report: 1, reportEnd: 1, handoff: 1, followUp: 1, memory: 1 }

// Each is a whole run, or several, with processes of its own: on a busy machine they take their time.
describe.concurrent('after a run', { timeout: 120_000 }, () => {
  test('it is recorded, reported, compared, and the follow-up is told that this is done', async ({ relay, expect }) => {
    prepare(relay)
    fs.mkdirSync(inWorkspace(relay, 'docs'))
    fs.writeFileSync(inWorkspace(relay, 'docs/WORKING_MEMORY.md'), '# Mine\n\nwhat I think\n')
    const git = (...words: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t.example', ...words], { cwd: relay.workspace })
    git('init', '-q', '-b', 'main')
    git('add', '.')
    git('commit', '-qm', 'first')

    const first = await runWhole(relay)
    expect(first).toMatchObject({ state: 'succeeded', problems: [], run: { template: 'base' } })
    const second = await runWhole(relay, 'seed=1')
    const [a, b] = [first.run?.id ?? '', second.run?.id ?? '']
    expect(a).toMatch(/^r\d{8}-\d{6}-[0-9a-z]{4}$/)
    for (const [job, runId] of [
      [first, a],
      [second, b],
    ] as const)
      expect(traces(relay, job.id, runId)).toEqual(once)
    expect(records(relay)).toEqual([
      expect.objectContaining({
        runId: a,
        status: 'success',
        primary: { name: 'loss', value: 0.5, higherIsBetter: false },
        seed: 0,
        params: { seed: 0, do: 'well' },
        jobId: first.id,
        paths: expect.objectContaining({ runDir: `exp/results/${a}` }) as unknown,
        git: expect.objectContaining({ branch: 'main', dirty: false }) as unknown,
      }),
      expect.objectContaining({ runId: b, seed: 1 }),
    ])
    const memory = read(relay, 'docs/WORKING_MEMORY.md')
    expect(memory.startsWith('# Mine\n\nwhat I think\n')).toBe(true)
    expect(memory).toMatch(new RegExp(`\`loss\` = 0.5 .*best of 2\\): run \`${a}\``))
    const answer = relay.log(`${second.id}-f1`)
    expect(answer).toMatch(/exp\/registry\.jsonl: done/)
    expect(answer).toMatch(/within the noise of the seeds/)
    expect(relay.handoffLog).toContain('relay exp run base seed=2 do=well')
    expect((await relay.run(['exp', 'best', 'loss', '--json'])).stdout).toContain(`"run_id":"${a}"`)
    const compared = JSON.parse((await relay.run(['exp', 'compare', b, '--json'])).stdout) as { verdict: string }
    expect(compared.verdict).toBe('within_noise')
    const csv = (await relay.run(['exp', 'report', '--csv'])).stdout
    expect(csv.split('\r\n')[0]).toContain('param:seed,param:do,metric:loss,metric:acc')
  })

  test('that failed, measured nothing or was stopped is recorded as that, without a value', async ({
    relay,
    expect,
  }) => {
    prepare(relay)
    const long = await startRun(relay, 'do=long')
    const [oom, bare, nothing] = await Promise.all(
      ['oom', 'bare', 'nothing'].map((what) => runWhole(relay, `do=${what}`)),
    )
    await eventually(() => relay.log(long).includes('up'))
    await relay.run(['stop', long])
    const stopped = await relay.untilDelivered(long)
    const of = (job: typeof stopped | undefined) => records(relay).find(({ jobId }) => jobId === job?.id)
    expect(of(oom)).toMatchObject({ status: 'failed', errorType: 'oom', primary: { name: 'loss', value: null } })
    expect(of(bare)).toMatchObject({ status: 'success', primary: { name: 'loss', value: null }, metrics: {} })
    expect(bare?.problems.join()).toMatch(/metrics\.json: Not as the contract wants it: primary is missing/)
    expect(nothing?.state).toBe('blocked')
    expect(of(nothing)).toMatchObject({ status: 'failed', error: expect.stringMatching(/not ready/) as unknown })
    expect(stopped.state).toBe('stopped')
    expect(of(stopped)).toMatchObject({ status: 'canceled', metrics: {} })
    expect(relay.log(`${oom?.id ?? ''}-f1`)).toMatch(/failure: done — oom/)
    expect((await relay.run(['exp', 'best'])).stderr).toMatch(/No run .* has succeeded with a primary metric/)
    expect(read(relay, 'docs/WORKING_MEMORY.md')).toContain('none yet: no run has succeeded')
  })

  test('a part that cannot be done keeps no other from it, is told, and can be done later', async ({
    relay,
    expect,
  }) => {
    prepare(relay)
    fs.writeFileSync(inWorkspace(relay, 'reports'), 'a file where a folder should be')
    const job = await runWhole(relay)
    const runId = job.run?.id ?? ''
    expect(traces(relay, job.id, runId)).toEqual({ ...once, report: 0, reportEnd: 0 })
    expect(job.problems).toEqual([
      expect.stringMatching(/^reports\/rolling_report\.md: Cannot create .*reports is no directory/),
    ])
    expect(relay.log(`${job.id}-f1`)).toMatch(/reports\/rolling_report\.md: NOT done/)

    fs.rmSync(inWorkspace(relay, 'reports'))
    const again = ['exp', 'summarize', '--run-dir', `exp/results/${runId}`]
    expect((await relay.run(again)).exitCode).toBe(0)
    expect((await relay.run(again)).exitCode).toBe(0)
    expect(traces(relay, job.id, runId)).toEqual(once)
    const append = await relay.run(['exp', 'append', '--run-dir', `exp/results/${runId}`])
    expect(append).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/already: nothing was appended/) as unknown,
    })
    // As after a crash that took the registry with it.
    fs.writeFileSync(inWorkspace(relay, 'exp/registry.jsonl'), '{"run_id":"torn","st')
    expect((await relay.run(['exp', 'append', '--run-dir', `exp/results/${runId}`])).exitCode).toBe(0)
    expect(records(relay)).toEqual([expect.objectContaining({ runId, template: 'base', jobId: job.id })])
  })

  test("the workspace's own programs are shown, run instead of ours, and not a second time", async ({
    relay,
    expect,
  }) => {
    prepare(relay)
    fs.mkdirSync(inWorkspace(relay, 'tools/exp'), { recursive: true })
    const tool = (name: string, code: string) => fs.writeFileSync(inWorkspace(relay, `tools/exp/${name}.py`), code)
    tool('validate_metrics', 'import sys; print("checked by ours", sys.argv[1]); sys.exit(3)')
    tool(
      'append_registry',
      'import sys, json\nd = sys.argv[4]\nopen(sys.argv[2], "a").write(json.dumps({"run_id": d.split("/")[-1], "status": "success", "by": "theirs"}) + "\\n")',
    )
    tool(
      'summarize_run',
      'import sys, os\nos.makedirs("reports", exist_ok=True)\nopen(sys.argv[4], "a").write("## Run `" + sys.argv[2].split("/")[-1] + "`\\n\\ntheirs\\n")',
    )
    const dry = await relay.run(['exp', 'run', 'base', '--yes', '--dry-run'])
    expect(dry.stderr).toMatch(
      /Then it runs.*\n\s+python3 tools\/exp\/append_registry\.py --registry exp\/registry\.jsonl --run-dir exp/,
    )
    const job = await runWhole(relay)
    const runId = job.run?.id ?? ''
    expect(read(relay, 'exp/registry.jsonl')).toBe(`{"run_id": "${runId}", "status": "success", "by": "theirs"}\n`)
    expect(read(relay, 'reports/rolling_report.md')).toBe(`## Run \`${runId}\`\n\ntheirs\n`)
    expect(job.problems).toEqual([
      expect.stringMatching(/validate_metrics\.py .*: exit 3: checked by ours exp\/results/),
    ])
    // Of a run that wrote nothing they have nothing to append: ours do.
    const failed = await runWhole(relay, 'do=oom')
    expect(records(relay).map(({ status }) => status)).toEqual(['success', 'success'])
    expect(failed.state).toBe('failed')
  })

  test('a supervisor that is killed again and again between the parts leaves each document with one edit', async ({
    relay,
    expect,
  }) => {
    prepare(relay)
    fs.mkdirSync(inWorkspace(relay, 'tools/exp'), { recursive: true })
    // It waits, so that we are killed in the middle of it; it appends whenever it is run to its end.
    fs.writeFileSync(
      inWorkspace(relay, 'tools/exp/append_registry.py'),
      'import sys, os, time, json\nopen("begun", "a").write("x")\nwhile not os.path.exists("go"): time.sleep(0.02)\nopen(sys.argv[2], "a").write(json.dumps({"run_id": sys.argv[4].split("/")[-1], "status": "success"}) + "\\n")',
    )
    const id = await startRun(relay)
    await eventually(() => read(relay, 'begun') === 'x')
    await killSupervision(relay)
    expect(read(relay, 'exp/registry.jsonl')).toBe('')
    await relay.run(['list'])
    await eventually(() => read(relay, 'begun') === 'xx')
    const programs = processesNamed(relay, 'python3 tools').filter(({ command }) => command.startsWith('python3'))
    expect(programs, 'the one of before was ended').toHaveLength(1)
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    for (let times = 0; times < 5; times++) {
      const done = journalOf(relay, id).length
      await eventually(() => journalOf(relay, id).length > done || relay.supervisorPid() === null, 20_000)
      await killSupervision(relay)
      await relay.run(['list'])
    }
    const job = await relay.untilDelivered(id)
    const runId = job.run?.id ?? ''
    expect(count(read(relay, 'exp/registry.jsonl'), runId)).toBe(1)
    expect({ ...traces(relay, id, runId), registry: 1 }).toEqual(once)
    expect(job.run?.parts.map(({ part }) => part)).toHaveLength(8)
    const parts = journalOf(relay, id).flatMap(({ event }) => (event.type === 'part_done' ? [event.part] : []))
    expect(new Set(parts).size, 'each is recorded once').toBe(parts.length)
  })
})

describe.concurrent('relay exp run', { timeout: 120_000 }, () => {
  test('says what is missing, wrong or not there, and starts nothing', async ({ relay, expect }) => {
    const errorOf = async (...words: string[]) => (await relay.run(['exp', ...words])).stderr
    expect(await errorOf('run', 'base', '--yes')).toMatch(/relay exp scaffold writes two/)
    expect(await errorOf('scaffold')).toMatch(/Nothing was written: nobody can be asked/)
    expect((await relay.run(['exp', 'scaffold', '--yes'])).stdout).toContain('Written: scripts/vr_run.sh')
    prepare(relay)
    expect(await errorOf('run', 'bse', '--yes')).toMatch(/Was base meant/)
    expect(await errorOf('run', 'base', 'sed=1', '--yes')).toMatch(/Was seed meant/)
    expect(await errorOf('run', 'eval_only', '--yes')).toMatch(
      /needs a value for checkpoint.*relay exp run eval_only checkpoint=…/,
    )
    expect(await errorOf('run', 'base')).toMatch(/nobody can be asked/)
    fs.writeFileSync(inWorkspace(relay, 'templates/experiments/bad.yaml'), 'command: a\n')
    expect(await errorOf('run', 'bad', '--yes')).toMatch(/bad\.yaml:1:10 error: command must be a list/)
    fs.rmSync(inWorkspace(relay, 'scripts'), { recursive: true })
    expect(await errorOf('run', 'base', '--yes')).toMatch(/no scripts\/vr_run\.sh/)
    expect(relay.store.list().jobs).toEqual([])
    expect(fs.existsSync(path.join(relay.workspace, 'exp'))).toBe(false)
  })
})
