// Looking at a live job is also seeing to it that somebody watches over it.
import { RelayError } from '../core/relayError'
import type { VerbContext } from './verb'

/** Wakes a supervisor if none is there. Where that fails (a full disk), what was asked for is shown all the same. */
export function keepSupervised({ requests, console }: Pick<VerbContext, 'requests' | 'console'>): void {
  try {
    requests.wake()
  } catch (error) {
    if (!(error instanceof RelayError)) throw error
    console.err(`relay: nobody watches over the live jobs: ${error.message}`)
  }
}
