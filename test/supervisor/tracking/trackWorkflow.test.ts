// A tracked workflow, from its dispatch to a pull request with the numbers of its artifacts: the real gh, and a GitHub of our own.
import { expect, test as anyTest } from 'vitest'
import { eventually } from '../../support/eventually'
import { WorkflowRuns } from '../../support/github/workflowRuns'
import { hasTool } from '../../support/tools'
import { TrackedClone } from '../../support/trackedClone'

const test = anyTest.runIf(hasTool('gh'))

const workflow =
  'name: Train\non:\n  workflow_dispatch:\n    inputs:\n      script:\n        required: true\n      relay_id:\njobs: {}\n'

test('a workflow is dispatched, and what its artifacts hold is shown; one that is gone keeps the results pending', async () => {
  const runs = new WorkflowRuns('ada/space')
  const repository = { 'docs/moons.md': '# Two moons\n', '.github/workflows/train.yml': workflow }
  const here = await TrackedClone.make(repository, [runs.route])
  try {
    const { hub } = here
    const track = async (experiment: string) => {
      const words = [
        'track',
        '--yes',
        '--agent',
        'none',
        '--workflow',
        'train.yml',
        '-f',
        'script=a.sh',
        '--metric',
        'acc',
      ]
      const begun = await here.run([...words, '--results', 'results', '--experiment', experiment])
      if (begun.exitCode !== 0) throw new Error(begun.stderr)
      return begun.stdout.trim()
    }
    const [whole, torn] = [await track('whole'), await track('torn')]
    const runOf = (id: string) =>
      eventually(() => {
        const run = runs.runs.find(({ title }) => title.includes(id))
        if (run === undefined) throw new Error(`${id} was not dispatched`)
        return run
      })
    const first = await runOf(whole)
    const files = { 'metrics.json': '{"acc": 0.625}', '../../escape.json': '{"acc": 1}', 'model.bin': 'x' }
    first.artifacts = { results: files, logs: { 'log.txt': 'x' } }
    runs.end(first, 'success', 'done\n')
    const second = await runOf(torn)
    second.artifacts = { 'expired @ada': files, logs: { 'log.json': '{"loss": 0.5}' } }
    runs.end(second, 'success', 'done\n')

    const good = await here.untilEnded(whole)
    expect(good.state.ended?.outcome).toBe('succeeded')
    expect(good.state.attempts[0]?.fetched?.last).toMatchObject({ files: 1, complete: true })
    expect(good.state.attempts[0]?.examined?.metrics).toMatchObject([{ name: 'acc', last: 0.625 }])
    const body = (experiment: string) => hub.pulls.find(({ title }) => title === `Results: ${experiment}`)?.body ?? ''
    expect(body('whole')).toContain('0.625')
    expect(body('whole')).toContain('- [x] Results tables updated with actual metrics')

    const bad = await here.untilEnded(torn)
    expect(bad.state.attempts[0]?.fetched?.last).toMatchObject({ complete: false, passing: false })
    expect(bad.state.ended?.summary).toContain('Not all of its results could be fetched.')
    expect(body('torn')).toMatch(/\| PENDING \|/)
    expect(body('torn')).toContain('Results are PENDING, for not all that it has left could be fetched:')
    expect(body('torn')).toContain('- [ ] Results tables updated with actual metrics')
    expect((await here.run(['track', 'show', torn])).stdout).toContain('Not fetched')
  } finally {
    await here.dispose()
  }
}, 90_000)
