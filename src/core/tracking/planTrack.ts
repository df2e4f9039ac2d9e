// From what a person pointed at, and what was found around it, to the plan of a track. Pure: the looking around is done by whoever asks. What
// cannot be done as it is asked for is refused with a sentence, and what was decided for the person is told.
import { isAdopted } from '../backends/backendPlan'
import { planFetch } from './fetchPlan'
import { guessDocument, guessExperiment, recall, splitResults } from './guessTrack'
import { plainTitle } from './harmless'
import { planPointed } from './planPointed'
import { readRequired, requiring, tellRequired } from './requiredFiles'
import { branchName, freeBranch } from './resultsBranch'
import { fillTemplate } from './resultsTemplate'
import { whyUnfixed } from './seesFix'
import { maxAttempts, type TrackPlan } from './trackPlan'
import type { Surroundings, TrackWish } from './trackWish'
import { whyOnce } from './whyOnce'

export type TrackPlanResult =
  { readonly plan: TrackPlan; readonly notes: readonly string[] } | { readonly refusals: readonly string[] }

export function planTrack(wish: TrackWish, here: Surroundings): TrackPlanResult {
  const notes: string[] = []
  const experiment = wish.experiment ?? guessExperiment(wish, here)
  const launched = planPointed(wish, here, experiment, notes)
  if ('refusals' in launched) return launched
  const required = readRequired(wish.required, here.folder)
  if ('refusal' in required) return { refusals: [required.refusal] }
  const { tracked } = launched
  const job = requiring(launched.job, required.files, here.folder)
  const again = requiring(launched.again, required.files, here.folder)
  const caution = tellRequired(job, here.folder)
  if (caution !== null) notes.push(caution)
  // Without a branch there is none, and nothing to be told of it.
  const ofDocument = here.git === null || !wish.pullRequest ? [] : notes
  const document = wish.document ?? guessDocument(experiment, wish.last?.document ?? null, here, ofDocument)
  const looked = splitResults(recall('results', wish, notes), here, notes)
  const { pointed } = wish
  const fetch = planFetch(job, looked.folder, pointed.kind === 'slurm' ? (pointed.again?.directory ?? null) : null)
  const results = fetch === null ? looked : { ...looked, fetch }
  const metrics = recall('metrics', wish, notes)
  const pullRequest = planPullRequest(wish, here, experiment, notes)
  if (typeof pullRequest === 'string') return { refusals: [pullRequest] }
  const attempts = Math.max(1, Math.min(maxAttempts, wish.attempts))
  const onceFor = again === null && attempts > 1 ? whyOnce(wish.pointed) : null
  if (onceFor !== null) notes.push(`It cannot be run again by itself: ${onceFor}.`)
  if (here.git === null && wish.fixer !== null)
    notes.push('Without git no agent can look for a fix: the files are not kept.')
  const agent = here.git === null || attempts === 1 || again === null ? null : wish.fixer
  const links = [...(wish.links ?? here.linkable)]
  if (agent !== null && again !== null) {
    const unfixed = whyUnfixed(again, { folder: here.folder, links, realOf: (place) => place, home: null })
    if (unfixed !== null) notes.push(`A fix of the agent would be shown, and not run. ${unfixed}`)
  }
  return {
    notes,
    plan: {
      kind: 'track',
      tracked,
      job,
      experiment,
      date: here.date,
      document: pullRequest === null ? null : document,
      results,
      metrics: [...metrics],
      pullRequest,
      relaunch: {
        attempts,
        again,
        ...(onceFor === null ? {} : { onceFor }),
        maxMemoryMb: wish.maxMemoryMb,
        maxTimeSec: wish.maxTimeSec,
        agent,
        links,
      },
      discussion: wish.discusser,
    },
  }
}

function planPullRequest(
  wish: TrackWish,
  here: Surroundings,
  experiment: string,
  notes: string[],
): TrackPlan['pullRequest'] | string {
  if (!wish.pullRequest) return null
  if (here.git === null) {
    notes.push(...here.notes)
    return null
  }
  const { remote, base, branches } = here.git
  const branch = freeBranch(branchName(experiment, here.date), branches)
  if (branch === null)
    return `There are too many branches named ${branchName(experiment, here.date)}: delete some, or name the experiment with --experiment.`
  notes.push(...here.notes)
  return {
    branch,
    remote: here.pushes ? remote : null,
    base,
    opens: here.pushes && here.opens,
    title: fillTemplate(wish.title, { experiment: plainTitle(experiment) }),
    body: wish.body,
    trailer: wish.trailer === '' ? null : wish.trailer,
  }
}

/** Whether something is started, and not only watched. */
export function startsSomething({ job }: TrackPlan): boolean {
  return !isAdopted(job.backend)
}
