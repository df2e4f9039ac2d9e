// The settings file of the state folder, for the command line, where there is no VS Code to ask. One writer: `relay config`.
import * as z from 'zod'
import {
  type AgentSetting,
  agentSettingNames,
  type AgentSettings,
  problemOfSetting,
  withSettings,
} from '../core/followUps/agentSettings'
import { RelayError } from '../core/relayError'
import { readIfExists, writeDurably } from './durableFile'
import type { StateFolder } from './stateFolder'

/** What a newer version has set is kept. */
const fileSchema = z.looseObject({ v: z.literal(1) })

export interface SettingsFile {
  /** The usable values that somebody has set, by name. */
  readonly values: Readonly<Partial<Record<AgentSetting, unknown>>>
  /** What in it cannot be used, a sentence each; the default counts instead. */
  readonly problems: readonly string[]
}

/** A file that is not there says nothing. Never throws for what a file may hold. Throws RelayError if it cannot be read. */
export function readSettings(state: StateFolder): SettingsFile {
  const parsed = parse(state)
  if (parsed === null) return { values: {}, problems: [] }
  if (typeof parsed === 'string') return { values: {}, problems: [parsed] }
  const values: Partial<Record<AgentSetting, unknown>> = {}
  const problems: string[] = []
  for (const [name, value] of Object.entries(parsed)) {
    const known = agentSettingNames.find((one) => one === name)
    if (name === 'v') continue
    const problem = known === undefined ? 'is not known here' : problemOfSetting(known, value)
    if (problem === null && known !== undefined) values[known] = value
    else problems.push(`${state.settings}: ${name} ${problem ?? ''}.`)
  }
  return { values, problems }
}

/** The settings as the command line has them. Throws RelayError. */
export function settingsOf(state: StateFolder): AgentSettings {
  return withSettings(readSettings(state).values)
}

/** Sets `name`, or with undefined forgets it. Throws RelayError for a value that it cannot have, and for a damaged file. */
export function changeSetting(state: StateFolder, name: AgentSetting, value: unknown): void {
  const problem = value === undefined ? null : problemOfSetting(name, value)
  if (problem !== null) throw new RelayError('bad_setting', `${name} ${problem}.`)
  const parsed = parse(state)
  if (typeof parsed === 'string') throw new RelayError('settings_damaged', `${parsed} Correct it, or move it away.`)
  // What is undefined is left out of JSON.
  writeDurably(state.settings, `${JSON.stringify({ ...(parsed ?? { v: 1 }), [name]: value }, null, 2)}\n`)
}

/** The object in the file, null if there is none, or a sentence on why it cannot be used. */
function parse(state: StateFolder): Readonly<Record<string, unknown>> | string | null {
  const text = readIfExists(state.settings)
  if (text === null) return null
  try {
    return fileSchema.parse(JSON.parse(text))
  } catch {
    return `${state.settings} cannot be used: it is not JSON as this version writes it.`
  }
}
