// relay completion: scripts for the shells, made from the table of verbs.
import { exitOk, exitUsage, type Verb } from './verb'

const shells = ['bash', 'zsh', 'fish']

/** The verb; it is given the table it is part of. */
export function completionVerb(verbs: () => readonly Verb[]): Verb {
  return {
    name: 'completion',
    operands: ['bash|zsh|fish'],
    summary: 'Print a completion script: eval "$(relay completion bash)"',
    options: {},
    run: ({ console }, [shell = '']) => {
      if (!shells.includes(shell)) {
        console.err(`relay completion wants one of ${shells.join(', ')}`)
        return Promise.resolve(exitUsage)
      }
      console.out(shell === 'fish' ? renderFish(verbs()) : renderBash(verbs(), shell === 'zsh'))
      return Promise.resolve(exitOk)
    },
  }
}

/** What stands for an operand, or for the value of an option, as the shells are to offer it. */
interface Offer {
  readonly words: readonly string[]
  /** A command that prints more words. */
  readonly from: string | null
  readonly files: 'none' | 'all' | 'folders'
}

const jobIds = `relay list --json 2>/dev/null | grep -o '"id":"[^"]*"' | cut -d'"' -f4 | sort -u`
const skillNames = `relay skill list 2>/dev/null | grep '^[a-z]'`

/** `placeholder` as in usage: `ID`, `[NAME]`, `FILE|-`, `list|show`. */
function offerOf(placeholder: string): Offer {
  const parts = placeholder.replace(/[[\]]/g, '').split('|')
  return {
    words: parts.filter((part) => /^[a-z]/.test(part)),
    from: parts.includes('ID') ? jobIds : parts.includes('NAME') ? skillNames : null,
    files: parts.includes('FILE') ? 'all' : parts.includes('DIR') ? 'folders' : 'none',
  }
}

/** Each option that takes a value, as it is typed, long and short. */
function valuesOf(verb: Verb): readonly { readonly flags: readonly string[]; readonly offer: Offer }[] {
  return Object.entries(verb.options).flatMap(([name, { value, short }]) =>
    value === undefined
      ? []
      : [{ flags: [`--${name}`, ...(short === undefined ? [] : [`-${short}`])], offer: offerOf(value) }],
  )
}

function renderBash(verbs: readonly Verb[], zsh: boolean): string {
  const values = verbs.flatMap((verb) =>
    valuesOf(verb).map(({ flags, offer }) => ({
      cases: flags.map((flag) => `'${verb.name} ${flag}'`).join('|'),
      offer,
    })),
  )
  const operands = verbs.flatMap(({ name, operands: own, options }) => {
    const flags = Object.keys(options).map((option) => `--${option}`)
    return [
      ...own.map((operand, at) => `    '${name} ${at}') ${renderReply(offerOf(operand), flags)} ;;`),
      `    '${name} '*) ${renderReply(offerOf(''), flags)} ;;`,
    ]
  })
  return [
    ...(zsh ? ['autoload -U +X bashcompinit && bashcompinit'] : []),
    '_relay() {',
    '  local word=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} at=0 i',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W "${verbs.map(({ name }) => name).join(' ')}" -- "$word"))`,
    '    return',
    '  fi',
    '  case "$verb ${COMP_WORDS[COMP_CWORD-1]}" in',
    ...values.map(({ cases, offer }) => `    ${cases}) ${renderReply(offer, [])}; return ;;`),
    '  esac',
    '  for ((i = 2; i < COMP_CWORD; i++)); do',
    '    case "$verb ${COMP_WORDS[i]}" in',
    `      ${values.map(({ cases }) => cases).join('|')}) i=$((i + 1)) ;;`,
    '      *" -"?*) ;;',
    '      *) at=$((at + 1)) ;;',
    '    esac',
    '  done',
    '  case "$verb $at" in',
    ...operands,
    '  esac',
    '}',
    'complete -F _relay relay',
  ].join('\n')
}

function renderReply({ words, from, files }: Offer, flags: readonly string[]): string {
  const all = [...words, ...flags, ...(from === null ? [] : [`$(${from})`])].join(' ')
  const kind = { none: '', all: ' -f', folders: ' -d' }[files]
  return `COMPREPLY=($(compgen${kind} -W "${all}" -- "$word"))`
}

function renderFish(verbs: readonly Verb[]): string {
  const quote = (text: string) => `'${text.replaceAll("'", "\\'")}'`
  return verbs
    .flatMap((verb) => {
      const here = `-n '__fish_seen_subcommand_from ${verb.name}'`
      return [
        `complete -c relay -n __fish_use_subcommand -a ${verb.name} -d ${quote(verb.summary)}`,
        ...Object.entries(verb.options).map(([name, { value, summary }]) => {
          const offered = value === undefined ? '' : ` -x -a ${quote(renderFishWords(offerOf(value)))}`
          return `complete -c relay ${here} -l ${name}${offered} -d ${quote(summary)}`
        }),
        ...verb.operands.flatMap((operand) => {
          const words = renderFishWords(offerOf(operand))
          return words === '' ? [] : [`complete -c relay -f ${here} -a ${quote(words)}`]
        }),
      ]
    })
    .join('\n')
}

function renderFishWords({ words, from, files }: Offer): string {
  return [
    ...words,
    ...(from === null ? [] : [`(${from})`]),
    ...(files === 'folders' ? ['(__fish_complete_directories)'] : []),
  ].join(' ')
}
