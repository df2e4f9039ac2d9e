// package.json and the table in the code say the same, both ways; and every text has its words.
import fs from 'node:fs'
import { describe, expect, test } from 'vitest'
import { commandJobSchema, preflightSchema, watchSchema } from '../../src/core/blocks/schema'
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
    readonly grammars: readonly { readonly path: string }[]
    readonly chatSkills: readonly { readonly path: string }[]
    readonly chatParticipants: readonly {
      readonly id: string
      readonly name: string
      readonly commands: readonly { readonly name: string }[]
    }[]
    readonly languageModelTools: readonly {
      readonly name: string
      readonly modelDescription: string
      readonly inputSchema: { readonly properties: Readonly<Record<string, unknown>> }
    }[]
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

  test('have the same chat participant, with the same commands, and the same tools', () => {
    const participants = contributes.chatParticipants.map(({ id, name, commands }) => ({
      id,
      name,
      commands: commands.map((command) => command.name),
    }))
    expect(participants).toEqual([table.chatParticipant])
    expect(contributes.languageModelTools.map(({ name }) => name)).toEqual(Object.values(table.tools))
  })

  test('offer agents the fields that a block has, and no others', () => {
    const start = contributes.languageModelTools.find(({ name }) => name === table.tools.startJob)
    const properties = start?.inputSchema.properties ?? {}
    const namesOf = (schema: unknown) =>
      Object.keys((schema as { readonly properties?: Readonly<Record<string, unknown>> } | undefined)?.properties ?? {})
    const fields = Object.keys(properties).filter((name) => name !== 'block' && name !== 'folder')
    const known = Object.keys(commandJobSchema.shape).filter((name) => name !== 'type')
    expect(fields.sort()).toEqual(known.sort())
    expect(namesOf(properties['watch']).sort()).toEqual(Object.keys(watchSchema.shape).sort())
    expect(namesOf(properties['preflight']).sort()).toEqual(Object.keys(preflightSchema.shape).sort())
  })

  test('name only commands that there are in menus and keys', () => {
    const known = new Set<string>(Object.values(table.commands))
    for (const { command } of [...Object.values(contributes.menus).flat(), ...contributes.keybindings])
      expect(known).toContain(command)
  })

  test('offer every skill that ships to the chat', () => {
    const shipped = fs.readdirSync('media/skills').map((name) => `./media/skills/${name}/SKILL.md`)
    expect(contributes.chatSkills.map(({ path }) => path)).toEqual(shipped)
  })

  test('name only files that there are', () => {
    const files = [
      ...contributes.viewsContainers.activitybar.map(({ icon }) => icon),
      ...contributes.chatSkills.map(({ path }) => path),
      ...contributes.grammars.map(({ path }) => path),
      ...contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ media }) => media.image)),
    ]
    for (const file of files) expect(fs.existsSync(file), file).toBe(true)
  })
})

test('every text of package.json is in package.nls.json, and none is there for nothing', () => {
  const used = new Set([...text.matchAll(/"%([^%"]+)%"/g)].map(([, name]) => name))
  expect([...used].sort()).toEqual(Object.keys(words).sort())
})
