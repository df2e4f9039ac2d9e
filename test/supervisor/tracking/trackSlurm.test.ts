// Tracked jobs on a real SLURM: one that is out of memory is run again with more by a rule, and one that runs already is adopted.
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { hasSlurm } from '../../support/slurm/cluster'
import { suiteCluster } from '../../support/slurm/suiteCluster'
import { startSshd } from '../../support/sshd'
import { WorkflowRuns } from '../../support/github/workflowRuns'
import { hasTool } from '../../support/tools'
import { TrackedClone } from '../../support/trackedClone'

describe.runIf(hasSlurm())('on a real SLURM', () => {
  const cluster = suiteCluster({ accounting: false })
  const farTest = hasTool('sshd') ? test.concurrent : test.skip

  test.concurrent(
    'a script that is out of memory gets more, as far as that was approved; an adopted job is told by its number',
    async () => {
      const here = await TrackedClone.make({
        'docs/moons.md': '# Two moons\n',
        'job.sh':
          '#!/bin/bash\npython3 -c "x = bytearray(55 << 20); print(\'epoch 1 loss 0.5\'); import time; time.sleep(4)"\n',
      })
      try {
        const { relay, hub, clone } = here
        relay.env['SLURM_CONF'] = cluster().conf
        const adopted = cluster()
          .run(
            'sbatch',
            '--parsable',
            '-D',
            clone.folder,
            '--job-name=theirs',
            '-o',
            '%j.out',
            '--wrap',
            'sleep 4; echo acc=0.75',
          )
          .trim()
        const begin = async (words: readonly string[]) => {
          const { exitCode, stdout, stderr } = await here.run([
            'track',
            '--yes',
            '--agent',
            'none',
            '--metric',
            'loss',
            ...words,
          ])
          if (exitCode !== 0) throw new Error(stderr)
          return stdout.trim()
        }
        const grown = await begin([
          '--script',
          'job.sh',
          '--mem',
          '40M',
          '--max-memory',
          '200M',
          '--experiment',
          'grown',
        ])
        const taken = await begin([adopted, '--experiment', 'taken', '--metric', 'acc'])

        const first = await here.untilEnded(taken, 60_000)
        expect(first.state.ended?.outcome).toBe('succeeded')
        expect(first.state.attempts[0]?.examined).toMatchObject({ known: `SLURM job ${adopted}` })
        const pull = hub.pulls.find(({ title }) => title === 'Results: taken')
        expect(pull?.body).toContain(`- [x] Job \`SLURM ${adopted}\` completes successfully`)

        const track = await here.untilEnded(grown, 90_000)
        const [failed, again] = track.state.attempts
        expect(failed?.examined).toMatchObject({ failure: { class: 'oom' }, resources: { memoryMb: 40 } })
        expect(failed?.decided).toMatchObject({ how: 'rule', changes: { memoryMb: 80, timeSec: null } })
        expect(again?.examined).toMatchObject({ outcome: 'succeeded', failure: null })
        expect(track.state.ended?.summary).toContain('grown has succeeded after 2 attempts. loss 0.5.')
      } finally {
        await here.dispose()
      }
    },
    150_000,
  )

  /** A run that has handed its work to a job which runs in the folder of a runner, and what came of tracking it. */
  async function chain(here: TrackedClone, runs: WorkflowRuns, words: readonly string[]) {
    const runner = path.join(here.relay.root, "runner's", '_work', 'space')
    fs.mkdirSync(runner, { recursive: true })
    const there = runs.add({ status: 'in_progress', createdMs: Date.now() - 5_000 })
    const script = `mkdir -p results; echo '{"acc": 0.375}' > results/metrics.json; echo '{"loss": 0.25}' > results/more.json`
    const number = cluster().run('sbatch', '--parsable', '-D', runner, '-o', '/dev/null', `--wrap=${script}`).trim()
    // What was uploaded, too, counts once.
    there.artifacts = { results: { 'metrics.json': '{"acc": 0.375}\n' } }
    runs.end(there, 'success', `Submitted batch job ${number}\n`)
    const begun = await here.run([
      ...['track', '--yes', '--agent', 'none', '--run', String(there.id), '--experiment', 'chained'],
      ...['--results', 'results', ...words],
    ])
    if (begun.exitCode !== 0) throw new Error(begun.stderr)
    expect(begun.stderr).toContain('the SLURM job that its log names')
    const track = await here.untilEnded(begun.stdout.trim(), 60_000)
    const [attempt] = track.state.attempts
    expect(attempt?.fetched?.last).toMatchObject({ files: 2, complete: true, problems: [] })
    expect(attempt?.examined?.metrics).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'acc', last: 0.375, count: 1, path: `slurm-${number}/results/metrics.json` }),
        expect.objectContaining({ name: 'loss', last: 0.25 }),
      ]),
    )
    expect(here.hub.pulls.find(({ title }) => title === 'Results: chained')?.body).toContain('0.375')
  }

  test.runIf(hasTool('gh')).concurrent(
    'the results of a job that a workflow run has submitted are read where that ran, and its artifacts count once',
    async () => {
      const runs = new WorkflowRuns('ada/space')
      const here = await TrackedClone.make({ 'docs/moons.md': '# Two moons\n' }, [runs.route])
      here.relay.env['SLURM_CONF'] = cluster().conf
      await chain(here, runs, []).finally(() => here.dispose())
    },
    90_000,
  )

  farTest(
    'a script that runs on a cluster behind ssh has its results fetched and shown',
    async () => {
      const runs = new WorkflowRuns('ada/space')
      const files = {
        'docs/moons.md': '# Two moons\n',
        'job.sh': `#!/bin/bash\nmkdir -p results/seed-1\necho '{"acc": 0.875}' > results/metrics.json\nprintf 'step,loss\\n1,0.5\\n' > 'results/seed-1/$(touch canary).csv'\nln -s metrics.json results/latest.json\nln -s /etc results/data\n`,
      }
      const here = await TrackedClone.make(files, [runs.route])
      const sshd = await startSshd(here.relay, cluster().conf)
      try {
        const { relay, clone, hub } = here
        await here.run(['config', 'tracking.sshHost', 'loopback'])
        const words = ['track', '--agent', 'none', '--script', 'job.sh', '--experiment', 'far', '--results', 'results']
        const screen = await here.run([...words, '--plan'])
        expect(screen.stdout.replaceAll(/\s+/g, ' ')).toContain(
          `fetched by ssh when it ends, from results in ${clone.folder} on loopback`,
        )
        const begun = await here.run([...words, '--yes'])
        if (begun.exitCode !== 0) throw new Error(begun.stderr)
        const track = await here.untilEnded(begun.stdout.trim(), 60_000)
        expect(track.state.attempts[0]?.fetched?.last).toMatchObject({ files: 2, complete: true })
        expect(track.state.attempts[0]?.examined?.metrics).toEqual(
          expect.arrayContaining([expect.objectContaining({ name: 'acc', last: 0.875, path: 'results/metrics.json' })]),
        )
        expect(hub.pulls[0]?.body).toContain('0.875')
        expect(hub.pulls[0]?.body).toContain('- [x] Results tables updated with actual metrics')
        const shown = await relay.run(['track', 'show', begun.stdout.trim()])
        expect(shown.stdout).not.toContain('Not fetched')
        await chain(here, runs, [])
        expect(fs.existsSync(path.join(clone.folder, 'results/canary'))).toBe(false)
      } finally {
        sshd.process.kill()
        await here.dispose()
      }
    },
    120_000,
  )
})
