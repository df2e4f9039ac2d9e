// Something that is found out beside the loop, for a step that must not wait: it is asked, and a later step takes the answer.

export class Question<Value> {
  private answer: { readonly value: Value } | null = null
  private isAsked = false
  private firstAskedAtMs: number | null = null

  /** `onAnswer` is called for each; with an error where `ask` was rejected: then it may be asked again. */
  constructor(
    private readonly ask: () => Promise<Value>,
    private readonly onAnswer: (error: unknown) => void,
  ) {}

  /** The answer that has come since the last call; null: there is none, and now it is asked for. */
  take(): { readonly value: Value } | null {
    const { answer } = this
    this.answer = null
    if (answer !== null || this.isAsked) return answer
    this.isAsked = true
    this.firstAskedAtMs ??= performance.now()
    this.ask().then(
      (value) => {
        this.isAsked = false
        this.answer = { value }
        this.onAnswer(null)
      },
      (error: unknown) => {
        this.isAsked = false
        this.onAnswer(error)
      },
    )
    return null
  }

  /** There is something to be taken, or soon will be. */
  get isOpen(): boolean {
    return this.isAsked || this.answer !== null
  }

  get askedForMs(): number {
    return this.firstAskedAtMs === null ? 0 : performance.now() - this.firstAskedAtMs
  }
}
