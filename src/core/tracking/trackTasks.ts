// What agents are told about a tracked job: a fix, a discussion. What was collected from files and logs stands behind bars, as data.
import { formatNumber } from '../followUps/quantities'
import { quoteData, quoteInline } from '../followUps/quoteData'
import { failureWords } from './diagnose'
import type { TrackAttempt, TrackState } from './trackState'
import type { TrackPlan } from './trackPlan'
import { isUnseen } from './unseenEnd'

export function fixTask(plan: TrackPlan, failed: TrackAttempt): string {
  const failure = failed.examined?.failure
  const what = failure === undefined || failure === null ? failureWords.unknown : failureWords[failure.class]
  return [
    `Find out why attempt ${failed.number} of “${quoteInline(plan.experiment)}” failed, and fix it here.`,
    '',
    `It looks like: ${what}. This folder is a git worktree of its own that begins with the files the job ran with. What you change here is committed to a results branch and shown to a person, and the same command is then run again in this folder.`,
    '',
    'Rules:',
    '- Make the smallest change that fixes the cause. Do not hide the failure, do not weaken a check, and do not change what is measured or what it is measured on.',
    '- Do not start the job yourself, and do not commit: both are done for you. A short run that shows the fix is fine.',
    '- Leave links to data and environments alone: what is written there is written into the folder of the person.',
    '- If nothing in the files is at fault, or a person has to decide, change nothing, say what is missing and end with [[task:blocked]].',
    '- Say in your answer what the cause was and what you changed, in a few sentences.',
    ...(failure === undefined || failure === null || failure.evidence.length === 0
      ? []
      : ['', 'Its first failing lines, as data:', quoteData(failure.evidence.join('\n'))]),
  ].join('\n')
}

export function discussionTask(plan: TrackPlan, { attempts }: TrackState): string {
  const last = attempts.filter(({ examined }) => examined !== null).at(-1)?.examined
  const rows = (last?.metrics ?? []).map(
    ({ name, last: value, best, seeds, path }) =>
      `${name}: last ${formatNumber(value)}${best === null ? '' : `, best ${formatNumber(best)}`}${seeds === null ? '' : `, over ${seeds.last.runs} seeds ${formatNumber(seeds.last.mean)} ± ${formatNumber(seeds.last.sd)}`} (${path})`,
  )
  return [
    `Write the discussion of the results of “${quoteInline(plan.experiment)}” for its pull request.`,
    '',
    'Your final answer is put there as it is, marked as yours: two to six short paragraphs or bullets in Markdown, no headings. Say what the numbers show, how sure that is, what went wrong on the way, and what to do next. Use the numbers below or those of the files, and no others; say where one is missing. Change no file.',
    ...(last !== undefined && last !== null && isUnseen(last)
      ? ['How it ended is not known: call it neither a failure nor a success.']
      : []),
    ...(rows.length === 0
      ? ['', 'No metrics were found.']
      : ['', 'Collected metrics, as data:', quoteData(rows.join('\n'))]),
  ].join('\n')
}
