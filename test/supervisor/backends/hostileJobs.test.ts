// Names that mean something to a shell, to sbatch or to ssh, as directories, state folders, values and comments of jobs on a real SLURM,
// here and over ssh: they arrive as they are, and nothing is run because of one.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type SlurmPlan, sbatchOptionsSchema } from '../../../src/core/backends/backendPlan'
import type { AttemptSeen } from '../../../src/core/jobs/seen'
import { initialJob } from '../../../src/core/jobs/job'
import { type JobId, jobIdSchema } from '../../../src/core/jobs/jobId'
import { AttemptPaths } from '../../../src/store/jobPaths'
import type { AttemptRef, Launch } from '../../../src/supervisor/backends/backend'
import { SlurmBackend } from '../../../src/supervisor/backends/slurm/slurmBackend'
import { eventually } from '../../support/eventually'
import { hostileNames } from '../../support/hostileNames'
import { specOf } from '../../support/jobs'
import { Relay } from '../../support/relay'
import { count, isSoak, say, spread } from '../../support/scale'
import { hasSlurm } from '../../support/slurm/cluster'
import { suiteCluster } from '../../support/slurm/suiteCluster'
import { type Sshd, startSshd } from '../../support/sshd'
import { hasTool } from '../../support/tools'

const limitMs = isSoak ? 1_800_000 : 120_000
/** So many are submitted side by side. */
const beside = 8
/** What they do: they tell where they are and what they were given. */
const script = '#!/bin/sh\nprintf "%s\\n%s\\n" "$PWD" "$NAME"\nexit 7\n'

const remoteRoot = path.join(os.homedir(), '.local/state/relay-jobs/slurm')

interface Trial {
  readonly name: string
  readonly launch: Launch
  /** Its value has no NUL, which no environment can hold. */
  readonly value: string
  readonly cwd: string
}

describe.runIf(hasSlurm() && hasTool('sshd'))('hostile names', { timeout: limitMs }, () => {
  const cluster = suiteCluster({ accounting: false })
  let relay: Relay
  let sshd: Sshd
  let backend: SlurmBackend
  let names: readonly string[]
  const thereIds: JobId[] = []
  let made = 0
  const runtimeFolder = process.env['XDG_RUNTIME_DIR']

  beforeAll(async () => {
    relay = new Relay()
    sshd = await startSshd(relay, cluster().conf)
    // Where the connection that serves all questions is.
    process.env['XDG_RUNTIME_DIR'] = relay.env['XDG_RUNTIME_DIR']
    names = spread(hostileNames(path.join(relay.root, 'canary')), count(40, 500))
    backend = new SlurmBackend({
      bell: (jobId) => path.join(relay.root, `${jobId}.ended`),
      environment: ({ job }) =>
        isThere(job.spec.plan.backend as SlurmPlan) ? relay.env : { ...relay.env, SLURM_CONF: cluster().conf },
      heard: () => undefined,
      log: () => undefined,
    })
  }, 120_000)

  afterAll(async () => {
    if (runtimeFolder === undefined) delete process.env['XDG_RUNTIME_DIR']
    else process.env['XDG_RUNTIME_DIR'] = runtimeFolder
    sshd.process.kill()
    for (const jobId of thereIds) fs.rmSync(path.join(remoteRoot, `relay-${jobId}-1`), { recursive: true, force: true })
    await relay.dispose()
  }, 120_000)

  test('of directories, state folders, values and comments arrive as they are on the cluster of this machine', async () => {
    await tryAll(names.map((name) => trialOf(name, null)))
  })

  test('and over ssh', async () => {
    await tryAll(spread(names, count(12, 500)).map((name) => trialOf(name, 'loopback')))
  })

  test('of jobs of others are shown, adopted and cancelled as what they are', async () => {
    const submitted = new Map<string, string>()
    for (const name of spread(names, count(12, 500)).filter((one) => !one.includes('\0'))) {
      const words = [
        `--job-name=${name}`,
        `--comment=${name}`,
        `--output=${relay.root}/${name.replaceAll('/', '_')}.log`,
      ]
      submitted.set(
        cluster()
          .run('sbatch', '--parsable', '--hold', ...words, '--wrap', 'true')
          .trim(),
        name,
      )
    }
    for (const host of [null, 'loopback']) {
      const refs = [...submitted.keys()].map((id) => {
        const ref = refOf({ kind: 'slurm', ...(host === null ? {} : { host }), ask: { act: 'adopt', id } }, relay.root)
        backend.launch({ ...ref, script: '', cwd: '/', env: {} }, () => undefined)
        return ref
      })
      const states = () => refs.map((ref) => backend.observe(ref))
      const odd = () => [...submitted.values()].filter((_, at) => stateOf(states()[at]) !== 'PENDING')
      await eventually(
        () => {
          if (odd().length > 0) throw new Error(`${host ?? 'here'}: ${JSON.stringify(odd())} are not seen`)
          return true
        },
        isSoak ? 300_000 : 30_000,
      )
      if (host !== null) {
        for (const ref of refs) backend.stop(ref)
        await eventually(
          () => {
            const alive = refs.filter((ref) => backend.observe(ref).kind !== 'over')
            if (alive.length > 0)
              throw new Error(JSON.stringify(alive.map((ref) => [ref.job.spec.plan.backend, backend.observe(ref)])))
            return true
          },
          isSoak ? 900_000 : 60_000,
        )
      }
      for (const ref of refs) backend.forget(ref)
    }
    expectNoCanary()
    say(`${submitted.size} jobs of others with hostile names: adopted here and over ssh, no canary touched`)
  })

  async function tryAll(trials: readonly Trial[]): Promise<void> {
    const problems: string[] = []
    for (let from = 0; from < trials.length; from += beside) {
      const some = trials.slice(from, from + beside)
      for (const { launch, name } of some)
        backend.launch(launch, (why) => void problems.push(`${JSON.stringify(name)}: ${why}`))
      await eventually(
        () =>
          problems.length > 0 ||
          some.every(({ launch }) => !['unknown', 'absent'].includes(backend.observe(launch).kind)),
        60_000,
      )
      expect(problems).toEqual([])
    }
    await eventually(
      () => trials.every(({ launch }) => backend.observe(launch).kind === 'over'),
      isSoak ? 600_000 : 60_000,
    )
    for (const { launch, name, value, cwd } of trials) {
      expect(backend.observe(launch), name).toMatchObject({ exit: { kind: 'code', code: 7 } })
      // It is copied from there a moment later.
      await eventually(() => {
        expect(fs.readFileSync(launch.paths.log, 'utf8'), name).toBe(`${cwd}\n${value}\n`)
        return true
      })
      backend.forget(launch)
    }
    expectNoCanary()
    say(
      `${trials.length} jobs with hostile names ${trials[0]?.launch.job.spec.plan.backend.kind ?? ''}: no canary touched`,
    )
  }

  function trialOf(name: string, host: string | null): Trial {
    const number = made++
    const cwd = folderOf(path.join(relay.root, 'work'), name, number)
    const state = folderOf(path.join(relay.root, 'jobs'), name, number)
    const value = name.replaceAll('\0', '')
    const comment = { extra: [`--comment=${name}`] }
    const options = { ...(sbatchOptionsSchema.safeParse(comment).success ? comment : {}) }
    const there = host === null ? {} : { host }
    const where = host === null ? {} : { directory: cwd }
    const plan: SlurmPlan = { kind: 'slurm', ...there, ask: { act: 'submit', options, ...where } }
    const ref = refOf(plan, state, { NAME: value })
    if (host !== null) thereIds.push(ref.jobId)
    return { name, value, cwd, launch: { ...ref, script, cwd, env: { PATH: process.env['PATH'] ?? '' } } }
  }

  function refOf(plan: SlurmPlan, folder: string, env: Readonly<Record<string, string>> = {}): AttemptRef {
    const jobId = idOf(made++)
    const spec = { ...specOf({ work: { kind: 'command', command: script }, backend: plan, env }), id: jobId }
    const directory = path.join(folder, jobId)
    return {
      jobId,
      attempt: 1,
      paths: new AttemptPaths(directory, directory),
      job: initialJob(spec),
      wake: () => undefined,
    }
  }

  function expectNoCanary(): void {
    const found = [relay.root, os.homedir(), process.cwd()].flatMap((folder) =>
      fs.readdirSync(folder).filter((name) => name.startsWith('canary')),
    )
    expect(found).toEqual([])
  }
})

/** A folder of that name, made; a numbered one where the name leads out of `base` or can be none. */
function folderOf(base: string, name: string, number: number): string {
  const wanted = path.join(base, String(number), name).replace(/\/+$/, '')
  const isInside = wanted.startsWith(path.join(base, String(number)) + path.sep)
  const folder = isInside && !name.includes('\0') ? wanted : path.join(base, String(number))
  fs.mkdirSync(folder, { recursive: true })
  return folder
}

/** Of no run before: a cluster that is reached by ssh keeps what it was given below the home of the user. */
function idOf(number: number): JobId {
  const random = Math.floor(Math.random() * 36 ** 3)
    .toString(36)
    .padStart(3, '0')
  return jobIdSchema.parse(`20261128-120000-${random}${number.toString(36).padStart(3, '0')}`)
}

function isThere({ host }: SlurmPlan): boolean {
  return host !== undefined
}

function stateOf(seen: AttemptSeen | undefined): string | null {
  const { service } = { service: undefined, ...seen }
  return service?.seen?.state ?? null
}
