// Looks for patterns in lines of logs, in a thread of its own that is ended when one takes too long: a pattern that somebody
// wrote must not hold up the loop, whatever is in the log.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { compileAlertPattern, findHits } from '../../core/logs/alertPatterns'
import type { PatternHit } from '../../core/jobs/alerts'

/** A pattern that is still tried when it is looked at a second time takes too long; the usual is a few ms. */
const lookMs = 1_000
/** As often as that a pattern may take too long before it is given up: a busy machine is not its fault. */
const maxStrikes = 2
/** A thread that has not begun by then never will; on a busy machine it takes seconds. */
const beginMs = 60_000
const notBegun = -1

interface Question {
  readonly patterns: readonly string[]
  readonly lines: readonly string[]
}

export class PatternMatcher {
  private worker: Worker | null = null
  private readonly strikes = new Map<string, number>()
  private last: Promise<unknown> = Promise.resolve()
  /** The pattern that is being tried, told by the thread while it cannot answer; `notBegun` until it does. */
  private readonly tried = new Int32Array(new SharedArrayBuffer(4))

  /** `file` is run by the thread: it is to call `serveMatches`. */
  constructor(private readonly file: string) {}

  /** The patterns that lines have, in the order of the patterns; one question is answered after the other. Never rejects. */
  match(patterns: readonly string[], lines: readonly string[]): Promise<readonly PatternHit[]> {
    const answer = this.last.then(() => this.ask({ patterns, lines }))
    this.last = answer
    return answer
  }

  private async ask(question: Question): Promise<readonly PatternHit[]> {
    // Those that were given up keep their numbers.
    const isGivenUp = (pattern: string) => (this.strikes.get(pattern) ?? 0) >= maxStrikes
    const patterns = question.patterns.map((pattern) => (isGivenUp(pattern) ? '' : pattern))
    const worker = this.worker ?? this.start()
    return new Promise((resolve) => {
      const finish = (hits: readonly PatternHit[]) => {
        clearInterval(timer)
        worker.off('message', answered)
        worker.off('error', failed)
        resolve(hits)
      }
      const answered = (hits: readonly PatternHit[]) => {
        for (const pattern of patterns) this.strikes.delete(pattern)
        finish(hits)
      }
      const failed = () => {
        this.worker = null
        finish([])
      }
      const askedAtMs = performance.now()
      let before = notBegun
      Atomics.store(this.tried, 0, notBegun)
      const timer = setInterval(() => {
        const index = Atomics.load(this.tried, 0)
        const isLate = index === notBegun ? performance.now() - askedAtMs > beginMs : index === before
        before = index
        if (!isLate) return
        this.worker = null
        void worker.terminate()
        finish(index === notBegun ? [] : this.strike(index, patterns[index] ?? ''))
      }, lookMs)
      worker.on('message', answered)
      worker.on('error', failed)
      worker.postMessage({ patterns, lines: question.lines })
    })
  }

  private strike(index: number, pattern: string): readonly PatternHit[] {
    const strikes = (this.strikes.get(pattern) ?? 0) + 1
    this.strikes.set(pattern, strikes)
    return strikes >= maxStrikes ? [{ pattern: index, count: 1, line: pattern, gaveUp: true }] : []
  }

  private start(): Worker {
    const worker = new Worker(this.file, { workerData: this.tried, resourceLimits: { maxOldGenerationSizeMb: 128 } })
    worker.on('error', () => undefined) // The next question starts another.
    worker.unref()
    this.worker = worker
    return worker
  }
}

/** Whether this thread is one that answers. */
export function isMatcherThread(): boolean {
  return !isMainThread
}

/** Answers questions for as long as somebody asks. */
export function serveMatches(): void {
  const tried = workerData as Int32Array // As `start` gives it.
  const compiled = new Map<string, RegExp | null>()
  const regexOf = (pattern: string): RegExp | null => {
    const known = compiled.get(pattern)
    if (known !== undefined) return known
    const result = compileAlertPattern(pattern)
    const regex = 'regex' in result ? result.regex : null
    compiled.set(pattern, regex)
    return regex
  }
  parentPort?.on('message', ({ patterns, lines }: Question) => {
    const hits: PatternHit[] = patterns.flatMap((pattern, index) => {
      Atomics.store(tried, 0, index)
      const regex = regexOf(pattern)
      const found = regex === null ? null : findHits(regex, lines)
      return found === null ? [] : [{ pattern: index, ...found }]
    })
    parentPort?.postMessage(hits)
  })
}
