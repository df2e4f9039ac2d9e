// What real agents ask for at the end of their turns, in the window of the person they work for.
import fs from 'node:fs'
import { describe, expect } from 'vitest'
import { agentNames } from '../agents/agents'
import { hasAgents } from '../agents/install'
import { inWorkspace } from '../fixtures/relayTest'
import { folderKey } from '../../src/store/stateFolder'
import type { Relay } from '../support/relay'
import { agentWindow, answerWith, askFor, requestRow, turnOnRequests } from './support/agentWindow'
import type { Workbench } from './support/workbench'

const test = agentWindow()

/** Where a person has turned requests on. */
const turnedOn = test.extend<{ readonly requests: null }>({
  requests: [
    async ({ workbench, relay }, use) => {
      if (!fs.existsSync(folderOf(relay).agentRequestsOn)) await turnOnRequests(workbench)
      await use(null)
    },
    { auto: true },
  ],
})

const names = { claude: 'Claude Code', codex: 'Codex' } as const

describe.runIf(hasAgents())('requests of agents', () => {
  test('are off until a person turns them on, and what was asked before is none', async ({
    workbench,
    relay,
    model,
    agents,
  }) => {
    await workbench.codeLens('Start job').waitFor()
    await answerWith(
      { model, agents },
      'claude',
      relay.workspace,
      askFor({ command: 'true', description: 'Too early' }),
    )
    await workbench.runCommand('Relay: Show Jobs')
    await (await workbench.view('Jobs')).getByText('No jobs yet').waitFor()
    expect(await workbench.page.locator('.pane-header[aria-label^="Requests"]').count()).toBe(0)
    expect(fs.existsSync(folderOf(relay).agentRequests)).toBe(false)

    await workbench.runCommand('Relay: Turn On Agent Requests for This Workspace')
    await workbench.dialog.getByText('.claude/projects').waitFor()
    await workbench.screenshot('requests-turn-on')
    await workbench.answerDialog('Turn On')
    await (await workbench.view('Requests')).getByText('Nothing is asked for').waitFor()
    await workbench.screenshot('requests-none')
    expect(requestsOnDisk(relay)).toEqual([])
  })

  turnedOn.for(agentNames)(
    'of %s are told, and Start leads over the approval page to a job',
    async (agent, { workbench, relay, model, agents }) => {
      const description = `Train with ${agent}`
      const command = `echo ran-${agent} && sleep 0.2`
      await answerWith({ model, agents }, agent, relay.workspace, `I start it.\n\n${askFor({ command, description })}`)
      const notice = workbench.notification(description)
      await notice.waitFor()
      expect(await notice.innerText()).toContain(`${names[agent]} asks to start “${description}”: ${command}`)
      const row = await requestRow(workbench, description)
      await row.waitFor()
      await workbench.screenshot(`requests-${agent}`)

      await workbench.answer(description, 'Start')
      await workbench.webview().getByText(command).first().waitFor()
      await workbench.webview().getByText(`${names[agent]} asked for it`).waitFor()
      await workbench.screenshot(`requests-approval-${agent}`)
      await workbench.webview().getByRole('button', { name: 'Start once' }).click()
      await (await workbench.treeRow('Jobs', new RegExp(`${description}.*succeeded`))).waitFor()
      await row.waitFor({ state: 'detached' })
      expect(specOf(relay, description)).toMatchObject({
        folder: relay.workspace,
        origin: { kind: 'conversation', agent },
        plan: { cwd: relay.workspace, work: { command } },
      })
      await expect.poll(() => workbench.terminalText()).toContain(`ran-${agent}`)
    },
  )

  turnedOn(
    'are none in quotes, in fences, in output of tools or words of the person; others are shown whole, and dismissed for good',
    async ({ workbench, relay, model, agents }) => {
      const false_ = askFor({ command: 'touch wrong', description: 'Not asked for' })
      for (const agent of agentNames) {
        const { conversation } = await answerWith(
          { model, agents },
          agent,
          relay.workspace,
          `The log says:\n\n> ${false_.replaceAll('\n', '\n> ')}\n\nand the form is\n\n\`\`\`\n${false_}\n\`\`\`\n`,
        )
        const shell = { kind: 'shell', command: `cat <<'END'\n${false_}\nEND`, text: `I run it:\n\n${false_}` } as const
        model.say(shell, 'That was its output.')
        const options = { cwd: relay.workspace, resume: conversation }
        const turn = await agents.turn(agent, `I found this:\n\n${false_}`, options)
        expect(turn.answer).toBe('That was its output.')
      }
      // What is asked for after all that shows that it was read.
      for (const agent of agentNames) {
        const description = `After it, ${agent}`
        await answerWith({ model, agents }, agent, relay.workspace, askFor({ command: 'true', description }))
        await (await requestRow(workbench, description)).waitFor()
      }
      expect(await requestTitles(workbench)).toEqual(['After it, codex', 'After it, claude'])
      expect((await workbench.notifications()).join()).not.toContain('Not asked for')

      await (await requestRow(workbench, 'After it, codex')).click()
      await workbench.editor.getByText('The block as the agent wrote it').waitFor()
      await workbench.editor.getByText('codex resume').waitFor()
      await workbench.screenshot('requests-shown')
      const [codex, claude] = [
        await requestRow(workbench, 'After it, codex'),
        await requestRow(workbench, 'After it, claude'),
      ]
      await workbench.inlineAction(codex, 'Dismiss Request')
      await codex.waitFor({ state: 'detached' })
      await workbench.answer('After it, claude', 'Dismiss')
      await claude.waitFor({ state: 'detached' })
      await workbench.runCommand('Notifications: Clear All Notifications')
    },
  )

  turnedOn.for(agentNames)(
    'of %s that have errors go back to its conversation, once',
    async (agent, { workbench, relay, model, agents }) => {
      const description = `Repaired by ${agent}`
      const bad = askFor({ comand: 'make', description })
      const { conversation } = await answerWith({ model, agents }, agent, relay.workspace, bad)
      const row = await requestRow(workbench, `A block with errors`)
      await row.waitFor()
      await workbench.notification('has errors').waitFor()
      await row.locator('.monaco-tl-twistie').click()
      await workbench.screenshot(`requests-malformed-${agent}`)

      const asked = model.requests.length
      model.say(askFor({ command: 'make', description }))
      await workbench.answer('has errors', 'Send Errors Back')
      await workbench.webview().getByText('comand').first().waitFor()
      await workbench.screenshot(`requests-repair-approval-${agent}`)
      expect(model.requests).toHaveLength(asked) // Nothing was sent before it was approved.
      await workbench.webview().getByRole('button', { name: 'Send once' }).click()
      await (await workbench.treeRow('Jobs', new RegExp(`Errors to ${names[agent]}.*succeeded`))).waitFor()

      await (await requestRow(workbench, description)).waitFor()
      await row.waitFor({ state: 'detached' })
      const sent = model.requests.at(-1)?.body ?? ''
      for (const part of ['Train it in the background.', 'cannot be started', 'comand']) expect(sent).toContain(part)
      expect(model.requests).toHaveLength(asked + 1)
      expect(specOf(relay, `Errors to ${names[agent]}`)).toMatchObject({
        origin: { kind: 'conversation', agent, conversation },
        plan: { timeLimitSec: 900 },
      })
      await workbench.notification(description).waitFor()
      await workbench.screenshot(`requests-repaired-${agent}`)
      await workbench.inlineAction(await requestRow(workbench, description), 'Dismiss Request')
      await workbench.runCommand('Notifications: Clear All Notifications')
    },
  )

  turnedOn('say what is missing when the agent is blocked', async ({ workbench, relay, model, agents }) => {
    const answer = 'I must not guess.\n\n[[task:blocked]]\n- the path of the data'
    const { conversation } = await answerWith({ model, agents }, 'claude', relay.workspace, answer)
    await workbench.notification('Claude Code is missing something').waitFor()
    const row = await requestRow(workbench, 'Something is missing')
    await row.waitFor()
    await workbench.screenshot('requests-blocked')
    await workbench.answer('is missing something', 'Show')
    await workbench.editor.getByText('the path of the data').waitFor()
    // The conversation goes on: it is not of interest any more.
    await answerWith({ model, agents }, 'claude', relay.workspace, 'I have it now.', conversation)
    await row.waitFor({ state: 'detached' })
  })

  turnedOn(
    'are told by one of two windows, are dismissed in both, and come back in none',
    async ({ workbench, relay, model, agents }) => {
      const second = await workbench.openSecond({ folder: relay.workspace })
      await second.runCommand('Relay: Show Jobs')
      await (await second.view('Requests')).waitFor()
      await answerWith(
        { model, agents },
        'codex',
        relay.workspace,
        askFor({ command: 'true', description: 'Told once' }),
      )
      for (const window of [workbench, second]) await (await requestRow(window, 'Told once')).waitFor()
      const told = async () => [...(await workbench.notifications()), ...(await second.notifications())]
      await expect.poll(async () => (await told()).filter((text) => text.includes('Told once'))).toHaveLength(1)
      // A later one that both have seen shows that the other window had its chance.
      await answerWith({ model, agents }, 'codex', relay.workspace, askFor({ command: 'true', description: 'Later' }))
      await expect.poll(async () => (await told()).join()).toContain('Later')
      expect((await told()).filter((text) => text.includes('Told once'))).toHaveLength(1)

      await second.inlineAction(await requestRow(second, 'Told once'), 'Dismiss Request')
      for (const window of [workbench, second])
        await (await requestRow(window, 'Told once')).waitFor({ state: 'detached' })
      await second.close()
      await workbench.reload()
      await workbench.runCommand('Relay: Show Jobs')
      await (await requestRow(workbench, 'Later')).waitFor()
      await answerWith(
        { model, agents },
        'claude',
        relay.workspace,
        askFor({ command: 'true', description: 'At last' }),
      )
      await workbench.notification('At last').waitFor()
      await expect.poll(() => requestTitles(workbench)).toEqual(['At last', 'Later'])
      expect(await workbench.notifications()).toEqual([expect.stringContaining('At last')])
      await workbench.screenshot('requests-after-reload')
    },
  )

  turnedOn('end when they are turned off', async ({ workbench, relay, model, agents }) => {
    await workbench.runCommand('Relay: Turn Off Agent Requests for This Workspace')
    await workbench.page.locator('.pane-header[aria-label^="Requests"]').waitFor({ state: 'detached' })
    const before = requestsOnDisk(relay)
    await answerWith({ model, agents }, 'claude', relay.workspace, askFor({ command: 'true', description: 'Off' }))
    await turnOnRequests(workbench)
    await answerWith({ model, agents }, 'claude', relay.workspace, askFor({ command: 'true', description: 'On again' }))
    await (await requestRow(workbench, 'On again')).waitFor()
    expect(requestsOnDisk(relay)).toHaveLength(before.length + 1)
    expect(model.unanswered).toEqual([])
    expect(fs.existsSync(inWorkspace(relay, 'wrong'))).toBe(false)
  })
})

function folderOf(relay: Relay) {
  return relay.state.folder(folderKey(relay.workspace))
}

function specOf(relay: Relay, description: string) {
  return relay.store.list().jobs.find(({ job }) => job.spec.description === description)?.job.spec
}

/** The requests on disk, whatever has become of them. */
function requestsOnDisk(relay: Relay): readonly string[] {
  return folderOf(relay).listAgentRequests()
}

/** What is asked for, as listed. */
async function requestTitles(workbench: Workbench): Promise<string[]> {
  const rows = await (await workbench.view('Requests')).locator('.monaco-list-row .label-name').allTextContents()
  return rows.map((row) => row.replace(/\s+/g, ' ').trim())
}
