// Small jobs whose runs are counted from outside, and what must be true of them however often the supervisor was killed.
import fs from 'node:fs'
import path from 'node:path'
import type { JobDescription } from '../../src/core/jobs/describeJob'
import { followUpJobId, type JobId, newJobId } from '../../src/core/jobs/jobId'
import { runMarker } from '../../src/core/experiments/runReport'
import type { Plan } from '../../src/core/jobs/plan'
import { readJournal } from '../../src/store/journal'
import { startRequest } from '../../src/store/jobs/jobRequests'
import { type StartRequest, submitRequest } from '../../src/store/request'
import { wake } from '../../src/store/wake'
import { eventually } from '../support/eventually'
import { ownProcesses, type Relay } from '../support/relay'
import { say } from '../support/scale'

export interface SmallJob {
  readonly id: JobId
  readonly plan: Plan
  readonly ends: JobDescription['state']
  readonly exit: object | null
  /** Whether its end calls a follow-up, which leaves one handoff entry. */
  readonly callsBack: boolean
  /** To be stopped as soon as it has begun. */
  readonly isStopped: boolean
  /** How often it is to run: once, and once more for each restart; a dry run never. */
  readonly runs: number
  readonly dryRun: boolean
  /** How many stages before its work are to run in each of its runs. */
  readonly stages: number
  /** The run of an experiment that it is, with the work on documents that follows. */
  readonly runId: string | null
  /** Its follow-up is there, and waits for a person. */
  readonly isHeld: boolean
}

/** What a client does to start a job: a request into the inbox, then see to it that a supervisor is there. */
export function submitJob(relay: Relay, job: SmallJob): void {
  submitRequest(relay.state, smallJobRequest(relay, job))
}

export function smallJobRequest(relay: Relay, { id, plan, dryRun }: SmallJob): StartRequest {
  return startRequest(relay.state.host, id, Date.now(), {
    plan,
    description: `small job ${id}`,
    folder: relay.workspace,
    origin: { kind: 'block', file: null, line: 1 },
    how: 'yes_flag',
    env: relay.env,
    dryRun,
  })
}

export function submitStop(relay: Relay, { id }: SmallJob, bundle: string): void {
  submitRequest(relay.state, { v: 1, kind: 'stop', id: `stop-${id}`, jobId: id })
  wake(relay.state, bundle)
}

const kinds = [
  'success',
  'failure',
  'no follow-up',
  'preflight',
  'stopped',
  'dry run',
  'staged',
  'grouped',
  'run',
  'held',
] as const
/** `everything`: checks, a required file and a follow-up, as quickly as possible. `slow` ends after two seconds. */
export type Kind = (typeof kinds)[number] | 'everything' | 'slow'

/** One job of each kind; of a group there are two, which may not run at once. */
export function smallJobs(relay: Relay): readonly SmallJob[] {
  return [...kinds, 'grouped' as const].map((kind) => smallJob(relay, kind))
}

export function smallJob(relay: Relay, kind: Kind): SmallJob {
  // Random as in real life: a marked process of another test with the same id would be taken for ours.
  const id = newJobId(Date.now(), Math.random())
  const begun = `echo "$RELAY_JOB_ID $RELAY_ATTEMPT" >>runs.txt`
  const file = `metrics-${id}.json`
  const job = (command: string, change: Partial<SmallJob> = {}, plan: Partial<Plan> = {}): SmallJob => ({
    id,
    plan: { ...planOf(relay, `${begun}; ${command}`), ...plan },
    ends: 'succeeded',
    exit: { code: 0 },
    callsBack: true,
    isStopped: false,
    runs: 1,
    dryRun: false,
    stages: 0,
    runId: null,
    isHeld: false,
    ...change,
  })
  const watch = { ...planOf(relay, '').watch, requireFiles: [file] }
  const checks = [{ type: 'cmd_exit_zero' as const, cmd: 'sleep 0.1' }]
  const quick = [{ type: 'cmd_exit_zero' as const, cmd: 'true' }]
  switch (kind) {
    case 'success':
      return job(`sleep 0.2; echo '{"accuracy":0.9}' >${file}`, {}, { watch })
    case 'everything':
      return job(
        `sleep 0.1; echo '{"accuracy":0.9}' >${file}`,
        {},
        { watch, preflight: { checks: quick, onFail: 'reject' } },
      )
    case 'slow':
      return job('sleep 2')
    case 'failure':
      return job('sleep 0.4; exit 3', { ends: 'failed', exit: { code: 3 } })
    case 'no follow-up':
      return job('sleep 0.1', { callsBack: false }, { followUp: null })
    case 'preflight':
      return job('sleep 0.1', {}, { preflight: { checks, onFail: 'reject' } })
    case 'dry run':
      return job(
        'sleep 0.1',
        { exit: null, callsBack: false, runs: 0, dryRun: true },
        { preflight: { checks, onFail: 'reject' } },
      )
    case 'staged': {
      const smoke = { name: 'smoke', timeLimitSec: null, requireFiles: [file], readyTimeoutSec: 1, readyPollSec: 1 }
      const command = `echo "$RELAY_JOB_ID" >>stages.txt; sleep 0.1; echo '{"accuracy":0.1}' >${file}`
      return job('sleep 0.1', { stages: 1 }, { stages: [{ ...smoke, command }] })
    }
    case 'run': {
      const runId = `r${id}`
      const runDir = `exp/results/${runId}`
      const metrics = `{"status":"success","primary":{"name":"acc","value":0.5,"higher_is_better":true},"metrics":{"acc":0.5}}`
      const experiment = {
        ...{ runId, runDir, template: null, params: {} },
        primary: { name: 'acc', higherIsBetter: true },
      }
      return job(`mkdir -p ${runDir}; echo '${metrics}' >${runDir}/metrics.json`, { runId }, { experiment })
    }
    case 'held': {
      const followUp = { task: 'Analyze.', description: null, run: false, agent: { kind: 'builtin' as const } }
      return job('sleep 0.1', { callsBack: false, isHeld: true }, { followUp })
    }
    case 'grouped':
      return job(
        `: ${id}; mkdir in-group || echo "$RELAY_JOB_ID" >>overlaps.txt; sleep 0.2; rmdir in-group`,
        {},
        { queue: { group: { name: 'one-at-a-time', scope: 'folder' } } },
      )
    case 'stopped':
      return job('sleep 300', { ends: 'stopped', callsBack: false, isStopped: true })
  }
}

function planOf(relay: Relay, command: string): Plan {
  return {
    work: { kind: 'command', command },
    backend: { kind: 'local' },
    cwd: relay.workspace,
    env: {},
    timeLimitSec: null,
    preflight: { checks: [], onFail: 'reject' },
    watch: {
      everySec: 300,
      tailLines: 30,
      requireFiles: [],
      // Short, for the time in which no supervisor was there must not count.
      readyTimeoutSec: 1,
      readyPollSec: 1,
      onMissing: 'block',
    },
    followUp: { task: 'Analyze.', description: null, run: true, agent: { kind: 'builtin' } },
  }
}

/** How often the command of a job has begun, as the job itself wrote it down. */
export function runsOf(relay: Relay, job: Pick<SmallJob, 'id'>): number {
  return linesOf(relay, job, 'runs.txt')
}

/** How many lines of a file of the workspace begin with the id of the job. */
function linesOf(relay: Relay, { id }: Pick<SmallJob, 'id'>, name: string): number {
  const file = path.join(relay.workspace, name)
  if (!fs.existsSync(file)) return 0
  return fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.split(' ')[0] === id).length
}

/** All its runs have ended, with everything that their ends promised. */
export function isDelivered(relay: Relay, { id, runs }: SmallJob): boolean {
  const stored = relay.store.read(id)
  return stored !== null && stored.job.attempt >= Math.max(runs, 1) && relay.store.isDelivered(stored)
}

/** What is wrong with a job that should be delivered. `lost` and `doubled` are what no crash may ever cause. */
export interface Fault {
  readonly kind: 'lost' | 'doubled' | 'wrong'
  readonly text: string
}

/** Waits until all is delivered, at most `withinMs`, and looks at everything that the jobs left behind. */
export async function findFaults(
  relay: Relay,
  jobs: readonly SmallJob[],
  withinMs = 60_000,
): Promise<readonly Fault[]> {
  await eventually(() => jobs.every((job) => isDelivered(relay, job)), withinMs).catch(() => undefined)
  const isQuiet = () => jobProcesses(relay).length === 0 && requestsIn(relay).length === 0
  await eventually(isQuiet, 2_000).catch(() => undefined)
  return [
    ...jobs.flatMap((job) => faultsOfJob(relay, job)),
    ...faultsOfHandoffLog(relay, jobs),
    ...jobProcesses(relay).map((text) => ({ kind: 'wrong' as const, text: `left running: ${text}` })),
    ...requestsIn(relay).map((name) => ({ kind: 'lost' as const, text: `still in the inbox: ${name}` })),
  ]
}

/** What is alive of any job of this state folder. */
function jobProcesses(relay: Relay): readonly string[] {
  return ownProcesses(relay.root).flatMap(({ pid }) => {
    try {
      const isOfJob = fs.readFileSync(`/proc/${pid}/environ`, 'latin1').includes('RELAY_JOB_ID=')
      return isOfJob ? [`${pid} ${fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`] : []
    } catch {
      return [] // It ended while we looked.
    }
  })
}

function requestsIn(relay: Relay): readonly string[] {
  return fs.readdirSync(relay.state.inbox)
}

function faultsOfJob(relay: Relay, job: SmallJob): Fault[] {
  const faults: Fault[] = []
  const about = (text: string) => `${job.id} (ends ${job.ends}): ${text}`
  const wrong = (text: string) => void faults.push({ kind: 'wrong', text: about(text) })
  const mustBe = (what: string, actual: number, wanted: number) => {
    if (actual === wanted) return
    faults.push({ kind: actual < wanted ? 'lost' : 'doubled', text: about(`${what}: ${actual}, not ${wanted}`) })
  }

  mustBe('runs of its command', runsOf(relay, job), job.runs)
  mustBe('stages before its work', linesOf(relay, job, 'stages.txt'), job.runs * job.stages)
  mustBe('runs beside another of its group', linesOf(relay, job, 'overlaps.txt'), 0)
  const stored = relay.store.read(job.id)
  if (stored === null) return [...faults, { kind: 'lost', text: about('it is not known') }]
  const shown = relay.store.describe(stored, Date.now())
  if (!isDelivered(relay, job))
    faults.push({ kind: 'lost', text: about(`not delivered, it is ${shown.state}: ${journalTypes(relay, job.id)}`) })
  else if (shown.state !== job.ends) wrong(`it is ${shown.state}: ${shown.reason ?? ''}`)
  else if (job.exit !== null && !job.isStopped && JSON.stringify(shown.exit) !== JSON.stringify(job.exit))
    wrong(`its exit is ${JSON.stringify(shown.exit)}`)
  if (job.dryRun && shown.startedAt !== null) wrong('it is a dry run, and was started')

  const family = relay.state.listFolders().flatMap((folder) => folder.listJobs().filter((id) => id.startsWith(job.id)))
  mustBe('follow-up jobs', family.length - 1, job.callsBack || job.isHeld ? job.runs : 0)
  for (const id of family) {
    const { problems } = readJournal(relay.store.find(id).paths.journal)
    if (problems.length > 0) wrong(`the journal of ${id} has problems: ${problems.join(' ')}`)
  }
  if (job.callsBack) mustBe('answers of its follow-up', answersOf(relay, job), 1)
  mustBe('handoff entries', relay.handoffEntries(job.id), job.callsBack ? job.runs : 0)
  if (job.runId !== null) faults.push(...faultsOfRun(relay, job.runId, mustBe))
  return faults
}

/** Each document has what follows a run once, and whole. */
function faultsOfRun(
  relay: Relay,
  runId: string,
  mustBe: (what: string, actual: number, wanted: number) => void,
): readonly Fault[] {
  const text = (name: string) => {
    const file = path.join(relay.workspace, name)
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
  }
  const count = (name: string, mark: string) => text(name).split(mark).length - 1
  mustBe('records in the registry', count('exp/registry.jsonl', `"run_id":"${runId}"`), 1)
  mustBe('sections of the report', count('reports/rolling_report.md', runMarker(runId)), 1)
  mustBe('handoff entries of the run', runEntries(relay, runId), 1)
  const begun = count('docs/WORKING_MEMORY.md', '<!-- relay:begin ')
  const ended = count('docs/WORKING_MEMORY.md', '<!-- relay:end ')
  return begun > 0 && begun === ended
    ? []
    : [{ kind: 'wrong', text: `docs/WORKING_MEMORY.md: ${begun} sections begin and ${ended} end` }]
}

/** The id of the run is that of its job, with an r before it. */
function runEntries(relay: Relay, runId: string): number {
  return relay.handoffLog.split(`<!-- relay end handoff-${runId.slice(1)}-1 -->`).length - 1
}

/** How often the follow-up has run to its end, told by its own log. */
function answersOf(relay: Relay, job: SmallJob): number {
  const stored = relay.store.read(followUpJobId(job.id, job.runs))
  if (stored === null || !fs.existsSync(stored.paths.attempt(1).claim)) return 0
  return fs.readFileSync(stored.paths.attempt(1).log, 'utf8').split('[[task:').length - 1
}

function faultsOfHandoffLog(relay: Relay, jobs: readonly SmallJob[]): Fault[] {
  const log = relay.handoffLog
  const begun = (log.match(/^## \d{4}-/gm) ?? []).length
  const ended = (log.match(/^<!-- relay end /gm) ?? []).length
  const faults: Fault[] = []
  if (begun !== ended)
    faults.push({ kind: 'wrong', text: `HANDOFF_LOG.md: ${begun} entries begin and ${ended} end: one is torn` })
  const entriesOf = ({ id, runId }: SmallJob) =>
    relay.handoffEntries(id) + (runId === null ? 0 : runEntries(relay, runId))
  const known = jobs.reduce((sum, job) => sum + entriesOf(job), 0)
  if (ended !== known) faults.push({ kind: 'wrong', text: `HANDOFF_LOG.md: ${ended - known} entries of unknown jobs` })
  return faults
}

/** The journal in short, for messages. */
export function journalTypes(relay: Relay, id: string): string {
  try {
    return readJournal(relay.store.find(id).paths.journal)
      .events.map(({ event }) => event.type)
      .join(' ')
  } catch (error) {
    return String(error)
  }
}

/** Ends all processes of a test; with RELAY_KEEP=1 the folder of a failed one stays, to be looked at. */
export async function discard(relay: Relay, hasFailed: boolean): Promise<void> {
  if (hasFailed && process.env['RELAY_KEEP'] === '1') {
    const copy = `${relay.root}-kept`
    fs.cpSync(relay.root, copy, { recursive: true })
    say(`  kept: ${copy}`)
  }
  await relay.dispose()
}
