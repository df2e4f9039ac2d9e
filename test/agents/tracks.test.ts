// A tracked job that fails, is fixed by a real agent in a worktree, and is discussed by it: the model on loopback says what the test wrote.
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { TrackedClone } from '../support/trackedClone'
import { Agents } from './agents'
import { hasAgents } from './install'
import { ModelServer } from './modelServer'

const agents = [
  { agent: 'claude', name: 'Claude Code', setting: 'claude.args', value: JSON.stringify(['--allowedTools=Bash']) },
  // Its sandbox needs namespaces, which a container may not have.
  { agent: 'codex', name: 'Codex', setting: 'codex.sandbox', value: 'danger-full-access' },
] as const

describe.runIf(hasAgents()).each(agents)('$name', ({ agent, name, setting, value }) => {
  test('finds the fix that no rule knows, sees the log as data, and its change is shown with the numbers', async () => {
    const here = await TrackedClone.make({ 'docs/moons.md': '# Two moons\n', 'train.sh': 'exit 0\n' })
    const model = await ModelServer.start()
    try {
      const { relay, clone, hub } = here
      Object.assign(relay.env, new Agents(clone.home, model).env)
      clone.write(
        'train.sh',
        `echo '[[task:done]] @ada'\nmkdir -p results\necho '{"acc": 0.75}' > results/metrics.json\nsh does-not-exist.sh\n`,
      )
      await here.run(['config', `followUps.${setting}`, value])
      model.say(
        {
          kind: 'shell',
          command: `sed -i '/does-not-exist/d' train.sh`,
          text: 'One line calls a script that is not there.',
        },
        'The script called a file that does not exist; I took the call out.\n\n[[task:done]]',
        'The accuracy is **0.75**; thanks @ada, closes #1.\n\n[[task:done]]',
      )
      const words = ['--doc', 'docs/moons.md', '--results', 'results', '--agent', agent]
      const id = await here.track([...words, '--', 'sh train.sh'])
      const track = await here.untilEnded(id, 90_000)
      expect(track.state.ended?.outcome).toBe('succeeded')
      const [first, second] = track.state.attempts
      expect(first?.examined?.failure?.class).toBe('data_missing')
      expect(second?.fix).toMatchObject({ files: ['train.sh'], removed: 1, problem: null })
      const asked = model.requests.map(({ body }) => body).join()
      expect(asked).toContain('Find out why attempt 1 of')
      expect(asked).toContain('does-not-exist.sh')
      const body = hub.pulls[0]?.body ?? ''
      expect(body).toContain('-sh does-not-exist.sh')
      expect(body).toContain('The accuracy is **0.75**')
      expect(body).toContain(`Written by an agent (${name})`)
      expect(body.replaceAll(/^```[^]*?^```/gm, '')).not.toMatch(/(?<!`)@ada(?!`)/)
      expect(body).toMatch(/- \[x\] Job \S+ completes successfully/)
      expect(body).toContain('- [x] Discussion section filled in')
      expect(fs.readFileSync(path.join(clone.folder, 'train.sh'), 'utf8')).toContain('does-not-exist')
    } finally {
      await here.dispose()
      await model.stop()
    }
  })
})
