// Which rows of the Steps view are drawn anew when the steps change.
import { expect, test, vi } from 'vitest'
import type { StepRow } from '../../../src/extension/steps/stepTree'
import { StepTree } from '../../../src/extension/steps/stepTree'
import type { StepsModel } from '../../../src/extension/steps/stepsModel'

vi.mock('vscode', () => ({
  EventEmitter: class {
    private readonly listeners: ((value: unknown) => void)[] = []
    readonly event = (listener: (value: unknown) => void) => this.listeners.push(listener)
    fire = (value: unknown) => {
      for (const listener of this.listeners) listener(value)
    }
    dispose = () => undefined
  },
  Disposable: class {
    constructor(readonly dispose: () => void) {}
  },
  ThemeIcon: class {
    constructor(readonly id: string) {}
  },
  ThemeColor: class {
    constructor(readonly id: string) {}
  },
  env: { language: 'en' },
  l10n: { t: (text: string) => text },
}))

/** A model of one folder with these steps. */
function modelOf() {
  const steps = (...titles: readonly (readonly [step: number, title: string])[]) => [
    {
      folder: '/w',
      problems: [],
      steps: titles.map(([step, title]) => ({ key: `/w#${step}`, status: { step, title }, run: null })),
    },
  ]
  let changed: () => void = () => undefined
  const model = {
    shown: steps(),
    live: [],
    onDidChange: (listener: () => void) => {
      changed = listener
      return { dispose: () => undefined }
    },
  }
  const say = (...titles: readonly (readonly [step: number, title: string])[]) => {
    model.shown = steps(...titles)
    changed()
  }
  return { model: model as unknown as StepsModel, say }
}

test('as many steps as before, but others, are all drawn anew; the same steps only where they changed', () => {
  const { model, say } = modelOf()
  const tree = new StepTree(
    model,
    () => Promise.resolve([]),
    () => true,
  )
  const drawn: (readonly StepRow[] | undefined)[] = []
  tree.onDidChangeTreeData((rows) => drawn.push(rows))
  say([1, 'a'], [2, 'b'])
  say([1, 'a'], [2, 'c'])
  say([1, 'a'], [3, 'c'])
  say([3, 'c'], [1, 'a'])
  expect(drawn).toEqual([undefined, [{ kind: 'step', key: '/w#2' }], undefined, undefined])
  tree.dispose()
})
