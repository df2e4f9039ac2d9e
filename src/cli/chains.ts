// relay chains: the one switch that stops everything that starts by itself.
import { countAutomaticStarts, limitChains, readChains, resumeChains, stopChains } from '../store/followUps/chains'
import { RelayError } from '../core/relayError'
import { keepSupervised } from './keepSupervised'
import { exitOk, exitUsage, type Options, type Verb } from './verb'

const acts = ['status', 'stop', 'resume']

export const chainsVerb: Verb = {
  name: 'chains',
  operands: [acts.join('|')],
  summary: 'Whether the answer of a follow-up may start the next job by itself; stop all of it, or resume',
  options: {
    depth: { type: 'string', value: 'N', summary: 'How many jobs may follow one another without a person' },
    'per-hour': { type: 'string', value: 'N', summary: 'How many may start by themselves in an hour' },
    json: { type: 'boolean', summary: 'Print JSON' },
  },
  run: (context, [act = ''], options) => {
    const { console, state, now } = context
    if (!acts.includes(act)) {
      console.err(`relay chains wants one of ${acts.join(', ')}, not ${act}`)
      return Promise.resolve(exitUsage)
    }
    if (act === 'stop') stopChains(state, now())
    if (act === 'resume') resumeChains(state)
    const { limits } = readChains(state)
    limitChains(state, {
      maxDepth: numberOf(options, 'depth') ?? limits.maxDepth,
      startsPerHour: numberOf(options, 'per-hour') ?? limits.startsPerHour,
    })
    // What waited for it goes on.
    if (act === 'resume') keepSupervised(context)
    const chains = readChains(state)
    const startsLastHour = countAutomaticStarts(state, now())
    if (options['json'] === true) console.out(JSON.stringify({ ...chains, startsLastHour }))
    else {
      const { stoppedAtMs } = chains
      console.out(
        stoppedAtMs === null
          ? 'Chains are on: what was approved with “always” starts by itself when a follow-up asks for it.'
          : `All chains are stopped, since ${new Date(stoppedAtMs).toLocaleString()}. Nothing starts by itself; what runs goes on.`,
      )
      const { maxDepth, startsPerHour } = chains.limits
      console.out(`${maxDepth} may follow one another, ${startsPerHour} an hour; ${startsLastHour} in the last hour.`)
    }
    return Promise.resolve(exitOk)
  },
}

const most = 1000

function numberOf(options: Options, name: string): number | null {
  const word = options[name]
  if (typeof word !== 'string') return null
  if (/^\d{1,4}$/.test(word) && Number(word) <= most) return Number(word)
  throw new RelayError('bad_number', `--${name} wants a whole number from 0 to ${most}, not ${word}.`)
}
