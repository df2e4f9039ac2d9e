// The settings that a track is planned with.
import { type AgentSettings, withSettings } from '../core/followUps/agentSettings'
import { settingsOf } from '../store/settingsFile'
import type { VerbContext } from './verb'

/** Those of the settings file, and what a window says of its own, which counts more. */
export function trackSettings({ state, env }: Pick<VerbContext, 'state' | 'env'>): AgentSettings {
  const text = env['RELAY_SETTINGS']
  if (text === undefined) return settingsOf(state)
  try {
    const values: unknown = JSON.parse(text)
    return withSettings({ ...settingsOf(state), ...(typeof values === 'object' ? values : {}) })
  } catch {
    return settingsOf(state) // Not ours: somebody else's variable of that name.
  }
}
