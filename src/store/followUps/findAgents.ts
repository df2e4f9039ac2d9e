// Where the agents' programs are: on the PATH, and in the places where their installers put them, for a window that was
// started from a desktop knows little of the PATH of a login shell. Looks only; runs nothing.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { FoundAgents } from '../../core/followUps/chooseAgent'

/** Below the home directory. */
const homePlaces = [
  '.local/bin',
  '.claude/local',
  '.npm-global/bin',
  '.bun/bin',
  '.volta/bin',
  '.local/share/pnpm',
  'bin',
]
const systemPlaces = ['/usr/local/bin', '/opt/homebrew/bin']
const maxVersions = 50

/** The programs of the agents, absolute; nothing is taken from a relative entry of the PATH, which may be a workspace. */
export function findAgents(env: NodeJS.ProcessEnv): FoundAgents {
  const home = env['HOME'] ?? os.homedir()
  const onPath = (env['PATH'] ?? '').split(':').filter((directory) => path.isAbsolute(directory))
  const places = [
    ...onPath,
    ...homePlaces.map((place) => path.join(home, place)),
    ...nodeVersions(home),
    ...systemPlaces,
  ]
  return { claude: findIn(places, 'claude'), codex: findIn(places, 'codex') }
}

/** A program as a shell would find it; null if there is none. */
export function findIn(directories: readonly string[], name: string): string | null {
  for (const directory of directories) {
    const file = path.join(directory, name)
    try {
      fs.accessSync(file, fs.constants.X_OK)
      if (fs.statSync(file).isFile()) return file
    } catch {
      // Not here.
    }
  }
  return null
}

/** Where nvm puts what `npm install --global` installs, the newest version of Node first. */
function nodeVersions(home: string): readonly string[] {
  const directory = path.join(home, '.nvm/versions/node')
  try {
    const byVersion = (a: string, b: string) => b.localeCompare(a, 'en', { numeric: true })
    return fs
      .readdirSync(directory)
      .sort(byVersion)
      .slice(0, maxVersions)
      .map((version) => path.join(directory, version, 'bin'))
  } catch {
    return [] // No nvm.
  }
}
