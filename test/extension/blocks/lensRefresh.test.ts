// When VS Code is told that lenses have changed, while it is slow to draw them or forgets to.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type * as vscode from 'vscode'
import { DrawnLens, LensRefresh } from '../../../src/extension/blocks/lensRefresh'

const window = vi.hoisted(() => ({
  visibleTextEditors: [] as unknown[],
  focus: [] as ((state: { focused: boolean }) => void)[],
}))
vi.mock('vscode', () => ({
  EventEmitter: class {
    private readonly listeners: (() => void)[] = []
    readonly event = (listener: () => void) => this.listeners.push(listener)
    fire = () => {
      for (const listener of this.listeners) listener()
    }
    dispose = () => undefined
  },
  CodeLens: class {
    constructor(readonly range: unknown) {}
  },
  Disposable: Object.assign(
    class {
      constructor(readonly dispose: () => void) {}
    },
    { from: () => ({ dispose: () => undefined }) },
  ),
  workspace: { onDidGrantWorkspaceTrust: () => undefined },
  window: {
    get visibleTextEditors() {
      return window.visibleTextEditors
    },
    onDidChangeWindowState: (listener: (state: { focused: boolean }) => void) => window.focus.push(listener),
  },
}))

const document = {} as vscode.TextDocument
const command = { title: 'Start', command: 'start' }
const lens = new DrawnLens({} as unknown as vscode.Range, document, command)
let refresh: LensRefresh
let told: number

beforeEach(() => {
  vi.useFakeTimers()
  window.visibleTextEditors = [{ document, visibleRanges: [{ contains: () => true }] }]
  refresh = new LensRefresh()
  told = 0
  refresh.event(() => told++)
  refresh.asked(document, [lens])
  refresh.draw(lens)
})
afterEach(() => {
  refresh.dispose()
  vi.useRealTimers()
})

test.each([
  ['with lenses in sight', [lens]],
  ['that was empty for a moment', []],
])('an editor %s that forgets to ask is told again when the patience ends, whatever else happens', (_, lenses) => {
  refresh.asked(document, lenses)
  refresh.draw(lens)
  vi.advanceTimersByTime(6_000)
  refresh.request()
  expect(told).toBe(1)
  refresh.request()
  expect(told, 'it is given time').toBe(1)
  vi.advanceTimersByTime(5_100)
  expect(told).toBe(2)
})

test('one that draws is told at once of what has changed meanwhile, and of nothing twice', () => {
  refresh.request()
  refresh.request()
  refresh.draw(lens)
  vi.advanceTimersByTime(300)
  expect(told).toBe(2)
  refresh.draw(lens)
  vi.advanceTimersByTime(6_000)
  expect(told).toBe(2)
})

test('a window that comes back is told as soon as one that was never away', () => {
  refresh.request()
  for (let away = 0; away < 60; away += 10) vi.advanceTimersByTime(10_000)
  const before = told
  for (const changed of window.focus) changed({ focused: true })
  vi.advanceTimersByTime(5_000)
  expect(told).toBeGreaterThan(before)
})
