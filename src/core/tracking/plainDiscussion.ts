// A discussion without a model: what the numbers and the attempts themselves say, and nothing of a log.
import { formatDuration, formatNumber } from '../followUps/quantities'
import { codeSpan } from './harmless'
import { outcomeWord, type Track } from './trackState'
import { whyWords } from './unseenEnd'

const maxMetrics = 12

/** Markdown. */
export function renderPlainDiscussion(track: Track): string {
  const { state } = track
  const examined = state.attempts.flatMap((one) => one.examined ?? [])
  const last = examined.at(-1)
  if (last === undefined) return 'No attempt has ended, so there is nothing to discuss.'
  const took = last.startedAtMs === null ? '' : ` after ${formatDuration(last.endedAtMs - last.startedAtMs)}`
  const first = `The last of ${examined.length} ${examined.length === 1 ? 'attempt' : 'attempts'} ended${took}: ${outcomeWord(track) === 'ended' ? (whyWords(track.spec.plan, last) ?? '') : outcomeWord(track)}.`
  const numbers = last.metrics.slice(0, maxMetrics).map(({ name, better, last: value, best, seeds, count }) => {
    if (seeds !== null)
      return `- ${codeSpan(name)}: ${formatNumber(seeds.last.mean)} ± ${formatNumber(seeds.last.sd)} over ${seeds.last.runs} seeds (sample standard deviation).`
    if (count < 2 || best === null || better === null) return `- ${codeSpan(name)}: ${formatNumber(value)}.`
    return best === value
      ? `- ${codeSpan(name)}: its last value, ${formatNumber(value)}, is its best one (${better} is better).`
      : `- ${codeSpan(name)}: ended at ${formatNumber(value)}; its best was ${formatNumber(best)} (${better} is better).`
  })
  const missing = last.missing.map((name) => `- ${codeSpan(name)} was asked for and not found.`)
  const single =
    last.metrics.length > 0 && last.metrics.every(({ seeds }) => seeds === null)
      ? ['Without runs over several seeds nobody can say how much of this is noise.']
      : []
  return [first, [...numbers, ...missing].join('\n'), ...single].filter((part) => part !== '').join('\n\n')
}
