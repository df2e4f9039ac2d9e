// A turn that is offered to windows, from the side of the process that runs it. The windows here are the calls that they make.
import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import { describe } from 'vitest'
import type { TurnOutcome } from '../../../src/core/followUps/turnOutcome'
import { makeDirectory } from '../../../src/store/durableFile'
import {
  appendProgress,
  claimQuestion,
  readTurnOffer,
  removeDeadTurns,
  sayWhyNot,
  writeTurnResult,
} from '../../../src/store/followUps/windowTurns'
import { claimOffer } from '../../../src/store/offers'
import { bootId, hostName, ownHandle, processStartTime } from '../../../src/store/processIdentity'
import type { TurnOfferPaths } from '../../../src/store/offerPaths'
import { folderKey, type FolderPaths } from '../../../src/store/stateFolder'
import { type AttachedWindow, attachWindow, listWindows, ownWindow } from '../../../src/store/windows'
import { askWindow, type WindowQuestion } from '../../../src/supervisor/followUps/windowTurn'
import { test } from '../../fixtures/relayTest'
import { eventually } from '../../support/eventually'
import type { Relay } from '../../support/relay'

interface Asked {
  readonly outcome: Promise<TurnOutcome>
  readonly heard: string[]
  readonly waits: string[]
}

function ask(relay: Relay, question: Partial<WindowQuestion> = {}): Asked {
  const heard: string[] = []
  const waits: string[] = []
  const now = () => ({ ms: Date.now(), offsetMin: 0 })
  const subject = { folder: folderOf(relay), id: 'job-1', title: 'A job', log: null, now }
  const answer = askWindow(subject, {
    ...{ prompt: 'The task.', model: null, limitMs: 20_000, waitMs: 20_000 },
    onEvent: (event) => void heard.push('text' in event ? event.text : event.kind),
    onWaiting: (why) => void waits.push(why),
    onTaken: ({ id }) => void heard.push(`by ${id}`),
    ...question,
  })
  return { outcome: answer.then(({ outcome }) => outcome), heard, waits }
}

function folderOf(relay: Relay): FolderPaths {
  return relay.state.folder(folderKey(relay.workspace))
}

async function offered(relay: Relay): Promise<TurnOfferPaths> {
  const name = await eventually(() => folderOf(relay).listWindowTurns()[0])
  return folderOf(relay).windowTurn(name)
}

function attach(relay: Relay, id: string, window = ownWindow(id)): AttachedWindow {
  attachWindow(folderOf(relay), window)
  return window
}

/** A process that can be killed, as that of a window. */
async function otherProcess(id: string): Promise<{ readonly window: AttachedWindow; readonly child: ChildProcess }> {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  const pid = await eventually(() => child.pid)
  const startTime = await eventually(() => processStartTime(pid))
  return { window: { v: 1, id, handle: { host: hostName(), bootId: bootId(), pid, startTime } }, child }
}

describe.concurrent('a turn for a window', () => {
  test('waits until a window is there, tells what its model does, and one answer counts', async ({ relay, expect }) => {
    const { outcome, heard, waits } = ask(relay)
    const paths = await offered(relay)
    expect(fs.statSync(paths.offer).mode & 0o777).toBe(0o600)
    await eventually(() => waits.length === 1)
    expect(waits).toEqual(['It is waited for a VS Code window with this folder open: there is none.'])

    const [first, second] = [attach(relay, 'a'), attach(relay, 'b')]
    sayWhyNot(paths, first, 'No model in a.')
    sayWhyNot(paths, second, 'No model in b.')
    await eventually(() => waits.length === 2)
    expect(waits[1]).toBe('No model in a. No model in b.')
    sayWhyNot(paths, first, null)
    expect([claimOffer(paths, first), claimOffer(paths, second)]).toEqual([true, false])
    appendProgress(paths, { kind: 'model', id: 'm', name: 'M' })
    appendProgress(paths, { kind: 'tool', name: 'read_file', detail: 'a.txt' })
    appendProgress(paths, { kind: 'text', text: 'I look.' })
    writeTurnResult(paths, { v: 1, kind: 'answered', answer: 'It went well.' })
    writeTurnResult(paths, { v: 1, kind: 'answered', answer: 'It went badly.' })
    expect(await outcome).toEqual({ kind: 'answered', answer: 'It went well.', v: 1 })
    expect(heard).toEqual(['by m', 'tool', 'I look.'])
    expect(fs.readdirSync(folderOf(relay).windowTurns)).toEqual([])
    // What comes too late is heard by nobody, and does not bring the offer back.
    writeTurnResult(paths, { v: 1, kind: 'answered', answer: 'Late.' })
    sayWhyNot(paths, second, 'Late.')
    expect(() => appendProgress(paths, { kind: 'text', text: 'Late.' })).toThrow()
    expect(fs.existsSync(paths.directory)).toBe(false)
  })

  test('without a window it is over after the wait, and says why', async ({ relay, expect }) => {
    expect(await ask(relay, { waitMs: 400 }).outcome).toEqual({
      kind: 'missing',
      why: 'It is waited for a VS Code window with this folder open: there is none.',
    })
    expect(fs.readdirSync(folderOf(relay).windowTurns)).toEqual([])
  })

  test('a window that dies or is closed in the middle is a failure of the agent', async ({ relay, expect }) => {
    const { window, child } = await otherProcess('a')
    const killed = ask(relay)
    claimOffer(await offered(relay), attach(relay, 'a', window))
    child.kill('SIGKILL')
    const lost = { kind: 'crashed', said: 'The window that answered was closed or reloaded.' }
    expect(await killed.outcome).toEqual(lost)

    const closed = ask(relay)
    const paths = await offered(relay)
    claimOffer(paths, attach(relay, 'b'))
    writeTurnResult(paths, { v: 1, kind: 'left' })
    expect(await closed.outcome).toEqual(lost)
  })

  test('a model that does not come to an end is stopped: the offer is gone from under it', async ({
    relay,
    expect,
  }) => {
    const { outcome } = ask(relay, { limitMs: 500 })
    const paths = await offered(relay)
    claimOffer(paths, attach(relay, 'a'))
    appendProgress(paths, { kind: 'text', text: 'I think.' })
    expect(await outcome).toEqual({ kind: 'timed_out', said: 'I think.' })
    expect(readTurnOffer(paths)).toBeNull()
  })

  test.for([
    ['refused', 'VS Code does not allow it.', 'logged_out'],
    ['blocked', 'Quota exceeded.', 'rate_limited'],
    ['missing', 'It is gone.', 'missing'],
    ['failed', 'M: too many requests', 'rate_limited'],
    ['failed', 'M: getaddrinfo ENOTFOUND api', 'unreachable'],
    ['failed', 'M: odd', 'crashed'],
  ] as const)('%s “%s” is %s', async ([kind, why, outcome], { relay, expect }) => {
    const asked = ask(relay)
    const paths = await offered(relay)
    claimOffer(paths, attach(relay, 'a'))
    writeTurnResult(paths, { v: 1, kind, why })
    expect((await asked.outcome).kind).toBe(outcome)
  })

  test('what a runner that was killed has offered is not answered, and goes', async ({ relay, expect }) => {
    const folder = folderOf(relay)
    makeDirectory(folder.windowTurns)
    const { window, child } = await otherProcess('runner')
    const put = (name: string, runner: AttachedWindow['handle']) => {
      const paths = folder.windowTurn(name)
      makeDirectory(paths.directory)
      const offer = { v: 1, id: 'job-1', runner, prompt: 'p', model: null, log: null, title: 't' }
      fs.writeFileSync(paths.offer, JSON.stringify(offer))
      return paths
    }
    const dead = put('job-1.1', window.handle)
    const half = put('.new-job-1.2', window.handle)
    const live = put('job-2.3', ownHandle())
    expect(readTurnOffer(dead)).not.toBeNull()
    child.kill('SIGKILL')
    await eventually(() => readTurnOffer(dead) === null)
    removeDeadTurns(folder)
    expect([dead, half, live].map(({ directory }) => fs.existsSync(directory))).toEqual([false, false, true])
  })

  test('of all windows one asks the person, and another when that one is gone', async ({ relay, expect }) => {
    ask(relay).outcome.catch(() => undefined)
    const paths = await offered(relay)
    const { window: first, child } = await otherProcess('a')
    attach(relay, 'a', first)
    const [second, third] = [attach(relay, 'b'), attach(relay, 'c')]
    const asks = () => [first, second, third].map((window) => claimQuestion(folderOf(relay), paths, window))
    expect(asks()).toEqual([true, false, false])
    child.kill('SIGKILL')
    await eventually(() => listWindows(folderOf(relay)).length === 2)
    expect([second, third].map((window) => claimQuestion(folderOf(relay), paths, window))).toEqual([true, false])
    claimOffer(paths, second)
    writeTurnResult(paths, { v: 1, kind: 'answered', answer: 'Done.' })
  })
})
