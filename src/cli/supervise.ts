// relay supervise: the supervisor in the foreground, for a service manager or a curious person.
import { spawn } from 'node:child_process'
import { installSupervisor, liveSupervisor } from '../store/wake'
import { exitError, type Verb } from './verb'

export const superviseVerb: Verb = {
  name: 'supervise',
  operands: [],
  summary: 'Run the supervisor here, in the foreground, until it is interrupted',
  options: {},
  run: async ({ state, supervisorBundle, console }) => {
    const live = liveSupervisor(state)
    if (live !== null) {
      console.err(`A supervisor is there already: process ${live.handle.pid}, build ${live.build}.`)
      return exitError
    }
    // A copy, as always: what is installed may be updated away while jobs run.
    const supervisor = installSupervisor(state, supervisorBundle)
    const child = spawn(process.execPath, [supervisor, 'supervise', '--stay', state.root], { stdio: 'inherit' })
    // A Ctrl+C reaches the child as well; it ends, and then so do we.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
    return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? exitError)))
  },
}
