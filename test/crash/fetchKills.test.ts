// The supervisor is killed with SIGKILL at random instants while results are fetched, over a real ssh and from artifacts with the real gh: nothing
// that came by half is ever collected, nothing is missing, and each track ends once.
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { jobIdSchema } from '../../src/core/jobs/jobId'
import { trackKind } from '../../src/core/tracking/track'
import type { Track } from '../../src/core/tracking/trackState'
import { UndertakingStore } from '../../src/store/undertakings/undertakingStore'
import { wake } from '../../src/store/wake'
import { supervisorFile } from '../support/relay'
import { eventually } from '../support/eventually'
import { WorkflowRuns } from '../support/github/workflowRuns'
import { count, say, seededRandom } from '../support/scale'
import { hasSlurm, type SlurmCluster } from '../support/slurm/cluster'
import { suiteCluster } from '../support/slurm/suiteCluster'
import { startSshd } from '../support/sshd'
import { hasTool } from '../support/tools'
import { TrackedClone } from '../support/trackedClone'

const seeds = 60
const perArtifact = 10
const killsPerRound = { ssh: count(1, 2), gh: count(1, 2) }
/** Large enough that half of one is seen. */
const text = (seed: number) => `${JSON.stringify({ acc: 0.5, filler: String(seed).repeat(40_000), seed })}\n`

const isComplete = hasSlurm() && ['gh', 'sshd'].every((name) => hasTool(name))

describe.runIf(isComplete)('while results are fetched', () => {
  const cluster = suiteCluster({ accounting: false })

  test('a supervisor that is killed at random collects all of them and no half of one', async () => {
    const wanted = count(2, 120)
    const random = seededRandom('kills of fetches')
    const faults: string[] = []
    let kills = 0
    for (let round = 1; kills < wanted; round++) {
      const result = await runRound(cluster(), random)
      kills += result.kills
      faults.push(...result.faults.map((fault) => `round ${round}: ${fault}`))
      say(`fetches ${round}: ${result.kills} kills (${kills}/${wanted})`)
      for (const fault of result.faults) say(`  ${fault}`)
    }
    expect(faults).toEqual([])
  }, 3_600_000)
})

interface Round {
  readonly kills: number
  readonly faults: readonly string[]
}

/** One track whose files lie behind ssh, and one whose files are artifacts. */
async function runRound(cluster: SlurmCluster, random: () => number): Promise<Round> {
  const runs = new WorkflowRuns('ada/space')
  const job = [
    '#!/bin/bash',
    `for seed in $(seq ${seeds}); do mkdir -p results/seed-$seed; cp "made/$seed" results/seed-$seed/metrics.json; done`,
  ]
  const here = await TrackedClone.make({ 'docs/moons.md': '# Two moons\n', 'job.sh': `${job.join('\n')}\n` }, [
    runs.route,
  ])
  const { relay, clone, hub } = here
  const sshd = await startSshd(relay, cluster.conf)
  try {
    // What asks for files kills whoever has called it, after a moment; as often as there are moments left.
    const moments = path.join(relay.root, 'moments')
    for (const [program, count] of Object.entries(killsPerRound))
      for (let at = 0; at < count; at++) {
        fs.mkdirSync(path.join(moments, program), { recursive: true })
        fs.writeFileSync(path.join(moments, program, String(at)), (random() * 0.4).toFixed(3))
      }
    const kill = (program: string) => `for moment in ${moments}/${program}/*; do
  mv "$moment" "$moment.$$" 2>/dev/null || continue
  victim=$PPID; (sleep "$(cat "$moment.$$")"; kill -9 $victim; mv "$moment.$$" "${moments}/done-${program}-$$") >/dev/null 2>&1 &
  break
done`
    const bin = path.join(relay.root, 'ssh')
    const shim = (program: string, text: string) => {
      fs.writeFileSync(path.join(bin, program), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    }
    const toHost = `/usr/bin/ssh -F ${bin}/config "$@"`
    shim(
      'ssh',
      `script=$(cat)\ncase $script in *relay_top*)\n${kill('ssh')}\nesac\nprintf '%s\\n' "$script" | ${toHost}`,
    )
    shim('gh', `case $* in 'run download '*|*artifacts*)\n${kill('gh')}\nesac\nexec /usr/bin/gh "$@"`)
    for (let seed = 1; seed <= seeds; seed++) clone.write(`made/${seed}`, text(seed))
    await here.run(['config', 'tracking.sshHost', 'loopback'])
    const begin = async (words: readonly string[]) => {
      const usual = ['track', '--yes', '--agent', 'none', '--attempts', '1', '--metric', 'acc', '--results', 'results']
      const begun = await here.run([...usual, ...words])
      if (begun.exitCode !== 0) throw new Error(begun.stderr)
      return begun.stdout.trim()
    }
    const artifact = (at: number) =>
      Object.fromEntries(
        Array.from({ length: perArtifact }, (_, index) => at * perArtifact + index + 1).map((seed) => [
          `seed-${seed}/metrics.json`,
          text(seed),
        ]),
      )
    const artifacts = Object.fromEntries(
      Array.from({ length: seeds / perArtifact }, (_, at) => [`part-${at}`, artifact(at)]),
    )
    const run = runs.add({ artifacts })
    runs.end(run, 'success', 'done\n')
    const ids = [
      await begin(['--script', 'job.sh', '--experiment', 'far']),
      await begin(['--run', String(run.id), '--experiment', 'uploaded']),
    ]
    const folderOf = (id: string) => {
      const stored = new UndertakingStore(relay.state).read(jobIdSchema.parse(id), trackKind)
      return stored?.paths.fetched(1) ?? ''
    }
    const faults: string[] = []
    const must = (what: string, is: unknown, wanted: unknown) => {
      if (is !== wanted) faults.push(`${what} is ${String(is)}, not ${String(wanted)}`)
    }
    for (const id of ids) {
      const track = await untilOver(here, id)
      const name = track.spec.plan.experiment
      must(`the outcome of ${name}`, track.state.ended?.outcome, 'succeeded')
      const [attempt] = track.state.attempts
      must(`whether all of ${name} came`, attempt?.fetched?.last.complete, true)
      must(`the files of ${name}`, attempt?.fetched?.last.files, seeds)
      must(`the seeds of ${name}`, attempt?.examined?.metrics[0]?.seeds?.last.runs, seeds)
      must(`the problems of ${name}`, JSON.stringify(attempt?.examined?.problems), '[]')
      must(`the texts of ${name}`, textsIn(folderOf(id)), seeds)
    }
    must('the number of pull requests', hub.pulls.length, 2)
    must('the entries in the handoff log', here.handoffLog.split('"type":"track"').length - 1, 2)
    const kills = fs.readdirSync(moments).filter((name) => name.startsWith('done-')).length
    return { kills, faults }
  } finally {
    sshd.process.kill()
    await here.dispose()
  }
}

/** A keeper that has seen several supervisors die makes longer and longer pauses: whoever looks wakes one. */
function untilOver(here: TrackedClone, id: string): Promise<Track> {
  return eventually(() => {
    const track = here.read(id)
    if (track.state.ended !== null) return track
    wake(here.relay.state, supervisorFile)
    return null
  }, 120_000)
}

/** How many files are there byte for byte; anything else beside them is a fault. */
function textsIn(folder: string): number | string {
  if (!fs.existsSync(folder) || fs.existsSync(`${folder}.part`)) return `not what is in ${folder}`
  const files = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
  const odd = files.filter((one) => {
    const seed = Number(/seed-(\d+)$/.exec(one.parentPath)?.[1] ?? NaN)
    return one.name !== 'metrics.json' || fs.readFileSync(path.join(one.parentPath, one.name), 'utf8') !== text(seed)
  })
  return odd.length > 0 ? odd.map(({ name }) => name).join() : files.length
}
