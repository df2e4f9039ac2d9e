// How a person wants something to be tracked, out of the options of the command and the settings.
import { sbatchOptionsSchema, type SbatchOptions } from '../core/backends/backendPlan'
import type { Agent } from '../core/followUps/agent'
import { agentChoices, type AgentChoice, type AgentSettings } from '../core/followUps/agentSettings'
import { chooseAgent } from '../core/followUps/chooseAgent'
import { RelayError } from '../core/relayError'
import { readMemoryMb, readTimeSec } from '../core/tracking/attemptPlan'
import { fixing } from '../core/tracking/fixingAgent'
import { type LaunchChoice, launchChoices } from '../core/tracking/launchChoice'
import { maxAttempts } from '../core/tracking/trackPlan'
import type { TrackWish } from '../core/tracking/trackWish'
import { findAgents } from '../store/followUps/findAgents'
import type { Remembered } from '../store/tracking/remembered'
import { readSbatchOptions } from './backendOptions'
import type { PointedAt } from './trackPoint'
import { listOf, type Options, textOf, type VerbContext } from './verb'

/** Throws RelayError for what is no value of its option. */
export function readWish(
  { env }: VerbContext,
  { pointed, name }: PointedAt,
  options: Options,
  settings: AgentSettings,
  last: Remembered | null,
): TrackWish {
  const agent = chooseTrackAgent(textOf(options, 'agent'), settings, env)
  const time = textOf(options, 'time')
  const document = textOf(options, 'doc')
  return {
    pointed,
    last,
    // One that is named after its document is called as that.
    experiment: textOf(options, 'experiment') ?? (document === null ? name : null),
    document,
    results: listOf(options, 'results'),
    metrics: listOf(options, 'metric'),
    required: listOf(options, 'require'),
    attempts: readAttempts(textOf(options, 'attempts')),
    maxMemoryMb: readSize(options, 'max-memory'),
    maxTimeSec: readTime(options, 'max-time'),
    links: listOf(options, 'link').length > 0 ? listOf(options, 'link') : null,
    options: readSbatch(options),
    timeLimitSec: time === null ? null : readTime(options, 'time'),
    launch: readLaunch(textOf(options, 'launch') ?? settings['relay.tracking.launch']),
    title: settings['relay.tracking.title'],
    body: settings['relay.tracking.body'],
    trailer: settings['relay.tracking.trailer'],
    pullRequest: options['no-pr'] !== true,
    fixer: agent === null ? null : fixing(agent),
    discusser: agent,
  }
}

/** Null: nobody. */
function chooseTrackAgent(name: string | null, settings: AgentSettings, env: NodeJS.ProcessEnv): Agent | null {
  if (name === 'none') return null
  const choice = agentChoices.find((one) => one === name)
  if (name !== null && choice === undefined)
    throw new RelayError('usage', `--agent wants one of ${agentChoices.join(', ')}, none, not ${name}`)
  const wanted: AgentSettings =
    choice === undefined ? settings : { ...settings, 'relay.followUps.agent': choice satisfies AgentChoice }
  return chooseAgent(wanted, findAgents(env), null).agent
}

function readAttempts(text: string | null): number {
  if (text === null) return maxAttempts
  if (!/^[1-3]$/.test(text)) throw new RelayError('usage', `--attempts wants 1, 2 or 3, not ${text}`)
  return Number(text)
}

function readSize(options: Options, name: string): number | null {
  const text = textOf(options, name)
  if (text === null) return null
  const size = readMemoryMb(text)
  if (size === null) throw new RelayError('usage', `--${name} wants a size, as in 16G, not ${text}`)
  return size
}

function readTime(options: Options, name: string): number | null {
  const text = textOf(options, name)
  if (text === null) return null
  const seconds = readTimeSec(text)
  if (seconds === null || seconds < 1)
    throw new RelayError('usage', `--${name} wants minutes, HH:MM:SS or D-HH:MM:SS, not ${text}`)
  return seconds
}

function readSbatch(options: Options): SbatchOptions {
  const parsed = sbatchOptionsSchema.safeParse(readSbatchOptions(options))
  if (parsed.success) return parsed.data
  const name = String(parsed.error.issues[0]?.path[0] ?? '')
  throw new RelayError('usage', `--${name === 'extra' ? 'sbatch' : name} is not as sbatch wants it`)
}

function readLaunch(text: string): LaunchChoice {
  const choice = launchChoices.find((one) => one === text)
  if (choice === undefined)
    throw new RelayError('usage', `--launch wants one of ${launchChoices.join(', ')}, not ${text}`)
  return choice
}
