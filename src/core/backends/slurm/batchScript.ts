// The script that sbatch is given: it goes around the approved one, says who it is, and records how that ended. POSIX sh.
import { shellQuote } from '../../shellQuote'
import { readDirectives } from './scriptLines'

export interface BatchScript {
  /** The approved bytes, which lie in `command.sh` of the directory. */
  readonly script: string
  /** Words of a POSIX shell, quoted: where the records are, as the nodes see it. */
  readonly directory: string
  /** The same: where the script runs. */
  readonly cwd: string
  readonly variables: Readonly<Record<string, string>>
  /** The scheduler may begin it anew. */
  readonly requeues: boolean
  /** The same: the file that all output goes to, where sbatch cannot be told so; null: it can. */
  readonly log: string | null
  /** A file that is touched at the end, for whoever watches it; null: there is none. */
  readonly bell: string | null
}

/** Whether a name can be that of a variable of a shell. */
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/

export function renderBatchScript({ script, directory, cwd, variables, requeues, log, bell }: BatchScript): string {
  const directives = readDirectives(script).map(({ text }) => `#SBATCH ${text}`)
  const exports = Object.entries(variables).flatMap(([name, value]) =>
    variableName.test(name) ? [`export ${name}=${withoutReturns(shellQuote(value))}`] : [],
  )
  return [
    '#!/bin/sh',
    ...directives,
    '# Made by Relay Jobs around command.sh, which holds what was approved.',
    `dir=${withoutReturns(directory)} cwd=${withoutReturns(cwd)} again=${requeues ? 'yes' : 'no'}`,
    ...(log === null ? [] : [`exec >>${withoutReturns(log)} 2>&1`]),
    ...exports,
    body,
    ...(bell === null ? [] : [`{ : >${withoutReturns(shellQuote(bell))}; } 2>/dev/null`]),
    'exit "$status"',
    '',
  ].join('\n')
}

/** The same quoted word of a shell: sbatch refuses a script that has a carriage return before a line end anywhere. */
function withoutReturns(quoted: string): string {
  return quoted.replaceAll('\r', `'"$(printf '\\015')"'`)
}

/**
 * Whoever makes the claim runs the job: submitted twice, the second one runs nothing. Begun anew by the scheduler it has the
 * same number. Signals that the scheduler sends to the batch shell are for the script.
 */
const body = `task=\${SLURM_ARRAY_TASK_ID:+.$SLURM_ARRAY_TASK_ID}
path=\${PATH-}
PATH=$path:/usr/bin:/bin
if [ ! -d "$dir" ]; then
  echo "relay: this node does not see $dir: the state folder must be on a disk that all nodes share" >&2
  exit 1
fi
if mkdir "$dir/claim$task" 2>/dev/null; then
  printf '%s\\n' "$SLURM_JOB_ID" >"$dir/claim$task/id"
elif [ "$again" != yes ] || [ "$(cat "$dir/claim$task/id" 2>/dev/null)" != "$SLURM_JOB_ID" ]; then
  echo 'relay: this was begun before; nothing is run a second time' >&2
  exit 0
fi
rm -f "$dir/exit$task"
printf '%s %s %s %s\\n' "$SLURM_JOB_ID" "$(date +%s%3N)" "\${SLURM_RESTART_COUNT:-0}" "\${SLURMD_NODENAME:-}" >"$dir/started$task.tmp" &&
  mv "$dir/started$task.tmp" "$dir/started$task"

run() {
  cd "$cwd" || { echo "relay: cannot enter the directory of the job: $cwd" >&2; exit 1; }
  PATH=$path
  case $(head -c 2 "$dir/command.sh" | tr -d '\\0') in
    '#!') exec "$dir/command.sh" ;;
  esac
  command -v bash >/dev/null 2>&1 && exec bash -l "$dir/command.sh"
  exec /bin/sh "$dir/command.sh"
}
run &
child=$!
for signal in HUP INT TERM USR1 USR2; do trap "kill -s $signal $child 2>/dev/null" "$signal"; done
# A signal ends a wait; the child is waited for until it is gone.
while :; do
  wait "$child"
  status=$?
  kill -0 "$child" 2>/dev/null || break
done

# The record appears whole or not at all. On a full disk the name of an empty file tells.
{
  printf '%s %s\\n' "$status" "$(date +%s%3N)" >"$dir/exit$task.tmp" &&
    sync "$dir/exit$task.tmp" && mv "$dir/exit$task.tmp" "$dir/exit$task"
} 2>/dev/null || : >"$dir/exit$task.$status.full"`
