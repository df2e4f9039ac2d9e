// Records and logs of jobs on a cluster that is reached by ssh: asked for together with the queue in one connection, the logs by
// bounded pieces, of which a local copy is made.
import fs from 'node:fs'
import path from 'node:path'
import { shellQuote } from '../../../core/shellQuote'
import { makeDirectory, readIfExists, writeDurably } from '../../../store/durableFile'
import type { AttemptPaths } from '../../../store/jobPaths'
import type { SlurmRecords } from '../../../core/backends/slurm/known'
import { parseRecords } from './records'

/** Of one log in one look; what a log has grown by more than that is left out of the copy. */
const pieceBytes = 256 * 1024
/** Logs of so many jobs in one look, and so much of them together. */
const maxLogs = 200
const lookBytes = 7 * 1024 * 1024

/** Where the records of an attempt are there, as a word of a shell. */
export function remoteDirectory(name: string): string {
  return `"$HOME"/${shellQuote(`.local/state/relay-jobs/slurm/${name}`)}`
}

export interface RemoteFile {
  readonly name: string
  readonly paths: AttemptPaths
  /** A log elsewhere; null: that of our own script. */
  readonly output: string | null
  /** Its job has ended, and waits for the end of its log. */
  readonly isAwaited: boolean
}

const functions = `relay_look() {
  for f in "$2"/started* "$2"/exit*; do
    case $f in *.tmp) continue ;; esac
    [ -f "$f" ] && printf 'RELAYREC|%s|%s|%s\\n' "$1" "\${f##*/}" "$(head -n 1 "$f" | head -c 200)"
  done
}
left=${lookBytes}
relay_log() {
  [ "$left" -gt 0 ] || return
  [ ! -f "$2" ] || relay_piece "$@"
  printf 'RELAYREAD|%s\\n' "$1"
}
relay_piece() {
  size=$(wc -c <"$2" | tr -d ' ')
  from=$3
  [ "$size" -gt "$from" ] || return
  [ $((size - from)) -le ${pieceBytes} ] || from=$((size - ${pieceBytes}))
  printf 'RELAYLOG|%s|%s|%s|' "$1" "$size" "$from"
  tail -c +$((from + 1)) "$2" | head -c $((size - from)) | base64 | tr -d '\\n'
  echo
  left=$((left - size + from))
}
`

/** A script that asks for the queue by \`queueWords\`, and for these files. `turn` chooses whose logs are read, of many. */
export function renderLook(queueWords: readonly string[], files: readonly RemoteFile[], turn: number): string {
  const lines = files.map(({ name }) => `relay_look ${shellQuote(name)} ${remoteDirectory(name)}`)
  const from = files.length === 0 ? 0 : (turn * maxLogs) % files.length
  const inTurn = [...files.slice(from), ...files.slice(0, from)]
  const awaited = inTurn.filter(({ isAwaited }) => isAwaited)
  const chosen = [...awaited, ...inTurn.filter(({ isAwaited }) => !isAwaited)].slice(0, maxLogs)
  const logs = chosen.map(({ name, paths, output }) => {
    const file = output === null ? `${remoteDirectory(name)}/output.log` : shellQuote(output)
    return `relay_log ${shellQuote(name)} ${file} ${readPosition(paths).remote}`
  })
  return [
    functions,
    `printf 'RELAYUID|%s\\n' "$(id -u)"`,
    queueWords.map(shellQuote).join(' '),
    `printf '\\nRELAYRC|%s\\n' "$?"`,
    ...lines,
    ...logs,
    'exit 0\n',
  ].join('\n')
}

export interface RemoteLook {
  readonly uid: string | null
  /** What squeue ended with; null: the answer was cut off. */
  readonly queueCode: number | null
  readonly records: ReadonlyMap<string, SlurmRecords>
  /** Whose logs were read, as they were after the queue and the records were. */
  readonly logsRead: ReadonlySet<string>
}

/** Reads the answer, and appends what is new of the logs to their copies. Throws RelayError. */
export function takeLook(stdout: string, files: readonly RemoteFile[], nowMs: number): RemoteLook {
  const texts = new Map<string, [string, string][]>()
  const logsRead = new Set<string>()
  for (const line of stdout.split('\n')) {
    const [mark = '', name = '', ...rest] = line.split('|')
    if (mark === 'RELAYREC')
      texts.set(name, [...(texts.get(name) ?? []), [rest[0] ?? '', `${rest.slice(1).join('|')}\n`]])
    if (mark === 'RELAYREAD') logsRead.add(name)
    const file = mark === 'RELAYLOG' ? files.find((one) => one.name === name) : undefined
    if (file !== undefined)
      appendLog(file.paths, Number(rest[0]), Number(rest[1]), Buffer.from(rest[2] ?? '', 'base64'))
  }
  const code = /^RELAYRC\|(\d+)$/m.exec(stdout)?.[1]
  return {
    uid: /^RELAYUID\|(\d+)$/m.exec(stdout)?.[1] ?? null,
    queueCode: code === undefined ? null : Number(code),
    records: new Map([...texts].map(([name, records]) => [name, parseRecords(records, nowMs)])),
    logsRead,
  }
}

/** How far a log was copied: bytes of it there, and of the copy. */
function readPosition(paths: AttemptPaths): { readonly remote: number; readonly local: number } {
  const [remote, local] = (readIfExists(positionFile(paths)) ?? '0 0').split(' ').map(Number)
  return {
    remote: Number.isSafeInteger(remote) ? (remote ?? 0) : 0,
    local: Number.isSafeInteger(local) ? (local ?? 0) : 0,
  }
}

/** What a crash has appended without noting it is cut off again first, so that nothing is there twice. */
function appendLog(paths: AttemptPaths, size: number, from: number, bytes: Buffer): void {
  const position = readPosition(paths)
  if (!Number.isSafeInteger(size) || !Number.isSafeInteger(from) || from < position.remote || bytes.length === 0) return
  makeDirectory(paths.directory)
  const fd = fs.openSync(paths.log, 'a', 0o600)
  try {
    if (fs.fstatSync(fd).size > position.local) fs.ftruncateSync(fd, position.local)
    const left = from - position.remote
    const gap = left > 0 ? `\nrelay: ${left} bytes are left out here\n` : ''
    fs.writeSync(fd, Buffer.concat([Buffer.from(gap), bytes]))
    writeDurably(positionFile(paths), `${from + bytes.length} ${fs.fstatSync(fd).size}`)
  } finally {
    fs.closeSync(fd)
  }
}

function positionFile({ log }: AttemptPaths): string {
  return path.join(path.dirname(log), 'output.position')
}
