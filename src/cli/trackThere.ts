// relay track there: what is there to track, and what there is to track it with.
import { shorten } from '../core/jobs/jobWords'
import { showInvisible } from '../core/logs/plainText'
import { renderRepository } from '../core/tracking/remote'
import type { Surroundings } from '../core/tracking/trackWish'
import { jobEnvironment } from '../store/jobs/jobEnvironment'
import { resolveFolder } from '../store/jobs/jobRequests'
import { folderKey } from '../store/stateFolder'
import { listTrackable, type TrackableList } from '../store/tracking/listTrackable'
import { readRemembered } from '../store/tracking/remembered'
import { lookAround } from '../store/tracking/surroundings'
import { trackSettings } from './trackSettings'
import { exitOk, type Options, type VerbContext } from './verb'

/** What could be tracked: the person's own SLURM jobs, processes and workflow runs, each asked for once. */
export async function listThere(context: VerbContext, _words: readonly string[], options: Options): Promise<number> {
  const { console, state, env, now } = context
  const folder = resolveFolder(typeof options['cwd'] === 'string' ? options['cwd'] : context.cwd)
  const clean = jobEnvironment(env)
  const settings = trackSettings(context)
  const here = await lookAround({ folder, env: clean, sshHost: settings['relay.tracking.sshHost'], nowMs: now() })
  const { found, problems } = await listTrackable(here, clean, now())
  const there = tellSurroundings(here, problems)
  if (options['json'] === true)
    console.out(
      JSON.stringify({
        there,
        found,
        dispatchable: here.dispatchable,
        documents: here.documents,
        remembered: readRemembered(state.folder(folderKey(folder))),
      }),
    )
  else {
    for (const line of there) console.out(showInvisible(line))
    for (const { kind, id, name, detail } of found)
      console.out(
        `${kind.padEnd(8)} ${id.padEnd(12)} ${shorten(showInvisible(name), 60).padEnd(60)}  ${showInvisible(detail)}`,
      )
  }
  return exitOk
}

/** A sentence each, which begins with what it is about: `SLURM: …`, `Git: …`, `GitHub: …`. */
export function tellSurroundings(here: Surroundings, problems?: TrackableList['problems']): string[] {
  const { git, repository, dispatchable, documents } = here
  const host = repository?.host ?? 'github.com'
  const gh = {
    ready: `gh is logged in${host === 'github.com' ? '' : ` at ${host}`}`,
    no_login: `gh is not logged in at ${host} (gh auth login --hostname ${host})`,
    absent: 'gh is not installed',
    unknown: 'gh was not asked, or GitHub is out of reach',
  }[here.gh]
  const remote =
    git?.remote === undefined || git.remote === null
      ? 'no remote'
      : `remote ${git.remote}${repository === null ? '' : ` (${renderRepository(repository)})`}`
  return [
    `SLURM: ${tellSlurm(here, problems?.slurm ?? null)}.`,
    git === null ? 'Git: none here.' : `Git: ${git.current ?? 'no branch is checked out'}, ${remote}.`,
    `GitHub: ${problems?.run ?? (git !== null && repository === null ? `no repository of it is a remote here; ${gh}` : gh)}.`,
    `Workflows that can be dispatched: ${dispatchable.length === 0 ? 'none' : dispatchable.map(({ file }) => file).join(', ')}.`,
    `Documents: ${documents.length === 0 ? 'none' : documents.slice(0, 8).join(', ')}${documents.length > 8 ? ', …' : ''}.`,
  ]
}

function tellSlurm({ hasSlurm, slurmProblem, sshHost }: Surroundings, problem: string | null): string {
  const why = (slurmProblem ?? problem)?.replace(/\.$/, '')
  if (hasSlurm) return why === undefined ? 'squeue is here' : `squeue reaches no cluster: ${why}`
  if (sshHost === null) return 'no squeue here, and no host with one is set (relay.tracking.sshHost)'
  return `on ${sshHost}, by ssh${why === undefined ? '' : `: ${why}`}`
}
