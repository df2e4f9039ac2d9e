// Work that a process of ours offers to the windows that have a folder open: a directory an offer, each file in it with one
// writer. It is put there, and withdrawn, by a rename of its directory, so that nobody ever sees half of one; one window
// claims it by another.
import fs from 'node:fs'
import path from 'node:path'
import { asRelayError, errorCode, makeDirectory, readIfExists, syncDirectory, writeDurably } from './durableFile'
import type { OfferPaths } from './offerPaths'
import { type AttachedWindow, parseWindow } from './windows'

const preparedPrefix = '.new-'
const withdrawnPrefix = '.withdrawn-'

/** Throws RelayError. */
export function putOffer(paths: OfferPaths, offer: object): void {
  const prepared = paths.beside(preparedPrefix)
  makeDirectory(prepared.directory)
  writeDurably(prepared.offer, JSON.stringify(offer))
  try {
    fs.renameSync(prepared.directory, paths.directory)
  } catch (error) {
    throw asRelayError(error, 'create', paths.directory)
  }
  syncDirectory(path.dirname(paths.directory))
}

/**
 * From here on no window may begin with it: a claimant looks before it acts whether the offer still stands. Throws
 * RelayError; then it may still stand.
 */
export function withdrawOffer(paths: OfferPaths): void {
  const withdrawn = paths.beside(withdrawnPrefix).directory
  try {
    fs.rmSync(withdrawn, { recursive: true, force: true })
    fs.renameSync(paths.directory, withdrawn)
    fs.rmSync(withdrawn, { recursive: true, force: true })
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw asRelayError(error, 'remove', paths.directory)
  }
}

/** Removes what is left of processes that were killed while they made an offer or withdrew one. `isOurs` is asked about the former. */
export function removeHalfOffers(directory: string, isOurs: (name: string) => boolean): void {
  for (const name of fs.existsSync(directory) ? fs.readdirSync(directory) : []) {
    const isHalf = name.startsWith(preparedPrefix) && isOurs(name)
    if (isHalf || name.startsWith(withdrawnPrefix))
      fs.rmSync(path.join(directory, name), { recursive: true, force: true })
  }
}

/** Whether `window` is now the one that does it: of several one wins. The claim says whose it is from its first moment. */
export function claimOffer(paths: OfferPaths, window: AttachedWindow): boolean {
  return makeClaim(paths.claim, paths.claimant, window)
}

/** The same for a directory `claim` in an offer, of which `claimant` is the file that tells whose it is. */
export function makeClaim(claim: string, claimant: string, window: AttachedWindow): boolean {
  const prepared = `${claim}.${window.id}`
  fs.rmSync(prepared, { recursive: true, force: true })
  try {
    fs.mkdirSync(prepared, { mode: 0o700 })
    fs.writeFileSync(path.join(prepared, path.basename(claimant)), JSON.stringify(window), { mode: 0o600 })
    fs.renameSync(prepared, claim)
    return true
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(errorCode(error) ?? '')) throw error
    fs.rmSync(prepared, { recursive: true, force: true })
    return false // Another window has it, or it was withdrawn.
  }
}

/** The window that has claimed the offer. */
export function readClaimant(paths: OfferPaths): AttachedWindow | null {
  return parseWindow(readIfExists(paths.claimant))
}
