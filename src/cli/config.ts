// relay config: what is set for follow-ups that are started from the command line.
import { type AgentSetting, agentSettingNames, agentSettings } from '../core/followUps/agentSettings'
import { chooseAgent } from '../core/followUps/chooseAgent'
import { RelayError } from '../core/relayError'
import { findAgents } from '../store/followUps/findAgents'
import { changeSetting, readSettings, settingsOf } from '../store/settingsFile'
import { exitOk, exitUsage, type Verb } from './verb'

export const configVerb: Verb = {
  name: 'config',
  operands: ['[KEY]', '[VALUE]'],
  summary: 'Show or set who does follow-ups, and what they may do',
  options: {
    unset: { type: 'boolean', summary: 'Forget the value of KEY: its default counts again' },
    json: { type: 'boolean', summary: 'Print JSON' },
  },
  run: ({ console, state, env }, [key, value], { unset, json }) => {
    if (key === undefined) {
      const { values, problems } = readSettings(state)
      const settings = settingsOf(state)
      const { why } = chooseAgent(settings, findAgents(env), null)
      if (json === true) console.out(JSON.stringify({ settings, problems, choice: why }))
      else {
        for (const name of agentSettingNames) {
          const isSet = values[name] !== undefined
          console.out(`${name} = ${JSON.stringify(settings[name])}${isSet ? '' : console.paint('dim', '  (default)')}`)
        }
        console.out(`\n${why}`)
        for (const problem of problems) console.err(`! ${problem}`)
      }
      return Promise.resolve(exitOk)
    }
    const name = agentSettingNames.find((one) => one === key || one === `relay.${key}`)
    if (name === undefined) {
      console.err(`relay config: there is no setting ${key}. It is one of: ${agentSettingNames.join(', ')}`)
      return Promise.resolve(exitUsage)
    }
    if (unset === true) changeSetting(state, name, undefined)
    else if (value !== undefined) changeSetting(state, name, parseValue(name, value))
    console.out(JSON.stringify(settingsOf(state)[name]))
    return Promise.resolve(exitOk)
  },
}

/** Words are texts, but where a number or a list is wanted. Throws RelayError. */
function parseValue(name: AgentSetting, word: string): unknown {
  if (typeof agentSettings[name] === 'string') return word
  try {
    return JSON.parse(word) as unknown
  } catch {
    const wanted =
      typeof agentSettings[name] === 'boolean'
        ? 'true or false'
        : typeof agentSettings[name] === 'number'
          ? 'a whole number'
          : 'a list of texts, as in \'["--flag","value"]\''
    throw new RelayError('bad_setting', `${name} wants ${wanted}, not ${word}.`)
  }
}
