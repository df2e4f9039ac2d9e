// The real agents of the tests, Claude Code and Codex, from the npm registry. They lie in .vscode-test/agents/, about
// 770 MB, and must never become dependencies or be committed.
import path from 'node:path'
import { execa } from 'execa'
import { arePackagesInstalled, installPackages } from '../support/packageFolder'

const packages = { '@anthropic-ai/claude-code': '2.1.329', '@openai/codex': '0.169.0' }
const directory = path.resolve('.vscode-test/agents')

/** Where `claude` and `codex` are, for a PATH. */
export const agentPrograms = path.join(directory, 'node_modules/.bin')

/** Installs both unless they are there in these versions. Throws RelayError if they cannot be installed. */
export async function installAgents(): Promise<void> {
  if (areAgentsInstalled()) return
  console.log(`Installing Claude Code and Codex into ${directory}: about 770 MB, once.`)
  await installPackages(directory, packages, async (fresh) => {
    // Puts the program of this platform in its place; what npm would have run by itself.
    const cwd = path.join(fresh, 'node_modules/@anthropic-ai/claude-code')
    await execa('node', ['install.cjs'], { cwd, stdin: 'ignore', timeout: 60_000 })
  })
}

/** Whether the tests with real agents can run. Where not, that is said loudly; in CI, where nothing is skipped, it is an error. */
export function hasAgents(): boolean {
  if (areAgentsInstalled()) return true
  const message = 'Claude Code and Codex are not installed, and the tests with them CANNOT run. Run `npm run host`.'
  if (process.env['CI'] !== undefined) throw new Error(message)
  console.warn(`\n!!! SKIPPED: ${message}\n`)
  return false
}

function areAgentsInstalled(): boolean {
  return arePackagesInstalled(directory, packages)
}
