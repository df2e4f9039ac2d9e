// What a person points at, out of the words of the command: an id, a number of a process, a file, a command.
import fs from 'node:fs'
import path from 'node:path'
import { RelayError } from '../core/relayError'
import { shellQuote } from '../core/shellQuote'
import type { Pointed, Surroundings } from '../core/tracking/trackWish'
import { pointAtProcess } from '../store/tracking/pointedAt'
import { slurmAgain } from '../store/tracking/slurmAgain'
import { listOf, type Options, textOf, type VerbContext } from './verb'

const maxScriptBytes = 64 * 1024

export interface PointedAt {
  readonly pointed: Pointed
  /** What it is called where it runs; null: that is not told, or tells nothing. */
  readonly name: string | null
}

/** Throws RelayError. */
export async function pointAt(
  { cwd }: VerbContext,
  operands: readonly string[],
  options: Options,
  here: Surroundings,
  env: Readonly<Record<string, string>>,
): Promise<PointedAt> {
  const at = operands.indexOf('--')
  const command = at < 0 ? [] : operands.slice(at + 1)
  const words = at < 0 ? operands : operands.slice(0, at)
  const named = ['pid', 'run', 'workflow', 'script'].filter((name) => options[name] !== undefined)
  const count = named.length + words.length + (command.length > 0 ? 1 : 0)
  if (count !== 1)
    throw new RelayError(
      'usage',
      count === 0
        ? 'say what to track: the id of a SLURM job, --pid N, --run ID, --workflow FILE, --script FILE, or -- and a command'
        : 'say one thing to track, not several',
    )
  const pid = textOf(options, 'pid')
  if (pid !== null) {
    if (!/^[1-9]\d{0,8}$/.test(pid)) throw new RelayError('usage', `--pid wants the number of a process, not ${pid}`)
    return nameless(pointAtProcess(Number(pid)))
  }
  const run = textOf(options, 'run')
  if (run !== null) {
    const id = /^(?:https:\/\/\S+\/actions\/runs\/)?([1-9]\d{0,18})(?:\/\S*)?$/.exec(run)?.[1]
    if (id === undefined)
      throw new RelayError('usage', `--run wants the id or the address of a workflow run, not ${run}`)
    return nameless({ kind: 'run', id })
  }
  const workflow = textOf(options, 'workflow')
  if (workflow !== null) {
    const ref = textOf(options, 'ref') ?? here.git?.current ?? here.git?.base ?? 'main'
    return nameless({
      kind: 'workflow',
      file: path.basename(workflow),
      ref,
      inputs: readFields(listOf(options, 'field')),
    })
  }
  const script = textOf(options, 'script')
  if (script !== null) return nameless(readScript(script, cwd, here.folder))
  const [id] = words
  if (id !== undefined) {
    if (!/^[1-9]\d{0,11}(?:_\d{1,9})?$/.test(id))
      throw new RelayError(
        'usage',
        `${id} is no id of a SLURM job; a command stands behind --, as in relay track -- ${id}`,
      )
    return pointAtSlurm(id, here, env)
  }
  // One word is a line for the shell, several are its words.
  const [line = ''] = command
  const isScript = command.length === 1 && /^[\w./-]+\.(?:sh|sbatch|slurm)$/.test(line)
  if (isScript && fs.existsSync(path.resolve(cwd, line))) return nameless(readScript(line, cwd, here.folder))
  return nameless({ kind: 'launch', command: command.length === 1 ? line : command.map(quote).join(' ') })
}

async function pointAtSlurm(id: string, here: Surroundings, env: Readonly<Record<string, string>>): Promise<PointedAt> {
  const host = here.hasSlurm ? null : here.sshHost
  if (!here.hasSlurm && host === null) return nameless({ kind: 'slurm', id, again: null })
  const { again, name } = await slurmAgain(id, host, here.folder, env)
  const known = again.kind === 'known' ? { again } : { again: null, whyOnce: again.why }
  return { pointed: { kind: 'slurm', id, ...known }, name }
}

function nameless(pointed: Pointed): PointedAt {
  return { pointed, name: null }
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : shellQuote(word)
}

function readScript(file: string, cwd: string, folder: string): Pointed {
  const absolute = path.resolve(cwd, file)
  const stat = fs.statSync(absolute, { throwIfNoEntry: false })
  if (stat?.isFile() !== true) throw new RelayError('no_script', `There is no file ${file}.`)
  if (stat.size > maxScriptBytes)
    throw new RelayError('script_large', `${file} is larger than ${maxScriptBytes} bytes.`)
  const inside = path.relative(folder, fs.realpathSync(absolute))
  const shown = inside.startsWith('..') ? absolute : inside
  return { kind: 'script', file: shown, text: fs.readFileSync(absolute, 'utf8') }
}

function readFields(fields: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    fields.map((field) => {
      const at = field.indexOf('=')
      if (at < 1) throw new RelayError('usage', `-f wants NAME=VALUE, not ${field}`)
      return [field.slice(0, at), field.slice(at + 1)]
    }),
  )
}
