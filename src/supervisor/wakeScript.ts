// The script that a wrapper runs at the end of its job, when perhaps nobody is there to see it.
import type { StateFolder } from '../store/stateFolder'
import { keeperArguments, supervisorEnvironment } from '../store/wake'
import { shellQuote } from '../core/shellQuote'

/** Does nothing if the lock is held, else starts the supervisor in `bundle` in a session of its own. */
export function renderWakeScript(state: StateFolder, bundle: string): string {
  const env = Object.entries(supervisorEnvironment(process.env)).map(([name, value]) => `${name}=${shellQuote(value)}`)
  const keeper = keeperArguments(state, bundle).map(shellQuote).join(' ')
  return [
    '#!/bin/sh',
    '# Starts the supervisor of Relay Jobs if none is there. Written by it; run by the wrapper of a job that has ended.',
    `export ${env.join(' ')}`,
    'cd /',
    `! command -v flock >/dev/null || flock -n ${shellQuote(state.lock)} true || exit 0`,
    'session=$(command -v setsid)',
    `$session sh ${keeper} </dev/null >/dev/null 2>&1 &`,
    '',
  ].join('\n')
}
