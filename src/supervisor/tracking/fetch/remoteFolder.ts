// The scripts by which a folder on another host is listed and files of it are copied, and how their answers are read. They go to a shell's
// standard input, and every value in them is one quoted word; what a host answers names no place here.
import { fetchLimits, type ListedFile } from '../../../core/tracking/chooseFiles'
import { shellQuote } from '../../../core/shellQuote'

const maxListBytes = 4 * 1024 * 1024

/** Goes there; links that lead out of the workspace are not followed. */
function enter(directory: string, folder: string): string {
  return [
    `cd -P -- ${shellQuote(directory)} 2>/dev/null || { echo 'RELAYNONE|directory'; echo RELAYDONE; exit 0; }`,
    'relay_top=$(pwd -P)',
    `cd -P -- ${shellQuote(folder)} 2>/dev/null || { echo 'RELAYNONE|folder'; echo RELAYDONE; exit 0; }`,
    'case $(pwd -P)/ in "${relay_top%/}"/*) ;; *) echo \'RELAYNONE|outside\'; echo RELAYDONE; exit 0 ;; esac',
  ].join('\n')
}

export function renderList(directory: string, folder: string): string {
  return `${enter(directory, folder)}
find . -maxdepth 0 -printf '' 2>/dev/null || { echo 'RELAYNONE|find'; echo RELAYDONE; exit 0; }
printf 'RELAYLIST|'
find . -mindepth 1 -maxdepth ${fetchLimits.depth + 1} \\( -name .git -o -name node_modules \\) -prune -o -type f -printf '%s %T@ %P\\0' 2>/dev/null |
  head -c ${maxListBytes} | base64 | tr -d '\\n'
echo
echo RELAYDONE
exit 0
`
}

export type RemoteList =
  | { readonly kind: 'list'; readonly files: readonly ListedFile[]; readonly odd: number; readonly isCut: boolean }
  | { readonly kind: 'none'; readonly why: 'directory' | 'folder' | 'outside' | 'find' }

/** Null: the answer was cut off. */
export function parseList(stdout: string): RemoteList | null {
  if (!/^RELAYDONE$/m.test(stdout)) return null
  const none = /^RELAYNONE\|(directory|folder|outside|find)$/m.exec(stdout)?.[1]
  if (none === 'directory' || none === 'folder' || none === 'outside' || none === 'find')
    return { kind: 'none', why: none }
  const encoded = /^RELAYLIST\|([A-Za-z0-9+/=]*)$/m.exec(stdout)?.[1]
  if (encoded === undefined) return null
  const bytes = Buffer.from(encoded, 'base64')
  const files: ListedFile[] = []
  let odd = 0
  // The last one has its end, unless the list was cut.
  const end = bytes.lastIndexOf(0)
  const records = splitAtZero(bytes.subarray(0, Math.max(0, end)))
  for (const record of records.slice(0, fetchLimits.entries)) {
    const text = decode(record)
    const [, size, at, path] = /^(\d+) (-?\d+(?:\.\d+)?) ([^]+)$/.exec(text ?? '') ?? []
    if (size === undefined || at === undefined || path === undefined) odd++
    else files.push({ path, bytes: Number(size), atMs: Math.floor(Number(at) * 1000) })
  }
  return { kind: 'list', files, odd, isCut: end + 1 < bytes.length || records.length > fetchLimits.entries }
}

const functions = `relay_file() {
  { [ -f "$2" ] && [ ! -L "$2" ] && [ -r "$2" ]; } || { printf 'RELAYMISS|%s\\n' "$1"; return; }
  printf 'RELAYFILE|%s|' "$1"
  if [ "$3" = all ]; then head -c ${fetchLimits.fileBytes} <"$2"
  else head -c 65536 <"$2" | head -n 1; tail -c ${fetchLimits.fileBytes} <"$2" | sed 1d
  fi | base64 | tr -d '\\n'
  echo
}
`

/** Of a large one the first line, which may name columns, and the end. */
export function renderCopy(directory: string, folder: string, files: readonly ListedFile[]): string {
  const lines = files.map(({ path, bytes }, index) => {
    const how = bytes > fetchLimits.fileBytes ? 'end' : 'all'
    return `relay_file ${index} ${shellQuote(`./${path}`)} ${how}`
  })
  return [functions, enter(directory, folder), ...lines, 'echo RELAYDONE', 'exit 0\n'].join('\n')
}

export interface RemoteCopy {
  /** By their index in what was asked for; null: it cannot be read there. */
  readonly files: ReadonlyMap<number, Buffer | null>
  readonly isWhole: boolean
}

/** What has come whole counts, also when the rest was cut off. */
export function parseCopy(stdout: string): RemoteCopy {
  const files = new Map<number, Buffer | null>()
  const lines = stdout.split('\n')
  // Without a line end it may be a part.
  for (const line of lines.slice(0, -1)) {
    const [, index, encoded] = /^RELAYFILE\|(\d{1,4})\|([A-Za-z0-9+/=]*)$/.exec(line) ?? []
    if (index !== undefined && encoded !== undefined) files.set(Number(index), Buffer.from(encoded, 'base64'))
    const missing = /^RELAYMISS\|(\d{1,4})$/.exec(line)?.[1]
    if (missing !== undefined) files.set(Number(missing), null)
  }
  return { files, isWhole: lines.includes('RELAYDONE') }
}

function splitAtZero(bytes: Buffer): readonly Buffer[] {
  const parts: Buffer[] = []
  let from = 0
  for (let at = bytes.indexOf(0); at >= 0; at = bytes.indexOf(0, from)) {
    parts.push(bytes.subarray(from, at))
    from = at + 1
  }
  if (from < bytes.length) parts.push(bytes.subarray(from))
  return parts
}

function decode(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
