// What a results pull request and its experiment document say, out of one page of facts: at first that all is pending, and later what came
// of it. Only marked regions ever change; everything in them is made anew from the page.
import { formatDuration } from '../followUps/quantities'
import { redactSecrets } from '../logs/redactSecrets'
import { branchWord } from './resultsBranch'
import { codeSpan, fencedLines, harmlessMarkdown, hasSecret, plainProse, plainTitle } from './harmless'
import { placeRegion, type Region, type RegionsResult, updateRegions } from './regions'
import { documentLimits, isFilledIn, renderResultsTable, type TableLimits } from './renderResultsTable'
import { hasEnded } from './resultsTable'
import type { AttemptLine, FailureReport, ResultsPage } from './resultsPage'
import { fillTemplate } from './resultsTemplate'

/** A service refuses a longer body. */
const maxBodyChars = 60_000
const maxPatchLines = 80

interface Limits {
  readonly table: TableLimits
  readonly discussionChars: number
  readonly patchLines: number
}

/** Each is tried in its turn: a body that is too long says less. */
const bodyLimits: readonly Limits[] = [
  { table: { rows: 100, columns: 12 }, discussionChars: 20_000, patchLines: maxPatchLines },
  { table: { rows: 30, columns: 8 }, discussionChars: 8_000, patchLines: 20 },
  { table: { rows: 10, columns: 4 }, discussionChars: 2_000, patchLines: 0 },
]

export function renderTitle(page: ResultsPage, template: string): string {
  return fillTemplate(template, { experiment: plainTitle(page.experiment) })
}

/** A whole new body, with its regions in the places that the template gives them. */
export function renderBody(page: ResultsPage, template: string): string {
  return shortEnough((limits) => {
    const region = (name: string) =>
      placeRegion(page.track, regionNamed(bodyRegions(page, limits), name)).replace(/\n$/, '')
    return fillTemplate(template, {
      experiment: codeSpan(page.experiment),
      summary: renderSummary(page),
      status: region('status'),
      metrics: renderMetrics(page),
      testPlan: region('test-plan'),
      discussion: region('discussion'),
    })
  })
}

/** `text` is the body as it is now; `template` is what it was made from. */
export function updateBody(text: string, page: ResultsPage, template: string): RegionsResult {
  const placed = { status: '{status}', 'test-plan': '{testPlan}', discussion: '{discussion}' }
  for (const limits of bodyLimits) {
    const regions = bodyRegions(page, limits).filter(({ name }) => template.includes(placed[name]))
    const updated = updateRegions(text, page.track, regions)
    if (updated.text.length <= maxBodyChars || updated.text === text) return updated
  }
  return { text, notes: ['The text of the pull request has no room for more, so it is left as it is.'] }
}

type BodyRegion = Region & { readonly name: 'status' | 'test-plan' | 'discussion' }

function bodyRegions(page: ResultsPage, limits: Limits): readonly BodyRegion[] {
  return [
    { name: 'status', kind: 'text', text: renderStatus(page, limits) },
    { name: 'test-plan', kind: 'boxes', text: renderTestPlan(page) },
    { name: 'discussion', kind: 'text', text: renderDiscussion(page, '## Discussion', limits.discussionChars) },
  ]
}

/** The regions of the experiment document. */
export function documentRegions(page: ResultsPage): readonly Region[] {
  const report = paragraphs(
    renderUnfetched(page),
    renderAttempts(page, 0),
    renderFailure(page.failure, '###'),
    renderFinal(page),
  )
  return [
    { name: 'results', kind: 'text', text: `${renderResultsTable(page.table, documentLimits)}\n` },
    { name: 'report', kind: 'text', text: report },
    { name: 'discussion', kind: 'text', text: renderDiscussion(page, '### Discussion', 20_000) },
  ]
}

/** What is put at the end of a document, or is all of a new one. */
export function renderDocumentSection(page: ResultsPage, isNew: boolean): string {
  const name = plainProse(page.experiment, 120)
  const heading = isNew ? `# ${name}\n\n## Results` : `## Results: ${name}`
  return (
    [heading, ...documentRegions(page).map((region) => placeRegion(page.track, region).trimEnd())].join('\n\n') + '\n'
  )
}

/** What is done, in a few words: the first line of a commit's message. Nothing in it is anybody's text. */
export function renderCommitMessage(page: ResultsPage, what: string, trailer: string | null): string {
  const trailers = [`Relay-Track: ${page.track}`, ...(trailer === null || trailer === '' ? [] : [trailer])]
  return `Results of ${branchWord(page.experiment)}: ${what}\n\n${trailers.join('\n')}\n`
}

/** Where the results stand, for the first line of a commit. */
export function renderStand(page: ResultsPage): string {
  if (page.discussion !== null) return 'discussion'
  if (isFilledIn(page.table)) return 'metrics'
  if (page.failure !== null && page.failure.unseen !== true) return 'failure report'
  return page.table.rows.every(({ state }) => hasEnded(state)) ? 'ended' : 'pending'
}

function renderSummary({ summary }: ResultsPage): string {
  return summary
    .slice(0, 3)
    .map((one) => `- ${plainProse(one)}`)
    .join('\n')
}

function renderMetrics({ metrics }: ResultsPage): string {
  if (metrics.length === 0) return '- Those that are found in the results and the log'
  return metrics.map((name) => `- ${codeSpan(name)}`).join('\n')
}

function renderStatus(page: ResultsPage, limits: Limits): string {
  const { rows } = page.table
  const isEnded = rows.length > 0 && rows.every(({ state }) => hasEnded(state))
  if (!isEnded)
    return paragraphs(
      'Jobs are PENDING / RUNNING. Results will be updated in this PR.',
      renderAttempts(page, limits.patchLines),
    )
  return paragraphs(
    renderCount(page),
    renderResultsTable(page.table, limits.table),
    renderUnfetched(page),
    renderAttempts(page, limits.patchLines),
    renderFailure(page.failure, '###'),
    renderFinal(page),
  )
}

function renderCount({ table: { rows } }: ResultsPage): string {
  const done = rows.filter(({ state }) => state === 'succeeded').length
  const unseen = rows.filter(({ state }) => state === 'ended').length
  const jobs = rows.length === 1 ? 'job has' : 'jobs have'
  if (unseen === 0) return `${done} of ${rows.length} ${jobs} completed successfully.`
  const many = done === 0 ? '' : ` ${done} completed successfully.`
  return `${unseen} of ${rows.length} ${jobs} ended; whether with success only their parent was told, so they are judged by their results.${many}`
}

function renderUnfetched({ unfetched }: ResultsPage): string {
  if (unfetched.length === 0) return ''
  const lines = unfetched.slice(0, 10).map((one) => `- ${plainProse(one, 300)}`)
  return ['Results are PENDING, for not all that it has left could be fetched:', '', ...lines].join('\n')
}

/** The boxes are the contract's; each is ticked when what it says is seen. */
function renderTestPlan(page: ResultsPage): string {
  const box = (isTicked: boolean, label: string) => `- [${isTicked ? 'x' : ' '}] ${label}\n`
  const jobs = page.jobs.map(({ id, isDone }) => box(isDone, `Job ${plainId(id)} completes successfully`))
  return [
    ...jobs,
    box(isFilledIn(page.table), 'Results tables updated with actual metrics'),
    box(page.discussion !== null, 'Discussion section filled in'),
  ].join('')
}

function plainId(id: string): string {
  const isPlain = /^[A-Za-z0-9]{1,40}(?:[_.-][A-Za-z0-9]{1,40}){0,6}$/.test(id) && redactSecrets(id) === id
  return isPlain ? id : codeSpan(id, 80)
}

function renderAttempts({ attempts }: ResultsPage, patchLines: number): string {
  if (attempts.length === 0) return ''
  const rows = attempts.map((one) => `| ${[one.number, ...attemptCells(one)].join(' | ')} |`)
  const table = [
    '| Attempt | Job | Changed before it | Ended | After | Why |',
    '| ---: | --- | --- | --- | ---: | --- |',
    ...rows,
  ].join('\n')
  const patches = attempts.flatMap(({ number, patch }) =>
    patch === null || patchLines === 0 ? [] : renderPatch(number, patch, patchLines),
  )
  return paragraphs(table, ...patches).trimEnd()
}

function renderPatch(attempt: number, patch: string, lines: number): readonly string[] {
  if (hasSecret(patch)) return [`The fix before attempt ${attempt} is not shown: something in it looks like a secret.`]
  return [`Fix before attempt ${attempt}:`, fencedLines(boundLines(patch, lines), 'diff')]
}

function attemptCells({ known, change, outcome, durationMs, failure }: AttemptLine): readonly string[] {
  return [
    known === null ? '' : codeSpan(known, 80),
    change === null ? '' : plainProse(change, 200),
    plainProse(outcome, 80),
    durationMs === null ? '' : formatDuration(durationMs),
    failure === null ? '' : plainProse(failure, 200),
  ]
}

function boundLines(text: string, count: number): readonly string[] {
  const lines = text.replace(/\n$/, '').split('\n')
  return lines.length <= count ? lines : [...lines.slice(0, count), `… (${lines.length - count} more lines)`]
}

function renderFailure(failure: FailureReport | null, level: string): string {
  if (failure === null) return ''
  return paragraphs(
    failure.unseen === true ? `${level} How it ended` : `${level} Failure report`,
    `${failure.unseen === true ? '' : `${plainProse(failure.class, 120)}: `}${plainProse(failure.explanation, 600)}`,
    ...(failure.evidence.length === 0
      ? []
      : ['The first failing lines of the log:', fencedLines(failure.evidence.slice(0, 8))]),
    plainProse(failure.why, 400),
  ).trimEnd()
}

function renderFinal({ final }: ResultsPage): string {
  return final === null ? '' : plainProse(final, 1_000)
}

function renderDiscussion({ discussion }: ResultsPage, heading: string, maxChars: number): string {
  if (discussion === null) return ''
  return paragraphs(
    heading,
    `*Written by an agent (${plainProse(discussion.by, 80)}) from the numbers above and the log; nobody has checked it.*`,
    harmlessMarkdown(discussion.text, maxChars),
  )
}

function paragraphs(...parts: readonly string[]): string {
  const some = parts.filter((part) => part.trim() !== '')
  return some.length === 0 ? '' : `${some.join('\n\n')}\n`
}

function regionNamed(regions: readonly Region[], name: string): Region {
  return regions.find((one) => one.name === name) ?? { name, kind: 'text', text: '' }
}

function shortEnough(render: (limits: Limits) => string): string {
  let text = ''
  for (const limits of bodyLimits) {
    text = render(limits)
    if (text.length <= maxBodyChars) break
  }
  return text
}
