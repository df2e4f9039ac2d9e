// Runs as a table in the chat. What comes from a run is escaped: it is data.
import { signed } from '../experiments/runColumns'
import { runSigns } from '../experiments/pageRuns'
import type { RunRow } from '../experiments/runTable'
import { formatNumber } from '../followUps/quantities'
import { renderDuration } from '../jobs/jobWords'
import { shorten } from '../jobs/jobWords'
import { escapeMarkdown } from './chatMarkdown'

const nameChars = 40
const paramsChars = 80

export function renderRunTable(rows: readonly RunRow[]): string {
  const lines = rows.map((row) => {
    const { status, primary, deltaToBest, isBest, params, durationMs } = row
    const settings = Object.entries(params).map(([name, value]) => `${name}=${String(value)}`)
    const cells = [
      `${isBest ? '★' : runSigns[status]} ${status}`,
      row.runId,
      primary === null
        ? ''
        : `${shorten(primary.name, nameChars)} ${primary.value === null ? '–' : formatNumber(primary.value)}`,
      deltaToBest === null || isBest ? '' : signed(deltaToBest),
      shorten(settings.join(' '), paramsChars),
      durationMs === null ? '' : renderDuration(durationMs),
    ]
    return `| ${cells.map(escapeMarkdown).join(' | ')} |`
  })
  return [
    '| State | Run | Metric | Δ best | Settings | Took |',
    '| :-- | :-- | :-- | --: | :-- | --: |',
    ...lines,
  ].join('\n')
}
