// A repository at a GitHub of an organization's own: the real gh is asked about that host everywhere, whatever else it knows, and a login at
// another host is none there.
import { afterEach, expect, test as anyTest } from 'vitest'
import { WorkflowRuns } from '../../support/github/workflowRuns'
import { hasTool } from '../../support/tools'
import { TrackedClone } from '../../support/trackedClone'

const test = anyTest.runIf(hasTool('gh'))
const address = 'https://git.lab.example/ada/space.git'

let here: TrackedClone | null = null
afterEach(async () => {
  await here?.dispose()
  here = null
})

test('a pull request is opened and a run is tracked there, by the login of that host alone', async () => {
  const runs = new WorkflowRuns('ada/space', 'https://git.lab.example/api/v3')
  here = await TrackedClone.make({ 'docs/moons.md': '# Two moons\n' }, [runs.route], address)
  const { relay, hub, github } = here
  // gh is logged in elsewhere, too, and thinks of that first.
  Object.assign(relay.env, { GH_ENTERPRISE_TOKEN: 'token-of-the-lab', GH_HOST: 'github.com' })
  const run = runs.add({ artifacts: { results: { 'metrics.json': '{"acc": 0.625}' } } })
  runs.end(run, 'success', 'done\n')
  const words = ['--agent', 'none', '--results', 'results', '--metric', 'acc']
  const id = await here.track([...words, '--run', String(run.id), '--experiment', 'lab'])
  const track = await here.untilEnded(id)
  expect(track.state.ended?.outcome).toBe('succeeded')
  expect(track.state.attempts[0]?.fetched?.last).toMatchObject({ files: 1, complete: true })
  expect(hub.pulls[0]?.body).toContain('0.625')
  expect((await here.run(['track', 'there'])).stdout).toContain('gh is logged in at git.lab.example')
  expect(github.requests.length).toBeGreaterThan(5)
  for (const { path, authorization } of github.requests) expect(authorization, path).toBe('token token-of-the-lab')
}, 60_000)

test('a login at github.com is none there: that is said with the way to it, and the branch is pushed', async () => {
  here = await TrackedClone.make({ 'docs/moons.md': '# Two moons\n' }, [], address)
  const { clone, hub } = here
  const login = 'gh auth login --hostname git.lab.example'
  const refused = await here.run(['track', '--yes', '--run', '7'])
  expect(refused).toMatchObject({ exitCode: 1 })
  expect(refused.stderr).toContain(`gh is not logged in at git.lab.example (${login})`)
  const begun = await here.run(['track', '--yes', '--launch', 'local', '--agent', 'none', '--', 'echo acc=0.5'])
  expect(begun.stderr).toContain(`To have it opened: ${login}`)
  const track = await here.untilEnded(begun.stdout.trim())
  expect(track.state.ended?.outcome).toBe('succeeded')
  expect(hub.pulls).toEqual([])
  expect(clone.remoteBranches().some((name) => name.startsWith('results/'))).toBe(true)
  expect((await here.run(['track', 'show', begun.stdout.trim()])).stdout).toContain('The text of the pull request:')
}, 60_000)

test('relay runs asks the host of the remote, whatever host gh is told of, and says which; another one is named', async () => {
  const runs = new WorkflowRuns('ada/space', 'https://git.lab.example/api/v3')
  here = await TrackedClone.make({}, [runs.route], address)
  const { relay, github } = here
  Object.assign(relay.env, { GH_ENTERPRISE_TOKEN: 'token-of-the-lab', GH_HOST: 'github.com' })
  const there = runs.add({ title: 'One' })
  const listed = await here.run(['runs', 'list'])
  expect(listed.stderr).toContain('Workflow runs of ada/space at git.lab.example')
  expect(listed.stdout).toContain('One')
  const adopted = await here.run(['runs', 'adopt', String(there.id), '--repo', 'ada/space', '--yes', '--json'])
  expect(adopted.stderr + adopted.stdout).not.toContain('error')
  const [job] = relay.store.list().jobs
  expect(job?.job.spec.plan.backend).toMatchObject({ kind: 'github', host: 'git.lab.example', repo: 'ada/space' })
  runs.end(there, 'success', 'done\n')
  await relay.untilState(job?.job.spec.id ?? '', 'succeeded')
  for (const { path, authorization } of github.requests) expect(authorization, path).toBe('token token-of-the-lab')
  const elsewhere = await here.run(['runs', 'list', '--repo', 'github.com/ada/space'])
  expect(elsewhere.stdout + elsewhere.stderr).toContain('github.com')
  expect(await here.run(['runs', 'list', '--repo', 'a/b/c/d'])).toMatchObject({ exitCode: 1 })
}, 60_000)
