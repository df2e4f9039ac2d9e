// Writing a skill where an agent looks: in a person's project or home. What is written is only ever what was shown, a
// file is replaced in one step, and no link leads out of the folder that the person has named.
import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { RelayError } from '../../core/relayError'
import { type SkillAgent, agentTraces, skillAgents, type SkillPlace, skillPlace } from '../../core/skills/agents'
import { planInstall, planRemoval, type SkillChange } from '../../core/skills/installedSkill'
import type { Skill } from '../../core/skills/skill'
import { asRelayError, errorCode, syncDirectory } from '../durableFile'

/** A larger file is nobody's instructions to an agent. */
const largestBytes = 1024 * 1024

export interface SkillRoot {
  readonly scope: 'project' | 'user'
  /** An existing directory. */
  readonly folder: string
}

/** One file as it is, and as it would be. */
export interface SkillFileChange {
  readonly place: SkillPlace
  /** As it is to be shown; `real` is where it lies, links resolved. */
  readonly file: string
  readonly real: string
  /** Null: there is no file. */
  readonly before: string | null
  readonly change: SkillChange
}

/**
 * What an act means for the file of one agent; null if the agent has no place there. Nothing is changed. Throws
 * RelayError if the file cannot be read or must not be written.
 */
export function planSkillFile(
  act: 'install' | 'remove',
  skill: Skill,
  agent: SkillAgent,
  { scope, folder }: SkillRoot,
): SkillFileChange | null {
  const place = skillPlace(agent, skill.name, scope)
  if (place === null) return null
  const file = path.join(folder, place.path)
  const real = realPathWithin(file, folder)
  const before = readText(real, file)
  const plan = act === 'install' ? planInstall : planRemoval
  return { place, file, real, before, change: plan(before, skill, place.form, sha256) }
}

/**
 * Makes a change of kind `write`. Throws RelayError (`changed` if the file is not any more what was shown) and leaves
 * the old file as it was.
 */
export function writeSkillFile({ file, real, before, change }: SkillFileChange, { folder }: SkillRoot): void {
  if (change.kind !== 'write') return
  // Again, for a person may have taken their time to answer.
  if (realPathWithin(file, folder) !== real || readText(real, file) !== before)
    throw new RelayError('changed', `${file} was changed in the meantime: nothing was written. Try it again.`)
  try {
    if (change.text === null) removeFile(real, folder)
    else replaceFile(real, change.text)
  } catch (error) {
    throw asRelayError(error, change.text === null ? 'remove' : 'write', file)
  }
}

/** The agents of which there are traces in a folder. */
export function findAgents(folder: string): readonly SkillAgent[] {
  return skillAgents.filter((agent) => agentTraces[agent].some((trace) => fs.existsSync(path.join(folder, trace))))
}

function replaceFile(real: string, text: string): void {
  fs.mkdirSync(path.dirname(real), { recursive: true })
  const temporary = `${real}.${randomBytes(6).toString('hex')}.tmp`
  const mode = fs.statSync(real, { throwIfNoEntry: false })?.mode
  try {
    const fd = fs.openSync(temporary, 'wx')
    try {
      if (mode !== undefined) fs.fchmodSync(fd, mode & 0o7777)
      fs.writeFileSync(fd, text)
      fs.fsyncSync(fd)
    } finally {
      fs.closeSync(fd)
    }
    fs.renameSync(temporary, real)
    syncDirectory(path.dirname(real))
  } catch (error) {
    fs.rmSync(temporary, { force: true })
    throw error
  }
}

/** With the directories above it that nothing else is in, up to `folder`. */
function removeFile(real: string, folder: string): void {
  fs.rmSync(real)
  const top = fs.realpathSync(folder)
  for (let directory = path.dirname(real); directory !== top && isWithin(directory, top);) {
    try {
      fs.rmdirSync(directory)
    } catch (error) {
      if (errorCode(error) === 'ENOTEMPTY' || errorCode(error) === 'EEXIST') return
      throw error
    }
    directory = path.dirname(directory)
  }
}

/** Where a file lies or would lie. Throws RelayError if that is not in `folder`. */
function realPathWithin(file: string, folder: string): string {
  try {
    const top = fs.realpathSync(folder)
    const real = realPathOfMissing(file)
    if (isWithin(real, top)) return real
  } catch (error) {
    throw asRelayError(error, 'write', file)
  }
  throw new RelayError('outside', `${file} is not written: a link on its way leads out of ${folder}.`)
}

/** The real path of what is there, and the rest as it is named. A link that leads nowhere is an error. */
function realPathOfMissing(file: string): string {
  try {
    return fs.realpathSync(file)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined) throw error
    return path.join(realPathOfMissing(path.dirname(file)), path.basename(file))
  }
}

function isWithin(file: string, folder: string): boolean {
  const relative = path.relative(folder, file)
  return relative !== '' && relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative)
}

/** Null: there is no file. Throws RelayError for what is no text: writing it anew would damage it. */
function readText(real: string, file: string): string | null {
  try {
    const stat = fs.statSync(real, { throwIfNoEntry: false })
    if (stat === undefined) return null
    if (!stat.isFile()) throw new RelayError('not_a_file', `${file} is not a file.`)
    if (stat.size > largestBytes) throw new RelayError('too_large', `${file} is larger than 1 MB: it is left alone.`)
    // A byte-order mark is kept, for what is read is written again.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(fs.readFileSync(real))
  } catch (error) {
    if (error instanceof TypeError) throw new RelayError('not_text', `${file} is not text in UTF-8: it is left alone.`)
    throw asRelayError(error, 'read', file)
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
