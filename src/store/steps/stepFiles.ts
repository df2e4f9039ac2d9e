// The files of a workspace that steps are made of: their definitions, SPEC.md, agents, skills and scripts.
import fs from 'node:fs'
import path from 'node:path'
import { RelayError } from '../../core/relayError'
import { maxDefinitionsChars } from '../../core/steps/parseDefinitions'
import { type AgentFile, agentIn, agentsFolder, skillsFolder, type StepWorkspace } from '../../core/steps/workspace'
import { asRelayError, errorCode } from '../durableFile'

/** More agents or skills than that are not looked at. */
const maxEntries = 500
/** The front matter of an agent is at its start. */
const headBytes = 8 * 1024

/** What is in the workspace at `folder` now; what cannot be read is not there. */
export function lookAtWorkspace(folder: string): StepWorkspace {
  const skills = namesIn(path.join(folder, skillsFolder)).filter((name) =>
    isFile(path.join(folder, skillsFolder, name, 'SKILL.md')),
  )
  const agents = namesIn(path.join(folder, agentsFolder))
    .filter((name) => name.toLowerCase().endsWith('.md'))
    .flatMap((name): AgentFile[] => {
      const head = readHead(path.join(folder, agentsFolder, name))
      return head === null ? [] : [agentIn(`${agentsFolder}/${name}`, head)]
    })
  return { agents, skills, isFile: (file) => isFile(path.resolve(folder, file)) }
}

/** Null if there is no such file. Throws RelayError. */
export function readStepText(file: string): string | null {
  try {
    const stat = fs.statSync(file)
    if (!stat.isFile()) throw new RelayError('not_a_file', `Cannot read ${file}: it is not a file.`)
    if (stat.size > 4 * maxDefinitionsChars)
      throw new RelayError('too_large', `Cannot read ${file}: it has ${stat.size} bytes.`)
    return fs.readFileSync(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw asRelayError(error, 'read', file)
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return fs.readdirSync(directory).sort().slice(0, maxEntries)
  } catch {
    return [] // Not there, or not to be read: the same for who looks for a name in it.
  }
}

function isFile(file: string): boolean {
  try {
    return fs.statSync(file).isFile()
  } catch {
    return false
  }
}

function readHead(file: string): string | null {
  try {
    // Not to wait for the other end of a pipe.
    const fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
    try {
      if (!fs.fstatSync(fd).isFile()) return null
      const head = Buffer.alloc(headBytes)
      return head.toString('utf8', 0, fs.readSync(fd, head, 0, headBytes, 0))
    } finally {
      fs.closeSync(fd)
    }
  } catch {
    return null
  }
}
