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

const jobIds = `relay list --json 2>/dev/null | grep -o '"id":"[^"]*"' | cut -d'"' -f4 | sort -u`

function renderBash(verbs: readonly Verb[], zsh: boolean): string {
  const cases = verbs.map((verb) => {
    const options = Object.keys(verb.options).map((name) => `--${name}`)
    const words = verb.operands.some((word) => word.includes('ID'))
      ? `${options.join(' ')} $(${jobIds})`
      : options.join(' ')
    const files = verb.operands.some((word) => word.includes('FILE')) ? ' -f' : ''
    return `    ${verb.name}) COMPREPLY=($(compgen${files} -W "${words}" -- "$word")) ;;`
  })
  return [
    ...(zsh ? ['autoload -U +X bashcompinit && bashcompinit'] : []),
    '_relay() {',
    '  local word=${COMP_WORDS[COMP_CWORD]}',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W "${verbs.map(({ name }) => name).join(' ')}" -- "$word"))`,
    '    return',
    '  fi',
    '  case ${COMP_WORDS[1]} in',
    ...cases,
    '  esac',
    '}',
    'complete -F _relay relay',
  ].join('\n')
}

function renderFish(verbs: readonly Verb[]): string {
  return verbs
    .flatMap((verb) => [
      `complete -c relay -n __fish_use_subcommand -a ${verb.name} -d '${verb.summary.replaceAll("'", "\\'")}'`,
      ...Object.entries(verb.options).map(
        ([name, { summary }]) =>
          `complete -c relay -n '__fish_seen_subcommand_from ${verb.name}' -l ${name} -d '${summary.replaceAll("'", "\\'")}'`,
      ),
      ...(verb.operands.some((word) => word.includes('ID'))
        ? [`complete -c relay -f -n '__fish_seen_subcommand_from ${verb.name}' -a '(${jobIds.replaceAll("'", "\\'")})'`]
        : []),
    ])
    .join('\n')
}
