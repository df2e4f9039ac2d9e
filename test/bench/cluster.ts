// What a cluster is asked while thousands of its jobs are watched: by a squeue, sacct and scontrol that count how often they are run, and
// ask a real SLURM that holds as many jobs, where there is one; else they say that all of them run.
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { wake } from '../../src/store/wake'
import { execa } from 'execa'
import { eventually } from '../support/eventually'
import { Relay, supervisorFile } from '../support/relay'
import { hasSlurm, SlurmCluster } from '../support/slurm/cluster'
import { StoredJobs, withoutSync } from '../support/storedJobs'
import { specOf } from '../support/jobs'
import type { Bench } from './support/benchmark'
import { readMemory, readProcessorMs } from './support/processCost'
import { mb, ms } from './support/samples'

const programs = ['squeue', 'sacct', 'scontrol', 'scancel', 'sbatch']
/** As often as the many are asked about at the most. */
const intervalMs = 30_000

export async function run(bench: Bench): Promise<void> {
  const count = bench.count(5_000, 500)
  const seconds = bench.count(120, 35)
  const relay = new Relay()
  let cluster: SlurmCluster | null = null
  try {
    const bin = path.join(relay.root, 'bin')
    fs.mkdirSync(bin)
    if (hasSlurm()) {
      cluster = await SlurmCluster.start({ accounting: false, base: '/tmp' })
      relay.env['SLURM_CONF'] = cluster.conf
      const beganMs = performance.now()
      await hold(cluster, count)
      bench.print(`a real SLURM took ${count} jobs in ${ms(performance.now() - beganMs)}`)
    }
    const rows = path.join(relay.root, 'rows')
    const now = Math.floor(Date.now() / 1000)
    const row = (id: number) =>
      `RELAY1|${id}|${id}|N/A|RUNNING|None|10:00|1-00:00:00|${now - 600}|${now - 700}|gpu|n1|8|train`
    fs.writeFileSync(rows, Array.from({ length: count }, (_, index) => `${row(index + 1)}\n`).join(''))
    for (const name of programs)
      fs.writeFileSync(
        path.join(bin, name),
        `#!/bin/sh\necho ${name} >>'${relay.root}/calls'\n${cluster !== null ? `exec /usr/bin/${name} "$@"` : name === 'squeue' ? `exec cat '${rows}'` : ''}\n`,
        { mode: 0o755 },
      )
    relay.env['PATH'] = `${bin}:${relay.env['PATH'] ?? ''}`
    write(relay, count)
    Object.assign(process.env, relay.env)
    wake(relay.state, supervisorFile)
    const calls = (name: string) => readCalls(relay).filter((one) => one === name).length
    await eventually(() => calls('squeue') > 0, 120_000)
    await delay(intervalMs)
    const pid = relay.supervisorPid() ?? 0
    const [before, cpuBefore] = [readCalls(relay).length, readProcessorMs(pid)]
    await delay(seconds * 1000)
    const [after, cpu] = [readCalls(relay), readProcessorMs(pid) - cpuBefore]
    const asked = after.slice(before)
    const each = programs.map((name) => `${name} ${asked.filter((one) => one === name).length}`).join(', ')
    bench.print(
      `${count} jobs of one cluster, ${seconds} s: ${each}; the supervisor used ${ms(cpu)} of a processor and has ${mb(readMemory(pid).rss)}`,
    )
    const most = Math.ceil((seconds * 1000) / intervalMs)
    bench.aim({
      aim: `one squeue in ${intervalMs / 1000} s for ${count} jobs, and nothing else`,
      measured: `${asked.length} questions in ${seconds} s`,
      ratio: `${(asked.length / count).toFixed(4)} a job`,
      reached: asked.length <= most && asked.every((name) => name === 'squeue'),
    })
  } finally {
    await relay.dispose()
    await cluster?.stop()
  }
}

/** So many jobs that wait, with the numbers from 1 on. */
async function hold({ conf }: SlurmCluster, count: number): Promise<void> {
  const script = `seq ${count} | xargs -P 4 -I % sbatch --hold --output=/dev/null --wrap=true >/dev/null`
  await execa('sh', ['-c', script], { env: { SLURM_CONF: conf }, timeout: 900_000 })
}

/** Jobs that run already, as a supervisor before has left them. */
function write(relay: Relay, count: number): void {
  const jobs = new StoredJobs(relay.state, relay.workspace)
  const { plan } = specOf()
  withoutSync(() => {
    for (let id = 1; id <= count; id++) {
      const backend = { kind: 'slurm', ask: { act: 'adopt', id: String(id) } } as const
      const handle = { kind: 'slurm', id: String(id) } as const
      const change = { host: relay.state.host, plan: { ...plan, backend, cwd: relay.workspace, followUp: null } }
      const job = jobs.create(Date.now() + id * 1000 - count * 1000, change)
      const paths = jobs.folder.job(job).attempt(1)
      fs.writeFileSync(paths.log, '')
      jobs.record(job, [
        { type: 'launch_intended', attempt: 1, before: [] },
        { type: 'submitted', attempt: 1, handle },
        { type: 'launched', attempt: 1, handle, startedAtMs: Date.now() },
      ])
    }
  })
}

function readCalls(relay: Relay): string[] {
  const file = path.join(relay.root, 'calls')
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim().split('\n') : []
}
