// package.json and the table in the code say the same, both ways; and every text has its words.
import fs from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as table from '../../src/extension/contributions'

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[]
    readonly menus: Readonly<Record<string, readonly { readonly command: string; readonly when: string }[]>>
    readonly keybindings: readonly { readonly command: string; readonly when: string }[]
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>
    readonly viewsContainers: { readonly activitybar: readonly { readonly id: string; readonly icon: string }[] }
    readonly viewsWelcome: readonly { readonly view: string; readonly when: string }[]
    readonly configuration: {
      readonly properties: Readonly<
        Record<string, { readonly default: unknown; readonly enum?: readonly string[]; readonly scope: string }>
      >
    }
    readonly walkthroughs: readonly {
      readonly id: string
      readonly steps: readonly { readonly media: { readonly image: string } }[]
    }[]
  }
}
const text = fs.readFileSync('package.json', 'utf8')
const { contributes } = JSON.parse(text) as Manifest
const words = JSON.parse(fs.readFileSync('package.nls.json', 'utf8')) as Record<string, string>

const { properties } = contributes.configuration
const whens = [...Object.values(contributes.menus).flat(), ...contributes.keybindings, ...contributes.viewsWelcome].map(
  ({ when }) => when,
)

describe('package.json and the table of contributions', () => {
  test('have the same commands', () => {
    expect(contributes.commands.map(({ command }) => command).sort()).toEqual(Object.values(table.commands).sort())
  })

  test('have the same settings with the same defaults, none of them for a workspace to set that names a place', () => {
    const defaults = Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, one.default]))
    expect(defaults).toEqual(table.settings)
    expect(properties['relay.notifications']?.enum).toEqual(table.notificationChoices)
    expect(properties['relay.stateFolder']?.scope).toBe('machine')
  })

  test('have the same views, container and walkthrough', () => {
    const { views, viewsContainers, walkthroughs } = contributes
    expect(Object.keys(views)).toEqual([table.viewContainer])
    expect(
      Object.values(views)
        .flat()
        .map(({ id }) => id),
    ).toEqual(Object.values(table.views))
    expect(viewsContainers.activitybar.map(({ id }) => id)).toEqual([table.viewContainer])
    expect(walkthroughs.map(({ id }) => id)).toEqual([table.walkthrough])
  })

  test('have the same context keys and words of rows', () => {
    const own = new Set(whens.flatMap((when) => when.match(/relay\.[a-zA-Z.]+/g) ?? []))
    for (const view of Object.values(table.views)) own.delete(view)
    expect([...own].sort()).toEqual(Object.values(table.contextKeys).sort())
    const looked = new Set(whens.flatMap((when) => [...when.matchAll(/\\b(\w+)\\b/g)].map(([, word]) => word)))
    expect([...looked].sort()).toEqual(Object.values(table.rowWords).sort())
  })

  test('name only commands that there are in menus and keys', () => {
    const known = new Set<string>(Object.values(table.commands))
    for (const { command } of [...Object.values(contributes.menus).flat(), ...contributes.keybindings])
      expect(known).toContain(command)
  })

  test('name only files that there are', () => {
    const files = [
      ...contributes.viewsContainers.activitybar.map(({ icon }) => icon),
      ...contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ media }) => media.image)),
    ]
    for (const file of files) expect(fs.existsSync(file), file).toBe(true)
  })
})

test('every text of package.json is in package.nls.json, and none is there for nothing', () => {
  const used = new Set([...text.matchAll(/"%([^%"]+)%"/g)].map(([, name]) => name))
  expect([...used].sort()).toEqual(Object.keys(words).sort())
})
