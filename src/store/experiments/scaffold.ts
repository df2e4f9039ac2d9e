// Scaffold Run Contract: what a workspace needs for runs of experiments, from media/experiments into it. It never overwrites
// anything, not even a file that appears between the look and the writing.
import fs from 'node:fs'
import path from 'node:path'
import { RelayError } from '../../core/relayError'
import { asRelayError, errorCode, syncDirectory } from '../durableFile'
import { makeParentWithin, realFileWithin } from '../realFile'

export interface ScaffoldFile {
  /** Relative to the workspace. */
  readonly name: string
  readonly text: string
  /** `same`: what is there is what would be written. `other`: somebody else's, which stays. */
  readonly state: 'absent' | 'same' | 'other'
}

const files = [
  'scripts/vr_run.sh',
  'templates/experiments/train_baseline.yaml',
  'templates/experiments/eval_only.yaml',
  'schemas/metrics.schema.json',
]

/** What would be written into `folder`; `shipped` is media/experiments. Throws RelayError. */
export function planScaffold(shipped: string, folder: string): readonly ScaffoldFile[] {
  return files.map((name) => {
    const text = read(path.join(shipped, name))
    if (text === null) throw new RelayError('incomplete', `${name} is not part of this installation: install it anew.`)
    const there = readThere(path.join(folder, name))
    return { name, text, state: there === null ? 'absent' : there === text ? 'same' : 'other' }
  })
}

/** Writes those that are absent; the names of what was written. Throws RelayError; what was written by then stays. */
export function writeScaffold(planned: readonly ScaffoldFile[], folder: string): readonly string[] {
  const written: string[] = []
  for (const { name, text, state } of planned) {
    if (state !== 'absent') continue
    const file = path.join(folder, name)
    try {
      makeParentWithin(file, folder)
      const real = realFileWithin(file, folder)
      fs.writeFileSync(real, text, { flag: 'wx', mode: name.endsWith('.sh') ? 0o755 : 0o644, flush: true })
      syncDirectory(path.dirname(real))
      written.push(name)
    } catch (error) {
      if (errorCode(error) === 'EEXIST') continue // Somebody was quicker: it is theirs.
      throw asRelayError(error, 'write', file)
    }
  }
  return written
}

/** Null: there is nothing. What is no file, or cannot be read, is somebody else's. */
function readThere(file: string): string | null {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false })
  if (stat === undefined) return null
  try {
    return read(file) ?? ''
  } catch (error) {
    if (error instanceof RelayError) return ''
    throw error
  }
}

function read(file: string): string | null {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw asRelayError(error, 'read', file)
  }
}
