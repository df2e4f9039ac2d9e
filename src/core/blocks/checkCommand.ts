// Commands that will not do what a job needs: wait for a person, never end, wait for themselves, or leave the work to a
// process that outlives them. Judged by their words alone, so only ever advice.
import type { DiagnosticCode, Fix, Range } from './diagnostic'
import { simpleCommands, type SimpleCommand } from './shellWords'

export interface CommandFinding extends Range {
  readonly code: DiagnosticCode
  readonly message: string
  /** In offsets of the command. */
  readonly fix?: Fix
}

const screens = new Set(
  'vi vim nvim nano emacs less more man top htop btop nvtop ipython screen mc ranger fzf dialog whiptail visudo vipw'.split(
    ' ',
  ),
)
/** Without a script or file these wait for what a person types. */
const shells = new Set(
  'python python2 python3 node R irb bash sh zsh psql mysql sqlite3 ghci julia octave ftp sftp telnet'.split(' '),
)
const sshValues = /^-[BbcDEeFIiJLlmOopQRSWw]$/

/** What is said of each program: undefined if nothing. */
function interactive({ words, keyword, hasInput, after }: SimpleCommand): string | undefined {
  const [name, ...rest] = words
  const program = name.text.split('/').at(-1) ?? ''
  const args = rest.map(({ text }) => text)
  const has = (pattern: RegExp) => args.some((arg) => pattern.test(arg))
  const quiet = has(/^(?:-[a-zA-Z]*y[a-zA-Z]*|--yes|--assume-yes)$/)
  if (
    screens.has(program) &&
    !has(/^--?(?:batch|version|help|es|script)$|^-[bcS]/) &&
    (program !== 'top' || !has(/^-\w*b/))
  ) {
    const isPager = program === 'less' || program === 'more'
    return isPager && after === '|' ? undefined : `${program} waits for a person at a terminal`
  }
  if (shells.has(program)) {
    if (has(/^(?:-i|--interactive)$/))
      return `${program} ${args.find((arg) => /^(?:-i|--int)/.test(arg)) ?? ''} waits for what a person types`
    if (args.length === 0 && !hasInput) return `${program} without a script waits for what a person types`
    return undefined
  }
  switch (program) {
    case 'ssh': {
      const operands = args.filter((arg, at) => !arg.startsWith('-') && !sshValues.test(args[at - 1] ?? ''))
      const isForwarding = has(/^-[a-zA-Z]*[NTf]/) || has(/^--?(?:V|help)$/)
      return operands.length === 1 && !hasInput && !isForwarding
        ? 'ssh without a command opens a session for a person'
        : undefined
    }
    case 'read':
      return hasInput || keyword === 'while' || keyword === 'until' ? undefined : 'read waits for what a person types'
    case 'select':
      return 'select waits for what a person chooses'
    case 'docker':
    case 'podman':
    case 'kubectl': {
      const verb = args.findIndex((arg) => arg === 'run' || arg === 'exec')
      const options = args.slice(verb + 1)
      const plain = options
        .slice(
          0,
          Math.max(
            0,
            options.findIndex((arg) => !arg.startsWith('-')),
          ),
        )
        .concat(options.filter((arg) => arg === '--tty'))
      const wantsTerminal = plain.some((arg) => /^-[a-zA-Z]*t[a-zA-Z]*$/.test(arg) || arg === '--tty')
      return verb !== -1 && wantsTerminal
        ? `${program} ${args[verb] ?? ''} -t wants a terminal, and a job has none`
        : undefined
    }
    case 'srun':
      return has(/^--pty$/) ? 'srun --pty wants a terminal, and a job has none' : undefined
    case 'git':
      if (args[0] === 'rebase' && has(/^(?:-i|--interactive)$/)) return 'git rebase -i opens an editor'
      if (args[0] === 'add' && has(/^(?:-p|-i|--patch|--interactive)$/)) return 'git add -p asks a person'
      return args[0] === 'commit' && !has(/^(?:-[a-zA-Z]*[mFC]|--message|--file|--no-edit|--dry-run|--fixup)/)
        ? 'git commit without -m opens an editor'
        : undefined
    case 'apt':
    case 'apt-get':
      return /^(?:install|upgrade|remove|dist-upgrade)$/.test(args.find((arg) => !arg.startsWith('-')) ?? '') &&
        !quiet &&
        !has(/^-qq/)
        ? `${program} without -y asks before it does anything`
        : undefined
    case 'conda':
    case 'mamba':
      return /^(?:install|create|update|remove)$/.test(args[0] ?? '') && !quiet
        ? `${program} without -y asks before it does anything`
        : undefined
    case 'tmux':
      return args.length === 0 || /^(?:a|at|attach|attach-session)$/.test(args[0] ?? '')
        ? 'tmux wants a terminal, and a job has none'
        : undefined
  }
  return undefined
}

function endless({ words }: SimpleCommand): string | undefined {
  const [name, ...rest] = words
  const args = rest.map(({ text }) => text)
  const follows = args.some((arg) => /^(?:-[a-zA-Z]*[fF]|--follow(?:=.*)?)$/.test(arg))
  const program = name.text
  if (program === 'watch' && args.length > 0) return 'watch never ends'
  if (program === 'tail' && follows && !args.some((arg) => arg.startsWith('--pid'))) return 'tail -f never ends'
  return program === 'journalctl' && follows ? 'journalctl -f never ends' : undefined
}

const others =
  'ssh read select docker podman kubectl srun git apt apt-get conda mamba tmux watch tail journalctl sleep pgrep nohup disown'
const worthReading = new RegExp(String.raw`&|\b(?:${[...screens, ...shells, ...others.split(' ')].join('|')})\b`)

/** What is worth saying about a command, in the order of its text. */
export function checkCommand(command: string): readonly CommandFinding[] {
  if (!worthReading.test(command)) return []
  const found: CommandFinding[] = []
  const simple = simpleCommands(command)
  let loop: SimpleCommand | undefined
  for (const each of simple) {
    const { start, end, words, keyword, after, afterStart } = each
    const [name, ...args] = words
    const waits = interactive(each)
    if (waits)
      found.push({
        code: 'command-interactive',
        start,
        end,
        message: `${waits}: this job would hang. Write a command that asks nothing.`,
      })
    const stays = endless(each)
    if (stays)
      found.push({
        code: 'command-endless',
        start,
        end,
        message: `${stays}, so neither does this job, and its follow-up never comes. Write what it is to wait for.`,
      })
    if (keyword === 'while' || keyword === 'until') loop = each
    if (name.text === 'pgrep' && args.some(({ text }) => /^-[a-zA-Z]*f|^--full$/.test(text))) {
      found.push({
        code: 'command-polling',
        start,
        end,
        message:
          'pgrep -f finds the shell of this job too, because the pattern is in its command: waiting for it never ends. Start the next job from thenTask, or wait for a process id.',
      })
      loop = undefined
    } else if (name.text === 'sleep' && loop) {
      found.push({
        code: 'command-polling',
        start: loop.start,
        end,
        message:
          'This loop on sleep waits for something by asking again and again. Make that a job with a thenTask: its end is seen at once.',
      })
      loop = undefined
    }
    if (name.text === 'done') loop = undefined
    const isDetached = name.text === 'nohup' || name.text === 'disown'
    const isLast = each === simple.at(-1)
    if (isDetached || (after === '&' && isLast)) {
      const isMarked = after === '&'
      const fix = {
        title: 'Remove the &',
        start: command.slice(0, afterStart).trimEnd().length,
        end: afterStart + 1,
        newText: '',
        isGuess: true as const,
      }
      found.push({
        code: 'command-background',
        start,
        end: isMarked ? afterStart + 1 : end,
        message: `What runs in the background is not this job: the job would be done at once, while the work goes on unseen. A job is in the background already: leave out ${isDetached ? name.text : 'the &'}.`,
        ...(isMarked && !isDetached && { fix }),
      })
    }
  }
  return found
}
