// The report of the built-in analyst, in Markdown. Everything a job wrote or was given is data in it: fenced or in code,
// on numbered lines, and without a single `[[`, so that nothing in a log can start anything or stand for our own marker.
import { sanitizeLine } from '../logs/terminalText'
import { renderProgress, type Analysis } from './analyse'
import type { LogLine } from './evidence'
import { betterDirection } from './metricNames'
import type { MetricPoint, MetricSeries } from './metricSeries'
import { formatDuration, formatNumber } from './quantities'
import type { ResultMetrics } from './resultMetrics'

/** In UTF-8. */
export const maxReportBytes = 16 * 1024
const maxLineInReport = 200

interface Section {
  readonly title: string
  readonly body: string
  /** Sections with the highest number are left out first when the report would become too long. */
  readonly dispensable: number
}

/**
 * At most 16 KiB. The only `[[` in it begins its last line: `[[task:done]]`, or `[[task:blocked]]` when there was
 * nothing to read. Ends with a line end.
 */
export function renderReport(analysis: Analysis): string {
  const marker = `[[task:${analysis.marker}]]\n`
  let sections = listSections(analysis).filter(({ body }) => body !== '')
  const left: string[] = []
  for (;;) {
    const note = left.length === 0 ? '' : `Left out for length: ${left.join(', ')}.\n\n`
    const text = `${breakMarkers(renderSections(analysis, sections) + note)}${marker}`
    if (utf8Bytes(text) <= maxReportBytes || sections.length === 0) return text
    const most = Math.max(...sections.map(({ dispensable }) => dispensable))
    left.push(...sections.filter(({ dispensable }) => dispensable === most).map(({ title }) => title))
    sections = sections.filter(({ dispensable }) => dispensable !== most)
  }
}

/** What else is told of a job where its facts, its task and its last lines are told beside this. No marker is whole in it. */
export function renderAnalysisParts(analysis: Analysis): string {
  const told = new Set(['What ran', 'Last lines', 'The task', 'What is missing', 'Next step'])
  const sections = listSections(analysis).filter(({ title, body }) => body !== '' && !told.has(title))
  return breakMarkers(renderSections(analysis, sections)).trim()
}

function renderSections(analysis: Analysis, sections: readonly Section[]): string {
  const head = `**${prose(analysis.verdict, 500)}**\n\n`
  return head + sections.map(({ title, body }) => `## ${title}\n\n${body}\n\n`).join('')
}

function listSections(analysis: Analysis): Section[] {
  const { job, failure, logMetrics } = analysis
  return [
    {
      title: 'What is missing',
      body: list(analysis.missing.slice(0, 8).map((text) => prose(text, 300))),
      dispensable: 0,
    },
    { title: 'What ran', body: renderRun(analysis), dispensable: 3 },
    { title: 'Results', body: analysis.results.slice(0, 6).map(renderResult).join('\n\n'), dispensable: 2 },
    {
      title: 'Metrics in the log',
      body: logMetrics === null ? '' : renderSeries(logMetrics.path, logMetrics.series),
      dispensable: 5,
    },
    {
      title: job.outcome === 'succeeded' ? 'What went wrong' : 'Why it ended',
      body:
        failure === null
          ? ''
          : joinParagraphs([
              `**${failure.class}**: ${prose(failure.explanation, 400)}`,
              failure.lines.length === 0 ? '' : `${code(failure.path, 300)}:\n\n${fence(numbered(failure.lines))}`,
            ]),
      dispensable: 1,
    },
    {
      title: 'Already done',
      body: list(
        job.alreadyDone.map((text) => prose(text, 600)),
        12,
      ),
      dispensable: 4,
    },
    { title: 'Required files', body: list(renderFindings(analysis), 12), dispensable: 6 },
    {
      title: 'Processes left behind',
      body: list(
        job.leftBehind.map((text) => code(text, 160)),
        8,
      ),
      dispensable: 8,
    },
    {
      title: 'Last lines',
      body: analysis.lastLines.length === 0 ? '' : fence(numbered(analysis.lastLines)),
      dispensable: 9,
    },
    {
      title: 'Evidence',
      body: list(
        analysis.sources.map(({ path, note }) => `${code(path, 300)}: ${prose(note, 160)}`),
        12,
      ),
      dispensable: 7,
    },
    { title: 'Next step', body: prose(analysis.nextStep, 500), dispensable: 0 },
    {
      title: 'The task',
      body: `The built-in analyst has no model: it read the log and the result files and did not interpret this text.\n\n${fence(
        dataLines(analysis.task, 24, 2_000),
      )}`,
      dispensable: 4,
    },
  ]
}

function renderRun({ job }: Analysis): string {
  const times =
    job.startedAtMs === null
      ? `never started; ended ${isoTime(job.endedAtMs)}`
      : `${isoTime(job.startedAtMs)} to ${isoTime(job.endedAtMs)} (${formatDuration(job.endedAtMs - job.startedAtMs)})`
  return joinParagraphs([
    `Job ${code(job.id, 80)}, attempt ${job.attempt}${job.description === null ? '' : `: ${prose(job.description, 200)}`}`,
    fence(dataLines(job.command, 24, 2_000)),
    `In ${code(job.cwd, 300)}, ${times}.`,
  ])
}

function renderResult(result: ResultMetrics): string {
  const facts = [
    result.status === null ? '' : `status ${prose(result.status, 40)}`,
    result.exitCode === null ? '' : `exit code ${result.exitCode}`,
    result.errorType === null ? '' : `error type ${result.errorType}`,
    result.error === null ? '' : `error: ${prose(result.error, 160)}`,
    ...result.problems.slice(0, 3).map((problem) => prose(problem, 200)),
  ].filter((fact) => fact !== '')
  const head = `${code(result.path, 300)}${facts.length === 0 ? '' : `: ${facts.join(' · ')}`}`
  const rows: string[] = []
  if (result.primary !== null) {
    const { name, value, higherIsBetter } = result.primary
    const better = higherIsBetter === null ? '' : higherIsBetter ? ', higher is better' : ', lower is better'
    rows.push(row([`${code(name, 60)} (primary${better})`, value === null ? 'missing' : formatNumber(value)]))
  }
  rows.push(...result.numbers.slice(0, 16).map(({ key, value }) => row([code(key, 60), formatNumber(value)])))
  if (rows.length === 0) return head
  const more = result.more + Math.max(0, result.numbers.length - 16)
  const table = [row(['metric', 'value']), row(['---', '---']), ...rows].join('\n')
  return joinParagraphs([head, table, more === 0 ? '' : `${more} more numbers in the file.`])
}

function renderSeries(path: string, series: readonly MetricSeries[]): string {
  const progress = renderProgress(series)
  const rows = series
    .filter(({ role }) => role === 'metric')
    .map((one) => {
      const trend = one.trend.replace('_', '-')
      return row([
        code(one.key, 60),
        point(one.first, one),
        renderBest(one),
        point(one.last, one),
        trend,
        String(one.count),
      ])
    })
  const head = [row(['metric', 'first', 'best', 'last', 'trend', 'values']), row(Array<string>(6).fill('---'))]
  return joinParagraphs([
    `${code(path, 300)}${progress.length === 0 ? '' : `, reached ${progress.map((text) => prose(text, 60)).join(', ')}`}:`,
    [...head, ...rows].join('\n'),
  ])
}

function renderBest(series: MetricSeries): string {
  const { min, max } = series
  if (min === null || max === null) return '–'
  const direction = betterDirection(series.key)
  if (direction === 'lower') return point(min, series)
  if (direction === 'higher') return point(max, series)
  return min.value === max.value ? formatNumber(min.value) : `${formatNumber(min.value)} … ${formatNumber(max.value)}`
}

function point({ value, line }: MetricPoint, { count }: MetricSeries): string {
  return line === null || count === 1 ? formatNumber(value) : `${formatNumber(value)} (line ${line})`
}

function renderFindings({ job }: Analysis): string[] {
  return job.requiredFiles.map(({ path, state, detail }) => {
    const why = state === 'ready' || detail === '' ? '' : `: ${prose(detail, 160)}`
    return `${code(path, 200)} ${state.replace('_', ' ')}${why}`
  })
}

/** Lines of the log with their numbers in front, so that none of them begins a line. */
function numbered(lines: readonly LogLine[]): string[] {
  const width = Math.max(1, ...lines.map(({ number }) => String(number ?? '').length))
  return lines.map(({ number, text }) => `${String(number ?? '').padStart(width)} | ${cut(text, maxLineInReport)}`)
}

/** Text of several lines as data: at most `maxLines`, and `maxChars` in all. */
function dataLines(text: string, maxLines: number, maxChars: number): string[] {
  const lines = text.slice(0, maxChars).split(/\r?\n/)
  const shown = lines.slice(0, maxLines).map((line) => `  ${sanitizeLine(line)}`)
  const rest = text.length - lines.slice(0, maxLines).join('\n').length
  return text.length > maxChars || lines.length > maxLines ? [...shown, `  … (${rest} more characters)`] : shown
}

/** A fence longer than any run of backticks inside, so that nothing in it can end it. */
function fence(lines: readonly string[]): string {
  const body = lines.join('\n')
  const ticks = '`'.repeat(Math.max(3, longestRun(body) + 1))
  return `${ticks}text\n${body}\n${ticks}`
}

/** Data inside a sentence or a cell, as a code span. */
function code(text: string, maxChars: number): string {
  const shown = oneLine(text, maxChars).replaceAll('`', "'").replaceAll('|', '¦')
  return shown === '' ? '(empty)' : `\`${shown}\``
}

/** Data inside a sentence, as plain text: nothing of it is Markdown. */
function prose(text: string, maxChars: number): string {
  // An underscore inside a word is one to Markdown too.
  const marks = /[\\`*<>|~#[\]&]|(?<!\w)_|_(?!\w)/g
  return oneLine(text, maxChars).replace(marks, (character) => (character === '`' ? "'" : `\\${character}`))
}

function oneLine(text: string, maxChars: number): string {
  return breakMarkers(cut(sanitizeLine(text.slice(0, 4 * maxChars).replace(/\s+/g, ' ')).trim(), maxChars))
}

function cut(text: string, maxChars: number): string {
  return sanitizeLine(text, maxChars)
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

function list(items: readonly string[], max = items.length): string {
  const more = items.length > max ? [`… and ${items.length - max} more`] : []
  return [...items.slice(0, max), ...more].map((item) => `- ${item}`).join('\n')
}

function joinParagraphs(paragraphs: readonly string[]): string {
  return paragraphs.filter((paragraph) => paragraph !== '').join('\n\n')
}

function isoTime(ms: number): string {
  const time = new Date(ms)
  return Number.isNaN(time.getTime())
    ? 'at an unknown time'
    : `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`{1,1000}/g) ?? []).map((run) => run.length))
}

/** Opens every `[[` and `]]` with a blank: the markers of the contract need them closed. */
function breakMarkers(text: string): string {
  return text.replace(/\[(?=\[)/g, '[ ').replace(/\](?=\])/g, '] ')
}

function utf8Bytes(text: string): number {
  let bytes = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return bytes
}
