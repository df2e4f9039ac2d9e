// What `npm test` needs before it can test in a real VS Code and with the real agents: the server host, a browser where
// the machine has none, and the agents' commands.
import { RelayError } from '../../../src/core/relayError'
import { installAgents } from '../../agents/install'
import { installHost } from './install'

try {
  await installHost({ browser: true })
  await installAgents()
} catch (error) {
  if (!(error instanceof RelayError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
