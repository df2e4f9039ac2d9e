// relay queue, hold, release: what waits, why, and what a person says about it.
import type { Job } from '../core/jobs/job'
import { renderTitle, shorten } from '../core/jobs/jobWords'
import { comesBefore, groupKey, groupKeyOf, type QueueWorld, readGroupKey, whyWaiting } from '../core/jobs/turn'
import { queueSchema } from '../core/blocks/schema'
import { RelayError } from '../core/relayError'
import { groupLimitSchema, maxGroupLimit, readGroups } from '../store/jobs/groups'
import { jobEnvironment } from '../store/jobs/jobEnvironment'
import { resolveFolder } from '../store/jobs/jobRequests'
import { keepSupervised } from './keepSupervised'
import { exitOk, exitUsage, type Verb, type VerbContext } from './verb'

const acts = ['list', 'limit', 'pause', 'resume'] as const

export const queueVerb: Verb = {
  name: 'queue',
  operands: [`[${acts.join('|')}]`, '[GROUP]', '[N]'],
  summary: 'List groups and what waits; set how many of a group run at once, pause and resume it',
  options: {
    host: { type: 'boolean', summary: 'The group that counts over all folders of this machine' },
    cwd: { type: 'string', value: 'DIR', summary: 'The folder of the group (default: this one)' },
    json: { type: 'boolean', summary: 'Print the list as JSON' },
  },
  run: async (context, [act = 'list', name, count], { host, cwd, json }) => {
    const { console, requests } = context
    const known = acts.find((one) => one === act)
    if (known === undefined) {
      console.err(`relay queue wants one of ${acts.join(', ')}, not ${act}`)
      return exitUsage
    }
    if (known === 'list') {
      list(context, json === true)
      return exitOk
    }
    if (name === undefined || (known === 'limit') !== (count !== undefined)) {
      console.err(`usage: relay queue ${known} GROUP${known === 'limit' ? ' N' : ''} [--host]`)
      return exitUsage
    }
    const limit = known === 'limit' ? groupLimitSchema.safeParse(Number(count)) : null
    if (limit?.success === false) {
      console.err(`relay queue limit wants a number from 1 to ${maxGroupLimit}, not ${count ?? ''}`)
      return exitUsage
    }
    const key = keyOf(context, name, host === true, typeof cwd === 'string' ? cwd : context.cwd)
    await requests.setGroup(key, limit === null ? { paused: known === 'pause' } : { limit: limit.data })
    console.out(renderGroup(describeGroup(key, context.store.queueWorld())))
    return exitOk
  },
}

export const holdVerb: Verb = {
  name: 'hold',
  operands: ['ID'],
  summary: 'Hold a job back that waits in the queue',
  options: {},
  run: async ({ store, requests, console }, [id = '']) => {
    const { job } = store.find(id)
    await requests.hold(job)
    console.out(`${job.spec.id} is held back: relay release ${job.spec.id}`)
    return exitOk
  },
}

export const releaseVerb: Verb = {
  name: 'release',
  operands: ['ID'],
  summary: 'Let a job go that is held back; of an ended job, the follow-up that waits',
  options: {},
  run: async ({ store, requests, console, env }, [id = '']) => {
    const { job } = store.find(id)
    await requests.release(job, jobEnvironment(env))
    const isOwn = job.state.kind !== 'ended' || job.followUp === null
    console.out(`${isOwn ? job.spec.id : job.followUp.jobId} was let go`)
    return exitOk
  },
}

/** The key of the group that is meant. Throws RelayError if only the machine has one of that name. */
function keyOf({ state, store }: VerbContext, name: string, isHost: boolean, cwd: string): string {
  if (!queueSchema.shape.group.safeParse(name).success)
    throw new RelayError('bad_group', `${name} is no name of a group: letters, digits, dots and hyphens, at most 40.`)
  const folder = resolveFolder(cwd)
  const ofHost = groupKey({ name, scope: 'host' }, folder)
  if (isHost) return ofHost
  const own = groupKey({ name, scope: 'folder' }, folder)
  const known = new Set(keysOf(store.queueWorld(), readGroups(state).known))
  if (known.has(ofHost) && !known.has(own))
    throw new RelayError(
      'group_of_host',
      `There is no group ${name} in ${folder}, but there is one of this machine: add --host.`,
    )
  return own
}

function keysOf({ live }: QueueWorld, known: ReadonlyMap<string, unknown>): readonly string[] {
  return [...new Set([...known.keys(), ...live.flatMap(({ spec }) => groupKeyOf(spec) ?? [])])].sort()
}

interface ShownGroup {
  readonly name: string
  /** Null: it counts over all folders of this machine. */
  readonly folder: string | null
  readonly limit: number
  readonly paused: boolean
  readonly running: readonly string[]
  readonly waiting: readonly string[]
}

function describeGroup(key: string, world: QueueWorld): ShownGroup {
  const { name, folder } = readGroupKey(key) ?? { name: key, folder: null }
  const own = world.live.filter(({ spec }) => groupKeyOf(spec) === key)
  const idsOf = (jobs: readonly Job[]) => jobs.map(({ spec }) => spec.id)
  return {
    name,
    folder,
    ...world.group(key),
    running: idsOf(own.filter(({ state }) => state.kind !== 'queued')),
    waiting: idsOf(own.filter(({ state }) => state.kind === 'queued').sort((a, b) => (comesBefore(a, b) ? -1 : 1))),
  }
}

function renderGroup({ name, folder, limit, paused, running, waiting }: ShownGroup): string {
  const counts = `${limit} at once${paused ? ', paused' : ''}: ${running.length} running, ${waiting.length} waiting`
  return `${name} (${folder ?? 'this machine'}): ${counts}`
}

function list({ console, state, store, requests }: VerbContext, json: boolean): void {
  const groups = readGroups(state)
  const world = store.queueWorld()
  const shown = keysOf(world, groups.known).map((key) => describeGroup(key, world))
  const waiting = world.live
    .filter(({ state: { kind } }) => kind === 'queued')
    .sort((a, b) => (comesBefore(a, b) ? -1 : 1))
  if (waiting.length > 0) keepSupervised({ requests, console })
  const rows = waiting.map((job) => ({
    id: job.spec.id,
    group: job.spec.plan.queue?.group?.name ?? null,
    why: whyWaiting(job, world),
    title: titleOf(job),
  }))
  if (json) {
    console.out(JSON.stringify({ groups: shown, waiting: rows, problem: groups.problem }))
    return
  }
  if (groups.problem !== null) console.err(groups.problem)
  if (shown.length === 0 && rows.length === 0) console.out('Nothing waits, and there is no group.')
  for (const group of shown) console.out(renderGroup(group))
  for (const { id, why, title } of rows) console.out(`  ${id}  ${shorten(title, 30)} — ${why ?? ''}`)
}

function titleOf(job: Job): string {
  const { description, plan } = job.spec
  const command = plan.work.kind === 'command' ? plan.work.command : plan.work.task
  return renderTitle({ dryRun: false, description, command })
}
