// The `gh` of this machine: words of argv, in batch mode, with the environment of whoever asks. Never rejects.
import type { Ran } from './runProgram'
import { problemOfRun, runProgram } from './runProgram'

const passed = [
  'PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'TZ', 'GH_TOKEN', 'GITHUB_TOKEN', 'GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN', 'GH_HOST',
  'GH_CONFIG_DIR', 'XDG_CONFIG_HOME', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS', 'HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy',
  'NO_PROXY', 'no_proxy', 'SSL_CERT_FILE', 'SSL_CERT_DIR',
] // prettier-ignore

export interface GhCall {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly host?: string | undefined
  readonly limitMs?: number
  readonly cwd?: string
  readonly stdin?: string
}

export function runGh(words: readonly string[], { env, host, limitMs = 60_000, cwd, stdin }: GhCall): Promise<Ran> {
  const from = { ...process.env, ...env }
  const kept = Object.fromEntries(
    passed.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]] as const])),
  )
  const batch = { GH_PROMPT_DISABLED: '1', GH_NO_UPDATE_NOTIFIER: '1', NO_COLOR: '1', GH_PAGER: 'cat', CLICOLOR: '0' }
  return runProgram(['gh', ...words], {
    env: { ...kept, ...batch, ...(host === undefined ? {} : { GH_HOST: host }) },
    limitMs,
    ...(cwd === undefined ? {} : { cwd }),
    ...(stdin === undefined ? {} : { stdin }),
  })
}

/** Why gh did not answer, in one line; null: it did. `host`: the one that was asked, if it was named. */
export function problemOfGh(ran: Ran, host?: string): string | null {
  if (ran.kind === 'absent') return 'the command gh is not installed'
  if (ran.kind === 'ended' && ran.code === 4)
    return host === undefined
      ? 'gh is not logged in (gh auth login)'
      : `gh is not logged in at ${host} (gh auth login --hostname ${host})`
  return problemOfRun('gh', ran)
}
