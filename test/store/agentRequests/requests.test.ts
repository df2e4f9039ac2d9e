// From transcripts on disk to requests on disk: once each, whoever looks, and nothing that was not asked for.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test as base } from 'vitest'
import { newJobId } from '../../../src/core/jobs/jobId'
import type { AgentRequestState } from '../../../src/core/agentRequests/agentRequest'
import type { Turn } from '../../../src/core/transcripts/turn'
import { AgentRequestStore } from '../../../src/store/agentRequests/agentRequestStore'
import { foldersAround } from '../../../src/store/agentRequests/foldersAround'
import { RequestCollector } from '../../../src/store/agentRequests/requestCollector'
import {
  areRequestsOn,
  requestsOnSince,
  turnOffRequests,
  turnOnRequests,
} from '../../../src/store/agentRequests/requestsSwitch'
import { transcriptRoots } from '../../../src/store/agentRequests/transcriptFiles'
import { TranscriptFollower } from '../../../src/store/agentRequests/transcriptFollower'
import { folderKey, type FolderPaths, StateFolder } from '../../../src/store/stateFolder'
import { attachWindow, detachWindow, ownWindow } from '../../../src/store/windows'
import { ClaudeTranscript, CodexTranscript } from '../../support/transcripts'

const block = '[[relay-actions]]\n{"actions":[{"type":"job_start","command":"make"}]}\n[[/relay-actions]]'
const bad = block.replace('"command"', '"comand"')
/** The time in the transcripts of the support. */
const saidMs = Date.parse('2026-11-20T12:00:00.000Z')

interface Here {
  readonly state: StateFolder
  readonly home: string
  readonly workspace: string
  readonly paths: FolderPaths
  readonly store: AgentRequestStore
}

const test = base.extend<{ here: Here }>({
  here: async ({}, use) => {
    const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'relay-requests-')))
    const [home, workspace] = [path.join(root, 'home'), path.join(root, 'work')]
    for (const folder of [home, workspace]) fs.mkdirSync(folder)
    const state = StateFolder.open(path.join(root, 'state'))
    const paths = state.folder(folderKey(workspace))
    await use({ state, home, workspace, paths, store: new AgentRequestStore(paths) })
    fs.rmSync(root, { recursive: true })
  },
})

function turn(workspace: string, answer: string, change: Partial<Turn> = {}): Turn {
  return { agent: 'claude', conversation: 'c1', id: 't1', cwd: workspace, atMs: saidMs, answer, ...change }
}

function collectorOf({ paths, workspace }: Here, sinceMs = 0): RequestCollector {
  return new RequestCollector([{ paths, path: workspace, sinceMs }], () => saidMs)
}

/** `kind state text` of each request, oldest first. */
function listed({ store }: Here): readonly string[] {
  const lines = store.list(saidMs).map(({ request, state }) => `${request.kind} ${state.kind} ${request.turn}`)
  return lines.reverse()
}

test('the same words of the same turn are one request, in two windows, after a restart and in a copy', ({ here }) => {
  const [first, second] = [collectorOf(here), collectorOf(here)]
  expect(first.collect(turn(here.workspace, block))).toBe(true)
  expect(first.collect(turn(here.workspace, block))).toBe(false)
  expect(second.collect(turn(here.workspace, block))).toBe(false)
  expect(collectorOf(here).collect(turn(here.workspace, block, { conversation: 'copy' }))).toBe(false)
  expect(collectorOf(here).collect(turn(here.workspace, block, { id: 't2' }))).toBe(true)
  expect(listed(here)).toEqual(['block open t1', 'block open t2'])
})

test('what was said before it was turned on, in another folder, or too long ago is no request', ({ here }) => {
  const collector = collectorOf(here, saidMs)
  for (const change of [{ atMs: saidMs - 1 }, { cwd: os.tmpdir() }, { cwd: `${here.workspace}-2` }, { cwd: '/gone' }])
    expect(collector.collect(turn(here.workspace, block, change))).toBe(false)
  expect(collectorOf(here).collect(turn(here.workspace, block, { atMs: saidMs - 8 * 86_400_000 }))).toBe(false)
  expect(listed(here)).toEqual([])
})

test('a conversation below the folder, or that reached it by a link, is of it', ({ here }) => {
  fs.mkdirSync(path.join(here.workspace, 'sub'))
  fs.symlinkSync(here.workspace, path.join(here.home, 'link'))
  collectorOf(here).collect(turn(path.join(here.workspace, 'sub'), block))
  collectorOf(here).collect(turn(path.join(here.home, 'link'), block, { id: 't2', conversation: 'c2' }))
  const cwds = here.store.list(saidMs).map(({ request }) => request.cwd)
  expect(cwds.sort()).toEqual([here.workspace, path.join(here.workspace, 'sub')])
})

test('of two windows on folders that lie in one another one lists it: that of the inner, while it is open', ({
  here,
}) => {
  const inside = path.join(here.workspace, 'sub')
  fs.mkdirSync(inside)
  const inner = here.state.folder(folderKey(inside))
  for (const [paths, folder] of [
    [here.paths, here.workspace],
    [inner, inside],
  ] as const)
    turnOnRequests(paths, folder, saidMs - 1)
  const windowOn = (paths: FolderPaths, folder: string) =>
    new RequestCollector(
      [{ paths, path: folder, sinceMs: 0 }],
      () => saidMs,
      (real) => foldersAround(here.state, real),
    )
  const outerWindow = windowOn(here.paths, here.workspace)
  expect(outerWindow.collect(turn(inside, block))).toBe(true)
  const window = ownWindow('inner')
  attachWindow(inner, window)
  // What the outer one has listed before stays there.
  const innerWindow = windowOn(inner, inside)
  expect(innerWindow.collect(turn(inside, block))).toBe(false)
  for (const one of [outerWindow, innerWindow]) one.collect(turn(inside, block, { id: 't2' }))
  expect(listed(here)).toEqual(['block open t1'])
  expect(listed({ ...here, store: new AgentRequestStore(inner) })).toEqual(['block open t2'])
  detachWindow(inner, window)
  expect(outerWindow.collect(turn(inside, block, { id: 't3' }))).toBe(true)
})

test('what nobody can start goes when the conversation goes on, and what can be started stays', ({ here }) => {
  const collector = collectorOf(here)
  collector.collect(turn(here.workspace, bad))
  collector.collect(turn(here.workspace, `I repair it.\n${block}`, { id: 't2', atMs: saidMs + 1 }))
  collector.collect(turn(here.workspace, 'As you like.', { id: 't3', atMs: saidMs + 2 }))
  expect(listed(here)).toEqual(['block expired t1', 'block open t2'])
})

test('being blocked is told until the conversation has come as far as a block', ({ here }) => {
  const collector = collectorOf(here)
  collector.collect(turn(here.workspace, '[[task:blocked]]\nWhich data?'))
  expect(listed(here)).toEqual(['blocked open t1'])
  collector.collect(turn(here.workspace, block, { id: 't2', atMs: saidMs + 1 }))
  collector.collect(turn(here.workspace, '[[task:blocked]]', { id: 't3', atMs: saidMs + 2 }))
  expect(listed(here)).toEqual(['blocked expired t1', 'block open t2'])
})

test('a request leads to one job, whoever names it first, and is started when that is there', ({ here }) => {
  collectorOf(here).collect(turn(here.workspace, block))
  const [{ request } = never()] = here.store.list(saidMs)
  const state = (): AgentRequestState => here.store.read(request.id, saidMs)?.state ?? never()
  const named = (random: number) => ({ v: 1, jobId: newJobId(saidMs, random), atMs: saidMs, automatic: false }) as const
  const first = here.store.nameJob(request.id, 'start', named(0.1))
  expect(here.store.nameJob(request.id, 'start', named(0.2))).toEqual(first)
  expect(state().kind).toBe('open')
  fs.mkdirSync(here.paths.job(first.jobId).directory, { recursive: true })
  expect(state()).toEqual({ kind: 'started', job: first })
  here.store.confirmStart(request.id)
  fs.rmSync(here.paths.job(first.jobId).directory, { recursive: true })
  expect(state().kind).toBe('started')
})

test('a refused start can be made again, a dismissed request stays dismissed, an old one expires', ({ here }) => {
  collectorOf(here).collect(turn(here.workspace, block))
  const [{ request } = never()] = here.store.list(saidMs)
  const job = { v: 1, jobId: newJobId(saidMs, 0.1), atMs: saidMs, automatic: false } as const
  here.store.nameJob(request.id, 'start', job)
  here.store.unnameJob(request.id, 'start')
  const other = { ...job, jobId: newJobId(saidMs, 0.2) }
  expect(here.store.nameJob(request.id, 'start', other)).toEqual(other)
  expect(here.store.read(request.id, saidMs + 8 * 86_400_000)?.state.kind).toBe('expired')
  here.store.dismiss(request.id)
  expect(listed(here)).toEqual(['block dismissed t1'])
  here.store.prune(saidMs + 40 * 86_400_000)
  expect(listed(here)).toEqual([])
})

test('one window tells of a request', ({ here }) => {
  collectorOf(here).collect(turn(here.workspace, block))
  const [{ request } = never()] = here.store.list(saidMs)
  expect([1, 2, 3].map(() => here.store.claimNotice(request.id))).toEqual([true, false, false])
})

test('damaged and foreign files are no requests, and do not keep others from being listed', ({ here }) => {
  collectorOf(here).collect(turn(here.workspace, block))
  collectorOf(here).collect(turn(here.workspace, block, { id: 't2' }))
  const [{ request } = never()] = here.store.list(saidMs)
  fs.writeFileSync(here.paths.agentRequest(request.id).request, '{"v":1,')
  fs.mkdirSync(path.join(here.paths.agentRequests, 'x'))
  fs.writeFileSync(path.join(here.paths.agentRequests, 'file'), '')
  expect(listed(here)).toHaveLength(1)
})

test('the switch is off, and turning it on twice keeps the first time', ({ here }) => {
  expect([areRequestsOn(here.paths), requestsOnSince(here.paths)]).toEqual([false, null])
  turnOnRequests(here.paths, here.workspace, 5)
  turnOnRequests(here.paths, here.workspace, 9)
  expect(requestsOnSince(here.paths)).toBe(5)
  fs.writeFileSync(here.paths.agentRequestsOn, 'x')
  expect(requestsOnSince(here.paths)).toBeNull()
  turnOffRequests(here.paths)
  expect(areRequestsOn(here.paths)).toBe(false)
})

test('transcripts are looked for where the agents were told to keep them', () => {
  expect(transcriptRoots({ HOME: '/h' })).toEqual({ claude: '/h/.claude/projects', codex: '/h/.codex/sessions' })
  expect(transcriptRoots({ HOME: '/h', CLAUDE_CONFIG_DIR: '/c', CODEX_HOME: '/x' })).toEqual({
    claude: '/c/projects',
    codex: '/x/sessions',
  })
})

test('a follower reads what is appended, new transcripts and replaced ones, and those of other folders once', async ({
  here,
}) => {
  const [claude, codex] = [here.workspace.replace(/[^A-Za-z0-9]/g, '-'), '2026/11/20']
  const fileOf = (folder: string, name: string) => {
    const file = path.join(here.home, folder, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    return file
  }
  const write = (file: string, lines: readonly string[]) => fs.appendFileSync(file, `${lines.join('\n')}\n`)
  const answers: string[] = []
  const follower = new TranscriptFollower({
    roots: transcriptRoots({ HOME: here.home }),
    folders: [here.workspace],
    sinceMs: Date.now() - 60_000,
    onTurn: ({ answer }) => void answers.push(answer),
    onError: (error) => void answers.push(String(error)),
  })
  try {
    await follower.look()
    const own = fileOf(`.claude/projects/${claude}`, 'a.jsonl')
    write(own, new ClaudeTranscript('a', here.workspace).agent([{ text: 'one' }]).lines)
    const old = fileOf(`.claude/projects/${claude}`, 'old.jsonl')
    write(old, new ClaudeTranscript('old', here.workspace).agent([{ text: 'before' }]).lines)
    fs.utimesSync(old, 1000, 1000)
    const foreign = fileOf('.claude/projects/-elsewhere', 'b.jsonl')
    write(foreign, new ClaudeTranscript('b', '/elsewhere').agent([{ text: 'foreign' }]).lines)
    write(
      fileOf(`.codex/sessions/${codex}`, 'rollout-c.jsonl'),
      new CodexTranscript('c', here.workspace).end('two').lines,
    )
    // The look that the start has planned may do it, too.
    await expect.poll(async () => (await follower.look(), answers.toSorted())).toEqual(['one', 'two'])
    answers.length = 0

    const [question = '', , line = ''] = new ClaudeTranscript('a', here.workspace)
      .person('And?')
      .agent([{ text: 'three' }]).lines
    fs.appendFileSync(own, `${question}\n${line.slice(0, 40)}`)
    await follower.look()
    fs.appendFileSync(own, `${line.slice(40)}\n`)
    fs.appendFileSync(foreign, `${line}\n`)
    await follower.look()
    expect(answers).toEqual(['three'])

    fs.rmSync(own)
    await follower.look()
    write(own, new ClaudeTranscript('a', here.workspace).agent([{ text: 'anew' }]).lines)
    await follower.look()
    expect(answers).toEqual(['three', 'anew'])
  } finally {
    follower.close()
  }
})

function never(): never {
  throw new Error('there is no request')
}
