// relay runs: workflow runs of a repository on GitHub, the adoption of one, and the dispatch of another.
import { repositorySchema, runIdSchema } from '../core/backends/backendPlan'
import { dispatchLine } from '../core/backends/planBackend'
import { wordsOfRun } from '../core/backends/github/runs'
import { shorten } from '../core/jobs/jobWords'
import { RelayError } from '../core/relayError'
import { listRuns, remoteOf, repositoryOf } from '../store/backends/workflowRuns'
import { resolveFolder } from '../store/jobs/jobRequests'
import { adopt, adoptOptions } from './adopt'
import { exitOk, exitUsage, type Options, type Verb, type VerbContext } from './verb'

export const runsVerb: Verb = {
  name: 'runs',
  operands: ['list|adopt|dispatch', '[WORD…]'],
  summary: 'List workflow runs on GitHub, adopt one as a job, or dispatch one',
  options: {
    repo: { type: 'string', value: '[HOST/]OWNER/NAME', summary: 'The repository (default: that of this folder)' },
    ref: { type: 'string', value: 'BRANCH', summary: 'dispatch: the branch or tag (default: the default branch)' },
    'id-input': {
      type: 'string',
      value: 'NAME',
      summary: 'dispatch: the input that gets the id of the job, shown in run-name',
    },
    chain: { type: 'boolean', summary: 'A SLURM job that its log names is watched with it' },
    on: { type: 'string', value: 'HOST', summary: 'With --chain: the cluster that this host submits to' },
    ...adoptOptions,
  },
  run: async (context, [act = '', ...words], options) => {
    const { console } = context
    const [word, ...inputs] = words
    if (act === 'list' && word === undefined) {
      const { host, repo } = await repository(context, options)
      const runs = await listRuns(repo, { env: context.env, host })
      if (options['json'] === true) console.out(JSON.stringify({ host: host ?? null, repo, runs }))
      else {
        console.err(console.paint('dim', `Workflow runs of ${repo} at ${host ?? 'the host that gh takes by itself'}`))
        for (const run of runs)
          console.out(
            `${run.id.padEnd(12)} ${(run.conclusion ?? run.status).padEnd(12)} ${shorten(run.workflow ?? '', 24).padEnd(24)}  ${shorten(run.title, 50)} — ${wordsOfRun(run)}`,
          )
      }
      return exitOk
    }
    const chain =
      options['chain'] === true ? { chain: typeof options['on'] === 'string' ? { host: options['on'] } : {} } : {}
    if (act === 'adopt' && word !== undefined && inputs.length === 0) {
      if (!runIdSchema.safeParse(word).success)
        throw new RelayError('bad_id', `${JSON.stringify(word)} is no number of a workflow run.`)
      const { host, repo } = await repository(context, options)
      const at = host === undefined ? {} : { host }
      const backend = { kind: 'github', ...at, repo, ask: { act: 'adopt', runId: word }, ...chain } as const
      return adopt(context, { backend, title: `workflow run ${word} of ${place(host, repo)}` }, options)
    }
    if (act === 'dispatch' && word !== undefined) {
      const { host, repo, branch } = await repository(context, options)
      const ref = typeof options['ref'] === 'string' ? options['ref'] : branch
      if (ref === null) throw new RelayError('no_ref', `Not dispatched: name the branch, with --ref.`)
      const idInput = typeof options['id-input'] === 'string' ? { idInput: options['id-input'] } : {}
      const ask = { act: 'dispatch', workflow: word, ref, inputs: readInputs(inputs), ...idInput } as const
      const backend = { kind: 'github', ...(host === undefined ? {} : { host }), repo, ask, ...chain } as const
      return adopt(context, { backend, title: dispatchLine(backend) }, options)
    }
    console.err('relay runs wants `list`, `adopt ID`, or `dispatch WORKFLOW [NAME=VALUE…]`')
    return exitUsage
  },
}

interface Asked {
  /** Absent: nothing here says at which, and gh decides. */
  readonly host: string | undefined
  readonly repo: string
  readonly branch: string | null
}

/** One that is named without its host is at that of the folder's remote, where there is one. */
async function repository({ cwd, env }: VerbContext, options: Options): Promise<Asked> {
  const folder = resolveFolder(typeof options['cwd'] === 'string' ? options['cwd'] : cwd)
  const { repo: named } = options
  if (typeof named !== 'string') return repositoryOf(folder, { env })
  const [, host, repo = ''] = /^(?:([A-Za-z0-9][A-Za-z0-9.-]*(?::\d{1,5})?)\/)?([^/]+\/[^/]+)$/.exec(named) ?? []
  if (!repositorySchema.safeParse(repo).success)
    throw new RelayError('bad_option', `--repo wants [HOST/]OWNER/NAME, not ${JSON.stringify(named)}.`)
  return { host: host ?? (await remoteOf(folder, env))?.host, repo, branch: null }
}

/** For people. */
function place(host: string | undefined, repo: string): string {
  return host === undefined || host === 'github.com' ? repo : `${host}/${repo}`
}

function readInputs(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=')
      if (at < 1) throw new RelayError('bad_option', `An input is NAME=VALUE, not ${JSON.stringify(word)}.`)
      return [word.slice(0, at), word.slice(at + 1)]
    }),
  )
}
