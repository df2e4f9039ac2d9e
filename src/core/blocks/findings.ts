// Collects what is wrong with one block, up to a limit: who made a thousand mistakes reads the first hundred.
import { errorAt, type Diagnostic } from './diagnostic'

export const maxFindings = 100

export class Findings {
  readonly #found: Diagnostic[] = []
  #next: Diagnostic | undefined

  add(diagnostic: Diagnostic): void {
    if (this.#found.length < maxFindings) this.#found.push(diagnostic)
    else this.#next ??= diagnostic
  }

  get count(): number {
    return this.#found.length
  }

  /** Nothing is kept any more: looking further is of no use. */
  get isFull(): boolean {
    return this.#next !== undefined
  }

  /** In the order of the text. What is left out is an error by itself, so that nothing wrong can hide in it. */
  get all(): readonly Diagnostic[] {
    const message = 'There are more findings than are shown. Correct these first.'
    const more = this.#next ? [errorAt(this.#next, 'too-many-diagnostics', message)] : []
    return [...this.#found, ...more].sort((a, b) => a.start - b.start)
  }
}
