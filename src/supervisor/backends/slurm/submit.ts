// One try to submit a job, after it was looked up that it is not there yet. Safe to repeat: it is known by a name that was given to it
// before, and its script runs for whoever claims it first.
import fs from 'node:fs'
import { renderBatchScript } from '../../../core/backends/slurm/batchScript'
import { findSubmitted, refusalOf, submitWords } from '../../../core/backends/slurm/submission'
import { parseSacct, parseSqueue, parseSubmitted, sacctFields, squeueFormat } from '../../../core/backends/slurm/tables'
import { handleSchema } from '../../../core/jobs/handle'
import { shellQuote } from '../../../core/shellQuote'
import { asRelayError, makeDirectory, readIfExists, syncDirectory, writeDurably } from '../../../store/durableFile'
import { handleOf, isAlive } from '../../../store/processIdentity'
import type { AttemptRef, Launch } from '../backend'
import { problemOfRun, type Ran } from '../../../store/backends/runProgram'
import type { Cluster } from '../../../store/backends/cluster'
import type { Entry } from './entry'
import { remoteDirectory } from './remoteFiles'

/** `later`: nobody knows yet, or the scheduler could not take it: it is looked up and tried again. */
export type Submitted =
  | { readonly kind: 'there'; readonly id: string }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'later'; readonly why: string }

/** The job under that name, if it was submitted; `later` where that cannot be told now, and null if it was not. */
export async function lookUp(cluster: Cluster, name: string): Promise<Submitted | null> {
  const queue = await cluster.ask(['squeue', '-h', '-t', 'all', '--me', '-n', name, '-o', squeueFormat])
  const problem = problemOfRun('squeue', queue)
  if (queue.kind === 'absent') return { kind: 'refused', why: absent(cluster, queue.why) }
  if (queue.kind !== 'ended' || problem !== null) return { kind: 'later', why: problem ?? '' }
  const there = findSubmitted(name, parseSqueue(queue.stdout))
  if (there !== null) return { kind: 'there', id: there }
  // It may have ended, and been forgotten, since.
  const account = await cluster.ask([
    'sacct',
    '-X',
    '-D',
    '-P',
    '-n',
    '-S',
    'now-30days',
    `--name=${name}`,
    '-o',
    sacctFields,
  ])
  if (account.kind !== 'ended' || account.code !== 0) return null
  const ended = findSubmitted(name, parseSacct(account.stdout))
  return ended === null ? null : { kind: 'there', id: ended }
}

/** Looks it up, and submits it if it is not there. Throws RelayError where its files cannot be written. */
export async function submitOnce(
  cluster: Cluster,
  entry: Entry,
  launch: Launch,
  bell: string | null,
  isRevoked: () => boolean,
): Promise<Submitted> {
  const { ask } = entry.plan
  if (ask.act === 'adopt') return { kind: 'there', id: ask.id }
  // A client of an earlier supervisor may still be on its way with it.
  endClient(clientNote(launch))
  const known = await lookUp(cluster, entry.name)
  if (known !== null) return known
  if (isRevoked()) return { kind: 'later', why: 'it is to be stopped' }
  makeDirectory(launch.paths.directory)
  writeDurably(askedFile(launch), '')
  const ran = await (cluster.host === null ? submitHere : submitThere)(cluster, entry, launch, bell)
  fs.rmSync(clientNote(launch), { force: true })
  if (ran.kind === 'absent') return { kind: 'refused', why: absent(cluster, ran.why) }
  const id = ran.kind === 'ended' && ran.code === 0 ? parseSubmitted(ran.stdout) : null
  if (id !== null) return { kind: 'there', id }
  // It may be there in spite of what the client says.
  const after = await lookUp(cluster, entry.name)
  if (after !== null) return after
  const why = problemOfRun('sbatch', ran) ?? 'sbatch named no job'
  const refusal = ran.kind === 'ended' ? refusalOf(ran.code, ran.stderr) : null
  return refusal === null ? { kind: 'later', why } : { kind: 'refused', why: `SLURM has refused it: ${refusal}` }
}

async function submitHere(cluster: Cluster, entry: Entry, launch: Launch, bell: string | null): Promise<Ran> {
  const { paths, cwd, env, script } = launch
  const batch = `${paths.directory}/batch.sh`
  // sbatch takes every backslash out of the name of an output.
  const isNamed = !paths.log.includes('\\')
  try {
    makeDirectory(paths.directory)
    writeDurably(paths.command, script)
    fs.chmodSync(paths.command, 0o700)
    writeDurably(
      batch,
      renderBatchScript({
        ...scriptOf(entry, launch),
        directory: shellQuote(paths.directory),
        cwd: shellQuote(cwd),
        log: isNamed || !entry.hasOwnLog ? null : shellQuote(paths.log),
        bell,
      }),
    )
    if (entry.hasOwnLog) fs.closeSync(fs.openSync(paths.log, 'a', 0o600))
    syncDirectory(paths.directory)
  } catch (error) {
    throw asRelayError(error, 'prepare', paths.directory)
  }
  const { options } = requireSubmit(entry)
  const words = [
    ...submitWords(entry.name, options, cwd, entry.hasOwnLog ? (isNamed ? paths.log : '/dev/null') : null),
    batch,
  ]
  // What would make sbatch answer otherwise is not taken over from the submitter.
  const taken = [
    'SBATCH_WAIT',
    'SBATCH_JOB_NAME',
    'SBATCH_REQUEUE',
    'SBATCH_NO_REQUEUE',
    'SBATCH_ARRAY_INX',
    'SBATCH_OPEN_MODE',
    'SBATCH_OUTPUT',
  ]
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !taken.includes(name)))
  const marks = { RELAY_JOB_ID: launch.jobId, VR_JOB_ID: launch.jobId, RELAY_ATTEMPT: String(launch.attempt) }
  return cluster.submit([...words], { ...kept, ...marks }, (pid) => noteClient(launch, pid))
}

/** Everything goes as one script through the standard input of a shell there. */
function submitThere(cluster: Cluster, entry: Entry, launch: Launch): Promise<Ran> {
  const { options, directory } = requireSubmit(entry)
  const cwd = directory ?? launch.cwd
  const batch = renderBatchScript({
    ...scriptOf(entry, launch),
    directory: remoteDirectory(entry.name),
    cwd: shellQuote(cwd),
    log: null,
    bell: null,
  })
  const words = submitWords(entry.name, options, cwd, null).map(shellQuote).join(' ')
  const output = entry.hasOwnLog ? ' --output="$d/output.log"' : ''
  const text = `umask 077
d=${remoteDirectory(entry.name)}
mkdir -p "$d" && printf '%s' ${shellQuote(launch.script)} >"$d/command.sh" && chmod 700 "$d/command.sh" &&
  printf '%s' ${shellQuote(batch)} >"$d/batch.sh" || exit 1
cd / && exec ${words}${output} "$d/batch.sh"
`
  makeDirectory(launch.paths.directory)
  return cluster.script(text, 60_000, (pid) => noteClient(launch, pid))
}

function scriptOf(entry: Entry, launch: Launch) {
  const marks = { RELAY_JOB_ID: launch.jobId, VR_JOB_ID: launch.jobId, RELAY_ATTEMPT: String(launch.attempt) }
  return {
    script: launch.script,
    variables: { ...launch.job.spec.plan.env, ...marks },
    requeues: entry.requeues,
  }
}

function requireSubmit({ plan: { ask } }: Entry) {
  if (ask.act !== 'submit') throw new Error('what is adopted is not submitted')
  return ask
}

/** Where it is noted who submits, so that whoever takes over after a crash can end it first. */
function clientNote({ paths }: Pick<Launch, 'paths'>): string {
  return `${paths.directory}/submitting`
}

/** Written before sbatch is run for the first time: without it, the job was certainly not submitted. */
function askedFile({ paths }: Pick<AttemptRef, 'paths'>): string {
  return `${paths.directory}/asked`
}

export function mayBeSubmitted(ref: Pick<AttemptRef, 'paths'>): boolean {
  return fs.existsSync(askedFile(ref))
}

function noteClient(launch: Launch, pid: number): void {
  const handle = handleOf(pid)
  if (handle !== null) writeDurably(clientNote(launch), JSON.stringify(handle))
}

function endClient(note: string): void {
  const text = readIfExists(note)
  if (text === null) return
  try {
    const handle = handleSchema.parse(JSON.parse(text))
    if (isAlive(handle)) process.kill(-handle.pid, 'SIGKILL')
  } catch {
    // Cut off, or it ended just now.
  }
  fs.rmSync(note, { force: true })
}

function absent({ host }: Cluster, why: string): string {
  return host === null
    ? `SLURM is not to be found on this machine (${why}). Name the host that submits: --on HOST, or for tracks the setting relay.tracking.sshHost.`
    : `${host} cannot be reached: ${why}.`
}
