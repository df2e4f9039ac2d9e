// What a supervisor says of itself on disk, and when it gives way to a newer one.
import { RelayError } from '../core/relayError'
import { build, supersedes } from '../store/build'
import { writeDurably } from '../store/durableFile'
import { ownHandle } from '../store/processIdentity'
import type { Request } from '../store/request'
import type { StateFolder } from '../store/stateFolder'
import { builtAt, type SupervisorRecord } from '../store/wake'
import type { Logger } from './logger'
import { renderWakeScript } from './wakeScript'

/** Throws RelayError `not_newer` unless the build that asks to take over supersedes the one in `bundle`, which is ours. */
export function assertSupersedes(
  { build: theirs, supervisor }: Extract<Request, { kind: 'hand_over' }>,
  bundle: string,
): void {
  const own = { build, builtAtMs: builtAt(bundle) }
  if (!supersedes({ build: theirs, builtAtMs: builtAt(supervisor) }, own))
    throw new RelayError('not_newer', `Build ${theirs} does not take over from ${build}.`)
}

/** Says who supervises, and that it is alive. The lock is what counts; this only spares others a useless start. */
export function writeRecord(state: StateFolder, bundle: string, log: Logger): void {
  const record: SupervisorRecord = {
    v: 1,
    handle: ownHandle(),
    build,
    builtAtMs: builtAt(bundle),
    heartbeatAtMs: Date.now(),
  }
  tryToWrite('its record', () => writeDurably(state.supervisorRecord, JSON.stringify(record)), log)
}

/** Leaves behind how a wrapper wakes a supervisor like this one. The script of the one before mostly does as well. */
export function writeWakeScript(state: StateFolder, bundle: string, log: Logger): void {
  tryToWrite('the wake script', () => writeDurably(state.wakeScript, renderWakeScript(state, bundle)), log)
}

/** A full disk must not keep a supervisor away. */
function tryToWrite(what: string, write: () => void, log: Logger): void {
  try {
    write()
  } catch (error) {
    log(`${what} could not be written: ${error instanceof Error ? error.message : String(error)}`)
  }
}
