// Tracked jobs on a real SLURM: one that is out of memory is run again with more by a rule, and one that runs already is adopted.
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasSlurm, SlurmCluster } from '../../support/slurm/cluster'
import { startSshd } from '../../support/sshd'
import { hasTool } from '../../support/tools'
import { TrackedClone } from '../../support/trackedClone'

describe.runIf(hasSlurm())('on a real SLURM', () => {
  let cluster: SlurmCluster
  const farTest = hasTool('sshd') ? test.concurrent : test.skip
  beforeAll(async () => {
    cluster = await SlurmCluster.start({ accounting: false })
  }, 60_000)
  afterAll(async () => {
    await cluster.stop()
  }, 60_000)

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
        relay.env['SLURM_CONF'] = cluster.conf
        const adopted = cluster
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

  farTest(
    'a script that runs on a cluster behind ssh has its results fetched and shown',
    async () => {
      const here = await TrackedClone.make({
        'docs/moons.md': '# Two moons\n',
        'job.sh': `#!/bin/bash\nmkdir -p results/seed-1\necho '{"acc": 0.875}' > results/metrics.json\nprintf 'step,loss\\n1,0.5\\n' > 'results/seed-1/$(touch canary).csv'\nln -s /etc/passwd results/passwd.json\n`,
      })
      const sshd = await startSshd(here.relay, cluster.conf)
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
        expect(track.state.attempts[0]?.fetched?.last).toMatchObject({ files: 2, complete: true, problems: [] })
        expect(track.state.attempts[0]?.examined?.metrics).toEqual(
          expect.arrayContaining([expect.objectContaining({ name: 'acc', last: 0.875, path: 'results/metrics.json' })]),
        )
        expect(hub.pulls[0]?.body).toContain('0.875')
        expect(hub.pulls[0]?.body).toContain('- [x] Results tables updated with actual metrics')
        const shown = await relay.run(['track', 'show', begun.stdout.trim()])
        expect(shown.stdout).not.toContain('Not fetched')
        expect(fs.existsSync(path.join(clone.folder, 'results/canary'))).toBe(false)
      } finally {
        sshd.process.kill()
        await here.dispose()
      }
    },
    120_000,
  )
})
