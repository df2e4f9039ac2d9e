// What `npm test` needs before it can test in a real VS Code: the server host, and a browser where the machine has none.
import { RelayError } from '../../../src/core/relayError'
import { installHost } from './install'

try {
  await installHost({ browser: true })
} catch (error) {
  if (!(error instanceof RelayError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
