// Which jobs of a cluster are to be cancelled, and when scancel is asked for each: it is wanted many times a second by whoever waits
// for the end, and neither is the controller asked as often, nor is a wish lost that it could not hear.

const firstPauseMs = 10_000
const slowestMs = 300_000

interface Wish {
  /** It is to be asked for, for the first time or once more. */
  isOpen: boolean
  notBeforeMs: number
  pauseMs: number
}

/** Times are of one clock that only goes forward. */
export class Cancels {
  private readonly wishes = new Map<string, Wish>()

  /** Whether it is to be asked for now. One that was taken, and is wanted all the same, is asked for again after a pause. */
  want(id: string, nowMs: number): boolean {
    if (!/^\d+(_\d+)?$/.test(id)) return false
    const wish = this.wishes.get(id) ?? { isOpen: true, notBeforeMs: nowMs, pauseMs: firstPauseMs }
    this.wishes.set(id, wish)
    if (nowMs < wish.notBeforeMs) return false
    wish.isOpen = true
    return true
  }

  due(nowMs: number): readonly string[] {
    return [...this.wishes].flatMap(([id, { isOpen, notBeforeMs }]) => (isOpen && nowMs >= notBeforeMs ? [id] : []))
  }

  /** scancel is asked now; whether it hears it is not known yet. */
  asked(ids: readonly string[], nowMs: number): void {
    for (const wish of this.of(ids)) {
      wish.notBeforeMs = nowMs + wish.pauseMs
      wish.pauseMs = Math.min(slowestMs, wish.pauseMs * 2)
    }
  }

  done(ids: readonly string[]): void {
    for (const wish of this.of(ids)) wish.isOpen = false
  }

  /** The job is over, or looked after no more. */
  forget(id: string): void {
    this.wishes.delete(id)
  }

  private of(ids: readonly string[]): readonly Wish[] {
    return ids.flatMap((id) => this.wishes.get(id) ?? [])
  }
}

/** Such a job there is not any more: it need not be cancelled. */
export function isForgotten(problem: string): boolean {
  return /Invalid job id|already (?:completing|completed)/i.test(problem)
}
