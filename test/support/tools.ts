// Programs that some tests need and a fresh machine may lack.
import { execFileSync } from 'node:child_process'

/**
 * Whether `name` is on the PATH. Where it is missing, that is said loudly; in CI, where nothing is skipped, it is an error.
 * `.ci/setup` installs all of them.
 */
export function hasTool(name: string): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v "$1" >/dev/null', 'sh', name])
    return true
  } catch {
    const message = `${name} is not installed, and the tests that need it CANNOT run. Install it with .ci/setup (Debian, root).`
    if (process.env['CI'] !== undefined) throw new Error(message)
    console.warn(`\n!!! SKIPPED: ${message}\n`)
    return false
  }
}
