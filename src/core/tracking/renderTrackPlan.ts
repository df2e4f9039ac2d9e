// Everything a track can make happen, in words, made from the parsed bytes alone: what a person reads before approving it.
import type { Agent } from '../followUps/agent'
import { tellAgent } from '../followUps/tellAgent'
import { formatDuration } from '../followUps/quantities'
import { type PlanFact, renderPlan } from '../jobs/renderPlan'
import { isAdopted } from '../backends/backendPlan'
import { showInvisible } from '../logs/plainText'
import { filesElsewhere } from './elsewhere'
import { tellFetch } from './fetchPlan'
import { defaultBodyTemplate } from './resultsTemplate'
import type { TrackPlan } from './trackPlan'

/** First what the track is and what leaves the machine, then the job itself. */
export function renderTrackPlan(plan: TrackPlan): readonly PlanFact[] {
  const own: readonly PlanFact[] = [
    { label: 'Tracks', value: plan.tracked.name, isVerbatim: true },
    { label: 'Experiment', value: plan.experiment, isVerbatim: true },
    ...renderPullRequest(plan),
    {
      label: 'Document',
      value:
        plan.document === null
          ? 'none: the table of results is in the pull request alone'
          : `a marked table of results is written into it, on that branch: ${plan.document}`,
    },
    ...renderCollecting(plan),
    ...renderRelaunch(plan),
    {
      label: 'Discussion',
      value:
        plan.discussion === null
          ? 'none'
          : plan.discussion.kind === 'builtin'
            ? 'made of the numbers alone, without a model, and marked as that'
            : renderAgent(plan.discussion, 'writes a section that is marked as its own, when the results are there'),
    },
    {
      label: 'Leaves here',
      value:
        'the table, numbers, the class of a failure with its first failing lines, the changes of a fix, and the discussion; secrets of known shapes are taken out before. The log stays here',
    },
    { label: 'Questions', value: 'none, once it is approved; relay track stop ends it' },
  ]
  return [
    ...own.map((fact) => ({ ...fact, value: showInvisible(fact.value) })),
    ...renderPlan(plan.job),
    ...renderAgain(plan),
  ]
}

/** A later attempt of what was adopted is another job, perhaps elsewhere: all of it is told, as of the first. */
function renderAgain({ relaunch: { again, attempts }, job }: TrackPlan): readonly PlanFact[] {
  if (again === null || attempts === 1 || isSame(again, job)) return []
  return renderPlan(again).map(({ label, value, isVerbatim, below }) => ({
    label: `Again: ${label}`,
    value,
    ...(isVerbatim === undefined ? {} : { isVerbatim }),
    ...(below === undefined ? {} : { below }),
  }))
}

function renderPullRequest({ pullRequest }: TrackPlan): readonly PlanFact[] {
  if (pullRequest === null)
    return [{ label: 'Pull request', value: 'none: this folder is in no git repository; the text is kept and shown' }]
  const { branch, remote, base, opens, title, body, trailer } = pullRequest
  const where =
    remote === null
      ? 'kept in this repository and pushed nowhere, for there is no remote; the text of the pull request is shown'
      : opens
        ? `pushed to ${remote}, and a pull request into ${base ?? 'its default branch'} is opened before anything is waited for`
        : `pushed to ${remote}; without gh or its login no pull request is opened, and its text is shown`
  return [
    { label: 'Branch', value: branch, isVerbatim: true },
    {
      label: 'Pull request',
      value: `the branch is made in a worktree of our own, so your files, index and stash stay as they are; it is ${where}`,
    },
    { label: 'Title', value: title, isVerbatim: true },
    ...(body === defaultBodyTemplate ? [] : [{ label: 'Text', value: body, isVerbatim: true as const }]),
    ...(trailer === null ? [] : [{ label: 'Commits end', value: trailer, isVerbatim: true as const }]),
  ]
}

function renderCollecting({ results, metrics, job }: TrackPlan): readonly PlanFact[] {
  const where = results.folder === null ? 'its required files' : results.folder
  const elsewhere = filesElsewhere(job)
  return [
    {
      label: 'Results',
      value:
        results.fetch !== undefined
          ? tellFetch(results.fetch, results.folder)
          : elsewhere === null
            ? `read when it ends, from ${where} and its log`
            : `read when it ends, from its log; ${elsewhere} are not fetched, so ${where} tells only what has come into this folder by then`,
    },
    ...(results.globs.length === 0
      ? []
      : [{ label: 'Files', value: results.globs.join('\n'), isVerbatim: true as const }]),
    ...(job.watch.requireFiles.length === 0
      ? []
      : [
          {
            label: 'Judged by',
            value: `${job.backend.kind === 'process' ? 'files alone, for with what exit status it ends is not to be seen here' : 'its end, and files'}: done when all that it must write (below) are there, written since ${isAdopted(job.backend) ? 'it was adopted' : 'its start'}, and whole where they are JSON; else it is blocked`,
          },
        ]),
    { label: 'Metrics', value: metrics.length === 0 ? 'those that are found' : metrics.join(', ') },
  ]
}

function renderRelaunch({ relaunch, job }: TrackPlan): readonly PlanFact[] {
  const { attempts, again, onceFor, maxMemoryMb, maxTimeSec, agent, links } = relaunch
  if (attempts === 1)
    return [{ label: 'If it fails', value: 'a report of the failure is written; it is not run again' }]
  if (again === null)
    return [
      {
        label: 'If it fails',
        value: `a report is written; it cannot be run again: ${onceFor ?? 'how it was launched is not known'}`,
      },
    ]
  const grown = [
    ...(maxMemoryMb === null ? [] : [`memory up to ${maxMemoryMb} MB`]),
    ...(maxTimeSec === null ? [] : [`time up to ${formatDuration(maxTimeSec * 1000)}`]),
  ]
  const rules = ['a node failure or a preemption: again as it is']
  if (grown.length > 0) rules.push(`out of memory or of time: twice as much, ${grown.join(' and ')}`)
  const facts: PlanFact[] = [
    {
      label: 'If it fails',
      value: `it is run at most ${attempts} times in all, and not again when it fails twice in the same way;\n${rules.join(';\n')}`,
    },
  ]
  if (agent === null) facts.push({ label: 'Fixed by', value: 'nobody: where no rule helps, a report is written' })
  else
    facts.push(
      {
        label: 'Fixed by',
        value: renderAgent(
          agent,
          'in a worktree of our own that begins with the state the job ran with, changes that are not committed among them; its changes are committed to the branch above and shown, and the next attempt runs there',
        ),
      },
      {
        label: 'Linked there',
        value:
          links.length === 0
            ? 'nothing: what git ignores, such as data and environments, is not there'
            : `what is written there is written into your folder:\n${links.join('\n')}`,
      },
    )
  if (!isSame(again, job))
    facts.push({
      label: 'Again',
      value:
        'as a job of its own, with what stands under Again at the end, and with nothing else of what the first one was given',
    })
  return facts
}

function isSame(a: TrackPlan['job'], b: TrackPlan['job']): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function renderAgent(agent: Agent, how: string): string {
  const [who = '', ...rest] = tellAgent(agent)
  return [`${who}, ${how}`, ...rest].join(';\n')
}
