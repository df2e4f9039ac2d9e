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

/** A shell's own words, for those that find runs: each file is an argument, so that no name is read by a shell. */
const tellFiles = `relay_at=$1 relay_format=$2; shift 2
relay_end='
'
relay_all=$(stat "$relay_at" "$relay_format" "$@" 2>/dev/null)
[ "$(printf '%s\\n' "$relay_all" | wc -l)" -eq $# ] || relay_all=
for relay_file do
  if [ -n "$relay_all" ]; then relay_one=\${relay_all%%"$relay_end"*}; relay_all=\${relay_all#*"$relay_end"}
  else relay_one=$(stat "$relay_at" "$relay_format" "$relay_file" 2>/dev/null) || continue; fi
  printf '%s %s\\0' "$relay_one" "\${relay_file#./}"
done`

/** Of a link: where it leads, and what is there. One that leads to a folder inside says nothing, for what is in it is found. */
const tellLinks = `relay_at=$1 relay_format=$2 relay_top=$3; shift 3
relay_here=$(pwd -P)
for relay_link do
  relay_name=\${relay_link#./}
  if [ -d "$relay_link" ]; then
    relay_real=$(cd -P -- "$relay_link" 2>/dev/null && pwd -P) || relay_real=/
    case $relay_real/ in "\${relay_here%/}"/*) ;; *) printf 'folder %s\\0' "$relay_name" ;; esac
    continue
  fi
  [ -f "$relay_link" ] || { printf 'broken %s\\0' "$relay_name"; continue; }
  relay_real=$relay_link relay_left=20
  while [ -L "$relay_real" ] && [ "$relay_left" -gt 0 ]; do
    relay_left=$((relay_left - 1)) relay_to=$(readlink "$relay_real" && echo x) || relay_to=/.x
    relay_to=\${relay_to%?x}
    case $relay_to in /*) relay_real=$relay_to ;; *) relay_real=\${relay_real%/*}/$relay_to ;; esac
  done
  relay_folder=$(cd -P -- "\${relay_real%/*}/" 2>/dev/null && pwd -P) || relay_folder=
  case $relay_folder/ in
    "\${relay_top%/}"/*)
      relay_real=\${relay_folder%/}/\${relay_real##*/}
      relay_one=$(stat "$relay_at" "$relay_format" "$relay_real" 2>/dev/null) || continue
      case $relay_real in "\${relay_here%/}"/*) relay_real=./\${relay_real#"\${relay_here%/}"/} ;; esac
      printf 'link %s %s\\0%s\\0' "$relay_one" "$relay_name" "$relay_real" ;;
    *) printf 'outside %s\\0' "$relay_name" ;;
  esac
done`

/** With the find of GNU all files at once; with those of busybox, BSD and macOS through their stat. */
export function renderList(directory: string, folder: string): string {
  const tooDeep = `./*${'/*'.repeat(fetchLimits.depth + 1)}`
  const pruned = `\\( -name .git -o -name node_modules -o -path '${tooDeep}' \\) -prune -o`
  return `${enter(directory, folder)}
if stat -c %s . >/dev/null 2>&1; then relay_at=-c relay_format='%s %Y'
elif stat -f %z . >/dev/null 2>&1; then relay_at=-f relay_format='%z %m'
else echo 'RELAYNONE|stat'; echo RELAYDONE; exit 0; fi
printf '/' | base64 >/dev/null 2>&1 || base64() { openssl base64; }
[ "$(printf '/' | base64 2>/dev/null)" = Lw== ] || { echo 'RELAYNONE|base64'; echo RELAYDONE; exit 0; }
relay_files() {
  if find . -prune -printf '' 2>/dev/null; then find . ${pruned} -type f -printf '%s %T@ %P\\0'
  else find . ${pruned} -type f -exec sh -c ${shellQuote(tellFiles)} sh "$relay_at" "$relay_format" {} +; fi
}
printf 'RELAYLIST|'
{ relay_files; find . ${pruned} -type l -exec sh -c ${shellQuote(tellLinks)} sh "$relay_at" "$relay_format" "$relay_top" {} +; } 2>/dev/null </dev/null |
  head -c ${maxListBytes} | base64 | tr -d '\\n'
echo
echo RELAYDONE
exit 0
`
}

const whys = ['directory', 'folder', 'outside', 'stat', 'base64'] as const
export type WhyNone = (typeof whys)[number]

/** Why what a link leads to is not fetched. */
export type LinkProblem = 'outside' | 'folder' | 'broken'

export type RemoteList =
  | {
      readonly kind: 'list'
      readonly files: readonly ListedFile[]
      /** Links that are not followed. */
      readonly links: readonly { readonly path: string; readonly why: LinkProblem }[]
      readonly odd: number
      readonly isCut: boolean
    }
  | { readonly kind: 'none'; readonly why: WhyNone }

/** Null: the answer was cut off. */
export function parseList(stdout: string): RemoteList | null {
  if (!/^RELAYDONE$/m.test(stdout)) return null
  const none = /^RELAYNONE\|([a-z0-9]+)$/m.exec(stdout)?.[1]
  const why = whys.find((one) => one === none)
  if (why !== undefined) return { kind: 'none', why }
  const encoded = /^RELAYLIST\|([A-Za-z0-9+/=]*)$/m.exec(stdout)?.[1]
  if (encoded === undefined) return null
  const bytes = Buffer.from(encoded, 'base64')
  // The last one has its end, unless the list was cut.
  const end = bytes.lastIndexOf(0)
  const records = splitAtZero(bytes.subarray(0, Math.max(0, end)))
  const files: ListedFile[] = []
  const links: { path: string; why: LinkProblem }[] = []
  let odd = 0
  const shown = records.slice(0, fetchLimits.entries)
  for (let index = 0; index < shown.length; index++) {
    const text = decode(shown[index] ?? Buffer.alloc(0)) ?? ''
    const [, problem, linked] = /^(outside|folder|broken) ([^]+)$/.exec(text) ?? []
    const [, isLink, size, at, path] = /^(link )?(\d+) (-?\d+(?:\.\d+)?) ([^]+)$/.exec(text) ?? []
    // Of a link the next record says where it leads.
    const from =
      isLink === undefined && !text.startsWith('link ') ? undefined : decode(shown[++index] ?? Buffer.alloc(0))
    if (linked !== undefined)
      links.push({ path: linked, why: problem === 'folder' || problem === 'broken' ? problem : 'outside' })
    else if (size === undefined || at === undefined || path === undefined || from === null) odd++
    else {
      const file = { path, bytes: Number(size), atMs: Math.floor(Number(at) * 1000) }
      files.push(from === undefined ? file : { ...file, from })
    }
  }
  return { kind: 'list', files, links, odd, isCut: end + 1 < bytes.length || records.length > fetchLimits.entries }
}

const functions = `printf '/' | base64 >/dev/null 2>&1 || base64() { openssl base64; }
relay_file() {
  case $(cd -P -- "\${2%/*}/" 2>/dev/null && pwd -P)/ in "\${relay_top%/}"/*) ;; *) printf 'RELAYMISS|%s\\n' "$1"; return ;; esac
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
  const lines = files.map(({ path, bytes, from }, index) => {
    const how = bytes > fetchLimits.fileBytes ? 'end' : 'all'
    return `relay_file ${index} ${shellQuote(from ?? `./${path}`)} ${how}`
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
