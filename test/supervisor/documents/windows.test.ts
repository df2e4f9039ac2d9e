// Edits that windows are asked to make: with real supervisors, and windows that are processes of their own.
import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe } from 'vitest'
import { bootId, hostName, ownHandle } from '../../../src/store/processIdentity'
import { folderKey, type FolderPaths } from '../../../src/store/stateFolder'
import { wake } from '../../../src/store/wake'
import { DocumentEditor } from '../../../src/supervisor/documents/documentEditor'
import { inWorkspace, journalOf, killSupervision, supervisorLog, test } from '../../fixtures/relayTest'
import { eventually } from '../../support/eventually'
import { type Relay, supervisorFile } from '../../support/relay'

const calledBack = { command: 'echo loss=0.25', watch: { thenTask: 'Analyze the loss.', runTasks: true } }
const playerFile = path.resolve('test/supervisor/documents/windowPlayer.mjs')

type Behaviour = 'apply' | 'decline' | 'ignore' | 'claim' | 'edit' | 'wait'

/** A process that plays a window. */
class Window {
  private said = ''

  private constructor(
    readonly id: string,
    readonly process: ChildProcess,
  ) {
    process.stdout?.on('data', (data: Buffer) => (this.said += data.toString()))
  }

  /** One that has attached itself to the folder of a Relay, and claims `afterMs` after an offer. */
  static async attach(relay: Relay, id: string, behaviour: Behaviour, afterMs = 0): Promise<Window> {
    const folder = folderOf(relay).directory
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
    const words = [playerFile, folder, id, behaviour, String(afterMs), inWorkspace(relay, 'go')]
    const window = new Window(id, spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] }))
    await window.untilSaid('attached')
    return window
  }

  count(word: string): number {
    return this.said.split('\n').filter((line) => line === word).length
  }

  async untilSaid(word: string, times = 1): Promise<void> {
    await eventually(() => this.count(word) >= times, 20_000)
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL')
    await eventually(() => this.process.signalCode !== null)
  }
}

function folderOf(relay: Relay): FolderPaths {
  return relay.state.folder(folderKey(relay.workspace))
}

/** Which windows have made entries, in the order of the document. */
function madeBy(relay: Relay): string[] {
  return [...relay.handoffLog.matchAll(/^by window (.*)$/gm)].map(([, id = '']) => id)
}

function edited(relay: Relay, id: string): number {
  return journalOf(relay, `${id}-f1`).filter(({ event }) => event.type === 'document_edited').length
}

/** The follow-up is delivered, its entry is there once, and nothing of its offer is left. */
async function expectOneEntry(relay: Relay, id: string): Promise<void> {
  await relay.untilDelivered(id)
  await eventually(() => {
    if (relay.handoffEntries(id) !== 1) throw new Error(`${relay.handoffEntries(id)} entries of ${id}`)
    if (edited(relay, id) !== 1) throw new Error(`the edit for ${id} was recorded ${edited(relay, id)} times`)
    const left = folderOf(relay).listOffers()
    if (left.length > 0) throw new Error(`there is left: ${left.join()}`)
    return true
  })
}

describe.concurrent('an edit of a document', () => {
  test('is made by the window that has the folder open', async ({ relay, expect }) => {
    const window = await Window.attach(relay, 'w1', 'apply')
    const id = await relay.start(calledBack)
    await expectOneEntry(relay, id)
    expect(madeBy(relay)).toEqual(['w1'])
    await window.untilSaid('applied')
    expect(window.count('claimed')).toBe(1)
  })

  test('is made on disk if the window declines it', async ({ relay, expect }) => {
    const window = await Window.attach(relay, 'w1', 'decline')
    const id = await relay.start(calledBack)
    await expectOneEntry(relay, id)
    expect(madeBy(relay)).toEqual([])
    await window.untilSaid('declined')
    expect(window.count('offered'), 'a window that declines is not asked again').toBe(1)
    expect(supervisorLog(relay)).toContain(`no window made the edit handoff-${id}-f1-1: it plays`)
  })

  test('is made on disk if no window claims it in time', async ({ relay, expect }) => {
    const window = await Window.attach(relay, 'w1', 'ignore')
    const id = await relay.start(calledBack)
    await window.untilSaid('offered')
    expect(relay.handoffEntries(id)).toBe(0)
    await expectOneEntry(relay, id)
    expect(madeBy(relay)).toEqual([])
    expect(supervisorLog(relay)).toContain('no window took it')
  })

  test('is made on disk if the window that was offered it is closed', async ({ relay, expect }) => {
    const window = await Window.attach(relay, 'w1', 'ignore')
    const id = await relay.start(calledBack)
    await window.untilSaid('offered')
    await window.kill()
    await expectOneEntry(relay, id)
    expect(madeBy(relay)).toEqual([])
  })

  test('is made on disk if the window that claimed it is killed', async ({ relay, expect }) => {
    const window = await Window.attach(relay, 'w1', 'claim')
    const id = await relay.start(calledBack)
    await window.untilSaid('claimed')
    await window.kill()
    await expectOneEntry(relay, id)
    expect(madeBy(relay)).toEqual([])
    expect(fs.existsSync(folderOf(relay).window('w1')), 'what the dead window left is removed').toBe(false)
  })

  test('is not made twice if the window is killed between its edit and its answer', async ({ relay, expect }) => {
    const window = await Window.attach(relay, 'w1', 'edit')
    const id = await relay.start(calledBack)
    await window.untilSaid('edited')
    await window.kill()
    await expectOneEntry(relay, id)
    expect(madeBy(relay)).toEqual(['w1'])
  })

  test('is offered to another window if the one that claimed it is killed', async ({ relay, expect }) => {
    const first = await Window.attach(relay, 'w1', 'claim')
    const id = await relay.start(calledBack)
    await first.untilSaid('claimed')
    await Window.attach(relay, 'w2', 'apply')
    await first.kill()
    await expectOneEntry(relay, id)
    expect(madeBy(relay)).toEqual(['w2'])
  })

  test('is made by one of several windows that claim it at once', async ({ relay, expect }) => {
    const windows = await Promise.all(['w1', 'w2', 'w3'].map((id) => Window.attach(relay, id, 'apply')))
    const ids = await Promise.all(Array.from({ length: 6 }, () => relay.start(calledBack)))
    for (const id of ids) await expectOneEntry(relay, id)
    expect(madeBy(relay)).toHaveLength(ids.length)
    const sum = (word: string) => windows.reduce((count, window) => count + window.count(word), 0)
    // What they say may arrive after what they did.
    await eventually(() => sum('applied') >= ids.length)
    expect({ claimed: sum('claimed'), applied: sum('applied') }).toEqual({ claimed: 6, applied: 6 })
  })

  test('that a window made while no supervisor was there is recorded by the next one', async ({ relay, expect }) => {
    const window = await Window.attach(relay, 'w1', 'wait')
    const id = await relay.start(calledBack)
    await window.untilSaid('claimed')
    await killSupervision(relay)
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    await window.untilSaid('applied')
    expect(edited(relay, id)).toBe(0)
    wake(relay.state, supervisorFile)
    await expectOneEntry(relay, id)
    expect(madeBy(relay)).toEqual(['w1'])
    expect(window.count('offered')).toBe(1)
  })

  test('that the person undid before it was recorded is not made again', async ({ relay, expect }) => {
    const window = await Window.attach(relay, 'w1', 'wait')
    const id = await relay.start(calledBack)
    await window.untilSaid('claimed')
    await killSupervision(relay)
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    await window.untilSaid('applied')
    fs.writeFileSync(inWorkspace(relay, 'HANDOFF_LOG.md'), 'undone\n')
    wake(relay.state, supervisorFile)
    await relay.untilDelivered(id)
    expect(relay.handoffLog).toBe('undone\n')
  })

  test('whose claimant and supervisor were both killed is made by the next supervisor', async ({ relay, expect }) => {
    const window = await Window.attach(relay, 'w1', 'claim')
    const id = await relay.start(calledBack)
    await window.untilSaid('claimed')
    await killSupervision(relay)
    await window.kill()
    wake(relay.state, supervisorFile)
    await expectOneEntry(relay, id)
    expect(madeBy(relay)).toEqual([])
  })

  test(
    'is made once wherever between offer and record the supervisor is killed',
    { timeout: 120_000 },
    async ({ relay, expect }) => {
      const window = await Window.attach(relay, 'w1', 'apply', 60)
      const ids: string[] = []
      for (const afterMs of [0, 30, 55, 60, 65, 70, 80]) {
        const id = await relay.start(calledBack)
        ids.push(id)
        await window.untilSaid('offered', ids.length)
        await delay(afterMs) // The instant of the fault, not a wait for a result.
        await killSupervision(relay)
        wake(relay.state, supervisorFile)
        await expectOneEntry(relay, id)
      }
      expect(madeBy(relay)).toEqual(ids.map(() => 'w1'))
    },
  )

  test('waits for no window that is dead, of another boot or of another host', async ({ relay, expect }) => {
    const folder = folderOf(relay)
    fs.mkdirSync(folder.windows, { recursive: true })
    const ended = spawn('true')
    await eventually(() => ended.exitCode !== null)
    const handles = {
      dead: { host: hostName(), bootId: bootId(), pid: ended.pid ?? 0, startTime: '1' },
      reused: { ...ownHandle(), startTime: '1' },
      rebooted: { ...ownHandle(), bootId: 'before' },
      elsewhere: { ...ownHandle(), host: 'node-17.cluster' },
    }
    for (const [id, handle] of Object.entries(handles))
      fs.writeFileSync(folder.window(id), JSON.stringify({ v: 1, id, handle }))
    fs.writeFileSync(folder.window('garbage'), '{')
    const id = await relay.start(calledBack)
    await expectOneEntry(relay, id)
    expect(supervisorLog(relay)).not.toContain('no window')
    expect(fs.readdirSync(folder.windows).sort(), "another host's and foreign files are left alone").toEqual([
      'elsewhere.json',
      'garbage.json',
    ])
  })
})

describe.concurrent('a window that claims and then does not answer', () => {
  const edit = {
    kind: 'append_once',
    header: '',
    text: '\n## An entry\n\n<!-- end -->\n',
    marker: '<!-- end -->',
  } as const

  test('loses the edit, and does not make it later', async ({ relay, expect }) => {
    const window = await Window.attach(relay, 'w1', 'wait')
    const said: string[] = []
    const editor = new DocumentEditor((fact) => said.push(fact), { claimMs: 3_000, resultMs: 500 })
    const file = inWorkspace(relay, 'HANDOFF_LOG.md')
    await editor.edit(folderOf(relay), { id: 'e1', file, within: relay.workspace, edit })
    expect(relay.handoffLog).toBe(edit.text)
    expect(said).toEqual(['no window made the edit e1: window w1 did not answer'])
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    await window.untilSaid('withdrawn')
    expect(relay.handoffLog).toBe(edit.text)
    editor.close()
  })

  test('keeps no other document waiting, and edits of one document come one after the other', async ({
    relay,
    expect,
  }) => {
    const window = await Window.attach(relay, 'w1', 'wait')
    const editor = new DocumentEditor(() => undefined)
    const make = (id: string, name: string) =>
      editor.edit(folderOf(relay), {
        id,
        file: inWorkspace(relay, name),
        within: relay.workspace,
        edit: { ...edit, text: `${id}\n`, marker: id },
      })
    const edits = [make('e1', 'a.md'), make('e2', 'a.md'), make('e3', 'b.md')]
    expect(make('e1', 'a.md'), 'asked for twice, it is one edit').toBe(edits[0])
    await window.untilSaid('claimed', 2)
    expect(
      folderOf(relay)
        .listOffers()
        .map((name) => name.split('.')[0]),
    ).toEqual(['e1', 'e3'])
    fs.writeFileSync(inWorkspace(relay, 'go'), '')
    await Promise.all(edits)
    expect(fs.readFileSync(inWorkspace(relay, 'a.md'), 'utf8')).toBe('\nby window w1\ne1\n\nby window w1\ne2\n')
    expect(fs.readFileSync(inWorkspace(relay, 'b.md'), 'utf8')).toBe('\nby window w1\ne3\n')
    editor.close()
  })
})
