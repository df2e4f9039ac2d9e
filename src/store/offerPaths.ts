// Where the files of what is offered to windows are: edits of documents, turns of language models.
import path from 'node:path'

/** The files of one offer: `offer` is the supervisor's, `claim` (made once) and `result` are the window's. */
export class OfferPaths {
  constructor(readonly directory: string) {}

  /** The same offer while it is being made, or after it was withdrawn. */
  beside(prefix: string): OfferPaths {
    return new OfferPaths(path.join(path.dirname(this.directory), prefix + path.basename(this.directory)))
  }

  get offer(): string {
    return `${this.directory}/offer.json`
  }
  get claim(): string {
    return `${this.directory}/claim`
  }
  get claimant(): string {
    return `${this.claim}/claimant.json`
  }
  get result(): string {
    return `${this.directory}/result.json`
  }
}

/** The files of a turn that is offered to windows. What its claimant writes lies in its claim, where nobody else writes. */
export class TurnOfferPaths extends OfferPaths {
  get progress(): string {
    return `${this.claim}/progress.jsonl`
  }
  override get result(): string {
    return `${this.claim}/result.json`
  }
  /** Made by the window that asks the person, as a claim is. */
  get question(): string {
    return `${this.directory}/question`
  }
  get asker(): string {
    return `${this.question}/claimant.json`
  }
  /** Why a window does not take it: a file a window. */
  get refusals(): string {
    return `${this.directory}/refusals`
  }
  refusal(windowId: string): string {
    return `${this.refusals}/${windowId}.json`
  }
}
