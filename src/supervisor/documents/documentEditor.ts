// Edits of the user's documents: by a window that has the folder open, so that nobody's unsaved changes meet a change on
// disk; by ourselves where there is none, or none that answers. It never waits in the way of anything else.
import type { DocumentEdit } from '../../core/documents/documentEdit'
import { RelayError } from '../../core/relayError'
import { type EditResult, findOffer, offerEdit, readResult, removeOldOffers } from '../../store/documentEdits'
import { readClaimant, withdrawOffer } from '../../store/offers'
import { hostName, isAlive } from '../../store/processIdentity'
import type { OfferPaths } from '../../store/offerPaths'
import type { FolderPaths } from '../../store/stateFolder'
import { watchDirectory } from '../../store/watchDirectory'
import { type AttachedWindow, isSameWindow, listWindows } from '../../store/windows'
import type { Logger } from '../logger'
import { appendOnce } from '../../store/documents/appendOnce'
import { replaceSections } from '../../store/documents/replaceSections'
import { markStepInFile } from '../../store/steps/markStepInFile'

export interface WantedEdit {
  /** The same for the same edit, however often it is asked for. */
  readonly id: string
  /** Absolute. */
  readonly file: string
  /** The folder that the file must lie in. */
  readonly within: string
  readonly edit: DocumentEdit
}

/** How long windows have to claim an offer, and the one that did to answer it. */
const defaultLimits = { claimMs: 3_000, resultMs: 15_000 }
/** How often limits are looked at while an offer stands; answers are heard at once. */
const lookEveryMs = 200
/**
 * If its claimant is lost, an edit is offered once more: another window may have the document open with unsaved changes,
 * and the same window may be back with an entry in it that was not saved.
 */
const maxOffers = 2

/** What became of an offer: an answer, or silence, of `claimant` if one had claimed it. */
type Answer = EditResult | { readonly kind: 'unanswered'; readonly claimant: AttachedWindow | null }

/**
 * A crash at any instant leaves an offer that the next supervisor goes on with. What both a window and we do is still
 * done once: whoever edits looks in the document whether it has been done.
 */
export class DocumentEditor {
  private readonly underWay = new Map<string, Promise<string | null>>()
  /** The last edit of each file: a window is to see the one before saved, not still to come. */
  private readonly lastOf = new Map<string, Promise<unknown>>()
  private readonly waits = new Set<() => void>()
  private closed = false

  constructor(
    private readonly log: Logger,
    private readonly limits = defaultLimits,
  ) {}

  /**
   * Makes the edit. Resolves to null, or to a sentence about what keeps it from being saved where it was made. Rejects
   * with RelayError if it was not made. Never settles once the editor is closed.
   */
  edit(folder: FolderPaths, wanted: WantedEdit): Promise<string | null> {
    const known = this.underWay.get(wanted.id)
    if (known !== undefined) return known
    const before = this.lastOf.get(wanted.file) ?? Promise.resolve()
    const edited = before.catch(() => undefined).then(() => this.editNow(folder, wanted))
    this.underWay.set(wanted.id, edited)
    this.lastOf.set(wanted.file, edited)
    const forget = () => {
      this.underWay.delete(wanted.id)
      if (this.lastOf.get(wanted.file) === edited) this.lastOf.delete(wanted.file)
    }
    edited.then(forget, forget)
    return edited
  }

  /** The edit has been recorded: nobody will ask for it again. */
  forget(folder: FolderPaths, editId: string): void {
    const offer = findOffer(folder, editId)
    if (offer !== null) this.tidy(() => withdrawOffer(offer))
  }

  /** What was offered for this edit before is not what is wanted any more. An edit that is under way goes on. */
  forgetOffer(folder: FolderPaths, editId: string): void {
    if (!this.underWay.has(editId)) this.forget(folder, editId)
  }

  /** Removes what a supervisor that was killed left behind, but for the edits that are still to be recorded. */
  removeLeftovers(folder: FolderPaths, pending: readonly string[]): void {
    this.tidy(() => {
      removeOldOffers(folder, (editId) => pending.includes(editId))
      listWindows(folder)
    })
  }

  /** Stops waiting. The next supervisor goes on with the offers that stand. */
  close(): void {
    this.closed = true
    for (const stop of this.waits) stop()
  }

  private async editNow(folder: FolderPaths, wanted: WantedEdit): Promise<string | null> {
    if (this.closed) return new Promise(() => undefined)
    const answer = await this.askWindows(folder, wanted)
    if (answer?.kind === 'applied') return answer.problem
    if (answer !== null) this.log(`no window made the edit ${wanted.id}: ${reasonOf(answer)}`)
    if (wanted.edit.kind === 'replace_sections') return replaceSections(wanted.file, wanted.within, wanted.edit)
    if (wanted.edit.kind === 'mark_step') return markStepInFile(wanted.file, wanted.within, wanted.edit)
    appendOnce(wanted.file, wanted.within, wanted.edit)
    return null
  }

  /** Null if there is no window to be asked, or none can be. */
  private async askWindows(folder: FolderPaths, { id, file, edit }: WantedEdit): Promise<Answer | null> {
    let answer: Answer | null = null
    let lost: AttachedWindow | null = null
    const isAnybodyThere = () => listWindows(folder).some((window) => lost === null || !isSameWindow(window, lost))
    try {
      for (let tries = 1; tries <= maxOffers; tries++) {
        let offer = findOffer(folder, id)
        if (offer === null && !isAnybodyThere()) break
        offer ??= offerEdit(folder, { v: 1, id, host: hostName(), file, edit }, Date.now())
        answer = await this.awaitAnswer(offer, isAnybodyThere)
        if (answer.kind === 'applied') return answer
        withdrawOffer(offer)
        if (answer.kind === 'declined' || answer.claimant === null) break
        lost = answer.claimant
      }
    } catch (error) {
      if (!(error instanceof RelayError)) throw error
      this.log(`${id} could not be offered to a window: ${error.message}`)
      this.forget(folder, id)
    }
    return answer
  }

  private awaitAnswer(offer: OfferPaths, isAnybodyThere: () => boolean): Promise<Answer> {
    const offeredAtMs = performance.now()
    let claimedAtMs: number | null = null
    const look = (): Answer | null => {
      const claimant = readClaimant(offer)
      const lives = claimant !== null && isAlive(claimant.handle)
      // Looked at after the claimant: one that is dead by now may have answered just before.
      const result = readResult(offer)
      if (result !== null) return result
      const now = performance.now()
      if (claimant === null) {
        const isOver = now - offeredAtMs >= this.limits.claimMs || !isAnybodyThere()
        return isOver && readClaimant(offer) === null ? { kind: 'unanswered', claimant: null } : null
      }
      claimedAtMs ??= now
      const isOver = !lives || now - claimedAtMs >= this.limits.resultMs
      return isOver ? { kind: 'unanswered', claimant } : null
    }
    return new Promise((resolve, reject) => {
      const step = () => {
        try {
          const answer = look()
          if (answer === null) return
          stop()
          resolve(answer)
        } catch (error) {
          stop()
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      }
      const timer = setInterval(step, lookEveryMs)
      const watch = watchDirectory(offer.directory, step)
      const stop = () => {
        clearInterval(timer)
        watch.close()
        this.waits.delete(stop)
      }
      this.waits.add(stop)
      step()
    })
  }

  private tidy(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.log(`an old offer could not be removed yet: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

function reasonOf(answer: Exclude<Answer, { kind: 'applied' }>): string {
  if (answer.kind === 'declined') return answer.why
  return answer.claimant === null ? 'no window took it' : `window ${answer.claimant.id} did not answer`
}
