// The supervisor is killed with SIGKILL at random instants while jobs are tracked: a pull request is opened once, nothing is pushed twice, and
// every attempt is made once. The controls of the harness are those of `randomKill.test.ts`.
import fs from 'node:fs'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { liveSupervisor, wake } from '../../src/store/wake'
import { supervisorFile } from '../support/relay'
import { TrackedClone } from '../support/trackedClone'
import { Killer } from './killer'
import { count, say, seededRandom } from '../support/scale'

let here: TrackedClone | null = null
afterEach(async () => {
  await here?.dispose()
  here = null
})

const killsPerTrack = 4
/** A keeper that has seen several supervisors die makes longer and longer pauses; those are not worth waiting for. */
const killForMs = 6_000

test('no second pull request, push or attempt comes of a supervisor that is killed at random while it tracks', async () => {
  const wanted = count(4, 200)
  const random = seededRandom('kills of tracks')
  const faults: string[] = []
  let kills = 0
  for (let round = 1; kills < wanted; round++) {
    const result = await runRound(random, round)
    kills += result.kills
    faults.push(...result.faults)
    say(`track ${round}: ${result.kills} kills (${kills}/${wanted})`)
    for (const fault of result.faults) say(`  ${fault}`)
  }
  expect(faults).toEqual([])
}, 3_600_000)

/** One track that fails, is fixed by an agent, and succeeds; killed all along. */
async function runRound(random: () => number, round: number): Promise<{ kills: number; faults: readonly string[] }> {
  here = await TrackedClone.make({ 'docs/moons.md': '# Two moons\n', 'train.sh': 'exit 3\n' })
  const { relay, clone, hub } = here
  const runs = path.join(relay.root, 'runs')
  const pushes = path.join(relay.root, 'pushes')
  const turns = path.join(relay.root, 'turns')
  const hook = path.join(clone.bare, 'hooks/post-receive')
  fs.writeFileSync(hook, `#!/bin/sh\ncat >> ${pushes}\n`, { mode: 0o755 })
  const fixer = path.join(relay.root, 'fixer.sh')
  const good = `mkdir -p results; printf '{\\"acc\\": 0.5}' > results/metrics.json`
  fs.writeFileSync(
    fixer,
    `#!/bin/sh\ncat > /dev/null\necho turn >> ${turns}\necho "${good}" > train.sh\necho "[[task:done]]"\n`,
    { mode: 0o755 },
  )
  await here.run(['config', 'followUps.command', JSON.stringify([fixer])])
  const words = ['--doc', 'docs/moons.md', '--results', 'results', '--agent', 'command', '--attempts', '2']
  const id = await here.track([...words, '--', `echo run >> ${runs}; sleep 0.2; sh train.sh`])
  const { state } = relay
  const killer = new Killer(relay.stateRoot, random, ({ pid }) => liveSupervisor(state)?.handle.pid === pid)
  const untilMs = performance.now() + killForMs
  const own = here
  await killer.kill(killsPerTrack, () => performance.now() > untilMs || own.read(id).state.ended !== null)
  wake(state, supervisorFile)
  const track = await here.untilEnded(id, 120_000)

  const lines = (file: string) => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim().split('\n') : [])
  const faults: string[] = []
  const must = (what: string, is: unknown, wanted: unknown) => {
    if (is !== wanted) faults.push(`round ${round}: ${what} is ${String(is)}, not ${String(wanted)}`)
  }
  must('the outcome', track.state.ended?.outcome, 'succeeded')
  must('the number of pull requests', hub.pulls.length, 1)
  must('the number of runs of the command', lines(runs).length, 2)
  // A fix and a discussion.
  must('the number of turns', lines(turns).length, 2)
  const branch = track.spec.plan.pullRequest?.branch ?? ''
  const commits = clone.remoteCommits(branch)
  must('the number of branches', clone.remoteBranches().filter((name) => name.startsWith('results/')).length, 1)
  must('pushes of the same commit', new Set(lines(pushes)).size, lines(pushes).length)
  must(
    'commits with the same tree',
    new Set(commits.map((one) => clone.git(['rev-parse', `${one}^{tree}`], clone.bare))).size,
    commits.length,
  )
  must('the entries in the handoff log', here.handoffLog.split('"type":"track"').length - 1, 1)
  must('the metric', hub.pulls[0]?.body.includes('0.5'), true)
  const result = { kills: killer.kills, faults }
  await here.dispose()
  here = null
  return result
}
