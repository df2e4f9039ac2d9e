// Jobs on a real SLURM: all ways to end, all kinds of jobs, and what a scheduler that falters does to them, which is nothing.
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../support/eventually'
import { Relay, renderBlock } from '../../support/relay'
import { hasSlurm } from '../../support/slurm/cluster'
import { suiteCluster } from '../../support/slurm/suiteCluster'

/** The outermost limit of one test; a time limit of SLURM is a minute at least. */
const limitMs = 90_000

describe.runIf(hasSlurm())('on a real SLURM', { timeout: limitMs }, () => {
  const cluster = suiteCluster({ accounting: true })
  let relay: Relay
  const ids: Record<string, string> = {}

  beforeAll(async () => {
    relay = new Relay()
    relay.env['SLURM_CONF'] = cluster().conf
    // All at once: they take their times side by side.
    ids['timeout'] = await submit('echo begun; sleep 300', '--time', '1')
    ids['success'] = await submit('echo hello; echo result > out.txt', '--time', '5')
    ids['failure'] = await submit('echo trouble >&2; exit 7')
    ids['killed'] = await submit('kill -9 $$')
    ids['memory'] = await submit('python3 -c "import time; x = bytearray(300 << 20); time.sleep(60)"', '--mem', '40M')
    ids['array'] = await submit(
      'sleep 0.2; echo task $SLURM_ARRAY_TASK_ID; exit $((SLURM_ARRAY_TASK_ID % 2))',
      '--array',
      '0-3%2',
    )
    ids['cancelled'] = await submit('sleep 300')
    ids['stopped'] = await submit('trap "" TERM; sleep 300')
    ids['never'] = await submit('exit 0', '--dependency', `afterok:${await numberOf(id('failure'))}`)
    ids['requeued'] = await submit(
      'echo run ${SLURM_RESTART_COUNT:-0}; [ "${SLURM_RESTART_COUNT:-0}" = 1 ] || sleep 300',
      '--requeue',
    )
    const requeued = await numberOf(id('requeued'))
    await relay.untilState(id('requeued'), 'running')
    await eventually(() => relay.log(id('requeued')).includes('run 0'))
    cluster().run('scontrol', 'requeue', requeued)
    ids['directives'] = await submit(
      '#!/bin/bash\n#SBATCH --comment=theirs --output=mine-%j.txt\n#SBATCH --cpus-per-task=2\necho on $SLURM_CPUS_PER_TASK',
    )
  }, limitMs)

  afterAll(async () => {
    await relay.dispose()
  }, limitMs)

  function id(name: string): string {
    return ids[name] ?? ''
  }

  async function submit(command: string, ...words: string[]): Promise<string> {
    const action = {
      command,
      ...(command.includes('out.txt') ? { watch: { requireFiles: ['out.txt'], readyTimeoutSec: 10 } } : {}),
    }
    const ran = await relay.run(['start', '-', '--yes', '--again', '--backend', 'slurm', ...words], {
      input: renderBlock(action),
    })
    if (ran.exitCode !== 0) throw new Error(ran.stderr)
    return ran.stdout.trim()
  }

  async function adopt(number: string): Promise<string> {
    const ran = await relay.run(['slurm', 'adopt', number, '--yes'])
    if (ran.exitCode !== 0) throw new Error(ran.stderr)
    return ran.stdout.trim()
  }

  /** The number that SLURM has given it. */
  function numberOf(job: string): Promise<string> {
    return eventually(() => {
      const { remote } = relay.show(job)
      return remote?.handle?.kind === 'slurm' ? remote.handle.id : null
    }, 30_000)
  }

  const ended = (job: string) =>
    eventually(() => {
      const shown = relay.show(job)
      if (shown.endedAt === null)
        throw new Error(`${job} is ${shown.state}: ${JSON.stringify(shown.remote)} ${shown.known.by}`)
      return shown
    }, limitMs)

  test('one that succeeds has its files, its log, and what it has used of what it asked for', async () => {
    const job = await ended(id('success'))
    expect(job).toMatchObject({
      state: 'succeeded',
      exit: { code: 0 },
      backend: 'slurm',
      remote: { state: 'COMPLETED', facts: { limitSec: 300, partition: 'main' } },
    })
    expect(job.requiredFiles).toMatchObject([{ path: 'out.txt', state: 'ready' }])
    expect(relay.log(job.id)).toContain('hello')
    expect((await relay.run(['show', job.id])).stdout).toMatch(/Used +0:0\d of 5:00/)
  })

  test('one that fails has its own exit code, and one that is killed its signal', async () => {
    expect(await ended(id('failure'))).toMatchObject({ state: 'failed', exit: { code: 7 } })
    expect(relay.log(id('failure'))).toContain('trouble')
    expect(await ended(id('killed'))).toMatchObject({ state: 'failed', exit: { signal: 'SIGKILL' } })
  })

  test('one that uses more memory than it had asked for is known to be that', async () => {
    const job = await ended(id('memory'))
    expect(job).toMatchObject({ state: 'failed', exit: { service: 'slurm', state: 'OUT_OF_MEMORY' } })
    expect(job.reason).toMatch(/used .* of memory and had asked for 40 MB/)
  })

  test('an array ends when every task of it has, and tells which did not succeed', async () => {
    const job = await ended(id('array'))
    expect(job).toMatchObject({
      state: 'failed',
      remote: { facts: { tasks: { waiting: 0, running: 0, succeeded: 2, failed: 2 } } },
    })
    expect(job.reason).toBe('2 of 4 tasks did not succeed (1: exit 1; 3: exit 1).')
    expect(relay.log(job.id)).toContain('task 3')
  })

  test('one that its owner cancels there is stopped, and calls nobody back', async () => {
    const number = await numberOf(id('cancelled'))
    await relay.untilState(id('cancelled'), 'running')
    cluster().run('scancel', number)
    expect(await ended(id('cancelled'))).toMatchObject({
      state: 'stopped',
      exit: { service: 'slurm', state: 'CANCELLED' },
      followUp: null,
    })
  })

  test('stop cancels it there, and is over when SLURM says so', async () => {
    await relay.untilState(id('stopped'), 'running')
    expect((await relay.run(['stop', id('stopped')])).exitCode).toBe(0)
    expect(await ended(id('stopped'))).toMatchObject({ state: 'stopped' })
    expect(cluster().run('sacct', '-X', '-n', '-P', '-j', await numberOf(id('stopped')), '-o', 'State')).toContain(
      'CANCELLED',
    )
  })

  test('one whose dependency failed waits for ever, and that is said', async () => {
    await eventually(
      () => relay.show(id('never')).waitsFor?.includes('for ever: the job that it depends on') === true,
      30_000,
    )
    expect(relay.show(id('never')).state).toBe('queued')
    await relay.run(['stop', id('never')])
    expect(await ended(id('never'))).toMatchObject({ state: 'stopped' })
  })

  test('the #SBATCH lines of a script count, and its log is where they say', async () => {
    expect(await ended(id('directives'))).toMatchObject({ state: 'succeeded', remote: { facts: { cpus: 2 } } })
    const number = await numberOf(id('directives'))
    expect(fs.readFileSync(path.join(relay.workspace, `mine-${number}.txt`), 'utf8')).toBe('on 2\n')
    expect(relay.log(id('directives'))).toBe('on 2\n')
  })

  test('what SLURM refuses is blocked, with its words', async () => {
    const job = await ended(await submit('exit 0', '--partition', 'nowhere'))
    expect(job.state).toBe('blocked')
    expect(job.reason).toMatch(/SLURM has refused it: .*invalid partition/i)
  })

  test('one that somebody has submitted by hand is adopted, with its log', async () => {
    const number = cluster()
      .run('sbatch', '--parsable', `--output=${relay.workspace}/by-hand.log`, '--wrap', 'echo by hand; sleep 3; exit 3')
      .trim()
    const job = await adopt(number)
    await relay.untilState(job, 'running', 'failed')
    expect(await ended(job)).toMatchObject({ state: 'failed', exit: { code: 3 } })
    expect(relay.log(job)).toBe('by hand\n')
  })

  test('a drained node is said to be why one waits', async () => {
    cluster().run('scontrol', 'update', 'NodeName=n2', 'State=DRAIN', 'Reason=test')
    const job = await submit('exit 0', '--partition', 'small')
    await eventually(() => /down, drained/.test(relay.show(job).waitsFor ?? ''), 30_000)
    cluster().run('scontrol', 'update', 'NodeName=n2', 'State=RESUME')
    expect(await ended(job)).toMatchObject({ state: 'succeeded' })
  })

  test('banners on standard output hide nothing', async () => {
    const folder = path.join(relay.root, 'noisy')
    fs.mkdirSync(folder)
    for (const name of ['squeue', 'sbatch', 'sacct', 'scontrol'])
      fs.writeFileSync(
        path.join(folder, name),
        `#!/bin/sh\necho '*** 17 nodes | WELCOME ***'\nprintf 'maintenance on 12|13'\necho\nexec /usr/bin/${name} "$@"\n`,
        { mode: 0o755 },
      )
    // Of a supervisor of its own, whose cluster has another name: the same one by another path.
    const conf = path.join(relay.root, 'noisy.conf')
    fs.symlinkSync(cluster().conf, conf)
    fs.symlinkSync(path.join(cluster().directory, 'cgroup.conf'), path.join(relay.root, 'cgroup.conf'))
    const env = { PATH: `${folder}:${relay.env['PATH'] ?? ''}`, SLURM_CONF: conf }
    const ran = await relay.run(['start', '-', '--yes', '--again', '--backend', 'slurm'], {
      input: renderBlock({ command: 'exit 9' }),
      env,
    })
    expect(await ended(ran.stdout.trim())).toMatchObject({ state: 'failed', exit: { code: 9 } })
  })

  // SLURM lets one that is requeued wait for two minutes; one that is made to begin before may be given the end of its first run.
  test('one that is requeued goes on, and its end is that of its last run', { timeout: 180_000 }, async () => {
    await eventually(() => relay.log(id('requeued')).includes('run 1'), 150_000)
    expect(await ended(id('requeued'))).toMatchObject({
      state: 'succeeded',
      exit: { code: 0 },
      remote: { facts: { restarts: 1 } },
    })
  })

  describe('that falters', { timeout: limitMs }, () => {
    test(
      'a controller that is gone for a while changes nothing, and the job ends by its own record',
      async () => {
        const job = await submit('echo working; sleep 8; exit 4')
        await relay.untilState(job, 'running')
        await cluster().untilSaved()
        cluster().signal('slurmctld', 'SIGKILL')
        try {
          await eventually(
            () => relay.show(job).endedAt !== null || /has not answered/.test(relay.show(job).known.by),
            60_000,
          )
          expect(await ended(job)).toMatchObject({ state: 'failed', exit: { code: 4 } })
        } finally {
          await cluster().restart('slurmctld')
        }
      },
      limitMs,
    )

    test(
      'a job that is submitted while the controller hangs is submitted once, when it answers',
      async () => {
        cluster().signal('slurmctld', 'SIGSTOP')
        let job: string
        try {
          job = await submit('echo once >> once.txt')
          await eventually(
            () =>
              /has not answered|could not be/.test(relay.show(job).known.by) ||
              supervisorLog().includes(`${job} could not be submitted yet`),
            60_000,
          )
        } finally {
          cluster().signal('slurmctld', 'SIGCONT')
        }
        expect(await ended(job)).toMatchObject({ state: 'succeeded' })
        expect(fs.readFileSync(path.join(relay.workspace, 'once.txt'), 'utf8')).toBe('once\n')
        expect(cluster().submitted(`relay-${job}-1`)).toHaveLength(1)
      },
      limitMs,
    )

    test(
      'a database that is down takes no end away',
      async () => {
        cluster().signal('mariadbd', 'SIGKILL')
        cluster().signal('slurmdbd', 'SIGKILL')
        try {
          expect(await ended(await submit('exit 6'))).toMatchObject({ state: 'failed', exit: { code: 6 } })
          const number = cluster().run('sbatch', '--parsable', '--output=/dev/null', '--wrap', 'sleep 1; exit 8').trim()
          expect(await ended(await adopt(number))).toMatchObject({ state: 'failed', exit: { code: 8 } })
        } finally {
          await cluster().restart('mariadbd')
          await cluster().restart('slurmdbd')
        }
      },
      limitMs,
    )
  })

  // Last, for a minute is the shortest limit that there is.
  test(
    'a time limit is told apart from a failure',
    async () => {
      const job = await ended(id('timeout'))
      expect(job).toMatchObject({ state: 'failed', exit: { service: 'slurm', state: 'TIMEOUT' } })
      expect(job.reason).toMatch(/ended it at its time limit of 0:01:00/)
    },
    limitMs,
  )

  function supervisorLog(): string {
    return fs.readFileSync(relay.state.supervisorLog, 'utf8')
  }
})
